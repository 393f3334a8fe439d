"""Is a token's key found in a real Redis, with the time that it has left, and has each database one of its own?"""

from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.evidence.accounts.scene import forget_caches
from runner.live.held_values import Kept, held_in_redis
from runner.live.redis import key_with, seconds_left, tell
from runner.live.workshop import Workshop
from runner.postgres.database import Database
from runner.probe import Probe
from tests.workflow.tiny import tiny_service


def test_a_key_is_found_by_a_part_of_its_name_and_by_what_it_holds_in_any_database() -> None:
    with Workshop() as workshop:
        redis = workshop.redis()
        tell(redis, "SELECT 2\r\nSET session:ab.cd-ef 1 EX 3600")
        tell(redis, "SELECT 3\r\nSET forever 1")

        assert key_with(redis, "ab.cd-ef") == (2, "session:ab.cd-ef")
        assert seconds_left(redis, 2, "session:ab.cd-ef") in range(3590, 3601)
        assert seconds_left(redis, 3, "forever") is None
        assert key_with(redis, "nobody") is None

        tell(redis, 'HSET profile:1 email "Ada@example.com"')
        tell(redis, "RPUSH queue one two-ada@example.com")
        tell(redis, "SELECT 4\r\nXADD stream * who ada@example.com")
        tell(redis, "SET tries:ada@example.com 1 EX 60")
        found = sorted(held_in_redis(redis, {"ada@example.com", "bob@example.com"}), key=lambda one: one.key)
        names = [(one.key, one.in_name) for one in found]
        assert names == [("profile:1", False), ("queue", False), ("stream", False), ("tries:ada@example.com", True)]
        assert (found[3].left in range(50, 61), {one.left for one in found[:3]}) == (True, {-1})
        assert found[0] == Kept(value="ada@example.com", key="profile:1", in_name=False, left=-1)


BY_NUMBER = 'CACHE_PORT = "{redis_port}"\nCACHE_DB = "{redis_db}"\n'


@pytest.mark.parametrize(
    ("settings", "same_server", "numbers"),
    [(BY_NUMBER, False, ("3", "3")), ('CACHE_PORT = "{redis_port}"\nCACHE_URL = "{redis_url}"\n', True, ("3", "19"))],
)
def test_no_number_is_higher_than_a_usual_server_has_and_none_is_shared(
    tmp_path: Path,
    settings: str,
    same_server: bool,  # noqa: FBT001
    numbers: tuple[str, str],
) -> None:
    service = tiny_service(tmp_path / "tiny")
    text = f'[env]\nDATABASE_URL = "{{database_url}}"\n{settings}'
    (service / "gonogo.toml").write_text(text, encoding="utf-8")
    with Workshop() as workshop:
        probe = Probe(find_target(service), workshop)
        databases = [Database(port=1, name=f"gonogo_{number}") for number in (3, 19)]
        first, second = (probe.environment.of(one) for one in databases)
        assert (first["CACHE_PORT"] == second["CACHE_PORT"]) is same_server
        found = [one.get("CACHE_DB", one.get("CACHE_URL", "").rpartition("/")[2]) for one in (first, second)]
        assert tuple(found) == numbers
        places = [probe.environment.redis_of(one) for one in databases]
        assert [str(redis.port) for redis, _ in places] == [first["CACHE_PORT"], second["CACHE_PORT"]]
        assert len({(redis.port, number) for redis, number in places}) == len(places)
        for redis, number in places:
            tell(redis, f"SELECT {number}\r\nSET kept{number} 1")
        assert {key for one in workshop.all_redis() if (key := key_with(one, f"kept{places[1][1]}"))}
        forget_caches(probe, databases[1])
        assert [key_with(redis, f"kept{number}") is None for redis, number in places] == [False, True]
