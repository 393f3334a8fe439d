"""Is an answer loaded once, kept as it was, and never kept too long?"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakeredis import FakeRedis
from pydantic import TypeAdapter
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from app.cache import Cache
from app.redis_guard import Away, RedisGuard

NUMBERS = TypeAdapter(list[int])


@pytest.fixture
def redis() -> Redis:
    return FakeRedis(decode_responses=True)


def test_a_kept_answer_is_not_loaded_again(redis: Redis) -> None:
    cache = Cache(RedisGuard(redis, 0), seconds=30)
    assert cache.remember("q", NUMBERS, lambda: [1, 2]) == [1, 2]
    assert cache.remember("q", NUMBERS, lambda: [3]) == [1, 2]
    assert cache.remember("other", NUMBERS, lambda: [3]) == [3]


def test_every_kept_answer_expires(redis: Redis) -> None:
    Cache(RedisGuard(redis, 0), seconds=30).remember("q", NUMBERS, lambda: [1])
    kept = [key for key in redis.keys("*") if "generation" not in str(key)]
    assert [0 < redis.ttl(key) <= 30 for key in kept] == [True]


def test_another_process_finds_the_same_key(redis: Redis) -> None:
    Cache(RedisGuard(redis, 0), seconds=30).remember("q", NUMBERS, lambda: [1])
    other = Cache(RedisGuard(redis, 0), seconds=30)
    assert other.remember("q", NUMBERS, lambda: [2]) == [1]


def test_a_slow_reader_does_not_bring_back_an_old_answer(redis: Redis) -> None:
    cache = Cache(RedisGuard(redis, 0), seconds=30)

    def load_while_somebody_writes() -> list[int]:
        cache.forget()
        return [1]

    cache.remember("q", NUMBERS, load_while_somebody_writes)
    assert cache.remember("q", NUMBERS, lambda: [2]) == [2]


@pytest.fixture
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may stop one of the threads for seconds; nobody gives up meanwhile."""
    monkeypatch.setattr("app.cache.LOCK_MS", 600_000)
    monkeypatch.setattr("app.cache.WAITS", 30_000)


@pytest.mark.usefixtures("no_hurry")
def test_of_many_who_miss_at_once_one_loads(redis: Redis) -> None:
    cache = Cache(RedisGuard(redis, 0), seconds=30)
    loads = 0
    lock = threading.Lock()

    def load() -> list[int]:
        nonlocal loads
        with lock:
            loads += 1
        time.sleep(0.03)
        return [7]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: cache.remember("q", NUMBERS, load), range(8)))
    assert (answers, loads) == ([[7]] * 8, 1)


def test_who_gets_the_lock_late_finds_what_was_kept(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = Cache(RedisGuard(redis, 0), seconds=30), Cache(RedisGuard(redis, 0), seconds=30)
    keep, others = redis.set, [quick]

    def keep_after_another(name: str, *args: object, **options: object) -> object:
        if name.endswith(":lock") and others:
            others.pop().remember("q", NUMBERS, lambda: [1])
        return keep(name, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(redis, "set", keep_after_another)
    assert slow.remember("q", NUMBERS, lambda: [2]) == [1]
    assert [key for key in redis.keys("*") if str(key).endswith(":lock")] == []


def test_who_waits_in_vain_loads_herself(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cache.WAITS", 2)
    cache = Cache(RedisGuard(redis, 0), seconds=30)
    key = cache._key("q")
    redis.set(f"{key}:lock", "1")
    assert cache.remember("q", NUMBERS, lambda: [5]) == [5]


class Unreachable:
    """A Redis of which every question fails, slowly counted."""

    def __init__(self) -> None:
        self.questions = 0
        self.connection_pool = self

    def disconnect(self, *, inuse_connections: bool) -> None:
        assert not inuse_connections

    def get(self, _key: str) -> str:
        self.questions += 1
        raise RedisConnectionError


def test_after_a_failure_redis_is_left_alone_for_a_while() -> None:
    client, now = Unreachable(), [0.0]
    guard = RedisGuard(client, rest_seconds=5, clock=lambda: now[0])  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(Away):
            guard.ask(lambda redis: redis.get("x"))
    assert client.questions == 1
    now[0] = 5.0
    with pytest.raises(Away):
        guard.ask(lambda redis: redis.get("x"))
    assert client.questions == 2


def test_an_answer_is_given_even_if_it_cannot_be_kept(redis: Redis) -> None:
    guard = RedisGuard(redis, 0)
    cache = Cache(guard, seconds=30)

    def load_while_redis_dies() -> list[int]:
        guard._client = None
        return [1]

    assert cache.remember("q", NUMBERS, load_while_redis_dies) == [1]
