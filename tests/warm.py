"""gonogo imported once and forked for each command: its own process each time, without a second of imports."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 120  # seconds of one command

SERVE = """
import json, os, socket, sys
sys.path.insert(0, sys.argv[1])
from workflow.cli import main
import stages.catalogue, workflow.cli.look, workflow.cli.check, runner.engine.collect
asked = socket.socket(fileno=int(sys.argv[2]))
asked.set_inheritable(False)
while True:
    _, given, _, _ = socket.recv_fds(asked, 1, 3)
    if not given:
        sys.exit()
    if pid := os.fork():
        asked.send(pid.to_bytes(4, "big"))
        for one in given:
            os.close(one)
        _, status = os.waitpid(pid, 0)
        asked.send(status.to_bytes(4, "big"))
        continue
    asked.close()
    with open(given[0], encoding="utf-8") as file:
        told = json.load(file)
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"])
    for number, one in enumerate(given[1:], start=1):
        os.dup2(one, number)
        os.close(one)
    sys.argv[:] = ["-c", *told["words"]]
    break
main()
"""


class Warm:
    """A process that has imported gonogo and waits. `run` forks it."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(ROOT), str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        self._ours.settimeout(LONGEST)

    def run(self, *words: str, cwd: Path, env: Mapping[str, str]) -> tuple[int, str, str]:
        """Exit code, standard output and error, as of a process of its own. Raises `TimeoutError`, having killed it."""
        with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            json.dump({"cwd": str(cwd), "env": dict(env), "words": words}, told)
            told.flush()
            told.seek(0)
            socket.send_fds(self._ours, [b"."], [told.fileno(), out.fileno(), err.fileno()])
            pid = int.from_bytes(self._ours.recv(4), "big")
            try:
                status = int.from_bytes(self._ours.recv(4), "big")
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self._ours.recv(4)
                raise
            return os.waitstatus_to_exitcode(status), _text(out), _text(err)

    def close(self) -> None:
        self._ours.close()
        self._process.wait(LONGEST)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def warm() -> Warm:
    """The one of this process; it ends with it."""
    made = Warm()
    atexit.register(made.close)
    return made
