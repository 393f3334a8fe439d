"""GO or NO-GO: what blocks, and in which order."""

import pytest

from runner.model import LEFT_OUT, Outcome
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


def test_our_bugs_come_first_then_failures_then_what_could_not_be_seen() -> None:
    findings = [
        a_finding(check="DB009", outcome=Outcome.UNKNOWN),
        a_finding(check="DB002", outcome=Outcome.FAILED),
        a_finding(check="DB001", outcome=Outcome.FAILED),
        a_finding(check="DB008", outcome=Outcome.BROKEN),
    ]
    assert [finding.check for finding in blockers(findings)] == ["DB008", "DB001", "DB002", "DB009"]
