"""Has a caller's session ended? A door that only others may pass says nothing about it."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.errors import ProbeError
from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.accounts import visit as visits
from runner.evidence.accounts.outside import asking_outside
from runner.evidence.accounts.visit import Visit, broke
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.expendable import caller_and_owner
from runner.evidence.behaviour.fuzz import caller_or_nobody
from runner.evidence.behaviour.hostile_sender import Sender
from runner.http.callers import Callers
from runner.http.identities import ADMINISTRATOR, NOBODY, Identity
from runner.http.log_ins import Way
from runner.http.requests import Requests
from runner.postgres.database import Database
from runner.postgres.writes import Watch

SECURED: dict[str, Any] = {"get": {"security": [{"bearer": []}], "responses": {}}}
REQUESTS = Requests({"paths": {"/users/": SECURED, "/orders": SECURED, "/me": SECURED}})


def visit(statuses: dict[str, int], *, me: bool, fresh: dict[str, int] | None = None) -> Visit:
    """With a caller whom each path answers so, and new ones whom it answers as `fresh`: with 200."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "authorization" not in request.headers:
            return httpx.Response(401)
        known = request.headers["authorization"] == "Bearer x"
        return httpx.Response(statuses[request.url.path] if known else (fresh or {}).get(request.url.path, 200))

    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(REQUESTS, client, Database(port=1, name="nowhere"))
    people.me = people.me if me else None
    people.one = lambda role="user": Identity(role=role, headers={"Authorization": "Bearer new"})  # type: ignore[method-assign]
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": REQUESTS}
    known = {"user": Identity(role="user", headers={"Authorization": "Bearer x"})}
    return Visit(people=people, specification=None, _known=known, **facts)


LOGIN = {
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["email", "password"],
                    "properties": {"email": {"type": "string"}, "password": {"type": "string"}},
                }
            }
        }
    },
    "responses": {},
}


def test_who_reads_a_cookie_by_hand_guards_what_the_contract_calls_open() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200 if request.url.path == "/health" else 401)

    paths: dict[str, Any] = {path: {"get": {"responses": {}}} for path in ("/health", "/teams", "/me")} | {
        "/login": {"post": LOGIN}
    }
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))

    def seen(requests: Requests) -> dict[str, str]:
        people = Callers(requests, client, Database(port=1, name="nowhere"))
        facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
        here = Visit(people=people, specification=None, **facts)
        return {one.path: here.allowed(one) for one in (*requests.operations, *requests.operations)}

    assert seen(Requests({"paths": paths})) == {
        "/health": "anonymous", "/teams": "user", "/me": "user", "/login": "anonymous",
    }  # fmt: skip
    assert asked == ["/health", "/teams", "/me"], "each once, and no door"
    named = {"paths": {**paths, "/orders": SECURED}}
    assert seen(Requests(named))["/teams"] == "anonymous", "a contract that names guards is believed"


@pytest.mark.parametrize("me", [True, False])
def test_a_session_goes_on_where_one_door_lets_its_caller_in(me: bool) -> None:  # noqa: FBT001
    assert not visit({"/users/": 403, "/orders": 403, "/me": 200}, me=me).session_ended("user")


@pytest.mark.parametrize("me", [True, False])
def test_a_session_has_ended_where_no_door_lets_its_caller_in(me: bool) -> None:  # noqa: FBT001
    assert visit({"/users/": 403, "/orders": 401, "/me": 401}, me=me).session_ended("user")


def test_who_is_let_in_nowhere_has_no_session_that_could_end() -> None:
    closed = {"/users/": 403, "/orders": 403, "/me": 403}
    here = visit(closed, me=True, fresh=closed)
    assert not here.session_ended("user")
    here.people.one = None  # type: ignore[method-assign, assignment]
    assert not here.session_ended("user"), "nobody is signed up a second time to learn it again"


@pytest.mark.parametrize(
    ("status", "said", "asks"),
    [
        (500, "socket.gaierror: [Errno -3] Temporary failure in name resolution", True),
        (500, "KeyError: 'captcha'", False),
        (422, "Temporary failure in name resolution", False),
    ],
)
def test_who_asks_another_machine_fails_for_a_run_alone(status: int, said: str, *, asks: bool) -> None:
    log = ["gaierror: Temporary failure in name resolution\n"]  # of an earlier request

    def answer(_: httpx.Request) -> httpx.Response:
        log.append(said)
        return httpx.Response(status)

    here = visit({}, me=False)
    here.client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    here.server = cast(Any, SimpleNamespace(log=lambda: "".join(log)))
    assert (asking_outside(here, ["GET /orders", "GET /nothing"]) == {"GET /orders"}) is asks


LOG = """INFO: started
Traceback (most recent call last):
  File "{root}/app/users.py", line 3, in register
    await query()
TypeError: object Select can't be used in 'await' expression
"""


def test_behind_a_500_stands_the_exception_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "users.py").write_text("x", encoding="utf-8")
    log = LOG.format(root=tmp_path)

    assert broke("POST /users refused a new account: 500 Internal Server Error", log, tmp_path) == (
        "Its log says: TypeError: object Select can't be used in 'await' expression (app/users.py:3)"
    )
    assert broke("POST /users refused a new account: 422 no", log, tmp_path) == ""
    assert "TypeError" in broke("POST /login refused: 400 wrong password", log, tmp_path)  # the account was lost
    assert broke("POST /users refused a new account: 500", "INFO: started", tmp_path) == ""


@pytest.mark.parametrize("status", ["500 Internal Server Error", "403 closed"])
def test_where_nobody_can_sign_in_strangers_ask(status: str) -> None:
    here = visit({"/users/": 403, "/orders": 403, "/me": 403}, me=True)
    here.forget("user")

    def refused(_: str = "user") -> Identity:
        raise ProbeError(f"POST /users refused a new account: {status}")

    here.people.one = refused  # type: ignore[method-assign, assignment]
    assert caller_or_nobody(here) == NOBODY
    assert here.unseen() == f"user could not sign in: POST /users refused a new account: {status}"
    sender = Sender(here, cast("Watch", None))
    assert (sender.other, sender.who("user")) == (NOBODY, NOBODY)
    answer = sender.send(here.requests.example(here.requests.operations[0]), "user")
    assert answer is not None
    assert answer.status_code == 401


@pytest.mark.parametrize(("allowed", "known", "asks"), [("user", 1, "u"), ("administrator", 1, "a"), ("user", 0, "u")])
def test_who_asks_at_random_may_do_what_an_ordinary_account_may_not(allowed: str, known: int, asks: str) -> None:
    operations = visit({"/orders": 200}, me=False).requests.operations
    here = SimpleNamespace(
        sign_in_all=lambda: None,
        present=("user",),
        requests=SimpleNamespace(operations=operations),
        allowed=lambda _: allowed,
        administrator=Identity(role="administrator", email="a") if known else None,
        caller=lambda role: Identity(role=role, email="u"),
    )
    assert caller_or_nobody(cast(Any, here)).email == asks


def test_what_is_open_needs_nobody_who_can_sign_in() -> None:
    """The others say who could not, each by itself."""
    open_too = Requests({"paths": {"/contact": {"post": {"responses": {}}}, "/orders": {"post": SECURED["get"]}}})
    people = Callers(open_too, httpx.Client(), Database(port=1, name="nowhere"))

    def refused(_: str = "user") -> Identity:
        raise ProbeError("POST /users refused a new account: 403 closed")

    people.one = refused  # type: ignore[method-assign, assignment]
    facts: dict[str, Any] = {"server": None, "client": people.client, "database": None, "requests": open_too}
    here = Visit(people=people, specification=None, **facts)
    contact, order = open_too.operations
    assert caller_and_owner(here, contact) == (NOBODY, NOBODY)
    with pytest.raises(ProbeError, match="user could not sign in: POST /users refused a new account: 403 closed"):
        caller_and_owner(here, order)


def test_what_an_ordinary_account_may_not_is_asked_by_an_administrator_who_is_none_of_the_roles() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        mighty = request.headers.get("authorization") == "Bearer administrator"
        closed = request.url.path == "/orders" and not mighty
        return httpx.Response(403 if closed else 200 if "authorization" in request.headers else 401)

    here = visit({}, me=True)
    here.client = here.people.client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    here.people.way = Way(operation=REQUESTS.operations[0], media="application/json")
    here.people.one = lambda role="user": Identity(role=role, headers={"Authorization": f"Bearer {role}"})  # type: ignore[method-assign]
    assert {op.path: here.allowed(op) for op in REQUESTS.operations} == {
        "/users/": "user",
        "/orders": ADMINISTRATOR,
        "/me": "user",
    }
    assert here.roles == ("user",)
    told = replace(here, specification=AgreedAccess(roles=(), permissions=()), _shut={})
    assert {told.allowed(op) for op in REQUESTS.operations} == {"user"}, "a specification says who may"


@pytest.mark.parametrize("mighty_too", [True, False])
def test_where_a_new_account_may_nothing_one_with_all_power_shows_its_token(*, mighty_too: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        shown = request.headers.get("authorization", "")
        if not shown.startswith("Bearer "):
            return httpx.Response(401)
        return httpx.Response(200 if mighty_too and shown == "Bearer administrator" else 403)

    here = visit({}, me=True)
    here.client = here.people.client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    here.people.way = Way(operation=REQUESTS.operations[0], media="application/json")
    here.people.one = lambda role="user": Identity(role=role, headers={"Authorization": f"Bearer {role}"})  # type: ignore[method-assign]
    if not mighty_too:
        assert {here.allowed(op) for op in REQUESTS.operations} == {"user"}, "nobody is let in: that is our failure"
        with pytest.raises(ProbeError, match=r"lets the administrator in.*nor is a new user let in"):
            ProtectedOperation(here)
        return
    assert here.allowed(REQUESTS.operations[1]) == ADMINISTRATOR
    protected = ProtectedOperation(here)
    assert (protected.role, protected.lets_in()) == (ADMINISTRATOR, True)


def test_without_a_place_for_power_there_is_no_administrator() -> None:
    people = Callers(REQUESTS, httpx.Client(), Database(port=1, name="nowhere"))
    with pytest.raises(ProbeError, match="no table says who may do more"):
        people.promote("ann@example.com", ADMINISTRATOR)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (3, "the service ended while it was asked (exit code 3): out of luck"),
        (None, "the service stopped answering: refused. out of luck"),
    ],
)
def test_of_a_service_that_ended_its_last_words_are_said(
    monkeypatch: pytest.MonkeyPatch, code: int | None, told: str
) -> None:
    process = SimpleNamespace(wait=lambda _: code, tail=lambda *_: "out of luck")
    server = SimpleNamespace(process=process, client=lambda _: nullcontext(), log=lambda: "")
    probe = SimpleNamespace(service=lambda *_, **__: nullcontext(server), root=Path())
    monkeypatch.setattr(visits, "requests_of", lambda *_: REQUESTS)
    monkeypatch.setattr(visits, "Migrator", lambda _: SimpleNamespace(usable_database=lambda: None))
    monkeypatch.setattr(visits, "visited", lambda *_, **__: None)
    with pytest.raises(ProbeError) as raised, visits.visit(cast(Any, probe), cast(Any, None), None):
        raise httpx.ConnectError("refused")
    assert str(raised.value) == told
