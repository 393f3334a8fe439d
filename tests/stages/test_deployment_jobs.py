"""Do the checks on jobs pass what is done once and never lost, and name what becomes of the others?"""

from dataclasses import replace

import pytest

from runner.evidence.behaviour.job_trials import Fate, Interrupted, NoBroker, Poisoned, Twice, Uncommitted
from runner.evidence.behaviour.jobs import Jobs
from runner.evidence.behaviour.work_beside import Left, WorkBeside
from runner.evidence.code.job_operations import Beside
from runner.model import Outcome, share
from stages.deployment import checks_jobs

POST = "POST /orders"
INVOICE = "rows in invoices"
KILLED = Interrupted(endpoint=POST, signal="SIGKILL", fate=Fate.AGAIN, what=INVOICE)
TOLD = Interrupted(endpoint=POST, signal="SIGTERM", fate=Fate.DONE, what=INVOICE)
JOBS = Jobs(
    command="python -m app.worker",
    path="compose.yaml",
    line=7,
    tried=(POST,),
    queued=1,
    interrupted=(TOLD, KILLED),
    twice=(Twice(endpoint=POST, more={}),),
    uncommitted=(Uncommitted(endpoint=POST, status=500, queued=False, curl="curl -X POST"),),
    poisoned=(Poisoned(endpoint=POST, next_done=True),),
    without_broker=(NoBroker(endpoint=POST, status=503, seconds=0.1, curl="curl -X POST"),),
)
START = Beside(endpoint="POST /greetings", path="app/main.py", line=51, way="background task")
WORK = WorkBeside(left=(Left(start=START, what="a mail", done=True, exit_code=0),), there=1)
OF_A_QUEUE = (
    checks_jobs.jobs_outlive_their_worker,
    checks_jobs.jobs_have_their_effect_once,
    checks_jobs.jobs_and_rows_go_together,
    checks_jobs.a_failing_job_stops_no_queue,
    checks_jobs.nothing_is_promised_without_a_broker,
)


def test_dp070_passes_what_is_done_or_kept() -> None:
    verdict = checks_jobs.jobs_outlive_their_worker(JOBS)
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(1, 1, "operation"),))
    assert verdict.message == "POST /orders at SIGTERM: done, POST /orders at SIGKILL: done after the restart"
    kept = replace(JOBS, interrupted=(replace(KILLED, fate=Fate.KEPT, where="unacked"),))
    assert "still in the queue (unacked)" in checks_jobs.jobs_outlive_their_worker(kept).message


def test_dp070_names_the_job_that_is_lost_and_the_worker() -> None:
    verdict = checks_jobs.jobs_outlive_their_worker(replace(JOBS, interrupted=(TOLD, replace(KILLED, fate=Fate.LOST))))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "the job of POST /orders is lost when its worker gets SIGKILL in its midst: rows in invoices never came"
    )
    assert [(place.path, place.line) for place in verdict.places] == [(None, None), ("compose.yaml", 7)]
    assert verdict.again == ("python -m app.worker &  # kill -KILL $!",)


def test_dp071_passes_work_that_is_finished_and_names_what_is_cut_off() -> None:
    assert checks_jobs.work_beside_is_finished(WORK).message == "finished behind SIGTERM: POST /greetings: a mail"
    cut = replace(WORK, left=(replace(WORK.left[0], done=False),))
    verdict = checks_jobs.work_beside_is_finished(cut)
    assert (verdict.outcome, verdict.message) == (
        Outcome.FAILED,
        "POST /greetings answers, and what it leaves behind is lost at SIGTERM: a mail never came",
    )
    assert [(place.path, place.line) for place in verdict.places] == [("app/main.py", 51)]


def test_dp072_names_what_is_there_twice() -> None:
    assert checks_jobs.jobs_have_their_effect_once(JOBS).outcome is Outcome.PASSED
    verdict = checks_jobs.jobs_have_their_effect_once(
        replace(JOBS, twice=(Twice(endpoint=POST, more={INVOICE: 1, "accounts.balance": -5}),))
    )
    assert (verdict.outcome, verdict.message) == (
        Outcome.FAILED,
        (
            "the job of POST /orders has its effect twice when it is delivered twice: "
            "+1 rows in invoices more, -5 accounts.balance more"
        ),
    )


def test_dp072_says_that_a_row_was_written_again() -> None:
    again = replace(JOBS, twice=(Twice(endpoint=POST, more={}, beside=("orders.version",)),))
    verdict = checks_jobs.jobs_have_their_effect_once(again)
    said = "delivered twice, done once: POST /orders; the row was written again (orders.version)"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, said)


def test_dp073_names_a_job_whose_commit_failed() -> None:
    assert checks_jobs.jobs_and_rows_go_together(JOBS).message == "no commit, no job: POST /orders"
    early = replace(JOBS, uncommitted=(replace(JOBS.uncommitted[0], queued=True),))
    verdict = checks_jobs.jobs_and_rows_go_together(early)
    assert (verdict.outcome, verdict.again) == (Outcome.FAILED, ("curl -X POST",))
    assert verdict.message == "POST /orders queues its job although its commit fails (answered 500)"


def test_dp073_is_unknown_where_the_request_says_that_all_is_well_or_writes_nothing() -> None:
    """An answer of 2xx when nothing could be stored is DB033's; a job without a row has no commit to wait for."""
    lies = replace(JOBS, uncommitted=(replace(JOBS.uncommitted[0], status=202, queued=True),))
    assert checks_jobs.jobs_and_rows_go_together(lies).outcome is Outcome.UNKNOWN
    assert checks_jobs.jobs_and_rows_go_together(replace(JOBS, uncommitted=())).outcome is Outcome.UNKNOWN


def test_dp074_names_a_worker_that_ends_and_one_that_goes_on_with_nothing() -> None:
    assert checks_jobs.a_failing_job_stops_no_queue(JOBS).outcome is Outcome.PASSED
    ended = replace(JOBS, poisoned=(Poisoned(endpoint=POST, ended=True, said="IntegrityError"),))
    verdict = checks_jobs.a_failing_job_stops_no_queue(ended)
    assert verdict.message == "a job of POST /orders fails, and its worker ends with it: IntegrityError"
    stuck = checks_jobs.a_failing_job_stops_no_queue(replace(JOBS, poisoned=(Poisoned(endpoint=POST, said="…"),)))
    assert (stuck.outcome, "the one behind it is not done" in stuck.message) == (Outcome.FAILED, True)


def test_dp075_names_a_promise_that_is_not_kept_and_a_request_that_hangs() -> None:
    def judged(**seen: object) -> str:
        changed = replace(JOBS.without_broker[0], **seen)  # type: ignore[arg-type]
        verdict = checks_jobs.nothing_is_promised_without_a_broker(replace(JOBS, without_broker=(changed,)))
        return f"{verdict.outcome}: {verdict.message}"

    without = "POST /orders without a broker:"
    assert judged() == f"{Outcome.PASSED}: POST /orders answers 503 without a broker"
    assert judged(status=202) == f"{Outcome.FAILED}: {without} it answers 202, and its job is never done"
    assert judged(status=202, done=True).endswith("and the job was done once it was back")
    assert judged(status=0, seconds=10.0) == f"{Outcome.FAILED}: {without} no answer within 10 s"
    assert judged(seconds=9.4).startswith(Outcome.FAILED)


@pytest.mark.parametrize("judge", OF_A_QUEUE)
def test_a_queue_whose_jobs_were_not_tried_is_unknown_with_the_reason(judge: object) -> None:
    assert callable(judge)
    untried = Jobs(command="celery -A app worker", path="README.md", problem="the worker ended by itself: no module")
    verdict = judge(untried)
    assert (verdict.outcome, verdict.message) == (Outcome.UNKNOWN, "the worker ended by itself: no module")
