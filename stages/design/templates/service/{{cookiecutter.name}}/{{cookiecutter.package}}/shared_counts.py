"""How many so far, in this stretch of time? Redis counts for all processes; without it, each counts for itself."""

from redis import Redis

from {{cookiecutter.package}}.redis_guard import Away, RedisGuard
from {{cookiecutter.package}}.throttle import LocalCounts

PREFIX = "{{cookiecutter.package}}:counts:"


class SharedCounts:
    def __init__(self, redis: RedisGuard) -> None:
        self._redis = redis
        self._local = LocalCounts()

    def add(self, key: str, window: int) -> tuple[int, int]:
        """So many in this window, and the seconds until it ends."""
        try:
            return self._redis.ask(lambda redis: add_in_redis(redis, PREFIX + key, window))
        except Away:
            return self._local.add(key, window)

    def take_back(self, key: str) -> None:
        try:
            self._redis.ask(lambda redis: take_back_in_redis(redis, PREFIX + key))
        except Away:
            self._local.take_back(key)


def add_in_redis(redis: Redis, key: str, window: int) -> tuple[int, int]:
    pipeline = redis.pipeline(transaction=True)
    pipeline.incr(key)
    pipeline.expire(key, window, nx=True)
    pipeline.ttl(key)
    count, _, seconds = pipeline.execute()
    return int(count), max(1, int(seconds))


def take_back_in_redis(redis: Redis, key: str) -> None:
    """Nothing where the window has ended meanwhile: a count below zero would never end."""
    if redis.exists(key):
        redis.decr(key)
