"""A free port on loopback, and waiting until something answers there."""

import contextlib
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from runner.errors import ProbeError
from runner.live.waiting import until
from runner.processes.fence import HOST, Fence
from runner.processes.process import Background
from runner.said import say

LOOPBACK = "127.0.0.1"
HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
UNPRIVILEGED = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
LISTENING = "0A"
# 127.0.0.1, ::1 and ::ffff:127.0.0.1 as the kernel writes them
LOOPBACKS = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}
LOWEST, TRIES = 12000, 20
TAKEN = re.compile(r"address (is )?already in use|Errno 98|EADDRINUSE", re.IGNORECASE)


def free_port(fence: Fence = HOST) -> int:
    """One that nobody listens on, and that the system gives to no outgoing connection before our server has it."""
    for port in random.sample(quiet_ports(), TRIES):
        with fence.new_socket() as sock, contextlib.suppress(OSError):
            sock.bind((LOOPBACK, port))
            return fence.opened(port)
    with fence.new_socket() as sock:
        sock.bind((LOOPBACK, 0))
        return fence.opened(int(sock.getsockname()[1]))


def quiet_ports() -> range:
    """The ports below those that the system hands out by itself."""
    first = 32768
    with contextlib.suppress(OSError, ValueError, IndexError):
        first = int(HANDED_OUT.read_text(encoding="ascii").split()[0])
    return range(LOWEST, max(first, LOWEST + TRIES))


def accepts(port: int, fence: Fence = HOST) -> bool:
    with fence.new_socket() as sock:
        sock.settimeout(0.5)
        return sock.connect_ex((LOOPBACK, port)) == 0


def lowest_open_port() -> int:
    """The lowest port that an ordinary user may listen on here."""
    with contextlib.suppress(OSError, ValueError):
        return int(UNPRIVILEGED.read_text(encoding="ascii"))
    return 1024


def listeners(fence: Fence) -> tuple[Path, ...]:
    """The kernel's tables of who listens in a run's network."""
    whose = f"{fence.pid}/net" if fence.pid else "net"
    return Path(f"/proc/{whose}/tcp"), Path(f"/proc/{whose}/tcp6")


def only_on_loopback(port: int, tables: Sequence[Path]) -> bool:
    """Is everything that listens on this port bound to loopback? False where the system does not tell."""
    found = []
    for table in tables:
        with contextlib.suppress(OSError):
            rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
            found += [row[1] for row in rows if row[3] == LISTENING and row[1].endswith(f":{port:04X}")]
    return bool(found) and all(where.partition(":")[0] in LOOPBACKS for where in found)


def wait_until(ready: Callable[[], bool], process: Background, *, what: str, seconds: float) -> None:
    """Wait for `ready`. Raises `ProbeError` with the process's last words when it ended or time is up."""
    seen = until(lambda: "ready" if ready() else "" if process.running() else "ended", seconds, pause=0.03)
    if seen == "ended":
        raise ProbeError(say("{what} ended while it started: {tail}", what=what, tail=process.tail()))
    if not seen:
        raise ProbeError(
            say(
                "{what} was not ready within {seconds} s: {tail}",
                what=what,
                seconds=f"{seconds:.0f}",
                tail=process.tail(),
            )
        )
