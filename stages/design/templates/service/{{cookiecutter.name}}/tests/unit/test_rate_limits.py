"""Is each caller let through exactly as often as agreed, whoever counts?"""

import pytest
from fakeredis import FakeRedis
from fastapi import HTTPException
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from {{cookiecutter.package}}.models import Role
from {{cookiecutter.package}}.rate_limits import LIMITS, Limit, RateLimits
from {{cookiecutter.package}}.redis_guard import RedisGuard
from {{cookiecutter.package}}.shared_counts import SharedCounts
from {{cookiecutter.package}}.throttle import Throttle, Throttled


@pytest.fixture(params=["redis", "away"])
def guard(request: pytest.FixtureRequest) -> RedisGuard:
    return RedisGuard(FakeRedis(decode_responses=True) if request.param == "redis" else None, 0)


def test_the_limits_are_those_of_the_specification() -> None:
    said = { {%- for one in cookiecutter.limits %}"{{one.id}}": ({{one.calls}}, {{one.seconds}}){{ ", " if not loop.last }}{% endfor -%} }
    assert {name: (limit.calls, limit.seconds) for name, limit in LIMITS.items()} == said


@pytest.mark.parametrize("name", LIMITS)
def test_after_as_many_calls_as_agreed_one_waits(guard: RedisGuard, name: str) -> None:
    limits = RateLimits(SharedCounts(guard), factor=1)
    limit = LIMITS[name]
    for _ in range(limit.calls):
        limits.count(name, "user 1", limit.role)
    with pytest.raises(HTTPException) as refused:
        limits.count(name, "user 1", limit.role)
    assert refused.value.status_code == 429
    assert 1 <= int((refused.value.headers or {})["Retry-After"]) <= limit.seconds
    limits.count(name, "user 2", limit.role)


def test_a_limit_of_a_role_holds_for_that_role_alone(guard: RedisGuard) -> None:
    one = next(iter(Role))
    limits = RateLimits(SharedCounts(guard), 1, {"L-1": Limit(calls=1, seconds=60, role=one)})
    for _ in range(3):
        limits.count("L-1", "user 1", None)
        limits.count("L-2", "user 1", one)
    limits.count("L-1", "user 1", one)
    with pytest.raises(HTTPException):
        limits.count("L-1", "user 1", one)


def test_two_processes_count_together() -> None:
    redis = FakeRedis(decode_responses=True)
    both = [SharedCounts(RedisGuard(redis, 0)) for _ in range(2)]
    assert [counts.add("k", 60)[0] for counts in both] == [1, 2]
    both[0].take_back("k")
    assert both[1].add("k", 60)[0] == 2
    both[0].take_back("a window that has ended")
    assert redis.keys("*ended*") == []


def test_failed_sign_ins_are_counted_there_too(guard: RedisGuard) -> None:
    throttles = [
        Throttle(per_account=2, per_address=99, window=60, counts=SharedCounts(guard))
        for _ in range(1)
    ]
    for _ in range(2):
        throttles[0].attempt("a@example.com", "::1")
    with pytest.raises(Throttled):
        throttles[0].attempt("a@example.com", "::1")
    throttles[0].succeeded("a@example.com", "::1")


class Unreachable:
    """A Redis of which every question fails, slowly counted."""

    def __init__(self) -> None:
        self.questions = 0
        self.connection_pool = self

    def disconnect(self, *, inuse_connections: bool) -> None:
        assert not inuse_connections

    def exists(self, _key: str) -> int:
        self.questions += 1
        raise RedisConnectionError

    def ping(self) -> bool:
        raise RedisConnectionError

    def close(self) -> None:
        self.questions = -1


def test_without_redis_each_process_counts_for_itself() -> None:
    client = Unreachable()
    guard = RedisGuard(client, 60)  # type: ignore[arg-type]
    counts = SharedCounts(guard)
    counts.take_back("k")
    assert [counts.add("k", 60)[0] for _ in range(2)] == [1, 2]
    counts.take_back("k")
    assert counts.add("k", 60)[0] == 2
    assert client.questions == 1
    guard.close()
    assert client.questions == -1


def test_redis_is_asked_for_its_state() -> None:
    redis: Redis = FakeRedis(decode_responses=True)
    assert RedisGuard(redis, 0).state() == "up"
    assert RedisGuard(None, 0).state() == "off"
    assert RedisGuard(Unreachable(), 60).state() == "down"  # type: ignore[arg-type]
