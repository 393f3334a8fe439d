"""How much memory have a server's processes ever held? As the kernel says it, where it does."""

import re
from collections.abc import Iterator
from pathlib import Path

PROCESSES = Path("/proc")
PEAK = re.compile(r"^VmHWM:\s*(\d+) kB", re.MULTILINE)


def peak_memory(pid: int) -> int | None:
    """Bytes, of a process and all below it, each at its own highest; None where the kernel does not tell."""
    found = [peak for one in _family(pid) if (peak := _peak(one)) is not None]
    return sum(found) if found else None


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in (PROCESSES / str(pid) / "task").glob("*/children"):
        try:
            below = task.read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for child in below:
            yield from _family(int(child))


def _peak(pid: int) -> int | None:
    try:
        found = PEAK.search((PROCESSES / str(pid) / "status").read_text())
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
