"""GO or NO-GO: what blocks, and in which order."""

import pytest

from runner.model import LEFT_OUT, Outcome
from stages.catalogue import BUILT_IN
from stages.severity import HIGH, LOW
from tests.workflow.records import a_finding
from workflow.gate import Gate, blockers, judge, reason


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.UNKNOWN, Outcome.BROKEN])
def test_anything_that_is_not_green_blocks(outcome: Outcome) -> None:
    findings = [a_finding(outcome=Outcome.PASSED), a_finding(outcome=outcome)]
    assert judge(findings) is Gate.NO_GO
    assert blockers(findings) == [findings[1]]
    assert reason(findings) == f"1 {outcome.value}"


def test_proved_and_not_applicable_is_go() -> None:
    findings = [a_finding(outcome=Outcome.PASSED), a_finding(outcome=Outcome.NOT_APPLICABLE, looked="the lock")]
    assert judge(findings) is Gate.GO
    assert reason(findings) == ""


@pytest.mark.parametrize("findings", [[], [a_finding(outcome=Outcome.NOT_APPLICABLE)]])
def test_nothing_proved_is_never_green(findings: list) -> None:  # type: ignore[type-arg]
    assert judge(findings) is Gate.NO_GO
    assert reason(findings).startswith("nothing was proved")


def test_a_step_that_nobody_looked_at_is_not_green() -> None:
    findings = [
        a_finding(step="3.1", outcome=Outcome.PASSED),
        a_finding(step="3.2", outcome=Outcome.NOT_APPLICABLE, looked=""),
    ]
    assert judge(findings) is Gate.NO_GO
    assert reason(findings) == "nothing was proved of step 3.2"


def test_a_step_whose_absence_was_seen_or_that_is_left_out_is_no_obstacle() -> None:
    proved = a_finding(step="3.1", outcome=Outcome.PASSED)
    seen = a_finding(step="3.2", outcome=Outcome.NOT_APPLICABLE, looked="the 6 tables of the schema")
    out = a_finding(step="3.3", outcome=Outcome.NOT_APPLICABLE, looked=LEFT_OUT)
    assert judge([proved, seen, out]) is Gate.GO
    assert judge([out]) is Gate.GO
    assert judge([seen]) is Gate.NO_GO


def test_what_is_severe_comes_first_and_what_was_seen_before_what_was_not() -> None:
    findings = [
        a_finding(check="DB010", outcome=Outcome.UNKNOWN),
        a_finding(check="DB013", outcome=Outcome.FAILED),  # low
        a_finding(check="DB030", outcome=Outcome.BROKEN),  # high
        a_finding(check="DB012", outcome=Outcome.FAILED),
        a_finding(check="DB031", outcome=Outcome.FAILED),  # high
        a_finding(check="DB033", outcome=Outcome.UNKNOWN, message="add `data` to spec.yaml"),
    ]
    order = ["DB031", "DB012", "DB030", "DB010", "DB013", "DB033"]
    assert [finding.check for finding in blockers(findings)] == order


def test_severities_are_of_checks_that_there_are() -> None:
    known = {check.id for check in BUILT_IN.checks}
    assert known >= HIGH | LOW
    assert not HIGH & LOW
