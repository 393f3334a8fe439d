"""The one place that starts processes. Bounded in time, ended as a whole group, never left behind."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NoReturn

from runner.errors import ProbeError
from runner.processes import reads
from runner.processes.fence import Fence, no_fence
from runner.processes.ran import KILLED, Ran, TookTooLong
from runner.said import say, together

FORCED = 10  # seconds that a killed group may take to vanish
LONGEST = 32 * 1024 * 1024  # bytes of a command's output that are read
NOT_STARTED = 127  # what the leash says of a command that it could not start
TOO_LONG = KILLED + signal.SIGXFSZ  # … and of one whose log grew without end
TAIL = 64 * 1024  # bytes at a log's end that are read for its last words
LEASH = Path(__file__).parents[1] / "guest" / "leash.py"
# What a service may inherit of our environment: nothing that could carry a secret or our own interpreter.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "SSL_CERT_FILE", "SYSTEMROOT")


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name in INHERITED if (value := os.environ.get(name)) is not None}
    return kept | dict(extra or {})


def registry_environment() -> dict[str, str]:
    """For our own installers only: also the proxies and the index that the user has set for uv and pip."""
    wanted = re.compile(r"(UV|PIP)_\w+|(HTTPS?|NO|ALL)_PROXY|REQUESTS_CA_BUNDLE|NETRC", re.IGNORECASE)
    return clean_environment({name: value for name, value in os.environ.items() if wanted.fullmatch(name)})


def engine_environment() -> dict[str, str]:
    """For a container engine's client: also where its engine is, its settings, and the proxies."""
    wanted = re.compile(r"(DOCKER|CONTAINERS?|BUILDAH|REGISTRY|STORAGE|XDG)_\w+|(HTTPS?|NO|ALL)_PROXY", re.IGNORECASE)
    own = {name: value for name, value in os.environ.items() if wanted.fullmatch(name)}
    return clean_environment(own) | {"BUILDKIT_PROGRESS": "plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one command may use: bytes of memory in each of its processes, bytes that it may write to its log."""

    memory: int
    output: int


def most_memory() -> int:
    """Three quarters of what this machine, or this container, has: generous, and gonogo outlives who wants more."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            found.append(int(Path(file).read_text(encoding="ascii")))
    return min(found) * 3 // 4


BOUNDS = Bounds(memory=most_memory(), output=256 * 1024 * 1024)


class Reach(Enum):
    """What a process may reach."""

    RUN = "what the run opened"  # the service's processes, and tools that work on its files
    OWN = "what the run opened, as a server of ours"  # PostgreSQL, Redis: no code of the service's
    WORLD = "the network"  # installers and those who ask for advisories: never code of the service's


class Background:
    """A process on a leash: it and its children end when `stop` is called, or when we die however we die."""

    def __init__(  # noqa: PLR0913 - each is one fact of a process, and only the first is not named
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        stop_signal: int = signal.SIGTERM,
        remove: Path | None = None,
        pass_fds: Sequence[int] = (),
        answers: Path | None = None,
        bounds: Bounds = BOUNDS,
        fence: str = "",
        inside: Sequence[int] = (),
    ) -> None:
        """`fence`: what the leash is told of it; `inside`: descriptors of the namespaces it names."""
        self.argv = tuple(argv)
        self.log = log
        given = (int(stop_signal), remove or "", bounds.memory, bounds.output, fence)
        leash = [sys.executable, "-IS", str(LEASH), *map(str, given), *argv]
        with log.open("ab") as errors, (answers or log).open("ab") as out:
            self._process = subprocess.Popen(
                leash,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.PIPE,
                bufsize=0,
                stdout=out,
                stderr=errors,
                start_new_session=True,
                pass_fds=(*pass_fds, *inside),
            )

    @property
    def pid(self) -> int:
        """The leash's process id; the command is its only child."""
        return self._process.pid

    def running(self) -> bool:
        return self._process.poll() is None

    def let_go(self) -> None:
        """Ask the group to end, without waiting."""
        self._say(b"t")

    def stop(self, patience: float = 15) -> int:
        """End the group, by force after `patience` seconds, and return the command's exit code."""
        self.let_go()
        code = self.wait(patience)
        if code is None:
            self._say(b"k")
            code = self.wait(FORCED)
        if code is None:  # the leash itself hangs: the kernel ends the command with it
            self._process.kill()
            code = self._process.wait()
            self.wait(0)  # which lets go of its pipe
        return code

    def kill(self) -> int:
        """End the group as a machine that goes down would: without a word before. The exit code."""
        self._say(b"k")
        return self.stop(FORCED)

    def wait(self, timeout: float) -> int | None:
        """The exit code, or None when it still runs after `timeout` seconds."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        if self._process.stdin:
            self._process.stdin.close()
        return code

    def _say(self, word: bytes) -> None:
        if self._process.stdin and not self._process.stdin.closed:
            with contextlib.suppress(OSError):  # it has ended by itself
                self._process.stdin.write(word)

    def tail(self, lines: int = 3) -> str:
        """The last lines that it wrote."""
        return " | ".join(_end_of(self.log).strip().splitlines()[-lines:]) or say("it said nothing")


class Runner:
    """Runs commands for one run of gonogo. `close` ends whatever still runs, from any thread."""

    def __init__(self, run_folder: Path, bounds: Bounds = BOUNDS, fence: Fence | None = None) -> None:
        self.run_folder = run_folder  # scratch folder of this run
        self.bounds = bounds
        self.fence = fence or no_fence(run_folder)
        self._alive: set[Background] = set()
        self._lock = threading.Lock()
        self._count = 0
        self.closed = False

    def start(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stop_signal: int = signal.SIGTERM,
        remove: Path | None = None,
        pass_fds: Sequence[int] = (),
        answers: Path | None = None,
        reach: Reach = Reach.RUN,
    ) -> Background:
        """Start a process; raises `ProbeError` where nothing may be started (any more)."""
        if reach is Reach.RUN:
            self.fence.refuse()
        reads.spawned(argv, env)
        if reach is Reach.WORLD:
            reads.asked_the_world()
        fenced = reach is not Reach.WORLD
        if fenced:
            self.fence.show(cwd.absolute())
        with self._lock:
            if self.closed:
                raise ProbeError("the run was stopped")
            self._count += 1
            log = self.run_folder / f"{self._count:03}.log"
            process = Background(
                argv,
                cwd=cwd,
                env=dict(env) | dict(self.fence.environment() if reach is Reach.RUN else {}),
                log=log,
                stop_signal=stop_signal,
                remove=remove,
                pass_fds=pass_fds,
                answers=answers,
                bounds=self.bounds,
                fence=self.fence.leash_words(trusted=reach is Reach.OWN) if fenced else "",
                inside=self.fence.namespaces if fenced else (),
            )
            self._alive.add(process)
        return process

    def run(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float, reach: Reach = Reach.RUN
    ) -> Ran:
        """Run to the end. Raises `ProbeError` when it can't start, takes over `timeout` seconds, or we stop."""
        began = time.monotonic()
        out = self.run_folder / f"out-{threading.get_ident()}-{time.monotonic_ns()}"
        process = self.start(
            argv, cwd=cwd, env=env, answers=out, reach=reach
        )  # in files: no pipe to fill, no thread to read it
        code = process.wait(timeout)
        self.forget(process)
        seconds = time.monotonic() - began
        if self.closed:
            raise ProbeError("the run was stopped")
        if code is None:
            process.stop(0.5)
            message = say(
                "`{short}` did not end within {timeout} s. {tail}",
                short=_short(argv),
                timeout=f"{timeout:.0f}",
                tail=process.tail(1),
            )
            raise TookTooLong(message, _text(process.log))
        if code == TOO_LONG:
            raise ProbeError(say("`{short}` was {tail}", short=_short(argv), tail=process.tail(1)))
        if code == NOT_STARTED:
            hint = "" if "/" in argv[0] else say("; install it, or put it on PATH")
            raise ProbeError(
                say("`{argv}` could not be started: {tail}{hint}", argv=argv[0], tail=process.tail(1), hint=hint)
            )
        text, err = _text(out), _text(process.log)
        out.unlink(missing_ok=True)
        process.log.unlink(missing_ok=True)
        return Ran(argv=tuple(argv), code=code, out=text, err=err, seconds=seconds)

    def foreground(self, argv: Sequence[str], *, cwd: Path) -> int:
        """Run a command on our own terminal, behind the fence, and return its exit code. Ctrl-C ends it in order."""
        self.fence.refuse()
        given = (int(signal.SIGINT), "", self.bounds.memory, self.bounds.output, self.fence.leash_words(trusted=False))
        process = subprocess.Popen(
            [sys.executable, "-IS", str(LEASH), *map(str, given), *argv],
            cwd=cwd,
            env=clean_environment(self.fence.environment()),
            stdin=subprocess.PIPE,
            pass_fds=self.fence.namespaces,
        )
        try:
            return process.wait()
        except KeyboardInterrupt:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(FORCED + FORCED)
            raise

    def forget(self, process: Background) -> None:
        """It has ended, or is about to: let go of it, so that its pipe does not stay open."""
        with self._lock:
            self._alive.discard(process)
        process.let_go()

    def close(self) -> None:
        """End everything that still runs; nothing can be started afterwards."""
        with self._lock:
            self.closed = True
            alive, self._alive = list(self._alive), set()
        for process in alive:
            process.let_go()
        for process in alive:
            process.stop()


def quick(argv: Sequence[str], *, cwd: Path, timeout: float = 20, env: Mapping[str, str] | None = None) -> Ran:
    """A short command of our own (git, `--version`), by default in our environment; a time-out is exit code 124."""
    began = time.monotonic()
    reads.spawned(argv, env)
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=env, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
        )
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        code, out, err = 124, "", f"no answer within {timeout:.0f} s"
    return Ran(argv=tuple(argv), code=code, out=out, err=err, seconds=time.monotonic() - began)


def foreground(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> int:
    """Run a command on our own terminal and return its exit code; Ctrl-C reaches it as it reaches us.

    `env` is added to ours.
    """
    return subprocess.run(argv, cwd=cwd, env={**os.environ, **(env or {})}, check=False).returncode


def hand_over(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> NoReturn:
    """Become another program: it gets our terminal, our process id and every signal."""
    os.chdir(cwd)
    os.execve(argv[0], list(argv), dict(env))  # noqa: S606


def detach(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> int:
    """Start a process that outlives us, in a session of its own, and return its id. `env` is added to ours."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(os.environ) | dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # reaps it, should we outlive it
    return process.pid


def exists(pid: int) -> bool:
    """Does a process with this id exist here (a zombie does not)?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def ask_to_stop(pid: int) -> bool:
    """Send SIGTERM; False when there is no such process any more."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True


def _end_of(file: Path) -> str:
    if not file.exists():
        return ""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - TAIL))
        return stream.read(TAIL).decode(errors="replace")


def _text(file: Path) -> str:
    if not file.exists():
        return ""
    with file.open("rb") as stream:
        return stream.read(LONGEST).decode(errors="replace")


def _short(argv: Sequence[str]) -> str:
    words = together((Path(word).name if "/" in word else word for word in argv), " ")
    return words if len(words) <= 80 else f"{words[:77]}…"  # noqa: PLR2004
