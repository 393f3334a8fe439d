"""Deployment: is a job of a queue done once and never lost, whatever becomes of worker, request and broker?"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from runner.evidence.behaviour.job_trials import Fate, Interrupted, NoBroker, Twice
from runner.evidence.behaviour.jobs import Jobs
from runner.evidence.behaviour.work_beside import Left, WorkBeside
from runner.model import Place, Share, Verdict, at_endpoint, check, failed, passed, share, unknown
from runner.said import say, together
from runner.words import listed

T = TypeVar("T", bound="Seen")
LONGEST = 8.0  # seconds that a request may wait for a broker that is gone
SUCCESS = range(200, 300)


class Seen(Protocol):
    """A trial: of which operation, and why it showed nothing."""

    @property
    def endpoint(self) -> str: ...
    @property
    def problem(self) -> str: ...


@check("DP070", step="7.2")
def jobs_outlive_their_worker(jobs: Jobs) -> Verdict:
    """A job whose worker is ended in its midst is done after the restart, or still in the queue.

    Each release ends every worker, and now and then memory runs out. Who takes a job off the queue before it is done
    loses what was under way then: the mail, the invoice, without an error anywhere.
    Fix: acknowledge behind the work (Celery: `task_acks_late=True` with `task_reject_on_worker_lost=True`; taskiq: a
    stream broker), or move the entry into a list of those at work (`BLMOVE`) and back at the start. Give the worker as
    long to end as its longest job takes.
    """
    if verdict := _nothing(jobs, jobs.interrupted):
        return verdict
    if lost := [one for one in jobs.interrupted if one.fate is Fate.LOST]:
        first = lost[0]
        places = [
            at_endpoint(one.endpoint, say("lost at {signal}: {what} never came", signal=one.signal, what=one.what))
            for one in lost
        ]
        when = say("lost when its worker gets {signal} in its midst", signal=first.signal)
        said = say(
            "the job of {endpoint} is {when}: {what} never came", endpoint=first.endpoint, when=when, what=first.what
        )
        return failed(said, at=[*places, _worker(jobs)], again=[_again(jobs, f"kill -{first.signal[3:]} $!")])
    if half := next((one for one in jobs.interrupted if one.problem), None):
        return unknown(
            say(
                "the job of {endpoint} was not seen at {signal}: {problem}",
                endpoint=half.endpoint,
                signal=half.signal,
                problem=half.problem,
            )
        )
    return passed(listed((_told(one) for one in _seen(jobs.interrupted)), 4), _share(jobs, jobs.interrupted))


@check("DP071", step="7.2")
def work_beside_is_finished(work: WorkBeside) -> Verdict:
    """Work that a request leaves behind in its own process is finished when the process is told to end.

    The caller has the answer already: who cuts the work off at a release loses it, and nobody is told.
    Fix: FastAPI's `BackgroundTasks`, which uvicorn waits for, instead of a task of asyncio's or a daemon thread; or
    wait for your own tasks at the end of the lifespan. What must never be lost belongs into a queue.
    """
    seen = [one for one in work.left if not one.problem]
    if lost := [one for one in seen if not one.done]:
        first = lost[0]
        said = say(
            "{endpoint} answers, and what it leaves behind is lost at SIGTERM: {what} never came",
            endpoint=first.start.endpoint,
            what=first.what,
        )
        command = "uvicorn app.main:app --port 8000 &  # ask, and kill -TERM $! behind the answer"
        return failed(said, at=[_left(one) for one in lost], again=[command])
    if not seen:
        why = (
            say(
                "{endpoint} ({path}:{line}): {problem}",
                endpoint=one.start.endpoint,
                path=one.start.path,
                line=one.start.line,
                problem=one.problem,
            )
            for one in work.left
        )
        return unknown(next(why, say("none was seen")))
    done = listed((say("{endpoint}: {what}", endpoint=one.start.endpoint, what=one.what) for one in seen), 3)
    return passed(
        say("finished behind SIGTERM: {done}", done=done), share(len(seen), max(work.there, len(seen)), "operation")
    )


@check("DP072", step="7.2")
def jobs_have_their_effect_once(jobs: Jobs) -> Verdict:
    """A job that is delivered twice has its effect once.

    Every queue that loses nothing delivers some jobs twice: the worker ended behind the work and before the
    acknowledgement, or it took longer than the broker waits. The customer is then billed twice.
    Fix: give each job a number, and write it into a table with a unique key in the same transaction as the effect
    (`INSERT … ON CONFLICT DO NOTHING`); or let the work look whether it is done. Ask a mail or payment service with the
    number as idempotency key.
    """
    if verdict := _nothing(jobs, jobs.twice):
        return verdict
    if double := [one for one in jobs.twice if one.more]:
        first = double[0]
        places = [at_endpoint(one.endpoint, say("delivered twice: {more}", more=_more(one))) for one in double]
        said = say(
            "the job of {endpoint} has its effect twice when it is delivered twice: {more}",
            endpoint=first.endpoint,
            more=_more(first),
        )
        return failed(
            said, at=[*places, _worker(jobs)], again=[_again(jobs, "put the same entry into the queue twice")]
        )
    names = listed((one.endpoint for one in _seen(jobs.twice)), 3)
    moved = [name for one in _seen(jobs.twice) for name in one.beside]
    beside = say("; the row was written again ({moved})", moved=listed(moved, 3)) if moved else ""
    return passed(
        say("delivered twice, done once: {names}{beside}", names=names, beside=beside), _share(jobs, jobs.twice)
    )


@check("DP073", step="7.2")
def jobs_and_rows_go_together(jobs: Jobs) -> Verdict:
    """A request whose commit fails leaves no job in the queue.

    A job that is queued before the commit goes ahead when the commit fails: the mail speaks of an order that is not
    there. And where the worker is quicker than the commit, it finds no row.
    Fix: queue behind the commit; or write the job into a table in the same transaction (an outbox) from which the
    worker, or somebody who feeds the queue, takes it.
    """
    judged = [one for one in jobs.uncommitted if not one.problem and one.status not in SUCCESS]
    if jobs.tried and not jobs.uncommitted:
        return unknown(say("no request that queues a job writes a row itself: {tried}", tried=listed(jobs.tried)))
    if verdict := _nothing(jobs, judged):
        return verdict
    if early := [one for one in judged if one.queued]:
        first = early[0]
        places = [
            at_endpoint(one.endpoint, say("answered {status}, and its job was queued", status=one.status or "nothing"))
            for one in early
        ]
        said = say(
            "{endpoint} queues its job although its commit fails (answered {status})",
            endpoint=first.endpoint,
            status=first.status or "nothing",
        )
        return failed(said, at=places, again=[first.curl])
    names = listed((one.endpoint for one in judged), 3)
    return passed(
        say("no commit, no job: {names}", names=names),
        share(len(judged), max(len(jobs.uncommitted), len(judged)), "operation"),
    )


@check("DP074", step="7.2")
def a_failing_job_stops_no_queue(jobs: Jobs) -> Verdict:
    """A job that fails keeps no other from being done.

    One row that breaks a rule, one address that no mail server takes: who ends with it, or tries it again and again
    before all others, does nothing more until somebody looks.
    Fix: catch what a job raises, log it, and go on; try it again later and a bounded number of times, then put it
    aside where somebody sees it (a dead-letter queue, a row that says so).
    """
    if verdict := _nothing(jobs, jobs.poisoned):
        return verdict
    if stuck := [one for one in jobs.poisoned if not one.problem and not one.next_done]:
        first = stuck[0]
        how = say("its worker ends with it") if first.ended else say("the one behind it is not done")
        places = [
            at_endpoint(
                one.endpoint,
                say("its job failed: ") + (say("the worker ended") if one.ended else say("the next is not done")),
            )
            for one in stuck
        ]
        said = say("a job of {endpoint} fails, and {how}: {said}", endpoint=first.endpoint, how=how, said=first.said)
        return failed(said, at=[*places, _worker(jobs)], again=[_again(jobs, "let a job fail")])
    names = listed((one.endpoint for one in _seen(jobs.poisoned)), 3)
    return passed(say("one failed, the next was done: {names}", names=names), _share(jobs, jobs.poisoned))


@check("DP075", step="7.2")
def nothing_is_promised_without_a_broker(jobs: Jobs) -> Verdict:
    """Where the broker is gone a request says so, soon, or its job is done once the broker is back.

    A broker is restarted like anything else. A request that hangs meanwhile takes a connection with it until none is
    left, and one that answers 202 for a job that nobody queued is a lie that shows weeks later.
    Fix: a time-out for the connection (`socket_connect_timeout`, Celery: `broker_transport_options` and
    `task_publish_retry_policy`), 503 where the job can't be queued, or an outbox.
    """
    if verdict := _nothing(jobs, jobs.without_broker):
        return verdict
    if bad := [one for one in jobs.without_broker if not one.problem and _why_bad(one)]:
        first = bad[0]
        places = [at_endpoint(one.endpoint, _why_bad(one)) for one in bad]
        return failed(
            say("{endpoint} without a broker: {why_bad}", endpoint=first.endpoint, why_bad=_why_bad(first)),
            at=places,
            again=[first.curl],
        )
    said = listed((_without(one) for one in _seen(jobs.without_broker)), 3)
    return passed(said, _share(jobs, jobs.without_broker))


def _nothing(jobs: Jobs, trials: Sequence[Seen]) -> Verdict | None:
    """UNKNOWN where no trial showed anything, with the reason that is known."""
    if _seen(trials):
        return None
    why = next(
        (say("{endpoint}: {problem}", endpoint=one.endpoint, problem=one.problem) for one in trials if one.problem), ""
    )
    return unknown(jobs.problem or why or "no job was tried")


def _seen(trials: Sequence[T]) -> list[T]:
    return [one for one in trials if not one.problem]


def _share(jobs: Jobs, trials: Sequence[Seen]) -> Share:
    judged = len({one.endpoint for one in _seen(trials)})
    return share(judged, max(judged, len(jobs.tried)), "operation")


def _worker(jobs: Jobs) -> Place:
    return Place(path=jobs.path, line=jobs.line, note=jobs.command)


def _again(jobs: Jobs, what: str) -> str:
    return f"{jobs.command} &  # {what}"


def _told(one: Interrupted) -> str:
    where = say(" ({where})", where=one.where) if one.where else ""
    return say(
        "{endpoint} at {signal}: {fate}{where}", endpoint=one.endpoint, signal=one.signal, fate=one.fate, where=where
    )


def _more(one: Twice) -> str:
    return together(
        say("{value} {name} more", value=f"{value:+g}", name=name) for name, value in (one.more or {}).items()
    )


def _why_bad(one: NoBroker) -> str:
    if one.status == 0 or one.seconds > LONGEST:
        return say("no answer within {seconds} s", seconds=f"{one.seconds:g}")
    if one.status in SUCCESS and not one.done:
        return say("it answers {status}, and its job is never done", status=one.status)
    return ""


def _without(one: NoBroker) -> str:
    done = say(", and the job was done once it was back") if one.done else ""
    return say(
        "{endpoint} answers {status} without a broker{done}", endpoint=one.endpoint, status=one.status, done=done
    )


def _left(one: Left) -> Place:
    return Place(
        path=one.start.path, line=one.start.line, endpoint=one.start.endpoint, note=say("lost: {what}", what=one.what)
    )
