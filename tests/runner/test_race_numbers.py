"""Is a counting number told from an id, a time or a page?"""

from runner.evidence.behaviour.race_numbers import numbers_in, steps_of


def test_numbers_are_named_by_their_way_and_ids_and_times_left_out() -> None:
    shown = {"id": 7, "author_id": 3, "likes": 2, "open": True, "data": {"stock": 5.5, "page": 1}, "tags": [{"n": 1}]}
    assert dict(numbers_in(shown)) == {"likes": 2, "data.stock": 5.5}
    assert dict(numbers_in([1, 2])) == {}
    assert dict(numbers_in(None)) == {}


def test_steps_are_constant_and_not_none() -> None:
    seen = [{"a": 1, "b": 5, "c": 1, "d": 1}, {"a": 2, "b": 5, "c": 2}, {"a": 3, "b": 5, "c": 9}]
    assert steps_of(seen) == {"a": 1}
    assert steps_of([]) == {}


def test_a_step_may_go_down() -> None:
    assert steps_of([{"stock": 10.0}, {"stock": 7.5}, {"stock": 5.0}]) == {"stock": -2.5}
