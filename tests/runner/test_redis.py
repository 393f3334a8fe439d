"""Is a token's key found in a real Redis, with the time that it has left?"""

from runner.live.redis import key_with, seconds_left, tell
from runner.live.workshop import Workshop


def test_a_key_is_found_by_a_part_of_its_name_in_any_database() -> None:
    with Workshop() as workshop:
        redis = workshop.redis()
        tell(redis, "SELECT 2\r\nSET session:ab.cd-ef 1 EX 3600")
        tell(redis, "SELECT 3\r\nSET forever 1")

        assert key_with(redis, "ab.cd-ef") == (2, "session:ab.cd-ef")
        assert seconds_left(redis, 2, "session:ab.cd-ef") in range(3590, 3601)
        assert seconds_left(redis, 3, "forever") is None
        assert key_with(redis, "nobody") is None
