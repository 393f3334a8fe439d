"""Security: what does the service show and allow under its production settings?"""

from runner.errors import Thing
from runner.evidence.hardening import STRANGER, Hardening, Reply
from runner.model import Verdict, at_endpoint, check, every, failed, in_file, not_applicable, passed, share, unknown
from runner.words import plural


@check("SC041", step="4.1")
def documents_are_closed(hardening: Hardening) -> Verdict:
    """The interactive documentation is closed in production.

    It hands strangers the complete map of the service, internal operations included, with a button to try each.
    Fix: `FastAPI(docs_url=None, redoc_url=None, openapi_url=None)` when the settings say production, and name those
    settings in gonogo.toml, [production]; or put the pages behind the sign-in.
    """
    if not hardening.documents:
        return passed("none shows a contract or its pages", every(hardening.documents_tried, "usual path"))
    names = ", ".join(hardening.documents)
    if not hardening.declared and hardening.always is None:
        return unknown(f"{names} can be read, but nobody said how production differs: add [production] to gonogo.toml")
    places = [at_endpoint(f"GET {path}", "open to strangers") for path in hardening.documents]
    again = [f'curl -i "$BASE{path}"' for path in hardening.documents]
    if not hardening.declared and hardening.always:
        path, line = hardening.always
        note = "no setting closes the pages of this app"
        return failed(
            f"open to strangers under any settings: {names}", at=[in_file(path, line, note), *places], again=again
        )
    return failed(f"open to strangers under production settings: {names}", at=places, again=again)


@check("SC042", step="4.1")
def headers_protect(hardening: Hardening) -> Verdict:
    """Every answer forbids sniffing and framing.

    Without `nosniff` a browser may run a stored text as a script; without a framing rule another site shows the service
    in an invisible frame and collects the clicks.
    Fix: one middleware that adds `X-Content-Type-Options: nosniff` and `X-Frame-Options: DENY` (or
    `Content-Security-Policy: frame-ancestors 'none'`) to every answer, errors included.
    """
    lacking = [(reply, missing) for reply in hardening.replies if (missing := _missing(reply))]
    if not lacking:
        said = "all, errors among them, carry nosniff and a framing rule"
        return passed(said, every(len(hardening.replies), "answer"))
    places = [at_endpoint(r.endpoint, f"{r.status} without {', '.join(missing)}") for r, missing in lacking]
    names = ", ".join(sorted({name for _, missing in lacking for name in missing}))
    message = f"{len(lacking)} of {len(hardening.replies)} answers lack {names}"
    return failed(message, at=places, again=[lacking[0][0].curl])


def _missing(reply: Reply) -> list[str]:
    policy = reply.headers.get("content-security-policy", "")
    framing = "x-frame-options" in reply.headers or "frame-ancestors" in policy
    sniffing = reply.headers.get("x-content-type-options", "").lower() == "nosniff"
    return [*([] if sniffing else ["X-Content-Type-Options"]), *([] if framing else ["X-Frame-Options"])]


@check("SC043", step="4.1")
def strange_origins_get_nothing(hardening: Hardening) -> Verdict:
    """No other site may use a visitor's sign-in.

    Where every origin is allowed with credentials, any page that a signed-in user opens reads and changes her data.
    Fix: name the origins in `CORSMiddleware(allow_origins=[…])`; never `*`, a mirror of the request or `null` together
    with `allow_credentials=True`.
    """
    if not hardening.origins:
        return not_applicable(
            "no GET without an id to ask", looked="the operations of the contract", absent=Thing.OPERATIONS
        )
    wrong = [one for one in hardening.origins if one.credentials and one.allowed in {"*", one.origin}]
    if not wrong:
        return passed(f"{STRANGER} and null are not allowed with credentials", every(len(hardening.origins), "answer"))
    places = [at_endpoint(o.endpoint, f"Origin {o.origin}: allowed {o.allowed}, with credentials") for o in wrong]
    return failed(f"pages of {wrong[0].origin} may call it with credentials", at=places, again=[wrong[0].curl])


@check("SC044", step="4.1")
def cookies_are_guarded(hardening: Hardening) -> Verdict:
    """Cookies of a sign-in are Secure, HttpOnly and SameSite.

    Without them the session travels in clear, is read by any injected script, or is sent along by other sites' forms.
    Fix: `response.set_cookie(…, secure=True, httponly=True, samesite="lax")` under production settings.
    """
    if hardening.trouble:
        return unknown(f"nobody could sign in under production settings: {hardening.trouble}")
    if not hardening.cookies:
        return not_applicable("no sign-in sets a cookie", looked="the answer to a sign-in under production settings")
    bare = [cookie for cookie in hardening.cookies if cookie.missing]
    if not bare:
        return passed("all three flags stand on each", every(len(hardening.cookies), "cookie"))
    places = [at_endpoint(cookie.endpoint, f"{cookie.name} lacks {', '.join(cookie.missing)}") for cookie in bare]
    message = f"cookie {bare[0].name} lacks {', '.join(bare[0].missing)}"
    return failed(message, at=places, again=[f"{bare[0].curl} | grep -i '^set-cookie'"] if bare[0].curl else [])


@check("SC045", step="4.1")
def private_answers_stay_private(hardening: Hardening) -> Verdict:
    """No cache may keep what only a signed-in caller may see.

    An answer marked `public` is kept by proxies, and handed to whoever asks next.
    Fix: `Cache-Control: no-store` (or `private`) on every answer to a signed-in caller.
    """
    private = [r for r in hardening.replies if r.kind == "signed in" and r.status // 100 == 2]  # noqa: PLR2004
    if not private:
        none = not_applicable(
            "no answer needs a sign-in", looked="the answers under production settings", absent=Thing.CALLERS
        )
        refused = [r for r in hardening.replies if r.kind == "signed in"]
        lost = f"{refused[0].endpoint} answers a signed-in caller {refused[0].status}" if refused else ""
        return unknown(hardening.trouble or lost) if hardening.trouble or lost else none
    shared = [r for r in private if _shared(r.headers.get("cache-control", ""))]
    if not shared:
        asked = sum(r.kind == "signed in" for r in hardening.replies)
        return passed("none is marked for shared caches", share(len(private), asked, "answer to a signed-in caller"))
    places = [at_endpoint(r.endpoint, f"Cache-Control: {r.headers['cache-control']}") for r in shared]
    message = f"{plural(len(shared), 'answer')} to signed-in callers may be kept by shared caches: {shared[0].endpoint}"
    return failed(message, at=places, again=[r.curl for r in shared])


def _shared(value: str) -> bool:
    words = {part.strip().partition("=")[0].lower() for part in value.split(",")}
    return bool(words & {"public", "s-maxage"}) and not words & {"private", "no-store"}


@check("SC046", step="4.2")
def failures_tell_nothing(hardening: Hardening) -> Verdict:
    """Without its database the service tells nothing about it.

    The error of a lost connection names host, database, user and driver: a map for whoever looks.
    Fix: one exception handler that answers a fixed text with 503 (or 500), under production settings at least.
    """
    telling = [shown for shown in hardening.without_database if shown.text]
    if not hardening.without_database:
        return unknown("no GET without an id answered once the database was gone")
    if not telling:
        said = "none shows anything of the database that is gone"
        return passed(said, every(len(hardening.without_database), "answer"))
    places = [at_endpoint(shown.endpoint, f"{shown.status} shows `{shown.text[:80]}`") for shown in telling]
    found = f"{telling[0].endpoint} shows `{telling[0].text[:80]}`"
    again = [f"curl -i $BASE{one.endpoint.removeprefix('GET ')}  # with the database stopped" for one in telling[:3]]
    return failed(f"{plural(len(telling), 'answer')} without a database show insides: {found}", at=places, again=again)


@check("SC047", step="4.1")
def refusals_say_how(hardening: Hardening) -> Verdict:
    """A 401 says how to sign in.

    RFC 9110 requires `WWW-Authenticate` with 401; clients and gateways that rely on it give up without it.
    Fix: `HTTPException(401, …, headers={"WWW-Authenticate": "Bearer"})`.
    """
    refused = [reply for reply in hardening.replies if reply.status == 401]  # noqa: PLR2004
    if not hardening.bearer or not refused:
        none = "no 401 to a caller who should have brought an Authorization header"
        looked = f"{plural(len(hardening.replies), 'answer')} under production settings"
        return not_applicable(none, looked=looked, absent=Thing.CALLERS if hardening.bearer else None)
    silent = [reply for reply in refused if "www-authenticate" not in reply.headers]
    if not silent:
        return passed("each names the way to sign in", every(len(refused), "refusal"))
    places = [at_endpoint(reply.endpoint, "401 without WWW-Authenticate") for reply in silent]
    return failed(f"{len(silent)} of {len(refused)} refusals lack WWW-Authenticate", at=places, again=[silent[0].curl])
