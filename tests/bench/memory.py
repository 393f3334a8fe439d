"""How much memory do our processes hold together at their worst? Proportional set sizes, so shared pages count once."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

EVERY = 0.25  # seconds between two looks
MIB = 1024  # smaps count in KiB
OURS = Path(sys.executable).parent


@dataclass
class Peak:
    """The worst that was seen, in MiB, and what it was made of: a process's words → MiB."""

    mib: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)


@contextmanager
def watched(root_pid: int) -> Iterator[Peak]:
    """Watch a process and all that it started in our environment: not the databases, not the service's interpreter."""
    peak, stop = Peak(), threading.Event()

    def look() -> None:
        while not stop.wait(EVERY):
            parts = held(root_pid)
            if (whole := sum(parts.values())) > peak.mib:
                peak.mib, peak.parts = whole, parts

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def held(root_pid: int, ours: Path = OURS) -> dict[str, float]:
    """MiB of each process of the tree that a program in this folder is."""
    parents, words = processes()
    found: dict[str, float] = {}
    for pid, argv in words.items():
        if not argv[0].startswith(f"{ours}/") or not _descends(pid, root_pid, parents):
            continue
        name = " ".join(part.rsplit("/", 1)[-1] for part in argv[:4])
        found[name] = found.get(name, 0.0) + proportional(pid)
    return found


def proportional(pid: int) -> float:
    """A process's proportional set size in MiB; 0 when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / MIB for line in text.splitlines() if line.startswith("Pss:")), 0.0)


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        pid = parents.get(pid, 0)
    return False


def processes() -> tuple[dict[int, int], dict[int, list[str]]]:
    """Each process's parent, and its words."""
    parents: dict[int, int] = {}
    words: dict[int, list[str]] = {}
    for folder in Path("/proc").glob("[1-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            line = (folder / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        parents[int(folder.name)] = int(stat.rsplit(")", 1)[1].split()[1])
        if line:
            words[int(folder.name)] = line.decode(errors="replace").rstrip("\0").split("\0")
    return parents, words


def serving(port: int) -> int:
    """The process whose words name this port, not the leash that holds it."""
    _, words = processes()
    wanted = f"--server.port={port}"
    return next(pid for pid, argv in words.items() if wanted in argv and "leash.py" not in " ".join(argv[:4]))


def settle(pid: int, seconds: float) -> float:
    """The greatest proportional set size of one process within so many seconds, in MiB."""
    deadline, most = time.monotonic() + seconds, 0.0
    while time.monotonic() < deadline:
        most = max(most, proportional(pid))
        time.sleep(EVERY)
    return most
