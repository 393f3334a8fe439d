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
from runner.evidence.release.image_file import installed_by_name
from runner.evidence.release.image_python import python_of_image
from runner.evidence.release.lock_install import complaint, incomplete, index_env, install, listed, may_lie_in_python
from runner.lent import without_lent
from runner.live.workshop import Once
from runner.migrator import TURNED_TO_NONE, Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.probe import Probe
from runner.processes.process import Reach, clean_environment
from runner.processes.reads import recording
from runner.reading.documents import NotReadable, text_of
from runner.reading.requirement_lines import entries_in
from runner.reading.walk import folders_above
from runner.said import say
from runner.vocabulary.folders import SKIPPED

NOT_RELEASED = shutil.ignore_patterns(*SKIPPED, ".env", ".env.local", "*.pyc", ".*_cache", "*.db", "*.sqlite3", "*.log")
# What a release runs besides the app, so that all of its bytecode is made at once.
ALSO = """
for name in ("uvicorn.main", "uvicorn.protocols.http.h11_impl", "alembic.command", "alembic.config"):
    try:
        __import__(name)
    except ImportError:
        pass
"""
# Modules that newer Pythons no longer bring: of 3.12 and 3.13.
GONE = frozenset((
    "asynchat", "asyncore", "distutils", "imp", "smtpd", "aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr",
    "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu",
    "xdrlib",
))  # fmt: skip
INSTALLABLE = {"requirements", "pylock.toml", "uv.lock", "poetry.lock"}


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
        moved["PYTHONPATH"] = without_lent(moved.get("PYTHONPATH", ""))
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
    other = _images_python(probe, facts.python_version)
    if other and (lost := made.unfit or (made.problem if may_lie_in_python(made.problem) else "")):
        return room, replace(facts, not_tried=_another_python(other, facts, lost))
    if made.problem:
        return room, replace(facts, problem=made.problem, said=made.said)
    own, room = room, replace(room, python=made.python, cache=made.cache)
    facts = replace(facts, said=made.said, installed=made.installed, seconds=made.seconds, problem=made.incomplete)
    facts = replace(facts, **_imported(probe, room, facts))
    if other and facts.missing.partition(".")[0] in {*sys.stdlib_module_names, *GONE}:
        return own, replace(facts, missing="", installed=(), not_tried=_another_python(other, facts, facts.missing))
    return room, replace(facts, added=_added(probe, room, facts))


def _images_python(probe: Probe, own: str) -> str:
    """The Python that the image runs, `3.12`; empty where it is the service's own, or not told."""
    path, told = probe.target.image, ""
    with contextlib.suppress(NotReadable):
        told = python_of_image(text_of(probe.root / path)) if path and (probe.root / path).is_file() else ""
    return "" if own.startswith(f"{told}.") else told


def _another_python(image: str, facts: CleanRoom, lost: str) -> str:
    """Why what is missing here says nothing of the release."""
    return say(
        "the image runs Python {image} and the service's own environment Python {own}, where the lock does not do "
        "({lost}): make that environment with Python {image}",
        image=image,
        own=facts.python_version,
        lost=lost,
    )


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
    env = index_env(probe)
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
    incomplete: str = ""  # what is missing in the release
    unfit: str = ""  # what is missing only because the release has another Python
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
    other = _images_python(probe, _version(probe))
    key = f"clean room {probe.target.python} {other} {lock.pins} {hashlib.sha256(text.encode()).hexdigest()}"
    once = Once() if lock.kind == "uv.lock" else probe.workshop.once
    return once.get(key, lambda: _make(probe, lock, place, release))


def _make(probe: Probe, lock: LockFile, place: Path, release: Path) -> _Made:
    venv = place / "venv"
    words = ("venv", "--quiet", "--python", str(probe.target.python), str(venv))
    made = probe.tool("uv", *words, reach=Reach.WORLD, reads=())
    if made.code:
        raise ProbeError(say("uv could not make a virtual environment: {last_words}", last_words=made.last_words))
    python = venv / "bin" / "python"
    own = _version(probe)
    ran, said = install(probe, lock, python, release, own)
    fresh = _Made(python=python, cache=place / "bytecode", said=said, seconds=ran.seconds)
    if ran.code:
        return replace(fresh, problem=complaint(ran))
    lacks, other = incomplete(probe, python), _images_python(probe, own)
    released_lacks = incomplete(probe, python, other) if other else lacks
    if lacks and lock.kind == "requirements":  # `pip install -r` would bring it: the rehearsal is to go on
        whole = ["pip", "install", "--quiet", "--python", str(python), "-r", str(lock.path)]
        env, reads = index_env(probe), listed(lock, release)
        probe.tool("uv", *whole, cwd=release, env=env, timeout=300, reach=Reach.WORLD, reads=reads)
    unfit = "" if released_lacks else lacks
    made_whole = replace(fresh, installed=tuple(_installed(venv)), incomplete=released_lacks, unfit=unfit)
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
