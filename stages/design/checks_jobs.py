"""Design: does work beside the request get done, with what it needs, at the right moment, and is its failure told?"""

from collections.abc import Sequence

from runner.errors import Thing
from runner.evidence.code.background_work import BackgroundWork, Job
from runner.evidence.code.job_starts import Way
from runner.model import Share, Verdict, check, failed, in_file, not_applicable, passed, share
from runner.said import say
from runner.words import plural


@check("DS021", step="2.3")
def tasks_are_held(work: BackgroundWork) -> Verdict:
    """Every asyncio task is held by something until it is done.

    The event loop holds its tasks weakly. One that nothing else holds may be collected in the midst of its work, and
    its error is told to nobody: the mail is not sent, now and then, and only in production.
    Fix: await it, or keep it: `tasks.add(task); task.add_done_callback(tasks.discard)`, an `asyncio.TaskGroup`.
    """
    if not work.dropped:
        return _quiet(work, work.of_way(Way.TASK), "task", say("held until it is done"))
    return _told(work.dropped, say("an asyncio task"), say("may end in the midst of its work"))


@check("DS022", step="2.3")
def jobs_get_values(work: BackgroundWork) -> Verdict:
    """No job is handed what belongs to the request that starts it.

    The session, its rows and an uploaded file end with the request, or are used by two at once; where the framework
    keeps them open for a background task, so is a connection of the pool, as long as the job runs.
    Fix: hand over ids and plain values, and let the job open a session of its own. Read a file before the answer.
    """
    if not work.handed:
        return _quiet(work, work.starts, "job", say("handed values alone"))
    return _told(work.handed, say("a job"), say("gets what ends with its request"))


@check("DS023", step="2.3")
def jobs_start_behind_the_commit(work: BackgroundWork) -> Verdict:
    """No job starts before what it is about is committed.

    A worker that is quicker than the commit finds no row. Where the commit fails, or the request is rolled back, the
    mail is sent all the same.
    Fix: commit first and start the job then, or write the job into the same transaction (an outbox).
    """
    at_once = work.of_way(Way.TASK, Way.WORKER, Way.THREAD)
    if not work.early:
        return _quiet(work, at_once, say("job that starts at once"), say("started behind the commit"))
    return _told(work.early, say("a job"), say("starts before the commit"))


@check("DS024", step="2.3")
def jobs_say_what_went_wrong(work: BackgroundWork) -> Verdict:
    """No job keeps to itself that it failed.

    Nobody waits for its answer: an error that it catches and drops is seen by no caller, no log and no retry.
    Fix: log it (`logger.exception(…)`) and raise it again, or write into the row that the job failed, and why.
    """
    if work.mute:
        return _told(work.mute, say("a job"), say("drops its error"))
    if not work.jobs:
        return _quiet(work, (), say("function of the service's own"), "")
    return passed(
        say(
            "{functions} of the service run as jobs, and none drops its error", functions=plural(work.jobs, "function")
        ),
        _read(work),
    )


def _read(work: BackgroundWork) -> Share:
    return share(work.files, max(work.files, work.there), "Python file")


def _quiet(work: BackgroundWork, starts: Sequence[Job], what: str, claim: str) -> Verdict:
    if starts:
        return passed(
            say(
                "{plural}, {s}{claim}",
                plural=plural(len(starts), what),
                s="each " if len(starts) > 1 else "",
                claim=claim,
            ),
            _read(work),
        )
    looked = say("the {files} of the service", files=plural(work.files, "Python file"))
    none_at_all = not work.starts and not work.jobs
    return not_applicable(
        say("no {what} is started", what=what), looked=looked, absent=Thing.JOBS if none_at_all else None
    )


def _told(jobs: Sequence[Job], what: str, claim: str) -> Verdict:
    first = jobs[0]
    others = say(" (and {jobs} more)", jobs=len(jobs) - 1) if len(jobs) > 1 else ""
    places = [in_file(one.path, one.line, say("{call}: {problem}", call=one.call, problem=one.problem)) for one in jobs]
    return failed(
        say(
            "{what} {claim}: {problem}, {path}:{line}{others}",
            what=what,
            claim=claim,
            problem=first.problem,
            path=first.path,
            line=first.line,
            others=others,
        ),
        at=places,
    )
