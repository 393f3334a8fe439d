"""A PASSED says how much it looked at, and nothing judged is never one."""

import pytest

from runner.model import Outcome, Share, every, failed, passed, share, weighed


def test_all_of_them_is_passed_as_it_stands() -> None:
    verdict = weighed(passed("each has a key", every(6, "table")))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "each has a key")
    assert [str(one) for one in verdict.shares] == ["6 of 6 tables"]


@pytest.mark.parametrize(
    ("judged", "there", "why"),
    [(0, 0, "there was nothing to judge: 0 of 0 tables"), (0, 6, "nothing to judge: 0 of 6"), (2, 6, "too little")],
)
def test_nothing_or_less_than_half_is_unknown(judged: int, there: int, why: str) -> None:
    verdict = weighed(passed("all well", share(judged, there, "table")))
    assert verdict.outcome is Outcome.UNKNOWN
    assert why in verdict.message


def test_half_or_more_says_its_share() -> None:
    verdict = weighed(passed("all well", share(3, 6, "table"), every(2, "key")))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "all well (3 of 6 tables judged)")


def test_the_thinnest_share_decides() -> None:
    assert weighed(passed("all well", every(6, "table"), share(0, 4, "key"))).outcome is Outcome.UNKNOWN


def test_other_outcomes_need_no_share() -> None:
    verdict = failed("2 heads")
    assert weighed(verdict) is verdict


def test_more_than_there_was_is_no_share() -> None:
    with pytest.raises(ValueError, match="7 of 6 table is no share"):
        Share(7, 6, "table")


def test_it_is_said_as_people_do() -> None:
    assert str(every(1, "query")) == "1 of 1 query"
    assert str(share(3, 9, "field of a body")) == "3 of 9 fields of a body"


@pytest.mark.parametrize("told", ["3 of 4 tables fit", "3 of the 4 public tables", "only 3 of 4 mapped tables"])
def test_a_share_is_not_said_twice(told: str) -> None:
    assert weighed(passed(told, share(3, 4, "table"))).message == told


@pytest.mark.parametrize("told", ["13 of 4 tables", "3 of 4 roles", "3 of 40 tables"])
def test_another_number_of_something_else_is_not_the_share(told: str) -> None:
    assert weighed(passed(told, share(3, 4, "table"))).message.endswith("(3 of 4 tables judged)")
