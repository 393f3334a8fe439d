"""Security: what does a browser make of the answers? What its pages may send and read, numbers that it rounds."""

from runner.evidence.access.browser_errors import BrowserErrors, Preflight
from runner.evidence.behaviour.wide_numbers import WideNumbers
from runner.model import (
    Verdict,
    at_endpoint,
    check,
    every,
    failed,
    named,
    not_applicable,
    passed,
    share,
    unknown,
)
from runner.said import say, together
from runner.words import listed, plural

FAILED = 500
READS = frozenset({"GET", "HEAD", "OPTIONS"})


@check("SC048", step="4.1")
def errors_reach_permitted_pages(errors: BrowserErrors) -> Verdict:
    """A page of a permitted origin can read an internal error.

    Where CORSMiddleware stands inside of what answers 500, that answer lacks Access-Control-Allow-Origin: the browser
    shows a CORS error instead, the page can't tell a broken service from a forbidden one, and nobody finds the cause.
    Fix: add CORSMiddleware last, so that it stands outside of whatever answers for a failed request; where FastAPI
    itself answers (`ServerErrorMiddleware`), wrap the app: `app = CORSMiddleware(app, allow_origins=[…])`.
    """
    if errors.well is None or errors.well.status >= FAILED:
        return unknown(
            say("a route that works, added to {app}, was not answered: its middleware failed first", app=errors.app)
        )
    if errors.well.allowed not in {"*", errors.origin}:
        said = say("a working answer to {origin} lacks Access-Control-Allow-Origin as well", origin=errors.origin)
        return unknown(say("{said}: what it permits is not known", said=said))
    if errors.broken is None:
        return unknown("a route that raises, added to the app, was not answered at all")
    if errors.broken.status < FAILED:
        return unknown(say("a route that raises, added to the app, was answered {status}", status=errors.broken.status))
    if errors.broken.allowed in {"*", errors.origin}:
        return passed(
            say("a 500 to {origin} carries Access-Control-Allow-Origin", origin=errors.origin),
            every(1, "internal error"),
        )
    status = errors.broken.status
    note = say(
        "a {status} to {origin}, which is permitted, lacks Access-Control-Allow-Origin",
        status=status,
        origin=errors.origin,
    )
    again = [f"curl -i \"$BASE/…\" -H 'Origin: {errors.origin}'  # of an operation that fails"]
    return failed(note, at=[named(errors.app, note)], again=again)


@check("SC071", step="4.1")
def permitted_pages_may_send(errors: BrowserErrors) -> Verdict:
    """A page of a permitted origin may send what the service takes.

    Before a DELETE, a PATCH, a JSON body or an Authorization header a browser asks whether it may. CORSMiddleware says
    yes to GET, and to no header of a sign-in, unless it is told more: then only programs can use the operation, and
    the first to see it are users.
    Fix: name what the service takes: `CORSMiddleware(allow_origins=[…], allow_methods=["GET", "POST", "PATCH",
    "DELETE"], allow_headers=["Authorization", "Content-Type"])`; with a sign-in by cookie `allow_credentials=True`.
    """
    if errors.well is None or errors.well.allowed not in {"*", errors.origin}:
        return unknown(
            say(
                "a working answer to {origin} lacks Access-Control-Allow-Origin: what it permits?", origin=errors.origin
            )
        )
    wanted = [one for one in errors.preflights if not _only_read(errors) or one.method in READS]
    if errors.origin not in errors.origins and errors.told is None:
        wanted = []  # open to any page, and told nothing more: what is public may be read
    if not errors.operations:
        return unknown("the contract names no operation, so what a page would ask about is not known")
    if not wanted:
        none = say("no page of another origin is meant to send anything that a browser asks about")
        looked = say(
            "what CORSMiddleware permits, and the {operations} of the contract",
            operations=plural(errors.operations, "operation"),
        )
        return not_applicable(none, looked=looked)
    answered = [one for one in wanted if one.status]
    refused = [(one, lacking) for one in answered if (lacking := _lacking(one, errors.origin))]
    if not refused:
        said = say("a page of {origin} may send each request that it has to ask about", origin=errors.origin)
        return passed(said, share(len(answered), len(wanted), "operation asked about beforehand"))
    places = [
        at_endpoint(one.endpoint, say("not permitted: {lacking}", lacking=together(lacking)))
        for one, lacking in refused
    ]
    names = listed(dict.fromkeys(name for _, lacking in refused for name in lacking))
    number = plural(len(refused), "operation")
    message = say(
        "a page of {origin}, which is permitted, can't use {number}: {names} not permitted",
        origin=errors.origin,
        number=number,
        names=names,
    )
    return failed(message, at=places, again=[_question(refused[0][0], errors.origin)])


def _only_read(errors: BrowserErrors) -> bool:
    """Somebody wrote down that pages read and do nothing else."""
    return errors.told is not None and {one.upper() for one in errors.told} <= READS


def _lacking(one: Preflight, origin: str) -> tuple[str, ...]:
    return one.lacking if one.origin in {"*", origin} or one.lacking else (say("the origin"),)


def _question(one: Preflight, origin: str) -> str:
    asked = f"-H 'Access-Control-Request-Method: {one.method}'"
    headers = f" -H 'Access-Control-Request-Headers: {','.join(one.headers)}'" if one.headers else ""
    return f"curl -i -X OPTIONS \"$BASE{one.endpoint.partition(' ')[2]}\" -H 'Origin: {origin}' {asked}{headers}"


@check("SC049", step="4.2")
def numbers_are_not_rounded(numbers: WideNumbers) -> Verdict:
    """No answer holds a whole number that JavaScript rounds.

    Beyond 2^53 - 1 a browser reads another number than was sent: the next request names an id that does not exist, or
    somebody else's.
    Fix: answer such ids as texts (`Annotated[int, PlainSerializer(str)]`, with `type: string` in the contract), or take
    ids that stay below 2^53.
    """
    if numbers.wide:
        places = [
            at_endpoint(one.endpoint, say("{field} is {value}, above 2^53", field=one.field, value=one.value))
            for one in numbers.wide
        ]
        fields = listed(
            dict.fromkeys(say("{field} of {endpoint}", field=one.field, endpoint=one.endpoint) for one in numbers.wide),
            3,
        )
        many = plural(len(numbers.wide), "number")
        return failed(
            say("{many} above 2^53: {fields}", many=many, fields=fields), at=places, again=[numbers.wide[0].curl]
        )
    if not numbers.read:
        return unknown("no operation answered with a success, so no number was seen")
    left = [say("{endpoint} ({why})", endpoint=endpoint, why=why[:60]) for endpoint, why in numbers.refused]
    not_answered = say("; refused each time: {left}", left=listed(left, 3, "; ")) if left else ""
    return passed(
        say("none above 2^53{not_answered}", not_answered=not_answered),
        share(len(numbers.read), len(numbers.operations), "operation"),
    )
