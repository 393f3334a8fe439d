"""Performance: what still answers while others wait?"""

from runner.errors import Thing
from runner.evidence.behaviour.busy import Busy, Liveness
from runner.model import Verdict, at_endpoint, check, every, failed, not_applicable, passed, share, unknown
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
    if not well:
        return unknown("no health path answered well before others waited, or nothing could be kept waiting")
    if late := [one for one in well if one.late or one.status not in SUCCESS]:
        notes = [(one, f"{one.status} after {one.seconds:g} s" if one.status else _silent(one)) for one in late]
        places = [at_endpoint(f"GET {one.path}", f"{note} while {busy.sent} requests wait") for one, note in notes]
        first, note = notes[0]
        said = f"GET {first.path} starves while {plural(busy.sent, 'request')} wait: {note}"
        return failed(said, at=places, again=[f'curl -i -m 5 "$BASE{first.path}"  # while the tables are locked'])
    if unsteady := [one.path for one in well if one.unsteady]:
        return unknown(f"GET {unsteady[0]} was now late and now not: this machine is too busy to tell why")
    if not busy.waiting or busy.sent <= THREADS:
        return unknown(
            f"{plural(busy.sent, 'request')} and {plural(busy.waiting, 'statement')} were kept waiting, "
            f"which is no more than {THREADS} threads serve"
        )
    slowest = max(one.seconds for one in well)
    return passed(
        f"answers within {slowest:g} s while {busy.waiting} statements wait",
        share(len(well), busy.paths, "health path"),
    )


def _silent(one: Liveness) -> str:
    """It was not waited for any longer: how long it takes is not known."""
    return f"no answer within {one.seconds:g} s"


@check("PF015", step="6.4")
def streams_hold_nothing(busy: Busy) -> Verdict:
    """What goes on answering holds no database connection meanwhile.

    A stream of events or a long poll whose session ends with the request keeps its pooled connection: so many open
    pages, and every other request waits for the pool and fails.
    Fix: read what it needs in a session that is closed before the stream begins (`Depends(…, scope="function")`, or
    `with Session(engine) as session:` inside), and open a short one for each thing that it sends.
    """
    if bad := [one for one in busy.streams if one.before in SUCCESS and one.status not in SUCCESS]:
        told = [(one, f"{one.asked} answers {one.status or 'nothing in time'}") for one in bad]
        places = [at_endpoint(one.endpoint, f"while {one.opened} are open, {note}") for one, note in told]
        first, note = told[0]
        said = f"{first.endpoint} holds a database connection while it streams: with {first.opened} open, {note}"
        return failed(
            said, at=places, again=[f'curl -N "$BASE{first.endpoint.partition(" ")[2]}" &  # {first.opened} times']
        )
    if not busy.tried:
        return unknown("no GET could be asked")
    if not busy.streams and busy.tried * 2 >= busy.reads:
        looked = f"the answers of {busy.tried} of {plural(busy.reads, 'GET')}"
        return not_applicable("no operation goes on answering", looked=looked)
    judged = [one for one in busy.streams if one.before in SUCCESS and one.opened >= MANY]
    if not judged:
        opened = listed((f"{one.endpoint} ({one.opened} times)" for one in busy.streams), 3)
        return unknown(f"what goes on answering could not be opened {MANY} times: {opened}")
    names = listed((one.endpoint for one in judged), 3)
    return passed(
        f"others answer while many of {names} are open",
        share(len(judged), len(busy.streams), "stream"),
        every(busy.tried, "GET"),
    )
