"""How busy is this machine with what is none of ours? Read from /proc, so that a measurement can judge itself first."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.said import say, together

PROC = Path("/proc")
THROTTLED = {"throttled_usec": 1e-6, "throttled_time": 1e-9}  # seconds, as cgroup v2 and v1 count them
CPU_STAT = ("/sys/fs/cgroup/cpu.stat", "/sys/fs/cgroup/cpu/cpu.stat")
BUSY = 0.15  # processors that others may use, or take away, before a time says little about the service …
NOISE = 0.1  # … and this share of what is ours: the kernel works for us in processes of its own
CROWDED = 0.5  # of all processors: where fewer are in use, others are in nobody's way
FULL = 0.8  # of all processors: then whoever wants one waits
USER, NICE, SYSTEM, STEAL = 1, 2, 3, 8  # columns of the first line of /proc/stat
PARENT, USED = 1, slice(11, 15)  # columns of /proc/<pid>/stat after the name: with its ended children's times


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Processor seconds used so far: by everybody, by our own processes; and those that we were kept from using."""

    at: float
    everybody: float
    ours: float
    stolen: float
    throttled: float
    waited: float  # seconds that our own processes were ready to run, and did not
    io: float  # seconds in which some process of this machine waited for a disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Between two moments, in processors: 0.5 is half of one, all the time."""

    ours: float = 0.0
    others: float = 0.0
    stolen: float = 0.0  # by the hypervisor
    throttled: float = 0.0  # held back by the control group
    waited: float = 0.0  # by all of ours together, ready to run
    io: float = 0.0  # share of the time in which somebody waited for a disk

    @property
    def disturbed(self) -> bool:
        """Did others make what was measured slower than it is?"""
        return bool(self.why)

    @property
    def full(self) -> bool:
        """Was no processor free, whoever used them?"""
        return self.disturbed or self.ours + self.others > FULL * processors()

    @property
    def why(self) -> str:
        """Who else was there, in a sentence's end; empty where nobody was, or where there was room for everybody."""
        crowded = self.ours + self.others > CROWDED * processors()
        said = [
            (
                crowded * (self.others - NOISE * self.ours),
                say("other programs used {others} processors", others=f"{self.others:.1f}"),
            ),
            (self.stolen, say("the hypervisor took {stolen} processors away", stolen=f"{self.stolen:.1f}")),
            (
                self.throttled,
                say("the control group held it back for {throttled} of the time", throttled=f"{self.throttled:.0%}"),
            ),
        ]
        return together((words for share, words in said if share > BUSY), " and ")


def processors() -> int:
    return os.cpu_count() or 1


def now() -> Moment:
    """Where a machine has no /proc, nobody else is seen."""
    everybody, stolen = _everybody()
    ours = _ours()
    return Moment(
        at=time.monotonic(),
        everybody=everybody,
        ours=sum(ours.values()) / os.sysconf("SC_CLK_TCK"),
        stolen=stolen,
        throttled=sum(_throttled(CPU_STAT)),
        waited=sum(_waited(pid) for pid in ours),
        io=_io(),
    )


def since(began: Moment) -> Use:
    """What was used from then until now."""
    return between(began, now())


def between(one: Moment, other: Moment) -> Use:
    seconds = other.at - one.at
    if seconds <= 0:
        return Use()
    ours = max(0.0, other.ours - one.ours) / seconds
    return Use(
        ours=ours,
        others=max(0.0, (other.everybody - one.everybody) / seconds - ours),
        stolen=max(0.0, other.stolen - one.stolen) / seconds,
        throttled=max(0.0, other.throttled - one.throttled) / seconds,
        waited=max(0.0, other.waited - one.waited) / seconds,
        io=max(0.0, other.io - one.io) / seconds,
    )


def _everybody() -> tuple[float, float]:
    """Processor seconds of all programs, and those that the hypervisor took."""
    try:
        words = (PROC / "stat").read_text(encoding="ascii").split("\n", 1)[0].split()
        used, stolen = sum(int(words[n]) for n in (USER, NICE, SYSTEM)), int(words[STEAL])
    except (OSError, ValueError, IndexError):
        return 0.0, 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    return used / ticks, stolen / ticks


def _ours() -> dict[int, int]:
    """This process and all below it → ticks used, by their children that have ended as well."""
    used: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for pid, parent, ticks in _processes():
        used[pid] = ticks
        children.setdefault(parent, []).append(pid)
    found, below = {}, [os.getpid()]
    while below:
        pid = below.pop()
        found[pid] = used.get(pid, 0)
        below += children.get(pid, [])
    return found


def _waited(pid: int) -> float:
    """Seconds that the threads of a process stood in the queue for a processor."""
    total = 0
    for file in (PROC / str(pid) / "task").glob("*/schedstat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
            total += int(file.read_text(encoding="ascii").split()[1])
    return total * 1e-9


def _io() -> float:
    with contextlib.suppress(OSError, ValueError, IndexError):
        line = (PROC / "pressure" / "io").read_text(encoding="ascii").split("\n", 1)[0]
        return int(line.rpartition("total=")[2]) * 1e-6
    return 0.0


def _processes() -> Iterator[tuple[int, int, int]]:
    """(id, its parent's, ticks used by it and by its ended children)."""
    for folder in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
            words = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            yield int(folder.name), int(words[PARENT]), sum(int(word) for word in words[USED])


def _throttled(files: tuple[str, ...]) -> Iterator[float]:
    for file in files:
        with contextlib.suppress(OSError, ValueError):
            pairs = (line.split() for line in Path(file).read_text(encoding="ascii").splitlines())
            yield from (int(value) * THROTTLED[name] for name, value in pairs if name in THROTTLED)
