"""Installing a lock into an environment, and what uv and pip say about it."""

import re
import sys
from pathlib import Path

from runner.errors import ProbeError
from runner.evidence.code.lock_file import LockFile
from runner.evidence.code.poetry_lock import as_requirements
from runner.probe import Probe
from runner.processes.process import Reach, registry_environment
from runner.processes.ran import Ran
from runner.reading.documents import text_of
from runner.said import say, together

# What uv and pip say when they could not reach the index, rather than found fault with the lock.
NO_INDEX = re.compile(
    r"error sending request|dns error|failed to (?:connect|lookup|fetch)|could not connect"
    r"|connection (?:refused|reset|err)"
    r"|timed? ?out|network is unreachable|tunnel|proxy|temporary failure|name resolution|unauthorized|forbidden"
    r"|\b(?:401|403|407|429|5\d\d) (?:client|server|error)|certificate|newconnectionerror|maxretryerror|not installed",
    re.IGNORECASE,
)

OF_PYTHON = re.compile(r"\bpython\b|\bwheels?\b|\bbuild(?:ing)?\b|\babi\b|\bcp3\d+\b", re.IGNORECASE)
NOT_OF_PYTHON = re.compile(r"\bhash(?:es)?\b|mismatch", re.IGNORECASE)
OTHER_LIST = re.compile(
    r"^\s*(?:-r|-c|-e|--requirement|--constraint|--editable|\.|/|file:)|@ (?:file:|\.)", re.MULTILINE
)

ABSENT = re.compile(r"`(?P<by>[^`]+)` requires `(?P<needed>[\w.-]+)(?P<versions>[^`]*)`, but it's not installed")

NAMED = 6

EXPORTED = "gonogo-exported.txt"  # in the copy of the service's folder


def install(probe: Probe, lock: LockFile, python: Path, release: Path, own: str) -> tuple[Ran, str]:
    """From uv's cache first, then from the index, then with pip, which follows the user's own configuration."""
    if lock.kind == "poetry.lock":
        text = (release / str(lock.path)).read_text(encoding="utf-8")
        beside = (release / str(lock.path)).with_name("pyproject.toml")
        project = beside.read_text(encoding="utf-8") if beside.is_file() else ""
        (release / EXPORTED).write_text(as_requirements(text, project), encoding="utf-8")
    words = install_words(lock, python)
    said = together(["uv", *(word for word in words if word not in {"--quiet", "--python", str(python)})], " ")
    env = index_env(probe) | {
        "UV_PROJECT_ENVIRONMENT": str(python.parent.parent),
        "UV_PYTHON_DOWNLOADS": "never",  # the service's own interpreter is to fit, not another one from elsewhere
        "VIRTUAL_ENV": str(python.parent.parent),
    }
    # What is left open is decided anew on each day: uv's cache would answer with the versions of an earlier one.
    reads = listed(lock, release)
    ran = None
    if not lock.open:
        ran = probe.tool("uv", *words, "--offline", cwd=release, env=env, reach=Reach.WORLD, reads=reads)
    if ran is None or ran.code:
        ran = probe.tool("uv", *words, cwd=release, env=env, timeout=300, reach=Reach.WORLD, reads=reads)
    if ran.code and lock.kind == "requirements":
        hashes = ["--require-hashes"] if "--require-hashes" in words else []
        argv = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-input", *hashes]
        argv += ["--disable-pip-version-check", "-r", str(lock.path)]
        again = probe.run(
            argv,
            env=registry_environment(),
            cwd=release,
            timeout=300,
            said=f"pip install -r {lock.path}",
            reach=Reach.WORLD,
            reads=reads,
        )
        ran = again if again.code == 0 or not NO_INDEX.search(again.err) else ran
    if ran.code and (why := wrong_python(ran.err, own)):
        raise ProbeError(say("could not install {path}: {why}", path=lock.path, why=why))
    if ran.code and NO_INDEX.search(ran.err):
        raise ProbeError(
            say(
                "could not install {path}: no package index answered ({complaint})",
                path=lock.path,
                complaint=complaint(ran),
            )
        )
    return ran, said


def listed(lock: LockFile, release: Path) -> tuple[str, ...] | None:
    """What an installer reads of the release: a list of packages, and its own settings.

    None, any file: where the lock is a project's, names other lists, or leaves something open.
    """
    here = release / str(lock.path)
    if lock.kind in {"uv.lock", "poetry.lock"} or lock.open or OTHER_LIST.search(text_of(here)):
        return None
    above = [folder / name for folder in (release, *release.parents) for name in ("pyproject.toml", "uv.toml")]
    return (str(here), *map(str, above))


def wrong_python(said: str, own: str) -> str:
    """Why uv wants another Python than the service's own; empty when it does not."""
    found = re.search(r"No interpreter found for (Python \S+|[^\n]*?)(?: in |\n|$)", said)
    if found is None:
        return ""
    fits = say("make that environment with a Python that fits")
    return say(
        "its project asks for {found}, and the service's own environment has Python {own}; {fits}",
        found=found[1],
        own=own,
        fits=fits,
    )


def install_words(lock: LockFile, python: Path) -> list[str]:
    if lock.kind == "uv.lock":
        return ["sync", "--quiet", "--frozen", "--no-dev", "--no-editable"]
    hashes = ["--require-hashes"] if lock.pins and all(pin.hashed for pin in lock.pins) else []
    if lock.kind == "poetry.lock":  # it names no interpreter's share: what the markers leave out is not installed
        return ["pip", "install", "--quiet", "--no-deps", *hashes, "--python", str(python), "-r", EXPORTED]
    if lock.open:  # a list of wishes, no lock: what they need in turn is looked for
        return ["pip", "install", "--quiet", "--python", str(python), "-r", str(lock.path)]
    return ["pip", "sync", "--quiet", *hashes, "--python", str(python), str(lock.path)]


def index_env(probe: Probe) -> dict[str, str]:
    return probe.workshop.once.get("package index", lambda: _index(probe))


def _index(probe: Probe) -> dict[str, str]:
    """uv does not read pip's configuration, so it is told the index that pip would use."""
    env = registry_environment()
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    ran = probe.run(asked, env=env, said="pip config get global.index-url", reads=())
    index = ran.out.strip()
    return {**({"UV_DEFAULT_INDEX": index} if ran.code == 0 and index else {}), **env}


def complaint(ran: Ran) -> str:
    """What the installer objected to, in one line."""
    lines = [line.strip(" ×╰─▶│├") for line in (ran.err or ran.out).splitlines()]
    wanted = [line for line in lines if line and not line.lower().startswith(("using ", "hint", "resolved", "warning"))]
    return re.sub(r"\s+", " ", " ".join(wanted))[:300] or say("it said nothing")


def incomplete(probe: Probe, python: Path, version: str = "") -> str:
    """What an installed package requires and the lock does not bring: for this Python, or for one of that `version`."""
    for_version = ["--python-version", version] if version else []
    ran = probe.tool("uv", "pip", "check", "--python", str(python), *for_version, reads=())
    return left_out(ran.err) if ran.code else ""


def may_lie_in_python(problem: str) -> bool:
    """May what an installer objects to be so for the interpreter alone: no wheel for it, or nothing that builds?"""
    return bool(OF_PYTHON.search(problem)) and not NOT_OF_PYTHON.search(problem)


def left_out(said: str) -> str:
    """What `uv pip check` says, in a line: the names that are not there, and versions that don't fit."""
    needs = [line.strip() for line in said.splitlines() if " requires " in line]
    absent = [ABSENT.search(line) for line in needs]
    names = sorted({found["needed"] for found in absent if found})
    first = next((found for found in absent if found), None)
    rest = [line for line, found in zip(needs, absent, strict=True) if not found]
    if first:
        more = say(" and {names} more", names=len(names) - NAMED) if len(names) > NAMED else ""
        one = say("{first} needs {first2}{first3}", first=first["by"], first2=first["needed"], first3=first["versions"])
        rest.insert(
            0,
            say(
                "{names}{more} not named, which its packages need ({one})",
                names=together(names[:NAMED]),
                more=more,
                one=one,
            ),
        )
    return together(rest, "; ")
