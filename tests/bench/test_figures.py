"""Are the figures computed right? The measuring itself is not a test: machines are noisy."""

import os
import sys
from pathlib import Path

import pytest

from runner.evidence.behaviour.wide_numbers import WideNumbers
from tests.bench.answers import figure
from tests.bench.figures import Figure, lines, percentile
from tests.bench.memory import held
from tests.bench.pipeline import union
from tests.bench.whole import finish, outside, pipeline, start


def test_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([5, 1, 4, 2, 3], 0.95) == 5
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7], 0.95) == 7


def test_union_counts_overlapping_spans_once() -> None:
    assert union([(0, 2), (1, 3), (5, 6), (5.2, 5.4)]) == pytest.approx(4)


@pytest.mark.parametrize(("value", "at_least", "met"), [(90, True, True), (80, True, False), (90, False, False)])
def test_an_aim_is_a_ceiling_unless_it_is_a_floor(value: float, at_least: bool, met: bool) -> None:  # noqa: FBT001
    assert Figure(name="x", value=value, unit="%", aim=85, at_least=at_least).met is met


def test_lines_say_value_aim_and_whether_it_was_met() -> None:
    told = list(lines([Figure(name="a run", value=150, unit="s", aim=120, note="because")]))
    assert "150 s" in told[0]
    assert "≤ 120 s" in told[0]
    assert "missed" in told[0]
    assert "because" in told[1]


def test_memory_counts_our_own_process_and_none_of_the_service() -> None:
    assert sum(held(os.getpid(), Path(sys.orig_argv[0]).parent).values()) > 5
    assert not held(os.getpid(), Path("/nowhere"))


def test_what_was_not_answered_is_told_with_its_reason() -> None:
    seen = WideNumbers(operations=("GET /a", "POST /a"), read=(), refused=(("POST /a", "422 too short"),))
    told = figure("shop", seen)
    assert (told.value, told.met) == (50, False)
    assert told.note == "1 of 2 operations\n    POST /a: 422 too short"


def test_a_whole_run_sees_its_service_and_its_failure_is_told(tmp_path: Path) -> None:
    with outside() as workshop:
        finish(start(workshop, "--version"))
        with pytest.raises(AssertionError, match="No service in"):
            finish(pipeline(workshop, tmp_path))
