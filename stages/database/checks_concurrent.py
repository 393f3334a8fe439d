"""Database: does it hold when many write at once, and is "saved" said only when it is?"""

from collections.abc import Sequence

from runner.errors import Thing
from runner.evidence.behaviour.late_commits import LateCommits, Promised
from runner.evidence.behaviour.races import Broke, Doubled, Races
from runner.evidence.behaviour.repeated_keys import Keyed
from runner.model import (
    Outcome,
    Share,
    Verdict,
    at_endpoint,
    check,
    failed,
    not_applicable,
    passed,
    share,
    unknown,
    weighed,
)
from runner.said import say, together
from runner.words import listed, plural

CREATING, CHANGING = "creating operation", "changing operation"


@check("DB032", step="3.1")
def uniqueness_is_kept_by_the_database(races: Races) -> Verdict:
    """What must be unique stays unique when two ask at the same moment.

    Code that looks first and writes then lets two requests look before either writes: two accounts with one address,
    two bookings of one seat. A constraint that nobody expects answers the loser with 500.
    Fix: a UNIQUE constraint (or index) on the columns, write without looking, and answer 409 to the IntegrityError.
    """
    if not races.creating:
        return _none(say("no operation creates anything"), races.operations)
    broke = [one for one in races.broke if one.creates]
    if broke:
        return _broke(broke, say("asks for what is there already"))
    asked = share(races.created, races.creating, CREATING)
    if not races.doubled:
        return _absent(say("none of them refuses the second of two equal requests"), asked)
    bad = [one for one in races.doubled if one.taken > 1 or one.broken]
    unclear = [one for one in races.doubled if not one.clear]
    if not bad and unclear:
        seen = say("{endpoint} answered {set}", endpoint=unclear[0].endpoint, set=sorted(set(unclear[0].statuses)))
        return unknown(say("none of the equal requests at once was taken, or some got no answer: {seen}", seen=seen))
    if not bad:
        names = together(one.endpoint for one in races.doubled)
        times = len(races.doubled[0].statuses)
        return passed(
            say(
                "one of {times} equal requests at once is taken, the others are refused: {names}",
                times=times,
                names=names,
            ),
            asked,
        )
    places = [at_endpoint(one.endpoint, _at_once(one)) for one in bad]
    return failed(
        say("{endpoint}: {at_once}", endpoint=bad[0].endpoint, at_once=_at_once(bad[0])),
        at=places,
        again=[_together(one) for one in bad[:3]],
    )


def _at_once(one: Doubled) -> str:
    count = len(one.statuses)
    if one.taken > 1:
        return say(
            "{taken} of {count} equal requests at once were taken, though the second in a row gets {refuses}",
            taken=one.taken,
            count=count,
            refuses=one.refuses,
        )
    return say(
        "{broken} of {count} equal requests at once got 5xx instead of {refuses}",
        broken=one.broken,
        count=count,
        refuses=one.refuses,
    )


def _together(one: Doubled) -> str:
    return f"for n in $(seq {len(one.statuses)}); do {one.curl} & done; wait"


@check("DB033", step="3.1")
def no_update_is_lost(races: Races) -> Verdict:
    """No change is lost when many change the same thing at once.

    A number that is read, raised in Python and written back loses every step that another request made in between:
    stock is sold twice, a balance is wrong, a version stands still.
    Fix: let the database count (`UPDATE … SET stock = stock - 1 WHERE stock > 0`), lock the row (`with_for_update`), or
    write only if the version is still the one that was read, and answer 409 otherwise.
    """
    if (wrong := _wrong(races)) is not None:
        return wrong
    if not races.changing:
        return _none(say("no operation changes what is there"), races.operations)
    asked = share(races.changed, races.changing, CHANGING)
    guarded, counted = len(set(races.guarded)), len({one.endpoint for one in races.counted})
    if not guarded and not counted:
        return _absent(say("none of them counts, or keeps a version"), asked)
    unclear = [one.endpoint for one in races.overtaken if not one.clear]
    unclear += [one.endpoint for one in races.counted if not one.clear]
    if unclear:
        names = together(dict.fromkeys(unclear))
        return unknown(
            say("too few of the equal requests at once were taken or refused as they should: {names}", names=names)
        )
    said = [
        say(
            "a change of what has changed meanwhile is refused by {operations}", operations=plural(guarded, "operation")
        )
        if guarded
        else "",
        say("{operations} counted right when many asked at once", operations=plural(counted, "operation"))
        if counted
        else "",
    ]
    return passed(together(filter(None, said), "; "), asked)


def _wrong(races: Races) -> Verdict | None:
    """What many changes at once, or one after the other, did wrong; None where all was as it should be."""
    broke = [one for one in races.broke if not one.creates]
    if broke:
        return _broke(broke, say("repeats a change"))
    lost = [one for one in races.counted if one.lost]
    if lost:
        places = [
            at_endpoint(
                one.endpoint,
                say(
                    "{field} is {found} instead of {expected} (step {step})",
                    field=one.field,
                    found=f"{one.found:g}",
                    expected=f"{one.expected:g}",
                    step=f"{one.step:g}",
                ),
            )
            for one in lost
        ]
        first = say("{endpoint}: {note}", endpoint=lost[0].endpoint, note=places[0].note)
        again = [f"for n in $(seq 8); do {one.curl} & done; wait" for one in lost[:3]]
        return failed(say("steps are lost when many change it at once: {first}", first=first), at=places, again=again)
    overtaken = [one for one in races.overtaken if one.taken > 1 or one.broken]
    if overtaken:
        places = [at_endpoint(one.endpoint, _at_once(one)) for one in overtaken]
        again = [_together(one) for one in overtaken[:3]]
        first = say("{endpoint}: {at_once}", endpoint=overtaken[0].endpoint, at_once=_at_once(overtaken[0]))
        return failed(say("changes are lost when many change it at once: {first}", first=first), at=places, again=again)
    failing = [one for one in races.counted if one.broken]
    if failing:
        places = [
            at_endpoint(
                one.endpoint, say("{broken} of {statuses} got 5xx", broken=one.broken, statuses=len(one.statuses))
            )
            for one in failing
        ]
        again = [f"for n in $(seq 8); do {one.curl} & done; wait" for one in failing[:3]]
        first = say("{endpoint}: {note}", endpoint=failing[0].endpoint, note=places[0].note)
        return failed(say("changes fail when many change it at once: {first}", first=first), at=places, again=again)
    return None


def _none(what: str, operations: int) -> Verdict:
    looked = say(
        "{operations} of the contract, and the routes that it hides", operations=plural(operations, "operation")
    )
    return not_applicable(what, looked=looked, absent=None if operations else Thing.OPERATIONS)


def _absent(what: str, asked: Share) -> Verdict:
    """Nothing of the kind, as was seen in those that could be asked: too few of them, and nobody knows."""
    seen = weighed(passed(what, asked))
    if seen.outcome is not Outcome.PASSED:
        return unknown(
            say(
                "only {asked} could be asked twice, and {what}: see the matrix of callers for what stops them",
                asked=asked,
                what=what,
            )
        )
    return not_applicable(what, looked=say("{asked}, asked for the same again", asked=asked))


def _broke(broke: Sequence[Broke], who: str) -> Verdict:
    places = [
        at_endpoint(one.endpoint, say("{status} to a request that {who}", status=one.status, who=who)) for one in broke
    ]
    again = [f"{one.curl}; {one.curl}" for one in broke[:3]]
    first = say(
        "{endpoint} answers {status} to a request that {who}: that is no refusal",
        endpoint=broke[0].endpoint,
        status=broke[0].status,
        who=who,
    )
    return failed(first, at=places, again=again)


@check("DB050", step="3.1")
def a_key_makes_a_repeated_request_one(races: Races) -> Verdict:
    """A request that is repeated under its idempotency key is done once, and answered to nobody else.

    A client that got no answer sends the same again, often while the first is still being done. Where the key is only
    looked for, not kept by the database, both are done: somebody pays twice.
    Fix: write the key first, in the same transaction, UNIQUE together with the caller; keep a digest of the body and
    the answer beside it, answer the same again from there, and refuse another body with 422.
    """
    faults = [(one, fault) for one in races.keyed for fault in one.faults]
    if faults:
        first, fault = faults[0]
        return failed(
            say("{endpoint}, {key}: {what}", endpoint=first.endpoint, key=first.key, what=fault.what),
            at=[at_endpoint(one.endpoint, each.what) for one, each in faults],
            again=list(dict.fromkeys(each.curl for _, each in faults))[:3],
        )
    if races.keyed:
        judged = [one for one in races.keyed if one.judged]
        left = [
            say("{endpoint} ({unjudged})", endpoint=one.endpoint, unjudged=_unjudged(one))
            for one in races.keyed
            if not one.judged
        ]
        told = say("; not judged: {left}", left=listed(left)) if left else ""
        said = say("the same is done once, also at once; another body and another caller get nothing of it")
        return passed(
            say("{said}{told}", said=said, told=told), share(len(judged), len(races.keyed), "operation with a key")
        )
    if races.unread:
        return unknown(
            say("no operation of the contract takes a key; not in it are {unread}", unread=listed(sorted(races.unread)))
        )
    looked = say(
        "the parameters and fields of the {operations} of the contract",
        operations=plural(races.operations, "operation"),
    )
    absent = Thing.REPEATED if races.operations else Thing.OPERATIONS
    return not_applicable("no operation takes a key for a repeated request", looked=looked, absent=absent)


def _unjudged(one: Keyed) -> str:
    missing = sorted(one.wanted - one.asked)
    return one.problem or say("no telling answer to {missing}", missing=listed(missing))


@check("DB051", step="3.1")
def cursors_hold_while_others_write(races: Races) -> Verdict:
    """Pages that a cursor leads through show each row once, also while others write.

    A cursor that is a number of rows in disguise, or an order that is not total, shows a row twice when one is made
    before it and skips one when one is deleted. An export lacks what nobody will ever look for.
    Fix: order by columns that are unique together (`created_at, id`), put the values of the last row into the cursor,
    and ask for what stands behind them (`WHERE (created_at, id) < (…, …)`), whether that row is still there or not.
    """
    bad = [one for one in races.walks if one.fault]
    if bad:
        return failed(
            say("{endpoint} {fault}", endpoint=bad[0].endpoint, fault=bad[0].fault),
            at=[at_endpoint(one.endpoint, say("{cursor}: {fault}", cursor=one.cursor, fault=one.fault)) for one in bad],
            again=[one.curl for one in bad[:3]],
        )
    if races.walks:
        walked = [one for one in races.walks if one.walked]
        left = [
            say("{endpoint} ({problem})", endpoint=one.endpoint, problem=one.problem)
            for one in races.walks
            if not one.walked
        ]
        told = say("; not judged: {left}", left=listed(left)) if left else ""
        pages = plural(sum(one.pages for one in walked), "page")
        said = say("each row was shown once on {pages} while others were made and deleted before it", pages=pages)
        return passed(
            say("{said}{told}", said=said, told=told), share(len(walked), len(races.walks), "list with a cursor")
        )
    looked = say(
        "the parameters of the {operations} of the contract that read", operations=plural(races.reading, "operation")
    )
    absent = None if races.reading else Thing.OPERATIONS
    return not_applicable("no list takes a cursor", looked=looked, absent=absent)


@check("DB034", step="3.1")
def saved_means_committed(late: LateCommits) -> Verdict:
    """No success is told before it is committed.

    Where the commit comes after the answer, the client hears "saved", the commit fails, and nothing is stored: nobody
    ever learns of it.
    Fix: commit in the endpoint, before it returns; or give the session's dependency `scope="function"`, so that FastAPI
    ends it before the answer is sent.
    """
    if not late.changing:
        return _none(say("no operation changes anything"), late.operations)
    false = [one for one in late.asked if one.false]
    clear = [one for one in late.asked if one.clear]
    if late.asked and not clear:
        refused = listed(
            (say("{endpoint} ({status})", endpoint=one.endpoint, status=one.status) for one in late.asked), 5
        )
        return unknown(
            say("what was asked would have been refused whatever the commit does: {refused}", refused=refused)
        )
    if not false:
        return passed("none told success when the commit failed", share(len(clear), late.changing, CHANGING))
    places = [at_endpoint(one.endpoint, _unstored(one)) for one in false]
    names = listed((one.endpoint for one in false), 5)
    why = say("and stored nothing") if all(one.unforced for one in false) else say("though the commit failed")
    return failed(
        say(
            "{false} of {operations} told success {why}: {names}",
            false=len(false),
            operations=plural(len(clear), "operation"),
            why=why,
            names=names,
        ),
        at=places,
        again=[_again(one) for one in false[:1]],
    )


def _unstored(one: Promised) -> str:
    """Without our doing, or because the database was told to refuse."""
    by_itself = say(", although the database took everything: the log says why") if one.unforced else ""
    return say("{status}, and nothing was stored{by_itself}", status=one.status, by_itself=by_itself)


def _again(one: Promised) -> str:
    forced = "let each commit fail (a DEFERRABLE INITIALLY DEFERRED constraint trigger that raises), then: "
    return one.curl if one.unforced else forced + one.curl
