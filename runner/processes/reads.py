"""What does evidence read while it is collected? Files that are opened here, and in the processes that it starts.

Python itself tells of each file that is opened, in this process and in the service's (`guest/guard`), so nothing that
is read by Python is left out. Whatever else is started may have read any file: `whole` says so, and of whom.
"""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from runner.said import say

P = ParamSpec("P")
T = TypeVar("T")
GUARD = str(Path(__file__).parents[1] / "guest" / "guard")  # on PYTHONPATH: that Python tells what it opens
OWN = frozenset({"postgres", "initdb", "redis-server", "valkey-server"})  # the run's own servers
# Of git: what hangs on its commits, its index, its settings and who is ignored, and on no other file's content.
GIT_ALONE = frozenset({"show", "rev-parse", "ls-files", "check-ignore", "symbolic-ref", "config", "clone", "checkout"})
GIT_TAKES = frozenset({"-c", "-C"})  # options of git itself that have a value
SILENT = {"-I", "-S", "-E", "-IS", "-SI"}  # a Python that does not import the guard


class Reads:
    """What was read so far. Paths are absolute, as they were opened."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.imported: dict[str, set[int]] = {}  # by Python's import alone → first lines of its code that ran
        self.whole = ""  # who may have read any file of the repository; empty where nobody did
        self.git = False  # its commit and its index
        self.world = False  # something outside of this machine was asked
        self.report: Path | None = None  # where the guards of the service's processes write what those open
        self.shared: list[Reads] = []  # of what was made once for several

    def absorb(self, other: "Reads") -> None:
        """What was made for others as well was read for this, too."""
        if other is not self and other not in self.shared:
            self.shared.append(other)

    def settled(self) -> "Reads":
        """Everything, with what the processes and shared things read; to be asked once all have ended."""
        found = Reads()
        for one in self._all():
            told = _reported(one.report)
            found.files |= one.files | told.files
            found.whole = found.whole or one.whole or told.whole
            for path, lines in (*one.imported.items(), *told.imported.items()):
                found.imported.setdefault(path, set()).update(lines)
            found.git, found.world = found.git or one.git, found.world or one.world
        found.imported = {path: lines for path, lines in found.imported.items() if path not in found.files}
        return found

    def _all(self) -> list["Reads"]:
        found, below = [], [self]
        while below:
            one = below.pop()
            if one not in found:
                found.append(one)
                below += one.shared
        return found

    def spawned(self, argv: Sequence[str], env: Mapping[str, str] | None) -> None:
        """A process was started, which tells what it opens, reads nothing of the service's, or may read any file."""
        program = Path(argv[0]).name
        if program == "git":
            self.git = True
            if _asked_of_git(argv) not in GIT_ALONE:
                self.whole = self.whole or "git"
        elif program not in OWN and not (_tells(argv, env) or _is_ours(argv)):
            self.whole = self.whole or program


def _asked_of_git(argv: Sequence[str]) -> str:
    """Its subcommand: `ls-files` of `git -c core.quotePath=off ls-files -z`."""
    words = iter(argv[1:])
    for word in words:
        if word in GIT_TAKES:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _tells(argv: Sequence[str], env: Mapping[str, str] | None) -> bool:
    """Does this process import the guard, which tells what it opens?"""
    program = Path(argv[0]).name
    given = env or {}
    try:
        guarded = bool(json.loads(given.get("GONOGO_GUARD", "{}")).get("reads"))
    except ValueError:
        guarded = False
    guarded = guarded and GUARD in given.get("PYTHONPATH", "").split(os.pathsep)
    script = program.startswith("python") or _is_script(Path(argv[0]))
    return guarded and script and not SILENT.intersection(argv[1:3])


def _is_script(program: Path) -> bool:
    """A console script of an environment: it starts the Python of that environment."""
    try:
        with program.open("rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    return first.startswith(b"#!") and b"python" in first


def _is_ours(argv: Sequence[str]) -> bool:
    """Our own programs in our own interpreter that read what they are given, as the one that counts answers."""
    return argv[0] == sys.executable and any(word.startswith(str(Path(__file__).parents[1])) for word in argv[1:3])


def _reported(report: Path | None) -> Reads:
    found, ran = Reads(), dict[str, set[int]]()
    with contextlib.suppress(OSError):
        for line in report.read_bytes().splitlines() if report else ():
            try:
                told = json.loads(line)
            except ValueError:  # two processes at once, or one that was killed while it wrote
                found.whole = found.whole or say("a process whose report is torn")
                break
            if "file" in told:
                found.files.add(str(told["file"]))
            elif "imported" in told:
                found.imported.setdefault(str(told["imported"]), set())
            elif "ran" in told:
                ran.setdefault(str(told["ran"]), set()).add(int(told["line"]))
            found.whole = found.whole or str(told.get("started", ""))
    found.files |= {path for path in ran if path not in found.imported}  # read in a way that nobody saw
    found.imported = {path: lines | ran.get(path, set()) for path, lines in found.imported.items()}
    return found


_here = threading.local()
_active: list[Reads] = []
_lock = threading.Lock()
_hooked = False


def current() -> Reads | None:
    """Of what this thread collects; None where it collects nothing."""
    stack: list[Reads] = getattr(_here, "stack", [])
    return stack[-1] if stack else None


def concerned() -> list[Reads]:
    """Who is to know of what this thread does: its own; of a thread that nobody knows, all who collect right now."""
    mine = current()
    if mine:
        return [mine]
    return [] if threading.current_thread() is threading.main_thread() else list(_active)


@contextmanager
def recording(reads: Reads | None) -> Iterator[None]:
    """Write down what this thread opens and starts meanwhile; with None, let it be nobody's."""
    _hook()
    stack: list[Reads] = getattr(_here, "stack", [])
    _here.stack = [*stack, reads or Reads()]
    with _lock:
        if reads:
            _active.append(reads)
    try:
        yield
    finally:
        _here.stack = stack
        with _lock:
            if reads:
                _active.remove(reads)


@contextmanager
def declared(paths: Sequence[str]) -> Iterator[None]:
    """What is started meanwhile reads these files and no others, as its documentation says."""
    for one in concerned():
        one.files |= {os.path.abspath(path) for path in paths}  # noqa: PTH100 - as they are opened
    with recording(None):
        yield


def carried(function: Callable[P, T]) -> Callable[P, T]:
    """A function for another thread, which reads for what this thread collects."""
    mine = current()

    def carry(*args: P.args, **kwargs: P.kwargs) -> T:
        with recording(mine):
            return function(*args, **kwargs)

    return carry if mine else function


def spawned(argv: Sequence[str], env: Mapping[str, str] | None) -> None:
    for one in concerned():
        one.spawned(argv, env)


def asked_the_world() -> None:
    for one in concerned():
        one.world = True


def _hook() -> None:
    """Python keeps a hook for good: there is one, and it does nothing where nobody collects."""
    global _hooked  # noqa: PLW0603 - one per process
    with _lock:
        if not _hooked:
            sys.addaudithook(_opened)
            _hooked = True


def _opened(event: str, args: tuple[object, ...]) -> None:
    if event != "open" or not _active:
        return
    path = args[0]
    if isinstance(path, str | bytes | os.PathLike):
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - called for every file that is opened
        for one in concerned():
            one.files.add(full)
