"""Guest: start a command in a process group of its own, and end the whole group when our parent is gone.

argv: SIGNAL FOLDER COMMAND…   Standard input is a pipe that only our parent holds; its end of file means the parent died,
was killed, or let go. Then the group gets SIGNAL, after ten seconds SIGKILL, and FOLDER (if any) is removed.
"""

import contextlib
import os
import select
import shutil
import signal
import sys
import time


def main() -> int:
    number, folder, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    for ignored in (signal.SIGINT, signal.SIGHUP):  # Ctrl-C reaches our parent, who lets go of us in order
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        os.setsid()
        for restored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(restored, signal.SIG_DFL)
        quiet = os.open(os.devnull, os.O_RDONLY)
        os.dup2(quiet, 0)
        try:
            os.execvp(command[0], command)  # noqa: S606
        except OSError as error:
            sys.stderr.write(f"{command[0]}: {error.strerror}\n")
            os._exit(127)
    code = watch(child, number)
    signal_group(child, signal.SIGKILL)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    return code


def watch(child: int, number: int) -> int:
    """The child's exit code; asks the group to end once standard input is at its end."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    watched, deadline = [0, woken], None
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        ready, _, _ = select.select(watched, [], [], None if deadline is None else 0.2)
        if woken in ready:
            os.read(woken, 64)
        if 0 in ready and not os.read(0, 1):
            watched, deadline = [woken], time.monotonic() + 10
            signal_group(child, number)
        if deadline is not None and time.monotonic() > deadline:
            signal_group(child, signal.SIGKILL)


def signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


if __name__ == "__main__":
    result = main()
    sys.exit(result if result >= 0 else 128 - result)
