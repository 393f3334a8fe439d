"""Backups of which nothing was seen: not run, or made of a database with nothing in it."""

from dataclasses import replace

import pytest

from runner.evidence.release.restore_drill import RestoreDrill
from runner.model import Outcome
from stages.deployment.checks_backups import a_backup_restores
from tests.stages.test_deployment_restore import BACKUP, DRILL

UNSEEN = replace(BACKUP, problem="run here, it ended with 127: aws: command not found")


@pytest.mark.parametrize(
    ("drill", "said"),
    [
        (replace(DRILL, restored=(UNSEEN,)), "aws: command not found"),
        (replace(DRILL, restored=()), "no backup was made"),
        (replace(DRILL, filled=0), "0 of 8 tables"),
        (replace(DRILL, dumps=3, restored=(BACKUP, UNSEEN, UNSEEN)), "1 of 3 scripts"),
    ],
)
def test_dp061_does_not_pass_what_was_not_restored(drill: RestoreDrill, said: str) -> None:
    verdict = a_backup_restores(drill)
    assert (verdict.outcome, said in verdict.message) == (Outcome.UNKNOWN, True)
