"""Do the hardening checks judge what production shows rightly? Evidence by hand."""

import ast

import httpx
import pytest

from runner.evidence.access.hardening import Cookie, Hardening, Look, Origin, Reply, Shown, _cookie
from runner.evidence.access.open_pages import always_open, page_paths
from runner.evidence.code.code_names import Code, Module
from runner.http.identities import NOBODY, Identity
from runner.http.requests import Requests
from runner.model import Outcome, Verdict
from stages.security import checks_hardening as checks

GOOD = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "cache-control": "no-store"}
ME = "GET /users/me"


def reply(kind: str = "signed in", status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(kind=kind, endpoint=ME, status=status, headers={**GOOD, **named}, curl="curl x")


def hardening(**changes: object) -> Hardening:
    usual: dict[str, object] = {
        "declared": True,
        "documents": (),
        "documents_tried": 24,
        "documents_answered": 24,
        "operations": frozenset({ME}),
        "secured": frozenset({ME}),
        "replies": (reply(), reply("refused", 401, www_authenticate="Bearer")),
        "origins": (Origin(endpoint=ME, origin="null", allowed="", credentials=False),),
        "cookies": (Cookie(name="sid", endpoint="POST /login", missing=()),),
        "bearer": True,
        "without_database": (Shown(endpoint=ME, status=503),),
    }
    return Hardening(**{**usual, **changes})  # type: ignore[arg-type]


def said(verdict: Verdict) -> str:
    assert verdict.outcome is Outcome.PASSED, verdict.message
    return ", ".join(map(str, verdict.shares))


def test_sc041_passes_when_nothing_is_shown() -> None:
    assert said(checks.documents_are_closed(hardening())) == "24 of 24 paths"


def test_sc041_names_the_open_pages() -> None:
    verdict = checks.documents_are_closed(hardening(documents=("/docs", "/openapi.json")))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "open to strangers under production settings: /docs, /openapi.json"


def test_sc041_does_not_know_undeclared_production_settings() -> None:
    verdict = checks.documents_are_closed(hardening(documents=("/docs",), declared=False))
    assert verdict.outcome is Outcome.UNKNOWN


def test_sc041_names_an_app_whose_pages_no_setting_closes() -> None:
    verdict = checks.documents_are_closed(hardening(documents=("/docs",), declared=False, always=("app/main.py", 7)))
    assert verdict.message == "open to strangers under any settings: /docs"
    assert str(verdict.places[0]) == "app/main.py:7"


@pytest.mark.parametrize(
    ("made", "is_open"),
    [
        ("FastAPI()", True),
        ("fastapi.FastAPI(openapi_url=f'{settings.API}/openapi.json', docs_url='/')", True),
        ("FastAPI(docs_url=f'{root}/docs', redoc_url=None)", True),
        ("FastAPI(docs_url=None)", False),
        ("FastAPI(docs_url='/docs' if settings.debug else None)", False),
        ("FastAPI(openapi_url=settings.openapi_url)", False),
        ("FastAPI(**settings.fastapi)", False),
        ("FastAPI() if settings.debug else FastAPI(openapi_url=None)", False),
        ("make()", False),
    ],
)
def test_it_is_seen_whether_a_setting_can_close_the_pages(made: str, is_open: bool) -> None:  # noqa: FBT001
    source = f"import fastapi\nfrom fastapi import FastAPI\napp = {made}\n"
    code = Code(modules=(Module(name="app.main", path="app/main.py", tree=ast.parse(source)),))
    assert (always_open(code) is not None) is is_open


def test_pages_are_looked_for_where_the_code_puts_them() -> None:
    source = "from fastapi import FastAPI\napp = FastAPI(redoc_url='/reference', docs_url=None if LIVE else '/try')\n"
    code = Code(modules=(Module(name="app.main", path="app/main.py", tree=ast.parse(source)),))
    assert {"/reference", "/try", "/docs"} <= set(page_paths(code))


def test_an_answer_about_one_thing_is_looked_at_too() -> None:
    """The account that a path names is asked for as its owner."""
    document: dict[str, object] = {
        "paths": {"/users/{user_id}": {"get": {"security": [{"bearer": []}], "responses": {}}}}
    }

    def answer(request: httpx.Request) -> httpx.Response:
        own = request.url.path == "/users/7" and request.headers["authorization"] == "Bearer t"
        return httpx.Response(200 if own else 404, headers={"cache-control": "public, max-age=60"})

    owner = Identity(role="reader", user_id=7, headers={"Authorization": "Bearer t"})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    seen = tuple(Look(Requests(document), client, [owner], (), "").replies())
    verdict = checks.private_answers_stay_private(hardening(replies=seen))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].endpoint == "GET /users/{user_id}"


def test_pages_are_looked_for_at_the_root_as_well() -> None:
    pages = {"/": "<script src=swagger-ui-bundle.js>", "/api/": "see our Swagger", "/openapi.json": '{"paths": {}}'}

    def answer(request: httpx.Request) -> httpx.Response:
        text = pages.get(request.url.path)
        kind = "application/json" if request.url.path.endswith("json") else "text/html"
        return httpx.Response(200 if text else 404, text=text or "", headers={"content-type": kind})

    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    look = Look(Requests({"paths": {}}), client, [NOBODY], (), "")
    assert list(look.documents(page_paths(Code(modules=())))) == ["/openapi.json", "/"]


def test_sc042_passes_with_a_policy_instead_of_frame_options() -> None:
    policy = reply(content_security_policy="default-src 'none'; frame-ancestors 'none'")
    assert said(checks.headers_protect(hardening(replies=(policy,)))) == "1 of 1 operation"


def test_sc042_names_the_answers_that_lack_a_header() -> None:
    bare = Reply(kind="missing", endpoint="GET /no", status=404, headers={"x-frame-options": "DENY"})
    verdict = checks.headers_protect(hardening(replies=(reply(), bare)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 of 2 answers lack X-Content-Type-Options"
    assert verdict.places[0].note == "404 without X-Content-Type-Options"


def test_sc042_says_nothing_of_a_service_that_only_fails_in_production() -> None:
    """Behind a failure of its own the server answers, past each middleware."""
    bare = [Reply(kind="signed in", endpoint=f"GET /{n}", status=500, headers={}) for n in range(3)]
    verdict = checks.headers_protect(hardening(replies=tuple(bare)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "each of 3 answers was an error of the service's own (500)" in verdict.message
    assert checks.headers_protect(hardening(replies=(*bare, reply()))).outcome is Outcome.FAILED


def test_sc043_passes_for_a_star_without_credentials() -> None:
    star = Origin(endpoint=ME, origin="null", allowed="*", credentials=False)
    assert said(checks.strange_origins_get_nothing(hardening(origins=(star,)))) == "1 of 1 operation"


def test_sc043_names_the_mirrored_origin() -> None:
    mirror = Origin(
        endpoint=ME, origin="https://attacker.example", allowed="https://attacker.example", credentials=True
    )
    verdict = checks.strange_origins_get_nothing(hardening(origins=(mirror,)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "pages of https://attacker.example may call it with credentials"


def test_sc044_passes_for_guarded_cookies_and_without_any() -> None:
    assert said(checks.cookies_are_guarded(hardening())) == "1 of 1 cookie"
    assert checks.cookies_are_guarded(hardening()).message == "all three flags stand on each"
    assert checks.cookies_are_guarded(hardening(cookies=())).outcome is Outcome.NOT_APPLICABLE


def test_sc044_names_the_missing_flag() -> None:
    bare = Cookie(name="sid", endpoint="POST /login", missing=("Secure",))
    verdict = checks.cookies_are_guarded(hardening(cookies=(bare,)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "cookie sid lacks Secure"


def test_sc044_does_not_know_when_nobody_signed_in() -> None:
    assert checks.cookies_are_guarded(hardening(cookies=(), problem="429")).outcome is Outcome.UNKNOWN


def test_sc045_passes_when_no_shared_cache_may_keep_it() -> None:
    assert said(checks.private_answers_stay_private(hardening())) == "1 of 1 protected GET"


def test_sc045_names_the_public_answer() -> None:
    verdict = checks.private_answers_stay_private(hardening(replies=(reply(cache_control="public, max-age=60"),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].note == "Cache-Control: public, max-age=60"


def test_sc046_passes_when_nothing_is_told() -> None:
    assert said(checks.failures_tell_nothing(hardening())) == "1 of 1 operation that needs it"


def test_sc046_names_what_is_shown() -> None:
    shown = Shown(endpoint=ME, status=500, text="psycopg")
    verdict = checks.failures_tell_nothing(hardening(without_database=(shown,)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"1 answer without a database show insides: {ME} shows `psycopg`"


def test_sc047_passes_when_a_401_names_the_way() -> None:
    assert said(checks.refusals_say_how(hardening())) == "1 of 1 protected operation"


def test_sc047_names_the_silent_refusal() -> None:
    verdict = checks.refusals_say_how(hardening(replies=(reply("refused", 401),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 of 1 refusals lack WWW-Authenticate"


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("sid=1; Secure; HttpOnly; SameSite=Lax", ()),
        ("sid=1; Path=/; secure; httponly; samesite=strict", ()),
        ("sid=1; Secure; HttpOnly; SameSite=None", ("a SameSite other than None",)),
        ("sid=1; Secure; HttpOnly; SameSite", ("SameSite",)),
        ("sid=Secure; HttpOnly=1", ("Secure", "SameSite")),
    ],
)
def test_a_flag_of_a_cookie_is_one_only_where_it_guards(line: str, missing: tuple[str, ...]) -> None:
    assert _cookie(line, "POST /login").missing == missing


def test_what_the_app_serves_is_looked_at_wherever_it_is() -> None:
    """A contract at a path of the service's own, in no contract, behind a redirect."""
    pages = {
        "/internal/spec": (307, {"location": "/internal/spec/"}, ""),
        "/internal/spec/": (200, {}, "openapi: 3.1.0"),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        status, headers, text = pages.get(request.url.path, (500 if request.url.path == "/docs" else 404, {}, ""))
        return httpx.Response(status, headers=headers, text=text)

    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    look = Look(Requests({"paths": {}}), client, [NOBODY], (), "", hidden=("GET /internal/spec",))
    tried = [*page_paths(Code(modules=())), *look.pages()]
    assert list(look.documents(tried)) == ["/internal/spec"]
    assert look.answered == len(tried) - 1  # a failure is no refusal
