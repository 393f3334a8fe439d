"""How fast is this machine right now? A fixed piece of work, timed while nothing of ours runs beside it."""

import hashlib
import time

WORK = b"\0" * 1_000_000  # hashed once: about a millisecond
PAUSE = 0.01  # seconds: other work on this machine shows itself between two looks


def times(count: int = 25) -> list[float]:
    """Milliseconds for the work, so many times. Two measurements compare when the medians of their times are alike."""
    found = []
    for _ in range(count):
        time.sleep(PAUSE)
        began = time.perf_counter()
        hashlib.sha256(WORK).digest()
        found.append((time.perf_counter() - began) * 1000)
    return found
