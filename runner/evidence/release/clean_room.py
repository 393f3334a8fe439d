"""A new environment made from the lock alone, and a copy of the code: what a release would really run."""

import contextlib
import hashlib
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Self

from packaging.utils import canonicalize_name

from runner.discovery.fastapi_app import NO_APP
from runner.errors import ProbeError
from runner.evidence.code.lock_file import LockFile
from runner.evidence.code.poetry_lock import as_requirements
from runner.evidence.release.image_file import installed_by_name
from runner.live.workshop import Once
from runner.migrator import TURNED_TO_NONE, Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.probe import Probe
from runner.processes.process import Reach, clean_environment, registry_environment
from runner.processes.ran import Ran
from runner.processes.reads import recording
from runner.reading.documents import text_of
from runner.reading.requirement_lines import entries_in
from runner.reading.walk import folders_above
from runner.said import say, together
from runner.vocabulary.folders import SKIPPED

NOT_RELEASED = shutil.ignore_patterns(*SKIPPED, ".env", ".env.local", "*.pyc", ".*_cache", "*.db", "*.sqlite3", "*.log")
# What uv and pip say when they could not reach the index, rather than found fault with the lock.
NO_INDEX = re.compile(
    r"error sending request|dns error|failed to (?:connect|lookup|fetch)|could not connect"
    r"|connection (?:refused|reset|err)"
    r"|timed? ?out|network is unreachable|tunnel|proxy|temporary failure|name resolution|unauthorized|forbidden"
    r"|\b(?:401|403|407|429|5\d\d) (?:client|server|error)|certificate|newconnectionerror|maxretryerror|not installed",
    re.IGNORECASE,
)
# What a release runs besides the app, so that all of its bytecode is made at once.
ALSO = """
for name in ("uvicorn.main", "uvicorn.protocols.http.h11_impl", "alembic.command", "alembic.config"):
    try:
        __import__(name)
    except ImportError:
        pass
"""
OTHER_LIST = re.compile(
    r"^\s*(?:-r|-c|-e|--requirement|--constraint|--editable|\.|/|file:)|@ (?:file:|\.)", re.MULTILINE
)
ABSENT = re.compile(r"`(?P<by>[^`]+)` requires `(?P<needed>[\w.-]+)(?P<versions>[^`]*)`, but it's not installed")
NAMED = 6
INSTALLABLE = {"requirements", "pylock.toml", "uv.lock", "poetry.lock"}
EXPORTED = "gonogo-exported.txt"  # in the copy of the service's folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A distribution in the clean environment, as its metadata describes it."""

    name: str
    version: str
    licence: str = ""
    summary: str = ""
    requires: tuple[str, ...] = ()  # names


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRoom(Evidence):
    """A clean environment from the lock."""

    service: str  # its name
    python_version: str
    problem: str = ""  # what is wrong with the lock; empty when it installed
    missing: str = ""  # a module that the app imports and the lock does not bring
    module: str = ""  # that the app is in
    imported: bool = False  # the app was imported to the end
    not_imported: str = ""  # why it was not, where no module is missing
    not_tried: str = ""  # why the lock could not be judged: no network, or another tool's format
    installed: tuple[Installed, ...] = ()
    seconds: float = field(default=0.0, compare=False)
    said: str = ""  # the command that installs it
    added: tuple[str, ...] = ()  # what the Dockerfile installs beside the lock, often the server

    @classmethod
    def collect(cls, probe: Probe, lock: LockFile) -> Self:
        _, found = _set_up(probe, lock)
        assert isinstance(found, cls)
        return found

    @property
    def clean(self) -> bool:
        """Is this the lock's environment, not the service's own for want of it?"""
        return bool(self.installed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The clean environment itself, which ends with the run."""

    python: Path  # of the clean environment, or the service's own where the lock gave none
    release: Path  # the copy of the service's folder
    cache: Path  # for bytecode, so that nothing is written beside the code

    def at_home(self, text: str) -> str:
        """A message with paths as they are in the service's folder, not in the copy that is gone when it is read."""
        return text.replace(f"{self.release}/", "").replace(str(self.release), ".")

    def environment(
        self, probe: Probe, database: Database | None = None, *, production: bool = True, deployed: bool = False
    ) -> dict[str, str]:
        """The service's environment, pointing at the copy and the clean interpreter."""
        told = probe.environment.of(database, production=production, deployed=deployed)
        moved = {
            name: value.replace(str(probe.target.python.parent), str(self.python.parent)).replace(
                str(probe.root), str(self.release)
            )
            for name, value in told.items()
        }
        moved.pop("PYTHONDONTWRITEBYTECODE", None)
        return moved | {"PYTHONPYCACHEPREFIX": str(self.cache)}


def room_of(probe: Probe, lock: LockFile) -> Room:
    """The room, made at its first use in a run. Raises `ProbeError`."""
    return _set_up(probe, lock)[0]


def _set_up(probe: Probe, lock: LockFile) -> tuple[Room, CleanRoom]:
    return probe.workshop.once.get(f"clean room of {probe.root}", lambda: _furnish(probe, lock))


def _furnish(probe: Probe, lock: LockFile) -> tuple[Room, CleanRoom]:
    place = probe.workshop.scratch("clean-room")
    with recording(None):  # who looks at the copy tells what it reads there
        release = released(probe.root, place / "release", shared=(lock.path or "").startswith("../"))
    probe.workshop.copies[str(release)] = str(probe.root)
    room = Room(python=probe.target.python, release=release, cache=place / "bytecode")
    facts = CleanRoom(service=probe.target.name, python_version=_version(probe))
    if lock.path is None:
        return room, replace(facts, problem=say("the service has no lock"))
    try:
        made = _shared(probe, lock, place, release)
    except ProbeError as error:  # the rest of a release can still be rehearsed, in the service's own environment
        return room, replace(facts, not_tried=str(error))
    if made.problem:
        return room, replace(facts, problem=made.problem, said=made.said)
    room = replace(room, python=made.python, cache=made.cache)
    facts = replace(facts, said=made.said, installed=made.installed, seconds=made.seconds, problem=made.incomplete)
    facts = replace(facts, **_imported(probe, room, facts))
    return room, replace(facts, added=_added(probe, room, facts))


def released(root: Path, place: Path, *, shared: bool) -> Path:
    """A copy of the service's folder; with a workspace's files around it where the lock is `shared` by one."""
    above = folders_above(root) if shared else ()
    top = above[-1] if above else root
    release = place / root.relative_to(top)
    shutil.copytree(root, release, ignore=NOT_RELEASED, symlinks=True, ignore_dangling_symlinks=True)
    around = [path for folder in above for path in folder.iterdir() if path.is_file()]
    around += [
        path
        for path in (top.rglob("pyproject.toml") if above else ())
        if not SKIPPED & set(path.relative_to(top).parts)
    ]
    unwanted = NOT_RELEASED("", [path.name for path in around])
    for path in around:
        copy = place / path.relative_to(top)
        if path.name not in unwanted and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
    return release


def _added(probe: Probe, room: Room, facts: CleanRoom) -> tuple[str, ...]:
    """Install what the Dockerfile installs by name and the lock lacks, in the versions that the service has itself.

    Whether that is wise is another check's question; without it a server that only the image brings cannot start.
    """
    path = probe.target.image
    if path is None or not (probe.root / path).is_file():
        return ()
    has = {one.name for one in facts.installed}
    named = installed_by_name((probe.root / path).read_text(encoding="utf-8", errors="replace"))
    wanted = tuple(one for one in named if canonical(one) not in has)
    if not wanted:
        return ()
    kept = room.cache.parent / "constraints.txt"
    own = probe.ask("installed")["installed"]
    kept.write_text("\n".join(f"{name}=={version}" for name, version in own.items()), encoding="utf-8")
    words = ["pip", "install", "--quiet", "--python", str(room.python), "--constraint", str(kept), *wanted]
    env = _index_env(probe)
    ran = probe.tool("uv", *words, env=env, timeout=300, reach=Reach.WORLD, reads=())
    return wanted if ran.code == 0 else ()


def canonical(requirement: str) -> str:
    """The name of the distribution that a requirement asks for."""
    return re.split(r"[\s\[<>=!~;(@]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """An environment: the same for every service with the same lock and interpreter."""

    python: Path
    cache: Path
    said: str
    seconds: float
    problem: str = ""  # why it could not be installed
    incomplete: str = ""
    installed: tuple[Installed, ...] = ()


def _shared(probe: Probe, lock: LockFile, place: Path, release: Path) -> _Made:
    """Made once per run for the same lock. `uv.lock` installs the project itself as well, so it is not shared."""
    if lock.kind not in INSTALLABLE:
        tool = lock.kind.partition(".")[0].lower()
        raise ProbeError(
            say(
                "{path} is {tool}'s own format, which uv can't install; export it (`{tool} export -f "
                "requirements.txt`) and name the result in gonogo.toml, [service] lock",
                path=lock.path,
                tool=tool,
            )
        )
    text = probe.read(lock.path, what="lock")
    key = f"clean room {probe.target.python} {lock.pins} {hashlib.sha256(text.encode()).hexdigest()}"
    once = Once() if lock.kind == "uv.lock" else probe.workshop.once
    return once.get(key, lambda: _make(probe, lock, place, release))


def _make(probe: Probe, lock: LockFile, place: Path, release: Path) -> _Made:
    venv = place / "venv"
    words = ("venv", "--quiet", "--python", str(probe.target.python), str(venv))
    made = probe.tool("uv", *words, reach=Reach.WORLD, reads=())
    if made.code:
        raise ProbeError(say("uv could not make a virtual environment: {last_words}", last_words=made.last_words))
    python = venv / "bin" / "python"
    ran, said = _install(probe, lock, python, release)
    fresh = _Made(python=python, cache=place / "bytecode", said=said, seconds=ran.seconds)
    if ran.code:
        return replace(fresh, problem=_complaint(ran))
    incomplete = _incomplete(probe, python)
    if incomplete and lock.kind == "requirements":  # `pip install -r` would bring it: the rehearsal is to go on
        whole = ["pip", "install", "--quiet", "--python", str(python), "-r", str(lock.path)]
        env, reads = _index_env(probe), listed(lock, release)
        probe.tool("uv", *whole, cwd=release, env=env, timeout=300, reach=Reach.WORLD, reads=reads)
    made_whole = replace(fresh, installed=tuple(_installed(venv)), incomplete=incomplete)
    if not any(pin.name == "setuptools" for pin in lock.pins):
        _bundled(probe, python)
    return made_whole


def _bundled(probe: Probe, python: Path) -> None:
    """Pythons before 3.12 put setuptools into each environment that they make, and packages of their time need it."""
    folder = "import ensurepip, pathlib; print(*pathlib.Path(ensurepip.__file__).parent.glob('_bundled/setuptools-*'))"
    wheel = probe.run([str(probe.target.python), "-c", folder], said="setuptools that comes with Python").out.split()
    if wheel:
        words = ("pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(python), wheel[-1])
        probe.tool("uv", *words, reach=Reach.WORLD, reads=())


def _version(probe: Probe) -> str:
    ran = probe.run([str(probe.target.python), "-c", "import platform; print(platform.python_version())"])
    return ran.out.strip()


def _install(probe: Probe, lock: LockFile, python: Path, release: Path) -> tuple[Ran, str]:
    """From uv's cache first, then from the index, then with pip, which follows the user's own configuration."""
    if lock.kind == "poetry.lock":
        text = (release / str(lock.path)).read_text(encoding="utf-8")
        beside = (release / str(lock.path)).with_name("pyproject.toml")
        project = beside.read_text(encoding="utf-8") if beside.is_file() else ""
        (release / EXPORTED).write_text(as_requirements(text, project), encoding="utf-8")
    words = install_words(lock, python)
    said = together(["uv", *(word for word in words if word not in {"--quiet", "--python", str(python)})], " ")
    env = _index_env(probe) | {
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
    if ran.code and (why := wrong_python(ran.err, _version(probe))):
        raise ProbeError(say("could not install {path}: {why}", path=lock.path, why=why))
    if ran.code and NO_INDEX.search(ran.err):
        raise ProbeError(
            say(
                "could not install {path}: no package index answered ({complaint})",
                path=lock.path,
                complaint=_complaint(ran),
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


def _index_env(probe: Probe) -> dict[str, str]:
    return probe.workshop.once.get("package index", lambda: _index(probe))


def _index(probe: Probe) -> dict[str, str]:
    """uv does not read pip's configuration, so it is told the index that pip would use."""
    env = registry_environment()
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    ran = probe.run(asked, env=env, said="pip config get global.index-url", reads=())
    index = ran.out.strip()
    return {**({"UV_DEFAULT_INDEX": index} if ran.code == 0 and index else {}), **env}


def _complaint(ran: Ran) -> str:
    """What the installer objected to, in one line."""
    lines = [line.strip(" ×╰─▶│├") for line in (ran.err or ran.out).splitlines()]
    wanted = [line for line in lines if line and not line.lower().startswith(("using ", "hint", "resolved", "warning"))]
    return re.sub(r"\s+", " ", " ".join(wanted))[:300] or say("it said nothing")


def _incomplete(probe: Probe, python: Path) -> str:
    """What an installed package requires and the lock does not bring."""
    ran = probe.tool("uv", "pip", "check", "--python", str(python), reads=())
    return left_out(ran.err) if ran.code else ""


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


def _imported(probe: Probe, room: Room, facts: CleanRoom) -> dict[str, Any]:
    """Whether the app's import comes to its end, else the first module that it asks for in vain, else why."""
    if probe.target.app is None:
        return {"not_imported": NO_APP}
    module, word = probe.target.app.partition(":")[0], secrets.token_hex(8)
    argv = [str(room.python), "-c", f"import logging.config, {module}\nprint()\nprint('{word}', flush=True)\n{ALSO}"]
    with bytecode_kept(room, facts):
        folder = room.release / probe.target.folder
        said = f"python -c 'import {module}'"
        ran = probe.run(argv, env=room.environment(probe), cwd=folder, said=said)
        if word not in ran.out.splitlines() and TURNED_TO_NONE.search(ran.err):
            there = Migrator(probe).usable_database()
            ran = probe.run(argv, env=room.environment(probe, there), cwd=folder, said=said)
    if word in ran.out.splitlines():
        return {"imported": True}
    found = re.search(r"ModuleNotFoundError: No module named '([\w.]+)'", ran.err)
    if found:
        return {"missing": found[1], "module": module}
    return {"not_imported": room.at_home(ran.last_words) or say("it ended before its import did")}


@contextmanager
def bytecode_kept(room: Room, of: CleanRoom) -> Iterator[None]:
    """Bytecode of the same packages from an earlier run: Python itself checks that each still fits its source.

    Compiling thirty packages anew takes seconds, and proves nothing.
    """
    facts = [sys.version, of.python_version, *(f"{one.name}=={one.version}" for one in of.installed)]
    key = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:24]
    home = clean_environment().get("HOME")
    kept = Path(home or room.cache) / ".cache" / "gonogo" / "bytecode" / key
    mirror = room.cache / str(room.python.parent.parent).lstrip("/")
    if kept.is_dir():
        shutil.copytree(kept, mirror, dirs_exist_ok=True)
    yield
    if not kept.is_dir() and mirror.is_dir() and home:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=kept.parent))
        shutil.copytree(mirror, fresh, dirs_exist_ok=True)
        with contextlib.suppress(OSError):  # another run was first
            fresh.rename(kept)
        shutil.rmtree(fresh, ignore_errors=True)


def _installed(venv: Path) -> list[Installed]:
    folders = [str(folder) for folder in venv.glob("lib/python*/site-packages")]
    found = [_described(one.metadata, one.requires or []) for one in metadata.distributions(path=folders)]
    return sorted(found, key=lambda one: one.name)


def _described(about: "metadata.PackageMetadata", requires: list[str]) -> Installed:
    licences = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License ::")]
    said = _field(about, "License-Expression")
    short = _field(about, "License")
    named = said or ", ".join(licences) or (short if "\n" not in short and len(short) < 80 else "")  # noqa: PLR2004
    needs = (one.requirement for one in entries_in("\n".join(requires)))
    names = {canonicalize_name(one.name) for one in needs if one and "extra" not in str(one.marker)}
    return Installed(
        name=canonicalize_name(str(about["Name"])),
        version=str(about["Version"]),
        licence=named,
        summary=_field(about, "Summary"),
        requires=tuple(sorted(names)),
    )


def _field(about: "metadata.PackageMetadata", name: str) -> str:
    return str(about[name]).strip() if name in about else ""
