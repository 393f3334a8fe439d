"""Has this account or this address failed to sign in too often?

An attempt counts before the password is looked at and is taken back when it was right, so that
many attempts at once cannot slip through together. Redis counts for all processes; without it,
each process counts for itself.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from math import ceil

from redis import Redis

from app.redis_guard import Away, RedisGuard

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


class Throttle:
    def __init__(
        self, redis: RedisGuard, *, per_account: int, per_address: int, window: int
    ) -> None:
        self._redis = redis
        self._local = LocalCounts()
        self._limits = {"account": per_account, "address": per_address}
        self._window = window

    def attempt(self, account: str, address: str) -> None:
        waits = [
            seconds
            for kind, who in (("account", account), ("address", address))
            for failures, seconds in [self._add(key_of(kind, who))]
            if failures > self._limits[kind]
        ]
        if waits:
            raise Throttled(max(waits))

    def succeeded(self, account: str, address: str) -> None:
        for kind, who in (("account", account), ("address", address)):
            self._take_back(key_of(kind, who))

    def _add(self, key: str) -> tuple[int, int]:
        try:
            return self._redis.ask(lambda redis: add_in_redis(redis, key, self._window))
        except Away:
            return self._local.add(key, self._window)

    def _take_back(self, key: str) -> None:
        try:
            self._redis.ask(lambda redis: take_back_in_redis(redis, key, self._window))
        except Away:
            self._local.take_back(key)


def key_of(kind: str, who: str) -> str:
    return f"sample:failures:{kind}:{sha256(who.lower().encode()).hexdigest()}"


def add_in_redis(redis: Redis, key: str, window: int) -> tuple[int, int]:
    pipeline = redis.pipeline(transaction=True)
    pipeline.incr(key)
    pipeline.expire(key, window, nx=True)
    pipeline.ttl(key)
    failures, _, seconds = pipeline.execute()
    return int(failures), max(1, int(seconds))


def take_back_in_redis(redis: Redis, key: str, window: int) -> None:
    pipeline = redis.pipeline(transaction=True)
    pipeline.decr(key)
    pipeline.expire(key, window, nx=True)
    pipeline.execute()
