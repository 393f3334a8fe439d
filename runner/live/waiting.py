"""Has it come about by now? The one loop that looks, waits, and gives up."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.1  # seconds between two looks


def until(look: Callable[[], T], seconds: float, *, enough: Callable[[T], object] = bool, pause: float = PAUSE) -> T:
    """What `look` says at last: the first that is enough, or what it said when time was up. It looks at least once."""
    deadline = time.monotonic() + seconds
    while not enough(found := look()) and time.monotonic() < deadline:
        time.sleep(pause)
    return found
