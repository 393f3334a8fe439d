"""Security: what does the service show and allow under its production settings?"""

import re
from collections.abc import Iterator, Mapping, Set

from runner.errors import Thing
from runner.evidence.access.hardening import STRANGER, Hardening, Reply
from runner.model import (
    Share,
    Verdict,
    at_endpoint,
    check,
    every,
    failed,
    in_file,
    not_applicable,
    passed,
    share,
    unknown,
)
from runner.said import say, together
from runner.words import plural

SUCCESS, UNKNOWN_CALLER, FAILED = range(200, 300), 401, 500
DEAD = say("under production settings no operation answered with a success, so what is closed can't be told")
ANYBODY = frozenset({"*", "http:", "https:", "http://*", "https://*"})  # sources of a policy
FORBIDS = frozenset({"private", "no-store", "no-cache"})
# What each header says to let a shared cache keep the answer to a request with Authorization.
KEEPS = {
    "cache-control": frozenset({"public", "s-maxage", "must-revalidate"}),
    "cdn-cache-control": frozenset({"public", "max-age", "s-maxage", "must-revalidate"}),
    "surrogate-control": frozenset({"max-age"}),
}
SCHEME = re.compile(r"\s*[A-Za-z][\w.~+-]*(?:\s|,|$)")


@check("SC041", step="4.1")
def documents_are_closed(hardening: Hardening) -> Verdict:
    """The interactive documentation is closed in production.

    It hands strangers the complete map of the service, internal operations included, with a button to try each.
    Fix: `FastAPI(docs_url=None, redoc_url=None, openapi_url=None)` when the settings say production, and name those
    settings in gonogo.toml, [production]; or put the pages behind the sign-in.
    """
    if not hardening.documents:
        asked = share(hardening.documents_answered, hardening.documents_tried, "path")
        return passed("none shows a contract or its pages", asked) if _lives(hardening) else unknown(DEAD)
    names = together(hardening.documents)
    if not hardening.declared and hardening.always is None:
        return unknown(
            say(
                "{names} can be read, but nobody said how production differs: add [production] to gonogo.toml",
                names=names,
            )
        )
    places = [at_endpoint(f"GET {path}", "open to strangers") for path in hardening.documents]
    again = [f'curl -i "$BASE{path}"' for path in hardening.documents]
    if not hardening.declared and hardening.always:
        path, line = hardening.always
        note = say("no setting closes the pages of this app")
        return failed(
            say("open to strangers under any settings: {names}", names=names),
            at=[in_file(path, line, note), *places],
            again=again,
        )
    return failed(say("open to strangers under production settings: {names}", names=names), at=places, again=again)


@check("SC042", step="4.1")
def headers_protect(hardening: Hardening) -> Verdict:
    """Every answer forbids sniffing and framing.

    Without `nosniff` a browser may run a stored text as a script; without a framing rule another site shows the service
    in an invisible frame and collects the clicks.
    Fix: one middleware that adds `X-Content-Type-Options: nosniff` and `X-Frame-Options: DENY` (or
    `Content-Security-Policy: frame-ancestors 'none'`) to every answer, errors included.
    """
    lacking = [(reply, missing) for reply in hardening.replies if (missing := _missing(reply))]
    if lacking and all(reply.status >= FAILED for reply in hardening.replies):
        return unknown(
            say(
                "under production settings each of {replies} was an error of the service's own ({status}): what it "
                "needs there is missing here, and what its answers carry was not seen",
                replies=plural(len(hardening.replies), "answer"),
                status=lacking[0][0].status,
            )
        )
    if not lacking:
        said = say(
            "all {replies} answers, errors among them, carry nosniff and a framing rule", replies=len(hardening.replies)
        )
        return passed(said, _of_all(hardening, {reply.endpoint for reply in hardening.replies}))
    places = [
        at_endpoint(r.endpoint, say("{status} without {missing}", status=r.status, missing=together(missing)))
        for r, missing in lacking
    ]
    names = together(sorted({name for _, missing in lacking for name in missing}))
    message = say(
        "{lacking} of {replies} answers lack {names}", lacking=len(lacking), replies=len(hardening.replies), names=names
    )
    return failed(message, at=places, again=[lacking[0][0].curl])


def _missing(reply: Reply) -> list[str]:
    framing = _framing(reply.headers.get("content-security-policy", ""), reply.headers.get("x-frame-options", ""))
    sniffing = reply.headers.get("x-content-type-options", "").strip().lower() == "nosniff"
    return [*([] if sniffing else ["X-Content-Type-Options"]), *([] if framing else ["X-Frame-Options"])]


def _framing(policy: str, options: str) -> bool:
    """Does a browser refuse to show it inside of just any page? Where a policy names ancestors, it alone decides."""
    for directive in policy.replace(",", ";").split(";"):
        name, *sources = directive.lower().split() or [""]
        if name == "frame-ancestors":
            return not any(one in ANYBODY for one in sources)
    said = {word.strip().lower() for word in options.split(",")}
    return len(said) == 1 and said <= {"deny", "sameorigin"}


@check("SC043", step="4.1")
def strange_origins_get_nothing(hardening: Hardening) -> Verdict:
    """No other site may use a visitor's sign-in.

    Where every origin is allowed with credentials, any page can read and change a signed-in user's data.
    Fix: name the origins in `CORSMiddleware(allow_origins=[…])`; never `*`, a mirror of the request or `null` together
    with `allow_credentials=True`.
    """
    if not hardening.operations:
        looked = say("the contract and the routes of the app")
        return not_applicable("there is no operation to ask", looked=looked, absent=Thing.OPERATIONS)
    wrong = [one for one in hardening.origins if one.credentials and one.allowed in {"*", one.origin}]
    if not wrong:
        lost = {one.endpoint for one in hardening.origins if one.status == 0 or one.status >= FAILED}
        answered = {one.endpoint for one in hardening.origins} - lost
        return passed(
            say("{stranger} and null are not allowed with credentials", stranger=STRANGER), _of_all(hardening, answered)
        )
    first = next((one for one in wrong if one.origin == STRANGER), wrong[0])
    places = [
        at_endpoint(
            o.endpoint, say("Origin {origin}: allowed {allowed}, with credentials", origin=o.origin, allowed=o.allowed)
        )
        for o in wrong
    ]
    return failed(
        say("pages of {origin} may call it with credentials", origin=first.origin), at=places, again=[first.curl]
    )


@check("SC044", step="4.1")
def cookies_are_guarded(hardening: Hardening) -> Verdict:
    """Cookies of a sign-in are Secure, HttpOnly and SameSite.

    Without them the session travels in clear, is read by any injected script, or is sent along by other sites' forms.
    Fix: `response.set_cookie(…, secure=True, httponly=True, samesite="lax")` under production settings.
    """
    if hardening.problem:
        return unknown(say("nobody could sign in under production settings: {problem}", problem=hardening.problem))
    if not hardening.cookies and hardening.by_cookie:
        return unknown("callers bring a cookie, and the answer to a sign-in set none that could be looked at")
    if not hardening.cookies:
        looked = (
            say("the answer to a sign-in")
            if hardening.signed_in
            else say("the contract, which names no way to sign in")
        )
        absent = None if hardening.signed_in else Thing.CALLERS
        return not_applicable(
            "no sign-in sets a cookie", looked=say("{looked}, under production settings", looked=looked), absent=absent
        )
    bare = [cookie for cookie in hardening.cookies if cookie.missing]
    if not bare:
        return passed("all three flags stand on each", every(len(hardening.cookies), "cookie"))
    places = [
        at_endpoint(cookie.endpoint, say("{name} lacks {missing}", name=cookie.name, missing=together(cookie.missing)))
        for cookie in bare
    ]
    message = say("cookie {name} lacks {missing}", name=bare[0].name, missing=together(bare[0].missing))
    return failed(message, at=places, again=[f"{bare[0].curl} | grep -i '^set-cookie'"] if bare[0].curl else [])


@check("SC045", step="4.1")
def private_answers_stay_private(hardening: Hardening) -> Verdict:
    """No cache may keep what only a signed-in caller may see.

    An answer marked `public` is kept by proxies, and handed to whoever asks next.
    Fix: `Cache-Control: no-store` (or `private`) on every answer to a signed-in caller.
    """
    private = [r for r in hardening.replies if r.kind == "signed in" and r.status in SUCCESS]
    if not private:
        none = not_applicable(
            "no answer needs a sign-in", looked="the answers under production settings", absent=Thing.CALLERS
        )
        refused = [r for r in hardening.replies if r.kind == "signed in"]
        lost = (
            say(
                "{endpoint} answers a signed-in caller {status}", endpoint=refused[0].endpoint, status=refused[0].status
            )
            if refused
            else ""
        )
        return unknown(hardening.problem or lost) if hardening.problem or lost else none
    shared = [(r, why) for r in private if (why := _shared(r.headers, by_cookie=hardening.by_cookie))]
    if not shared:
        answered = {r.endpoint for r in private}
        reads = {one for one in hardening.secured if one.startswith("GET ")} | answered
        said = say("no answer to a signed-in caller may be kept by shared caches")
        return passed(said, share(len(answered), len(reads), "protected GET"))
    places = [at_endpoint(r.endpoint, why) for r, why in shared]
    first = shared[0][0].endpoint
    message = say(
        "{answers} to signed-in callers may be kept by shared caches: {first}",
        answers=plural(len(shared), "answer"),
        first=first,
    )
    return failed(message, at=places, again=[r.curl for r, _ in shared])


def _shared(headers: Mapping[str, str], *, by_cookie: bool) -> str:
    """What lets a shared cache keep an answer (RFC 9111, 3.5; RFC 9213); empty where nothing does.

    An answer to a request without Authorization, where a cookie says who asks, may be kept unless that is forbidden.
    """
    for name, keeps in KEEPS.items():
        words = _directives(headers.get(name, ""))
        if words & keeps and not words & FORBIDS:
            return say("{title}: {headers}", title=name.title(), headers=headers[name])
    free = by_cookie and not _directives(headers.get("cache-control", "")) & FORBIDS
    return say("a cookie says who asks, and no Cache-Control forbids to keep the answer") if free else ""


def _directives(value: str) -> set[str]:
    return {part.strip().partition("=")[0].lower() for part in value.split(",")}


@check("SC046", step="4.2")
def failures_tell_nothing(hardening: Hardening) -> Verdict:
    """Without its database the service tells nothing about it.

    The error of a lost connection names host, database, user and driver: a map for whoever looks.
    Fix: one exception handler that answers a fixed text with 503 (or 500), under production settings at least.
    """
    telling = [shown for shown in hardening.without_database if shown.text]
    needing = [shown for shown in hardening.without_database if shown.status not in SUCCESS]
    if not hardening.without_database:
        return unknown("no operation answered once the database was gone")
    if not needing:
        looked = say(
            "the answers of {operations} without one", operations=plural(len(hardening.without_database), "operation")
        )
        return not_applicable("no operation needs a database", looked=looked, absent=Thing.DATABASE)
    if not telling:
        broke = sum(shown.status >= FAILED for shown in needing)
        said = say("no answer shows anything of the database that is gone")
        return passed(said, share(broke, len(needing), "operation that needs it"))
    places = [
        at_endpoint(shown.endpoint, say("{status} shows `{text}`", status=shown.status, text=shown.text[:80]))
        for shown in telling
    ]
    found = say("{endpoint} shows `{text}`", endpoint=telling[0].endpoint, text=telling[0].text[:80])
    again = [f"curl -i $BASE{one.endpoint.removeprefix('GET ')}  # with the database stopped" for one in telling[:3]]
    return failed(
        say("{answers} without a database show insides: {found}", answers=plural(len(telling), "answer"), found=found),
        at=places,
        again=again,
    )


@check("SC047", step="4.1")
def refusals_say_how(hardening: Hardening) -> Verdict:
    """A 401 says how to sign in.

    RFC 9110 requires `WWW-Authenticate` with 401; clients and gateways that rely on it give up without it.
    Fix: `HTTPException(401, …, headers={"WWW-Authenticate": "Bearer"})`.
    """
    refused = [reply for reply in hardening.replies if reply.status == UNKNOWN_CALLER]
    if not hardening.bearer and hardening.problem:
        return unknown(
            say("nobody could sign in, so it is not known how callers do: {problem}", problem=hardening.problem)
        )
    if not hardening.bearer or not refused:
        none = say("no 401 to a caller who should have brought an Authorization header")
        looked = say("{answers} under production settings", answers=plural(len(hardening.replies), "answer"))
        return not_applicable(none, looked=looked, absent=Thing.CALLERS if hardening.bearer else None)
    silent = [reply for reply in refused if not SCHEME.match(reply.headers.get("www-authenticate", ""))]
    if not silent:
        said = say("each of {answers} of 401 names the way to sign in", answers=plural(len(refused), "answer"))
        return passed(said, *_refusals(hardening, {reply.endpoint for reply in refused}))
    places = [at_endpoint(reply.endpoint, "401 without WWW-Authenticate") for reply in silent]
    return failed(
        say("{silent} of {refused} refusals lack WWW-Authenticate", silent=len(silent), refused=len(refused)),
        at=places,
        again=[silent[0].curl],
    )


def _refusals(hardening: Hardening, endpoints: Set[str]) -> Iterator[Share]:
    """These of the protected operations, but for those that were seen to refuse a stranger in another way."""
    strangers = {r.endpoint for r in hardening.replies if r.kind == "refused" and r.status < FAILED}
    there = hardening.secured - (strangers - endpoints)
    yield (
        share(len(endpoints & there), len(there), "protected operation") if there else every(len(endpoints), "refusal")
    )


def _of_all(hardening: Hardening, endpoints: Set[str]) -> Share:
    """These of all operations that the app serves, whether its contract names them or not."""
    return share(len(endpoints & hardening.operations), len(hardening.operations), "operation")


def _lives(hardening: Hardening) -> bool:
    """Where nothing is answered well, that a page is not shown says nothing."""
    return any(reply.status in SUCCESS for reply in hardening.replies)
