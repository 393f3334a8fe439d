"""Which state are the service and its surroundings in? Digests of everything that evidence can depend on."""

import hashlib
import os
import shutil
import stat
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from runner.discovery.source import host
from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.live.candidates import candidates
from runner.live.redis_servers import redis_servers
from runner.live.workshop import Workshop
from runner.processes.process import clean_environment, quick
from runner.reading.walk import folders_above
from runner.reuse.functions import Part, Parts, parts_of
from runner.said import say

ABSENT = "-"  # instead of a digest: there is no such file
OWN = Path(__file__).parents[1]  # `runner/`: the code that makes evidence
POLICY = {
    "scope",
    "checks",
    "people",
    "sign",
    "waivers",
}  # sections of gonogo.toml that say how evidence is judged, not what it is
# What git says depends on its commit, its index, its settings, and who is left out beside .gitignore.
GIT = (("rev-parse", "HEAD"), ("ls-files", "--stage", "-z"), ("config", "--list", "-z"), ("symbolic-ref", "-q", "HEAD"))
TOOLS = ("git", "uv", "ruff", "squawk", "zizmor", "hadolint", "actionlint", "detect-secrets", "docker", "podman")
COMPILE = "import sys, pathlib; compile(pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[1], 'exec')"  # none of it runs
GIT_READS = (".gitignore", ".gitattributes", ".gitmodules")
GLOBAL_EXCLUDES = ("~/.config/git/ignore",)
# Not listed, nor are environments: they hold no file of the service's.
UNLISTED = frozenset(
    {".git", ".gonogo", "node_modules", "__pycache__", "site-packages"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".tox"}
)  # fmt: skip
SEPARATE = frozenset({".gonogo", ".venv", "venv", "site-packages", "__pycache__"})
NOT_DEPENDED_ON = ("/proc/", "/sys/", "/dev/", "/tmp", "/var/tmp", "/run")  # noqa: S108 - the run's own, or nobody's


class Moved(WorkflowError):
    """A file changed while the run looked: what was seen belongs to no state."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a listing tells of a path without opening it: mode (its kind too), bytes, time of change, link's target."""

    mode: int
    size: int
    changed: int
    leads_to: str = ""

    @classmethod
    def of(cls, path: str) -> "Stamp":
        """Raises `OSError`."""
        found = os.lstat(path)
        leads_to = os.readlink(path) if stat.S_ISLNK(found.st_mode) else ""  # noqa: PTH115
        return cls(found.st_mode, found.st_size, found.st_mtime_ns, leads_to)


class State:
    """One moment of a service: each digest is made at its first use, and belongs to the moment of the first listing."""

    def __init__(self, target: Target, workshop: Workshop) -> None:
        self._target, self.workshop = target, workshop
        self.run_folder = str(workshop.run_folder)
        self._above = folders_above(target.root)
        self.top = str(self._above[-1] if self._above else target.root)
        self._digests: dict[str, str] = {}
        self._parts: dict[tuple[str, bool], Parts | None] = {}
        self._compiled: dict[str, bool] = {}
        self._lock, self._cutting = threading.Lock(), threading.Lock()
        self._stamps = dict(_listed(self.top))

    @cached_property
    def listing(self) -> str:
        """Every path below the repository's top, its kind, rights, and where a link leads; without any content."""
        return "\n".join(f"{path}\t{one.mode:o}\t{one.leads_to}" for path, one in sorted(self._stamps.items()))

    @cached_property
    def names(self) -> str:
        return _sha(self.listing)

    @cached_property
    def manifest(self) -> str:
        """Every file below the repository's top and the digest of its content."""
        files = [path for path, one in sorted(self._stamps.items()) if not stat.S_ISDIR(one.mode)]
        return "\n".join(f"{path}\t{self.file(path)}" for path in files)

    @cached_property
    def everything(self) -> str:
        return _sha(self.manifest)

    @cached_property
    def git(self) -> str:
        """Of what git knows of the repository; of nothing outside of one."""
        try:
            said = [quick(["git", *words], cwd=Path(self.top)).out for words in GIT]
        except OSError as error:  # there is no git on this machine
            return _sha(str(error.errno))
        own = _text(Path(self.top, ".git", "info", "exclude"))
        ignores = [f"{path} {self.file(path)}" for path in sorted(self._stamps) if path.endswith(GIT_READS)]
        elsewhere = [
            _text(Path(place).expanduser()) for place in (_global_excludes(said[2]), *GLOBAL_EXCLUDES) if place
        ]
        return _sha("\0".join([*said, own, *ignores, *elsewhere]))

    def file(self, path: str) -> str:
        """The digest of a file's content, `ABSENT` where there is none; of its place in time where it lies outside.

        `path`: absolute, or below the repository's top. Raises `Moved` when it changed since the listing.
        """
        with self._lock:
            if path not in self._digests:
                self._digests[path] = self._file(path)
            return self._digests[path]

    def _file(self, path: str) -> str:
        full = os.path.join(self.top, path)  # noqa: PTH118 - thousands of them
        if not self.inside(full):
            return _place_in_time(full)
        known = self._stamps.get(self.short(full))
        digest = _content(full)
        if known and not stat.S_ISLNK(known.mode) and _stamp(full) != known:
            raise Moved(say("{short} changed while the run looked at it", short=self.short(full)))
        return digest

    def part(self, path: str, first_lines: Collection[int], *, placed: bool) -> Part | None:
        """What counts of a file that was imported, and of which the code at these lines ran.

        None where all of it does. Raises `Moved`.
        """
        cut = self._cut(path, placed=placed)
        if cut is None:
            return None
        names = cut.ran(first_lines)
        return Part(digest=cut.digest(names), names=names, placed=placed)

    def holds(self, path: str, part: Part) -> bool:
        """Is all that counted of a file as it was, and the rest of it good enough to be imported? Raises `Moved`."""
        cut = self._cut(path, placed=part.placed)
        return cut is not None and cut.digest(part.names) == part.digest and self._compiles(path)

    def _cut(self, path: str, *, placed: bool) -> Parts | None:
        """Raises `Moved`."""
        full = os.path.join(self.top, path)  # noqa: PTH118
        digest = self.file(path)
        with self._cutting:
            if (path, placed) not in self._parts:
                source = _bytes(full) if self.inside(full) and path.endswith(".py") else None
                if source is not None and hashlib.sha256(source).hexdigest() != digest:
                    raise Moved(say("{short} changed while the run looked at it", short=path))
                self._parts[path, placed] = parts_of(source, placed=placed) if source is not None else None
            return self._parts[path, placed]

    def _compiles(self, path: str) -> bool:
        """Does the service's own Python take it, without a word?"""
        with self._cutting:
            if path not in self._compiled:
                argv = [str(self._target.python), "-I", "-S", "-W", "always", "-c", COMPILE, path]
                ran = quick(argv, cwd=Path(self.top))
                self._compiled[path] = ran.code == 0 and not ran.err
            return self._compiled[path]

    def inside(self, full: str) -> bool:
        """Does an absolute path lie in the service's repository?"""
        return full.startswith(self.top + os.sep) or full == self.top

    def short(self, full: str) -> str:
        """A path in the repository from its top; any other as it is."""
        return full[len(self.top) + 1 :] if self.inside(full) else full

    def original(self, full: str) -> str:
        """The file of the service's folder that a run's copy of it was made from; any other path as it is."""
        for copy, folder in self.workshop.copies.items():
            if full.startswith(copy + os.sep):
                return folder + full[len(copy) :]
        return full

    def counts(self, full: str) -> bool:
        """Is it a file that somebody can change between two runs, not one of the run's or of an interpreter?"""
        if self.inside(full):
            return not self._is_skipped(full)
        own = (self.run_folder, str(OWN.parent) + os.sep, sys.prefix, sys.base_prefix, *NOT_DEPENDED_ON)
        venv = str(self._target.python.parent.parent)
        return not full.startswith((*own, venv, os.path.realpath(venv)))

    def _is_skipped(self, full: str) -> bool:
        """The ledger's folder, and environments, whose packages are their own digest."""
        return not SEPARATE.isdisjoint(Path(self.short(full)).parts)

    @cached_property
    def base(self) -> Mapping[str, str]:
        """What every kind of evidence depends on: words that people know → digest."""
        target = self._target
        config = target.config.model_dump(mode="json")
        facts = {f"gonogo.toml, [{name}]": config[name] for name in config if name not in POLICY}
        facts |= {
            say("gonogo's own code"): _tree(OWN),
            "gonogo's packages": _packages(Path(sys.prefix)),
            "the service's interpreter": [
                str(target.python),
                os.path.realpath(target.python),
                _stamp_of(target.python),
            ],
            say("the service's packages"): _packages(target.python.parent.parent),
            say("what the code asks of its servers"): self.workshop.asked_for(target),
            say("the servers of this machine"): [*(one.label for one in candidates()), *map(repr, redis_servers())],
            say("the tools of this machine"): [
                (name, _stamp_of(Path(shutil.which(name) or "/nowhere"))) for name in TOOLS
            ],
            say("this machine"): [host(), sys.platform, sys.version, os.cpu_count(), self.workshop.fence.kind],
        }
        facts |= {say("the variable {name}", name=name): value for name, value in _inherited().items()}
        return {name: _sha(repr(fact)) for name, fact in facts.items()}

    def code_of(self, folder: Path) -> str:
        """The digest of what judges: code in a folder, and all else of gonogo that it is made with."""
        own = (say("gonogo's own code"), "gonogo's packages", say("this machine"))
        return _sha(repr([_tree(folder), *(self.base[name] for name in own)]))


def _inherited() -> dict[str, str]:
    """What the service's processes inherit of our environment; of PATH the folders that there are, each once."""
    found = clean_environment()
    folders = dict.fromkeys(found.get("PATH", "").split(os.pathsep))
    return found | {"PATH": os.pathsep.join(one for one in folders if os.path.isdir(one))}  # noqa: PTH112


def _listed(top: str) -> Iterator[tuple[str, Stamp]]:
    """Paths from the top of a repository, without environments, caches and what git and gonogo keep for themselves."""
    below = [""]
    while below:
        folder = below.pop()
        try:
            entries = list(os.scandir(os.path.join(top, folder)))  # noqa: PTH118
        except OSError:
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name in UNLISTED:
                continue
            try:
                stamp = Stamp.of(entry.path)
            except OSError:
                continue
            if stat.S_ISDIR(stamp.mode):
                if os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):  # noqa: PTH110, PTH118 - thousands of them
                    continue
                below.append(path)
                yield path, Stamp(stamp.mode, 0, 0)
            else:
                yield path, stamp


def _global_excludes(settings: str) -> str:
    """The file that git's `core.excludesFile` names, of `git config --list -z`; empty where it names none."""
    found = [one.partition("\n")[2] for one in settings.split("\0") if one.lower().startswith("core.excludesfile\n")]
    return found[-1] if found else ""


def _stamp(path: str) -> Stamp | None:
    try:
        return Stamp.of(path)
    except OSError:
        return None


def _stamp_of(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]


def _place_in_time(path: str) -> str:
    found = _stamp_of(Path(path))
    return _sha(repr(found)) if found else ABSENT


def _content(path: str) -> str:
    """Of a folder, a device or what can't be read: of that fact."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
            return "no file"
        with open(path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ABSENT
    except OSError as error:
        return f"can't be read: {error.strerror}"


def _bytes(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def _packages(prefix: Path) -> list[object]:
    """Every file of an environment's packages, by size and time."""
    places = {*prefix.glob("lib/python*/site-packages"), *prefix.glob("lib64/python*/site-packages")}
    folders = sorted({os.path.realpath(one) for one in places})  # lib64 is mostly a link to lib
    return [_text(prefix / "pyvenv.cfg"), *(_sha("".join(sorted(_sizes(folder)))) for folder in folders)]


def _sizes(top: str) -> Iterator[str]:
    """Each file below a folder of packages with its size and time: tens of thousands, so without any detour."""
    below = [top]
    while below:
        try:
            entries = os.scandir(below.pop())
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in UNLISTED:
                    below.append(entry.path)
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            yield f"{entry.path}\0{found.st_size}\0{found.st_mtime_ns}\n"


@cache  # our own code, as this process runs it
def _tree(folder: Path) -> list[tuple[str, str]]:
    files = sorted(path for path in folder.rglob("*") if path.suffix not in {".pyc"} and path.is_file())
    return [(str(path.relative_to(folder)), _content(str(path))) for path in files]


def digest_of_code(folder: Path) -> str:
    """Of gonogo's code in a folder and of what it is made with, whatever machine or environment it runs in."""
    return _sha(repr([_tree(folder), _tree(OWN), sys.version]))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
