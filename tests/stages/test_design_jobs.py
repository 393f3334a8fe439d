"""Do the checks of work beside requests say what was found, where, and when there is none?"""

from dataclasses import replace

from runner.errors import Thing
from runner.evidence.code.background_work import BackgroundWork, Job
from runner.evidence.code.job_starts import Way
from runner.model import Outcome
from stages.design import checks_jobs

NONE = BackgroundWork(files=9, there=9)
SPAWN = Job(path="app/a.py", line=3, way=Way.TASK.value, call="asyncio.create_task(f())")
LATER = Job(path="app/b.py", line=7, way=Way.AFTER.value, call="tasks.add_task(f)")
BUSY = replace(NONE, starts=(SPAWN, LATER), jobs=2)
CHECKS = (
    checks_jobs.tasks_are_held,
    checks_jobs.jobs_get_values,
    checks_jobs.jobs_start_behind_the_commit,
    checks_jobs.jobs_say_what_went_wrong,
)


def test_a_service_without_jobs_has_nothing_to_judge_and_says_where_it_was_seen() -> None:
    for check in CHECKS:
        verdict = check(NONE)
        assert verdict.outcome is Outcome.NOT_APPLICABLE
        assert (verdict.looked, verdict.absent) == ("the 9 Python files of the service", Thing.JOBS)


def test_jobs_in_which_nothing_is_wrong_pass() -> None:
    assert [check(BUSY).message for check in CHECKS] == [
        "1 task, held until it is done",
        "2 jobs, each handed values alone",
        "1 job that starts at once, started behind the commit",
        "2 functions of the service run as jobs, and none drops its error",
    ]


def test_a_background_task_alone_starts_nothing_before_a_commit() -> None:
    verdict = checks_jobs.jobs_start_behind_the_commit(replace(NONE, starts=(LATER,), jobs=1))
    assert (verdict.outcome, verdict.absent) == (Outcome.NOT_APPLICABLE, None)


def test_what_is_wrong_with_a_job_is_named_with_its_place() -> None:
    held = checks_jobs.tasks_are_held(replace(BUSY, dropped=(replace(SPAWN, problem="nothing holds it"),)))
    assert held.message == "an asyncio task may end in the midst of its work: nothing holds it, app/a.py:3"
    given = checks_jobs.jobs_get_values(replace(BUSY, handed=(replace(LATER, problem="it is handed the session"),)))
    assert given.message == "a job gets what ends with its request: it is handed the session, app/b.py:7"
    early = checks_jobs.jobs_start_behind_the_commit(replace(BUSY, early=(replace(SPAWN, problem="committed later"),)))
    assert early.message == "a job starts before the commit: committed later, app/a.py:3"
    mute = checks_jobs.jobs_say_what_went_wrong(replace(BUSY, mute=(replace(LATER, problem="f fails without a word"),)))
    assert mute.message == "a job drops its error: f fails without a word, app/b.py:7"
    assert [str(one) for one in mute.places] == ["app/b.py:7"]
