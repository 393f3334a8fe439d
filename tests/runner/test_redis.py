"""Is a token's key found in a real Redis, with the time that it has left?"""

from runner.live.held_values import Kept, held_in_redis
from runner.live.redis import key_with, seconds_left, tell
from runner.live.workshop import Workshop


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
