"""A free port on loopback, and waiting until something answers there."""

import contextlib
import random
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

from runner.errors import ProbeError
from runner.process import Background

LOOPBACK = "127.0.0.1"
HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST, TRIES = 12000, 20
TAKEN = re.compile(r"address (is )?already in use|Errno 98|EADDRINUSE", re.IGNORECASE)


def free_port() -> int:
    """One that nobody listens on, and that the system gives to no outgoing connection before our server has it."""
    for port in random.sample(quiet_ports(), TRIES):
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind((LOOPBACK, port))
            return port
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        return int(sock.getsockname()[1])


def quiet_ports() -> range:
    """The ports below those that the system hands out by itself."""
    first = 32768
    with contextlib.suppress(OSError, ValueError, IndexError):
        first = int(HANDED_OUT.read_text(encoding="ascii").split()[0])
    return range(LOWEST, max(first, LOWEST + TRIES))


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
