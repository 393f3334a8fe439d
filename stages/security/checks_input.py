"""Security: what happens to bad input, and to good? Judges the hostile requests that were sent, and the random ones."""

from collections.abc import Sequence, Set

from runner.errors import Thing
from runner.evidence.behaviour.attacks import VALID, Answered
from runner.evidence.behaviour.fuzz import Fuzz
from runner.evidence.behaviour.fuzz_events import Surprise
from runner.evidence.behaviour.hostile_input import HostileInput
from runner.evidence.behaviour.refusals import Refusal
from runner.evidence.behaviour.world_texts import WorldText, WorldTexts
from runner.model import Share, Verdict, at_endpoint, check, failed, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.words import listed, plural

TOO_LARGE, TOO_MANY = 413, 429
WITH_BODY = ("POST ", "PUT ", "PATCH ")
# Answered by servers, proxies and limits before any operation, so no operation need document them.
GENERAL = frozenset((405, 413, 414, 415, 429, 431))


@check("SC031", step="4.2")
def bad_input_breaks_nothing(hostile: HostileInput) -> Verdict:
    """No input makes the service fail.

    A value that answers 500 was not foreseen: it reaches the database or the code behind the validation, fills the log,
    and wakes people. NUL bytes, 2^63 and half characters are what strangers try first.
    Fix: say in the model what the column and the code can take (`max_length`, `ge`, `le`, a pattern without NUL), so
    that it is refused with 422; and answer 422 without the input (`1e999` or half a character cannot be sent back).
    """
    if not hostile.crashed:
        alone = (
            say(", {problems} of them without an object", problems=len(hostile.problems)) if hostile.problems else ""
        )
        left = ""
        if hostile.unasked:
            left += say("; {unasked} left when the time of this look was used up", unasked=len(hostile.unasked))
        if hostile.cut:
            left += say("; {cut} got less than half of their bad values in that time", cut=len(hostile.cut))
        if hostile.short:
            left += say("; {short} did not get all of their bad values in that time", short=len(hostile.short))
        return passed(
            say(
                "{sent} bad requests{alone}{left}: no 5xx{missed}",
                sent=hostile.sent,
                alone=alone,
                left=left,
                missed=_missed(hostile),
            ),
            _reached(hostile),
        )
    bad = [one for one in hostile.crashed if one.what != VALID]
    if not bad:
        names = listed(dict.fromkeys(one.endpoint for one in hostile.crashed), 3)
        return _failed(
            say("nothing bad is needed, a valid request made it fail: {names}", names=names), hostile.crashed
        )
    first = bad[0]
    found = say(
        "{endpoint}, {place} = {what}: {status}",
        endpoint=first.endpoint,
        place=first.place,
        what=first.what,
        status=first.status or say("no answer"),
    )
    count = len({(one.endpoint, one.place) for one in bad})
    said = say("{bad} bad values in {count} places made it fail: {found}", bad=len(bad), count=count, found=found)
    return _failed(said, [*bad, *(one for one in hostile.crashed if one.what == VALID)])


@check("SC032", step="4.2")
def refused_means_unwritten(hostile: HostileInput) -> Verdict:
    """A refused request writes nothing.

    Who is told "no" repeats the request; what was half written then is there twice, or blocks the right one.
    Fix: validate before the first write, and commit once, at the end; roll back when an exception leaves the request.
    """
    if not hostile.written:
        judged = len(hostile.changing & hostile.reached - {*hostile.cut})
        none = not_applicable("no operation changes anything", looked=_contract(hostile), absent=Thing.OPERATIONS)
        said = say(
            "no table changed after a request that was refused{missed}", missed=_missed(hostile, hostile.changing)
        )
        return passed(said, share(judged, len(hostile.changing), "changing operation")) if hostile.changing else none
    first = hostile.written[0]
    found = say(
        "{endpoint}, {place} = {what}: {status}, yet {text} changed",
        endpoint=first.endpoint,
        place=first.place,
        what=first.what,
        status=first.status,
        text=first.text,
    )
    return _failed(
        say("{written} refused requests wrote: {found}", written=len(hostile.written), found=found), hostile.written
    )


@check("SC033", step="4.2")
def unknown_fields_are_refused(hostile: HostileInput) -> Verdict:
    """Fields that nobody declared are refused wherever the contract says so, or says nothing.

    A field that is silently dropped hides typing errors (`titel`), and every attempt to set what may not be set.
    Fix: `model_config = ConfigDict(extra="forbid")` in the base class of all request models.
    """
    if not hostile.bodies:
        return _no_bodies(hostile)
    told = {one.endpoint for one in hostile.unknown_taken} & hostile.open_bodies
    taken = [one for one in hostile.unknown_taken if one.endpoint not in told]
    closed = len(hostile.bodies) - len(told)
    if not taken and not closed:
        return not_applicable(
            "the contract lets any field into every body, which DS008 judges", looked=_contract(hostile)
        )
    if not taken:
        tried = min(hostile.unknown_tried - len(told), closed)
        beside = (
            say("; DS008 judges {bodies} that the contract leaves open", bodies=plural(len(told), "body"))
            if told
            else ""
        )
        said = say("a field that nobody declared is refused{unasked}{beside}", unasked=_unasked(hostile), beside=beside)
        return passed(said, share(tried, closed, "JSON body"))
    names = together(dict.fromkeys(one.endpoint for one in taken))
    return _failed(
        say(
            "{taken} of {unknown_tried} operations take an undeclared field: {names}",
            taken=len(taken),
            unknown_tried=hostile.unknown_tried,
            names=names,
        ),
        taken,
    )


@check("SC034", step="4.2")
def no_mass_assignment(hostile: HostileInput) -> Verdict:
    """Nobody decides by a field in the body who the caller is, whose something is, or which.

    A request model that is the table lets a new user write `"role": "admin"`, post in somebody else's name, or give a
    thing another id than the path names: it is gone from where everybody looks for it, or on top of another one.
    Fix: a request model of its own with just the fields that a client decides; owner, role and id come from the
    signed-in user and the database.
    """
    if hostile.assigned:
        found = say("{endpoint}, {what}", endpoint=hostile.assigned[0].endpoint, what=hostile.assigned[0].what)
        return _failed(
            say("{assigned} privileged fields had an effect: {found}", assigned=len(hostile.assigned), found=found),
            hostile.assigned,
        )
    if not hostile.callers:
        none = say("this service knows no callers: nothing belongs to anybody")
        return not_applicable(none, looked=_contract(hostile), absent=Thing.CALLERS)
    if not hostile.bodies:
        return _no_bodies(hostile)
    tried = say("{assigned_tried} were taken at all and tried", assigned_tried=hostile.assigned_tried)
    return passed(
        say("no privileged field had an effect ({tried}){unasked}", tried=tried, unasked=_unasked(hostile)),
        share(len(hostile.bodies & hostile.reached), len(hostile.bodies), "JSON body"),
    )


@check("SC035", step="4.2")
def bodies_are_limited(hostile: HostileInput) -> Verdict:
    """A body that is far too large is refused.

    A body is held in memory: a few hundred of 32 MiB at once end the process, from one laptop.
    Fix: count the bytes as they arrive in an ASGI middleware, and answer 413 beyond a limit; `Content-Length` alone may
    be left out. A limit in a proxy helps only where nobody can go round the proxy.
    """
    if not hostile.large:
        return _no_bodies(hostile)
    taken = [one for one in hostile.large if one.status not in (TOO_LARGE, TOO_MANY)]
    if not taken:
        tried = len({one.endpoint for one in hostile.large if one.status == TOO_LARGE})
        if not tried:
            return unknown(
                "a limit of requests (429) stood before every large body, so nobody saw one refused for its size"
            )
        return passed(
            say("32 MiB are refused with 413, announced or in chunks{unasked}", unasked=_unasked(hostile)),
            share(tried, hostile.large_there, "operation"),
        )
    seen = together((_what(one) for one in taken), "; ")
    if not any(one.status for one in taken):
        return _failed(
            say("{endpoint} gives no answer to a body of 32 MiB ({seen})", endpoint=taken[0].endpoint, seen=seen), taken
        )
    return _failed(
        say("{endpoint} reads a body of 32 MiB to its end ({seen})", endpoint=taken[0].endpoint, seen=seen), taken
    )


@check("SC036", step="4.2")
def statuses_are_documented(hostile: HostileInput) -> Verdict:
    """Every status that was seen stands in the contract.

    Clients are generated from the contract: a status that is not in it becomes an unhandled error in their code.
    Fix: add it to the operation's `responses=`, or do not answer it.
    """
    documented = dict(hostile.documented)
    found = [
        (endpoint, status, curl)
        for endpoint, status, curl in hostile.seen
        if status // 100 in {1, 2, 3, 4}
        and status not in GENERAL
        and not _is_documented(status, documented.get(endpoint, frozenset()))
    ]
    if not found:
        answered = len({endpoint for endpoint, _, _ in hostile.seen})
        return passed(
            say(
                "{statuses}, all documented{beside}",
                statuses=plural(len(hostile.seen), "status"),
                beside=_beside(hostile.hidden),
            ),
            share(answered, hostile.operations, "operation"),
        )
    places = [
        at_endpoint(
            endpoint, say("answers {status}, documents {known}", status=status, known=_known(documented[endpoint]))
        )
        for endpoint, status, _ in found
    ]
    first = say("{found} answers {found2}", found=found[0][0], found2=found[0][1])
    return failed(
        say("{statuses} not in the contract: {first}", statuses=plural(len(found), "status"), first=first),
        at=places,
        again=[c for *_, c in found[:3]],
    )


@check("SC037", step="4.2")
def insides_stay_inside(hostile: HostileInput) -> Verdict:
    """No answer shows an exception, a file or a statement.

    The text of an exception tells strangers the tables, the driver and the line to aim at next.
    Fix: answer a fixed text (problem details) from one exception handler, log the exception, and never run with
    `debug=True`.
    """
    if not hostile.insides:
        said = say(
            "none of {sent} answers shows an exception, a path or SQL{missed}",
            sent=hostile.sent,
            missed=_missed(hostile),
        )
        return passed(said, _reached(hostile))
    first = hostile.insides[0]
    found = say(
        "{endpoint} ({place} = {what}) shows `{text}`",
        endpoint=first.endpoint,
        place=first.place,
        what=first.what,
        text=first.text[:80],
    )
    return _failed(
        say(
            "{operations} show their insides: {found}",
            operations=plural(len(hostile.insides), "operation"),
            found=found,
        ),
        hostile.insides,
    )


@check("SC070", step="4.2")
def refusals_have_one_shape(hostile: HostileInput) -> Verdict:
    """Whatever is refused, the answer has the shape that the service's other refusals have.

    An unknown path, another method, a missing token and a bad field are answered by different code. Where one of them
    has a shape of its own, the client that reads `message` shows nothing, and the reason is lost.
    Fix: one handler for `starlette.exceptions.HTTPException` (FastAPI's own does not see an unknown path or method),
    one for `RequestValidationError`, and the same function for what a middleware refuses.
    """
    if not hostile.refusals:
        return unknown("no request was refused with a body that could be read")
    usual, others = _usual(hostile.refusals)
    kinds = sorted({str(one.status) for one in hostile.refusals})
    if len(kinds) == 1 and not others:
        return unknown(
            say("all that was refused answered {kind}, so there was nothing to compare its shape with", kind=kinds[0])
        )
    if not others:
        statuses = listed(kinds, 9)
        count = plural(sum(one.seen for one in hostile.refusals), "refusal")
        asked = share(len(hostile.refusing), hostile.operations, "operation")
        return passed(
            say(
                "{count} ({statuses}), all like {shape}{beside}",
                count=count,
                statuses=statuses,
                shape=_shape(usual),
                beside=_beside(hostile.hidden),
            ),
            asked,
        )
    places = [
        at_endpoint(
            one.endpoint,
            say("{status} is {shape}, not {shape2}", status=one.status, shape=_shape(one), shape2=_shape(usual)),
        )
        for one in others
    ]
    first = say(
        "{status} of {endpoint} is {shape}",
        status=others[0].status,
        endpoint=others[0].endpoint,
        shape=_shape(others[0]),
    )
    message = say("most refusals are {shape}, and {first}", shape=_shape(usual), first=first)
    return failed(message, at=places, again=list(dict.fromkeys(one.curl for one in others))[:3])


def _usual(refusals: Sequence[Refusal]) -> tuple[Refusal, list[Refusal]]:
    """The shape that most statuses have, else most answers, and all that differ from it."""

    def like(one: Refusal) -> tuple[int, int]:
        alike = [other for other in refusals if one.same(other)]
        return len({other.status for other in alike}), sum(other.seen for other in alike)

    usual = max(refusals, key=like)
    return usual, [one for one in refusals if not usual.same(one)]


def _shape(one: Refusal) -> str:
    names = together(
        name if kind == "plain" else say("{name} ({kind})", name=name, kind=kind) for name, kind in one.fields
    )
    return say("{media} {{{names}}}", media=one.media or "text", names=names) if names else one.media or "text"


@check("SC072", step="4.2")
def urls_lead_outside(hostile: HostileInput) -> Verdict:
    """No URL that a caller gives makes the service ask its own network.

    From where the service stands, the cloud's metadata, the database's console and the neighbours without a password
    can be reached. Who gives it a link to fetch asks them with its rights.
    Fix: resolve the host, refuse addresses that are not global (`ipaddress.ip_address(…).is_global`), connect to that
    very address, and follow no redirect; or fetch through a proxy that knows only the outside.
    """
    asked = [one for one in hostile.urls if one.asked]
    if asked:
        places = [
            at_endpoint(one.endpoint, say("{place}: {sent} was asked", place=one.place, sent=one.sent)) for one in asked
        ]
        message = say(
            "{endpoint} asks what {place} says, on its own machine: {sent}",
            endpoint=asked[0].endpoint,
            place=asked[0].place,
            sent=asked[0].sent,
        )
        return failed(message, at=places, again=[one.curl for one in asked[:3]])
    if hostile.urls:
        reached = sum(one.reached for one in hostile.urls)
        said = say(
            "within a second nobody asked for an address of the service's own machine{unasked}",
            unasked=_unasked(hostile),
        )
        return passed(said, share(reached, len(hostile.urls), "field for a URL"))
    if left := _unasked(hostile):
        return unknown(say("no field of the contract takes a URL{left}", left=left))
    absent = None if hostile.operations else Thing.OPERATIONS
    return not_applicable("no field takes a URL", looked=_contract(hostile), absent=absent)


@check("SC083", step="4.2")
def limits_of_requests_hold(hostile: HostileInput) -> Verdict:
    """A limit of requests holds for each caller, and says how long to wait.

    A limit that believes a header is none, and one that all callers share lets a single one shut the service for
    everybody. Who is not told how long to wait asks again at once.
    Fix: count by the signed-in user, else by `request.client.host`, in one place for all processes (Redis); believe
    `X-Forwarded-For` only from the proxy that `--forwarded-allow-ips` names; answer 429 with `Retry-After`. Where [env]
    of gonogo.toml widens limits for proofs, let [limits] make them as narrow as people meet them.
    """
    bad = [one for one in hostile.limits if one.faults]
    if bad:
        places = [at_endpoint(one.endpoint, fault) for one in bad for fault in one.faults]
        return failed(
            say("{endpoint} {fault}", endpoint=bad[0].endpoint, fault=bad[0].faults[0]),
            at=places,
            again=[one.curl for one in bad[:3]],
        )
    if hostile.limits:
        met = [one for one in hostile.limits if one.judged]
        left = [
            say("{endpoint} {says}, {problem}", endpoint=one.endpoint, says=one.says, problem=one.problem)
            for one in hostile.limits
            if not one.judged
        ]
        told = say("; not judged: {left}", left=listed(left)) if left else ""
        said = say("429 with Retry-After when the limit is met, for its caller alone, whatever address a header names")
        return passed(
            say("{said}{told}", said=said, told=told), share(len(met), len(hostile.limits), "operation with a limit")
        )
    looked = say(
        "the statuses and answers of the {operations} of the contract",
        operations=plural(hostile.operations, "operation"),
    )
    absent = Thing.LIMITS if hostile.operations else Thing.OPERATIONS
    return not_applicable("no operation but those for passwords says that it has a limit", looked=looked, absent=absent)


@check("SC038", step="4.2")
def valid_input_never_fails(fuzz: Fuzz) -> Verdict:
    """No valid request made from the contract makes the service fail.

    What the contract allows, some client will send: in an order that nobody foresaw, with an object that is gone.
    Fix: reproduce it with the command, then refuse the value in the model, or answer 404 or 409 from the code.
    """
    found = [one for one in fuzz.surprises if one.crashed]
    if not found:
        return passed(
            say(
                "{asked}: no 5xx{beside}{strangers}",
                asked=_asked(fuzz),
                beside=_beside(fuzz.hidden),
                strangers=_strangers(fuzz),
            ),
            _succeeded(fuzz),
        )
    return _surprised(say("valid requests made it fail"), found)


@check("SC039", step="4.2")
def answers_keep_the_contract(fuzz: Fuzz) -> Verdict:
    """Every answer has the content type and the form that the contract states for it.

    Clients are generated from the contract: a field that is missing, or text where a number was promised, breaks them
    at run time, where no compiler saw it.
    Fix: return the declared model instead of a hand-made response, or declare what is really sent.
    """
    found = [one for one in fuzz.surprises if not one.crashed]
    if not found:
        return passed(
            say(
                "{asked}: each was as the contract says{beside}{strangers}",
                asked=_asked(fuzz),
                beside=_beside(fuzz.hidden),
                strangers=_strangers(fuzz),
            ),
            _succeeded(fuzz),
        )
    return _surprised(say("answers are not as the contract says"), found)


@check("SC040", step="4.2")
def text_of_any_script_is_kept(world: WorldTexts) -> Verdict:
    """Text in any script is taken and comes back as it was sent, or is refused.

    A length is counted in characters, and hashes, columns, headers and file names count bytes: what fits in English
    answers 500 in Chinese, or is cut in the middle of a word.
    Fix: count what the code behind really takes (bcrypt: 72 bytes, `len(text.encode())`), and refuse more with 422;
    give headers and file names text in their own encoding (`filename*=UTF-8''…`).
    """
    if world.wrong:
        first = world.wrong[0]
        number = plural(len({(one.endpoint, one.field) for one in world.wrong}), "text field")
        return failed(
            say(
                "{endpoint} {field}, text of several bytes a character: {script} ({number} in all)",
                endpoint=first.endpoint,
                field=first.field,
                script=_script(first),
                number=number,
            ),
            at=[
                at_endpoint(one.endpoint, say("{field} = {script}", field=one.field, script=_script(one)))
                for one in world.wrong
            ],
            again=list(dict.fromkeys(one.curl for one in world.wrong if one.curl))[:3],
        )
    left = world.fields - world.judged
    named = listed(sorted(say("{endpoint} {field}", endpoint=endpoint, field=field) for endpoint, field in left))
    told = say("; not judged: {named}", named=named) if left else ""
    return passed(
        say(
            "{sent} texts in Chinese, Arabic and emoji: no 5xx, and each came back as it was sent{told}",
            sent=world.sent,
            told=told,
        ),
        share(len(world.judged), len(world.fields), "text field"),
    )


def _script(one: WorldText) -> str:
    return say("{what}: {seen}", what=one.what, seen=one.seen)


def _contract(hostile: HostileInput) -> str:
    return say("the {operations} of the contract", operations=plural(hostile.operations, "operation"))


def _reached(hostile: HostileInput) -> Share:
    """Bad input behind a refusal of the caller proves nothing: only operations that a valid request came through to.

    Those for whose bad values the time did not suffice are not judged either.
    """
    return share(len(hostile.reached - {*hostile.cut}), hostile.operations + len(hostile.hidden), "operation")


def _missed(hostile: HostileInput, among: Set[str] | None = None) -> str:
    """The operations outside of the contract whose handler nothing came through to."""
    left = hostile.hidden - hostile.reached
    left = left if among is None else left & among
    told = say("; not reached, as no contract says how: {left}", left=listed(sorted(left))) if left else ""
    return told + _strangers(hostile)


def _unasked(hostile: HostileInput) -> str:
    """What no contract tells the body of can't be given one."""
    return _beside(frozenset(one for one in hostile.hidden if one.startswith(WITH_BODY))) + _strangers(hostile)


def _strangers(seen: HostileInput | Fuzz) -> str:
    """Why some or all requests were those of callers who are not signed in."""
    return say(". Strangers asked, as {missing}", missing=seen.missing) if seen.missing else ""


def _no_bodies(hostile: HostileInput) -> Verdict:
    """Nothing takes a JSON body; where an operation outside of the contract may, that is not known."""
    if left := _unasked(hostile):
        return unknown(say("no operation of the contract takes a JSON body{left}", left=left))
    return not_applicable("no operation takes a JSON body", looked=_contract(hostile), absent=Thing.OPERATIONS)


def _beside(hidden: Set[str]) -> str:
    return (
        say("; not asked, as they are not in the contract: {hidden}", hidden=listed(sorted(hidden))) if hidden else ""
    )


def _succeeded(fuzz: Fuzz) -> Share:
    """Of all operations of the contract, those that end the session and so were left out among them."""
    there = max(fuzz.operations, len(fuzz.answered)) + len(fuzz.left_out)
    return share(len(fuzz.answered), there, "operation")


def _asked(fuzz: Fuzz) -> str:
    without = say(", without {left_out}", left_out=together(fuzz.left_out)) if fuzz.left_out else ""
    without += say(", ended when its time was up") if fuzz.ended else ""
    good = sum(fuzz.answered.values())
    return say(
        "{requests} valid requests at random ({good} succeeded{without})",
        requests=fuzz.requests,
        good=good,
        without=without,
    )


def _surprised(what: str, found: Sequence[Surprise]) -> Verdict:
    places = [at_endpoint(one.endpoint, one.message) for one in found]
    first = say("{endpoint}: {message}", endpoint=found[0].endpoint, message=found[0].message)
    where = len({one.endpoint for one in found})
    message = say("{what} (operations: {where}): {first}", what=what, where=where, first=first)
    return failed(message, at=places, again=[one.curl for one in found[:3] if one.curl])


def _is_documented(status: int, known: frozenset[str]) -> bool:
    return bool({str(status), f"{status // 100}XX", f"{status // 100}xx", "default"} & known)


def _known(statuses: frozenset[str]) -> str:
    return together(sorted(statuses))


def _failed(message: str, answers: Sequence[Answered]) -> Verdict:
    """With one place per operation and field, and the first commands."""
    fields = dict.fromkeys((one.endpoint, one.place) for one in answers)
    places = [
        at_endpoint(
            endpoint,
            say(
                "{place} = {answers}",
                place=place,
                answers=together(_what(one) for one in answers if _is(one, endpoint, place)),
            ),
        )
        for endpoint, place in fields
    ]
    return failed(message, at=places, again=[one.curl for one in answers[:3] if one.curl])


def _is(one: Answered, endpoint: str, place: str) -> bool:
    return one.endpoint == endpoint and one.place == place


def _what(one: Answered) -> str:
    return say("{what} ({status})", what=one.what, status=one.status or say("no answer")) + (
        say(" (see SC038)") if one.what == VALID else ""
    )
