"""Does the check on timed jobs pass what is done once, and name what each process does?"""

from dataclasses import replace

from runner.evidence.code.background_work import Timed
from runner.evidence.release.timed_work import Several, TimedWork
from runner.model import Outcome
from stages.deployment.checks_timed import timed_jobs_run_once

JOB = Timed(path="app/jobs.py", line=4, name="remind", chosen=False)
FOUR = Several(path="Dockerfile", line=9, said="4 workers", processes=4)
WORK = TimedWork(jobs=(JOB,), several=(FOUR,), known=True, files=9, there=9)


def test_dp062_names_a_job_that_each_worker_does() -> None:
    verdict = timed_jobs_run_once(WORK)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "remind runs 4 times: it starts with each of the 4 workers of Dockerfile:9, and nothing chooses one"
    )
    assert [(place.path, place.line) for place in verdict.places] == [("app/jobs.py", 4), ("Dockerfile", 9)]


def test_dp062_passes_one_process_and_one_that_is_chosen() -> None:
    assert timed_jobs_run_once(replace(WORK, several=())).outcome is Outcome.PASSED
    assert timed_jobs_run_once(replace(WORK, jobs=(replace(JOB, chosen=True),))).outcome is Outcome.PASSED


def test_dp062_does_not_pass_where_nobody_says_how_many_serve_or_little_was_read() -> None:
    assert timed_jobs_run_once(replace(WORK, several=(), known=False)).outcome is Outcome.UNKNOWN
    assert timed_jobs_run_once(replace(WORK, several=(), files=1)).outcome is Outcome.UNKNOWN
