"""Security: what does a browser make of the answers? Errors that its pages may read, numbers that it does not round."""

from runner.evidence.access.browser_errors import BrowserErrors
from runner.evidence.behaviour.wide_numbers import WideNumbers
from runner.model import Verdict, at_endpoint, check, every, failed, named, passed, share, unknown
from runner.words import listed, plural

FAILED = 500


@check("SC048", step="4.1")
def errors_reach_permitted_pages(errors: BrowserErrors) -> Verdict:
    """A page of a permitted origin can read an internal error.

    Where CORSMiddleware stands inside of what answers 500, that answer lacks Access-Control-Allow-Origin: the browser
    shows a CORS error instead, the page can't tell a broken service from a forbidden one, and nobody finds the cause.
    Fix: add CORSMiddleware last, so that it stands outside of whatever answers for a failed request; where FastAPI
    itself answers (`ServerErrorMiddleware`), wrap the app: `app = CORSMiddleware(app, allow_origins=[…])`.
    """
    if errors.well is None or errors.well.status >= FAILED:
        return unknown(f"a route that works, added to {errors.app}, was not answered: its middleware failed first")
    if errors.well.allowed not in {"*", errors.origin}:
        said = f"a working answer to {errors.origin} lacks Access-Control-Allow-Origin as well"
        return unknown(f"{said}: what it permits is not known")
    if errors.broken is None:
        return unknown("a route that raises, added to the app, was not answered at all")
    if errors.broken.status < FAILED:
        return unknown(f"a route that raises, added to the app, was answered {errors.broken.status}")
    if errors.broken.allowed in {"*", errors.origin}:
        return passed(f"a 500 to {errors.origin} carries Access-Control-Allow-Origin", every(1, "internal error"))
    status = errors.broken.status
    note = f"a {status} to {errors.origin}, which is permitted, lacks Access-Control-Allow-Origin"
    again = [f"curl -i \"$BASE/…\" -H 'Origin: {errors.origin}'  # of an operation that fails"]
    return failed(note, at=[named(errors.app, note)], again=again)


@check("SC049", step="4.2")
def numbers_are_not_rounded(numbers: WideNumbers) -> Verdict:
    """No answer holds a whole number that JavaScript rounds.

    Beyond 2^53 - 1 a browser reads another number than was sent: the next request names an id that does not exist, or
    somebody else's.
    Fix: answer such ids as texts (`Annotated[int, PlainSerializer(str)]`, with `type: string` in the contract), or take
    ids that stay below 2^53.
    """
    if numbers.wide:
        places = [at_endpoint(one.endpoint, f"{one.field} is {one.value}, above 2^53") for one in numbers.wide]
        fields = listed(dict.fromkeys(f"{one.field} of {one.endpoint}" for one in numbers.wide), 3)
        many = plural(len(numbers.wide), "number")
        return failed(f"{many} above 2^53: {fields}", at=places, again=[numbers.wide[0].curl])
    if not numbers.read:
        return unknown("no operation answered with a success, so no number was seen")
    return passed("none above 2^53", share(len(numbers.read), len(numbers.operations), "operation"))
