"""Are failures counted per window, and is memory bounded?"""

import pytest

from {{cookiecutter.package}}.throttle import MOST_KEYS, LocalCounts, Throttle, Throttled


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_window_ends() -> None:
    clock = Clock()
    counts = LocalCounts(clock)
    assert counts.add("key", 60) == (1, 60)
    clock.now = 59.5
    assert counts.add("key", 60) == (2, 1)
    clock.now = 60
    assert counts.add("key", 60) == (1, 60)


def test_old_keys_make_room_for_new_ones() -> None:
    clock = Clock()
    counts = LocalCounts(clock)
    for number in range(MOST_KEYS + 1):
        counts.add(f"key-{number}", 60)
    assert len(counts._counts) <= MOST_KEYS // 2 + 1
    assert counts.add(f"key-{MOST_KEYS}", 60)[0] == 2


def test_taking_back_an_unknown_key_changes_nothing() -> None:
    counts = LocalCounts()
    counts.take_back("never seen")
    assert counts.add("never seen", 60)[0] == 1


def test_an_attempt_that_succeeds_is_taken_back() -> None:
    throttle = Throttle(per_account=2, per_address=100, window=60)
    for _ in range(5):
        throttle.attempt("ada", "10.0.0.1")
        throttle.succeeded("ada", "10.0.0.1")
    throttle.attempt("ada", "10.0.0.1")
    throttle.attempt("ADA", "10.0.0.2")
    with pytest.raises(Throttled, match="try again in 60 s"):
        throttle.attempt("ada", "10.0.0.3")
