"""Every check, given evidence with nothing in it, does not pass: there was nothing to judge."""

import pytest

from runner.model import Check, Outcome
from stages.catalogue import BUILT_IN
from tests.hollows.empty import empty

CHECKS = {check.id: check for stage in BUILT_IN.stages for check in stage.checks}


@pytest.mark.parametrize("id", CHECKS)
def test_a_check_does_not_pass_on_nothing(id: str) -> None:
    check: Check[...] = CHECKS[id]
    verdict = check(**{name: empty(kind) for name, kind in check.needs.items()})
    assert verdict.outcome is not Outcome.PASSED, verdict.message
