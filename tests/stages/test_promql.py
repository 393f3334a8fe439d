"""What does an alert's expression ask for, with what does it compare, and can it ever hold?"""

import pytest

from stages.deployment.promql import Asked, constant, parsed


def test_selectors_and_comparisons_are_found() -> None:
    found = parsed('100 * sum(rate(a_total{s="5xx"}[5m])) / sum(rate(a_total[5m])) > 1 and b > (2 * 3)')
    assert found.asked == (
        Asked(name="a_total", matchers=(("s", "Equal", "5xx"),)),
        Asked(name="a_total"),
        Asked(name="b"),
    )
    assert [(one.operator, one.number, one.hundredfold, one.ratio) for one in found.compared] == [
        (">", 1.0, True, True),
        (">", 6.0, False, False),
    ]
    assert "rate" in found.functions


def test_a_number_on_the_left_turns_the_comparison() -> None:
    assert [(one.operator, one.number) for one in parsed("0.5 < a").compared] == [(">", 0.5)]


def test_a_recording_rule_is_opened() -> None:
    assert parsed("x > 1", {"x": "rate(a_total[5m])"}).asked == (Asked(name="a_total"),)


@pytest.mark.parametrize(
    "text", ["vector(0)", "1 > 2", "a >", "a > 1 and vector(0) > 1", "a > 1 unless on() vector(1)", "1 / 0 > 3"]
)
def test_what_never_holds_or_asks_for_nothing_has_problem(text: str) -> None:
    assert parsed(text).problem


def test_only_constants_are_constant() -> None:
    assert constant(None) is None
