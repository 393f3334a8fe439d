"""Does waiting end when it has come about, and when time is up?"""

import itertools
import time

from runner.live.waiting import until


def test_the_first_that_is_enough_is_given() -> None:
    looks = itertools.count()
    assert until(lambda: next(looks), 60, enough=lambda n: n >= 3, pause=0) == 3
    assert next(looks) == 4


def test_what_was_seen_last_is_given_when_time_is_up() -> None:
    began = time.monotonic()
    assert until(lambda: "", 0.05, pause=0.01) == ""
    assert 0.05 <= time.monotonic() - began < 30


def test_it_looks_once_without_any_time() -> None:
    assert until(lambda: "there", 0) == "there"
