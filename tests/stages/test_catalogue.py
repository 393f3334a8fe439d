"""Does the catalogue find what is asked for, and take a team's checks only where they fit?"""

from dataclasses import replace

import pytest

from runner.errors import WorkflowError
from runner.evidence.contract.contract import Contract
from runner.model import Check, Verdict, check, every, passed
from stages.catalogue import BUILT_IN


@check("OPS001", step="2.1")
def own(contract: Contract) -> Verdict:
    """A claim of the team's.

    It matters to them. Fix: mend it.
    """
    return passed("fine", every(len(contract.operations), "operation"))


def an_own(id: str = "OPS001", step: str = "2.1", line: int = 7) -> Check[...]:
    return replace(own, id=id, step=step, where=f"ops/checks.py:{line}")


def test_a_teams_checks_follow_those_of_the_stage_that_their_step_belongs_to() -> None:
    whole = BUILT_IN.with_checks([an_own(), an_own("OPS002", "7.1")])
    assert [check.id for check in whole.stage("design").checks][-1] == "OPS001"
    assert [check.id for check in whole.stage("deploy").checks][-1] == "OPS002"
    assert len(whole.checks) == len(BUILT_IN.checks) + 2
    assert whole.check("ops001")[0].slug == "design"


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([an_own("ops1")], "ops/checks.py:7: `ops1` is no id of a check."),
        ([an_own("O001")], "ops/checks.py:7: `O001` is no id of a check."),
        (
            [an_own("DB900")],
            "ops/checks.py:7: DB900 begins with DB, which is gonogo's. Take letters",
        ),
        ([an_own("DB900")], "none of DB, DP, DS, PF, RQ, SC, TS"),
        ([an_own(), an_own(line=30)], "ops/checks.py:7: OPS001 is there twice, also in ops/checks.py:30."),
        ([an_own(step="2.9")], "ops/checks.py:7: OPS001 names a step that no stage has. No step called `2.9`."),
    ],
)
def test_an_id_or_a_step_that_cannot_be_is_named_with_its_place(checks: list[Check[...]], said: str) -> None:
    with pytest.raises(WorkflowError) as raised:
        BUILT_IN.with_checks(checks)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("id", "said"),
    [("OPS0001", "Did you mean `OPS001`?"), ("OPS044", "The nearest are OPS001."), ("DB0003", "Did you mean `DB003`?")],
)
def test_a_misspelt_id_is_answered_with_the_nearest(id: str, said: str) -> None:
    with pytest.raises(WorkflowError) as raised:
        BUILT_IN.with_checks([an_own()]).check(id)
    assert said in str(raised.value)
