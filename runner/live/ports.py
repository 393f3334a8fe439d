"""A free port on loopback, and waiting until something answers there."""

import socket
import time
from collections.abc import Callable

from runner.errors import ProbeError
from runner.process import Background

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        port: int = sock.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(0.5)
        return sock.connect_ex((LOOPBACK, port)) == 0


def wait_until(ready: Callable[[], bool], process: Background, *, what: str, seconds: float) -> None:
    """Wait for `ready`. Raises `ProbeError` with the process's last words when it ended or time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.running():
            raise ProbeError(f"{what} ended while it started: {process.tail()}")
        if time.monotonic() > deadline:
            raise ProbeError(f"{what} was not ready within {seconds:.0f} s: {process.tail()}")
        time.sleep(0.03)
