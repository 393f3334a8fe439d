"""Services where somebody or everybody is shut out: strangers are asked all the same, and the rest is not green."""

from pathlib import Path

import pytest

from runner.live.workshop import Workshop
from runner.model import Outcome
from tests.hollows.test_services import judged


@pytest.mark.slow
def test_strangers_are_asked_where_a_sign_in_answers_a_ticket(tmp_path: Path, workshop: Workshop) -> None:
    findings = judged("tickets", tmp_path, workshop)
    assert findings["SC001"].outcome is Outcome.FAILED
    assert "GET /export" in findings["SC001"].message
    assert "GET /backup" in findings["SC001"].message
    assert "GET /notes" not in findings["SC001"].message
    assert findings["SC004"].outcome is Outcome.UNKNOWN
    assert "with neither a token nor a cookie" in findings["SC004"].message


@pytest.mark.slow
def test_what_is_refused_to_its_owner_as_well_proves_nothing(tmp_path: Path, workshop: Workshop) -> None:
    findings = judged("closed", tmp_path, workshop)
    told = {id: (finding.outcome, finding.message) for id, finding in findings.items()}
    assert {id for id, (outcome, _) in told.items() if outcome is Outcome.UNKNOWN} >= {"SC001", "SC002", "SC003"}, told
    assert findings["SC004"].outcome is Outcome.FAILED, told
