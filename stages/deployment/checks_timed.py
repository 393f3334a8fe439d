"""Deployment: is a timed job done once, however many processes serve?"""

from runner.evidence.release.timed_work import TimedWork
from runner.model import Verdict, check, failed, in_file, passed, share, unknown
from runner.said import say
from runner.words import listed, plural


@check("DP062", step="7.2")
def timed_jobs_run_once(work: TimedWork) -> Verdict:
    """A timed job is done once, and not by each process that serves.

    A scheduler or a loop that starts with the app starts in every worker and every replica: with four of them each
    reminder is sent four times. It works on a developer's machine, where there is one.
    Fix: run it as a process of its own (a worker, a cron job), or let one process take it: `pg_try_advisory_lock`, a
    key in Redis with `nx=True`, rows taken with `FOR UPDATE SKIP LOCKED`.
    """
    loose = [one for one in work.jobs if not one.chosen]
    read = share(work.files, max(work.files, work.there), "Python file")
    if not loose:
        names = listed((one.name for one in work.jobs), 3)
        return passed(say("{names}: one process, or one row, is chosen for it", names=names), read)
    first = loose[0]
    if not work.several:
        if not work.known:
            return unknown(
                say(
                    "{name} starts with each process, and no image or compose file says how many there are",
                    name=first.name,
                )
            )
        return passed(say("{name} starts with each process, and one is started", name=first.name), read)
    most = max(work.several, key=lambda one: one.processes)
    places = [in_file(one.path, one.line, say("{name} starts with each process", name=one.name)) for one in loose]
    places += [in_file(one.path, one.line, one.said) for one in work.several]
    others = say(" (and {others})", others=plural(len(loose) - 1, "other")) if len(loose) > 1 else ""
    return failed(
        say(
            "{name}{others} runs {processes} times: it starts with each of the {said} of "
            "{path}:{line}, and nothing chooses one",
            name=first.name,
            others=others,
            processes=most.processes,
            said=most.said,
            path=most.path,
            line=most.line,
        ),
        at=places,
    )
