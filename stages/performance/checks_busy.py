"""Performance: what still answers while others wait?"""

from runner.errors import Thing
from runner.evidence.behaviour.busy import Busy, Liveness
from runner.model import Verdict, at_endpoint, check, every, failed, not_applicable, passed, share, unknown
from runner.said import say
from runner.words import listed, plural

SUCCESS = range(200, 300)
THREADS = 40  # that AnyIO has for handlers: so many requests leave none free
MANY = 36  # open streams: more than the connections of most pools (SQLAlchemy: 15)


@check("PF014", step="6.4")
def liveness_does_not_wait(busy: Busy) -> Verdict:
    """The liveness answers while every other request waits.

    A liveness that needs a thread or a connection starves with the others: the orchestrator kills a process that only
    waited for its database, and the restart makes it worse for all.
    Fix: `async def health()` that asks for nothing: no database, no dependency that is a plain `def`.
    """
    if not busy.paths:
        absent = None if busy.routed else Thing.OPERATIONS
        return not_applicable("there is no liveness path", looked="the routes of the app", absent=absent)
    well = [one for one in busy.live if one.before in SUCCESS]
    if busy.unlocked or not well:
        none = say("no health path answered well before others waited, or nothing could be kept waiting")
        return unknown(busy.unlocked or none)
    if late := [one for one in well if one.late or one.status not in SUCCESS]:
        notes = [
            (
                one,
                say("{status} after {seconds} s", status=one.status, seconds=f"{one.seconds:g}")
                if one.status
                else _silent(one),
            )
            for one in late
        ]
        places = [
            at_endpoint(f"GET {one.path}", say("{note} while {sent} requests wait", note=note, sent=busy.sent))
            for one, note in notes
        ]
        first, note = notes[0]
        said = say(
            "GET {path} starves while {requests} wait: {note}",
            path=first.path,
            requests=plural(busy.sent, "request"),
            note=note,
        )
        return failed(said, at=places, again=[f'curl -i -m 5 "$BASE{first.path}"  # while the tables are locked'])
    if unsteady := [one.path for one in well if one.unsteady]:
        return unknown(
            say("GET {unsteady} was now late and now not: this machine is too busy to tell why", unsteady=unsteady[0])
        )
    if not busy.waiting or busy.sent <= THREADS:
        return unknown(
            say(
                "{requests} and {statements} were kept waiting, which is no more than {threads} threads serve",
                requests=plural(busy.sent, "request"),
                statements=plural(busy.waiting, "statement"),
                threads=THREADS,
            )
        )
    slowest = max(one.seconds for one in well)
    return passed(
        say("answers within {slowest} s while {waiting} statements wait", slowest=f"{slowest:g}", waiting=busy.waiting),
        share(len(well), busy.paths, "health path"),
    )


def _silent(one: Liveness) -> str:
    """It was not waited for any longer: how long it takes is not known."""
    return say("no answer within {seconds} s", seconds=f"{one.seconds:g}")


@check("PF015", step="6.4")
def streams_hold_nothing(busy: Busy) -> Verdict:
    """What goes on answering holds no database connection meanwhile.

    A stream of events or a long poll whose session ends with the request keeps its pooled connection: so many open
    pages, and every other request waits for the pool and fails.
    Fix: read what it needs in a session that is closed before the stream begins (`Depends(…, scope="function")`, or
    `with Session(engine) as session:` inside), and open a short one for each thing that it sends.
    """
    if bad := [one for one in busy.streams if one.before in SUCCESS and one.status not in SUCCESS]:
        told = [
            (one, say("{asked} answers {status}", asked=one.asked, status=one.status or say("nothing in time")))
            for one in bad
        ]
        places = [
            at_endpoint(one.endpoint, say("while {opened} are open, {note}", opened=one.opened, note=note))
            for one, note in told
        ]
        first, note = told[0]
        said = say(
            "{endpoint} holds a database connection while it streams: with {opened} open, {note}",
            endpoint=first.endpoint,
            opened=first.opened,
            note=note,
        )
        return failed(
            said, at=places, again=[f'curl -N "$BASE{first.endpoint.partition(" ")[2]}" &  # {first.opened} times']
        )
    if not busy.tried:
        return unknown("no GET could be asked")
    if not busy.streams and busy.tried * 2 >= busy.reads:
        looked = say("the answers of {tried} of {gets}", tried=busy.tried, gets=plural(busy.reads, "GET"))
        return not_applicable("no operation goes on answering", looked=looked)
    judged = [one for one in busy.streams if one.before in SUCCESS and one.opened >= MANY]
    if not judged:
        opened = listed(
            (say("{endpoint} ({opened} times)", endpoint=one.endpoint, opened=one.opened) for one in busy.streams), 3
        )
        return unknown(
            say("what goes on answering could not be opened {many} times: {opened}", many=MANY, opened=opened)
        )
    names = listed((one.endpoint for one in judged), 3)
    return passed(
        say("others answer while many of {names} are open", names=names),
        share(len(judged), len(busy.streams), "stream"),
        every(busy.tried, "GET"),
    )
