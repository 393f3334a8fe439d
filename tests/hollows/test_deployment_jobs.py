"""Jobs that were not seen to be done, held up or delivered: no proof that none is lost."""

from dataclasses import replace

import pytest

from runner.evidence.behaviour.job_trials import Fate, Interrupted, NoBroker, Poisoned, Twice, Uncommitted
from runner.evidence.behaviour.jobs import Jobs
from runner.model import Outcome
from stages.deployment import checks_jobs
from tests.stages.test_deployment_jobs import JOBS, OF_A_QUEUE, POST, WORK

WHY = "it queued nothing a second time"
UNSEEN = replace(
    JOBS,
    interrupted=(Interrupted(endpoint=POST, signal="SIGKILL", fate=Fate.UNSEEN, problem=WHY),),
    twice=(Twice(endpoint=POST, more=None, problem=WHY),),
    uncommitted=(Uncommitted(endpoint=POST, status=0, queued=False, problem=WHY),),
    poisoned=(Poisoned(endpoint=POST, problem=WHY),),
    without_broker=(NoBroker(endpoint=POST, status=0, seconds=0, problem=WHY),),
)


@pytest.mark.parametrize("judge", OF_A_QUEUE)
@pytest.mark.parametrize(
    "jobs",
    [UNSEEN, Jobs(problem="nothing was drained"), Jobs(tried=(POST,), queued=1)],
    ids=["unseen", "none", "empty"],
)
def test_dp070_dp072_dp073_dp074_dp075_do_not_pass_where_no_job_was_seen(judge: object, jobs: Jobs) -> None:
    assert callable(judge)
    assert judge(jobs).outcome is Outcome.UNKNOWN


def test_dp071_does_not_pass_where_nothing_was_under_way() -> None:
    unseen = replace(WORK.left[0], problem="nothing that it writes or sends comes behind its answer")
    assert checks_jobs.work_beside_is_finished(replace(WORK, left=(unseen,))).outcome is Outcome.UNKNOWN
    assert checks_jobs.work_beside_is_finished(replace(WORK, there=5)).outcome is Outcome.UNKNOWN


def test_dp070_does_not_pass_a_signal_that_was_not_tried() -> None:
    """SIGTERM alone, as where the second trial could not hold the job up."""
    told = replace(JOBS, interrupted=(JOBS.interrupted[0], UNSEEN.interrupted[0]))
    assert checks_jobs.jobs_outlive_their_worker(told).outcome is Outcome.UNKNOWN
