"""How fast is this machine right now? A fixed piece of work, timed while nothing of ours runs beside it."""

import hashlib
import os
import time

WORK = b"\0" * 1_000_000  # hashed once: about a millisecond
PAUSE = 0.01  # seconds: other work on this machine shows itself between two looks
MOST = 5.0  # times that a time-out may be stretched


def times(count: int = 25) -> list[float]:
    """Milliseconds for the work, so many times. Two measurements compare when the medians of their times are alike."""
    found = []
    for _ in range(count):
        time.sleep(PAUSE)
        began = time.perf_counter()
        hashlib.sha256(WORK).digest()
        found.append((time.perf_counter() - began) * 1000)
    return found


def slowness() -> float:
    """By how much a time-out is to be stretched here and now: from 1 (nobody waits for a processor) to 5."""
    try:
        load = os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        return 1.0
    return min(max(load, 1.0), MOST)
