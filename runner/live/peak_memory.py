"""How much memory have a server's processes ever held? As the kernel says it, where it does."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

PROCESSES = Path("/proc")
PEAK, HELD = (re.compile(rf"^{word}:\s*(\d+) kB", re.MULTILINE) for word in ("VmHWM", "VmRSS"))
TO_NOW = "5"  # the kernel's word for it: the highest is what is held now


def peak_memory(pid: int) -> int | None:
    """Bytes, of a process and all below it, each at its own highest; None where the kernel does not tell."""
    return _sum(pid, PEAK)


def forget_peak(pid: int) -> int | None:
    """Begin anew with what they hold now. How many bytes the highest is above that still, where it can't be forgotten.

    None where the kernel does not tell.
    """
    for one in _family(pid):
        with contextlib.suppress(OSError):
            (PROCESSES / str(one) / "clear_refs").write_text(TO_NOW)
    peak, held = _sum(pid, PEAK), _sum(pid, HELD)
    return peak - held if peak is not None and held is not None else None


def _sum(pid: int, what: re.Pattern[str]) -> int | None:
    found = [size for one in _family(pid) if (size := _said(one, what)) is not None]
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


def _said(pid: int, what: re.Pattern[str]) -> int | None:
    try:
        found = what.search((PROCESSES / str(pid) / "status").read_text())
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
