"""Has this account or this address failed to sign in too often?

An attempt counts before the password is looked at and is taken back when it was right, so that
many attempts at once cannot slip through together.{% if cookiecutter.redis %} Redis counts for all processes; without it,
each process counts for itself.
{% else %} Each process counts for itself: with several
of them, count in something that they share.
{% endif %}
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
{% if cookiecutter.redis %}
from typing import Protocol
{% endif %}

MOST_KEYS = 10_000


class Throttled(Exception):
    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(slots=True)
class Count:
    ends: float
    failures: int = 0


class LocalCounts:
    """Failures per key, in memory that is bounded."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, Count] = {}

    def add(self, key: str, window: int) -> tuple[int, int]:
        """Failures in this window, and the seconds until it ends."""
        with self._lock:
            now = self._clock()
            count = self._counts.get(key)
            if count is None or count.ends <= now:
                self._make_room(now)
                count = self._counts[key] = Count(ends=now + window)
            count.failures += 1
            return count.failures, max(1, ceil(count.ends - now))

    def take_back(self, key: str) -> None:
        with self._lock:
            if key in self._counts:
                self._counts[key].failures -= 1

    def _make_room(self, now: float) -> None:
        if len(self._counts) < MOST_KEYS:
            return
        live = {key: count for key, count in self._counts.items() if count.ends > now}
        newest = list(live.items())[-(MOST_KEYS // 2) :]
        self._counts = dict(newest)


{% if cookiecutter.redis %}
class Counts(Protocol):
    def add(self, key: str, window: int) -> tuple[int, int]: ...

    def take_back(self, key: str) -> None: ...


{% endif %}
class Throttle:
{% if cookiecutter.redis %}
    def __init__(
        self, *, per_account: int, per_address: int, window: int, counts: Counts | None = None
    ) -> None:
        self._counts = counts or LocalCounts()
{% else %}
    def __init__(self, *, per_account: int, per_address: int, window: int) -> None:
        self._counts = LocalCounts()
{% endif %}
        self._limits = {"account": per_account, "address": per_address}
        self._window = window

    def attempt(self, account: str, address: str) -> None:
        waits = [
            seconds
            for kind, who in (("account", account), ("address", address))
            for failures, seconds in [self._counts.add(key_of(kind, who), self._window)]
            if failures > self._limits[kind]
        ]
        if waits:
            raise Throttled(max(waits))

    def succeeded(self, account: str, address: str) -> None:
        for kind, who in (("account", account), ("address", address)):
            self._counts.take_back(key_of(kind, who))


def key_of(kind: str, who: str) -> str:
    return f"{kind}:{sha256(who.lower().encode()).hexdigest()}"
