"""Guest: start a command in a process group of its own, and end it and all its descendants when our parent is gone.

argv: SIGNAL FOLDER MEMORY OUTPUT FENCE COMMAND…   Standard input is a pipe that only our parent holds. `t` on it sends
SIGNAL to the group, `k` sends SIGKILL. End of file means that the parent died, was killed, or let go: SIGNAL, and
SIGKILL after ten seconds. Each process may hold MEMORY bytes of data (more is refused: MemoryError), and should the
machine run out of memory, the command goes first. When it has written more than OUTPUT bytes to its log, the group is
killed. When the command has ended, whatever it left behind is killed, daemons in sessions of their own too, and FOLDER
(if any) is removed. FENCE is what the command may reach, as JSON: `namespaces` (descriptors) that it lives in, or the
`ports` that it may connect to and the `writable` folders; empty for no fence. Where a fence can't be had, the command
is not started.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
from pathlib import Path

GRACE = 10
GLANCE = 0.5  # seconds between two looks at the size of the log
FIRST_TO_GO = "1000"
SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36


def main() -> int:
    number, folder, memory, output, fence = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:5]), sys.argv[5]
    command = sys.argv[6:]
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):  # Ctrl-C reaches our parent, who lets go in order
        signal.signal(ignored, signal.SIG_IGN)
    control(SET_CHILD_SUBREAPER, 1)
    go_first()
    try:
        enclose(json.loads(fence) if fence else {})
    except OSError as error:
        say(f"not started: its fence can't be had: {error.strerror}")
        return 127
    leash = os.getpid()
    child = os.fork()
    if child == 0:
        become(command, leash, memory)
    code = watch(child, number, output)
    signal_group(child, signal.SIGKILL)
    end_descendants()
    remove(folder)
    return code


def enclose(fence) -> None:
    """Into the run's namespaces, or behind Landlock's rules. Raises `OSError`."""
    here = Path.cwd()
    libc = ctypes.CDLL(None, use_errno=True)
    for descriptor in fence.get("namespaces", ()):
        if libc.setns(descriptor, 0):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        os.close(descriptor)
    if "namespaces" in fence:
        os.chdir(here)
    if "ports" in fence:
        sys.path.insert(0, str(Path(__file__).parent))
        from landlock import restrict  # noqa: PLC0415 - beside this file; only where it is used

        restrict(fence["ports"], fence["writable"], sockets=fence["sockets"])


def go_first() -> None:
    """Should the machine run out of memory, the command goes before anything else."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")


def become(command, leash, memory) -> None:
    """Turn into the command, which dies with the leash even if that is killed."""
    os.setsid()
    control(SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != leash:
        os._exit(1)
    for restored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(restored, signal.SIG_DFL)
    limit(memory)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(127)


def limit(memory: int) -> None:
    """Of data, not of addresses: what a library merely reserves (a JIT, WebAssembly, a big heap) costs nothing."""
    with contextlib.suppress(OSError, ValueError):
        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (memory if most < 0 else min(memory, most), most))


def watch(child: int, number: int, output: int) -> int:
    """The child's exit code; passes on what the parent asks for."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    watched, deadline = [0, woken], None
    while True:
        code = reap(child)
        if code is not None:
            return code
        ready, _, _ = select.select(watched, [], [], GLANCE if deadline is None else 0.2)
        if woken in ready:
            os.read(woken, 64)
        if 0 in ready:
            word = os.read(0, 1)
            signal_group(child, signal.SIGKILL if word == b"k" else number)
            if not word:
                watched, deadline = [woken], time.monotonic() + GRACE
        if written() > output:
            signal_group(child, signal.SIGKILL)
            wait_for(child)
            say(f"ended by gonogo: it had written more than {output >> 20} MB to its log")
            return -signal.SIGXFSZ
        if deadline is not None and time.monotonic() > deadline:
            signal_group(child, signal.SIGKILL)


def written() -> int:
    return max(os.fstat(1).st_size, os.fstat(2).st_size)


def say(words: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, f"\n{words}\n".encode())


def wait_for(child: int) -> None:
    while reap(child) is None:
        time.sleep(0.01)


def reap(child: int):
    """Collect what ended, orphans that fell to us too; the exit code once the child itself is among them."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child:
                return os.waitstatus_to_exitcode(status)
            if pid == 0:
                break
    return None


def end_descendants() -> None:
    """Kill what fell to us when its parent ended, until nothing does any more (Linux; elsewhere the group must do)."""
    for _ in range(50):
        left = children()
        if not left:
            return
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def children():
    me = str(os.getpid())
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            if stat.read_text(errors="replace").rpartition(")")[2].split()[1] == me:
                found.append(int(stat.parent.name))
    return found


def remove(folder: str) -> None:
    for _ in range(5 if folder else 0):
        shutil.rmtree(folder, ignore_errors=True)
        if not Path(folder).exists():
            return
        time.sleep(0.05)


def signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:  # not yet the leader of its group
        with contextlib.suppress(ProcessLookupError):
            os.kill(group, number)


def control(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    result = main()
    sys.exit(result if result >= 0 else 128 - result)
