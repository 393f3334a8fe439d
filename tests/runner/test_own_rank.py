"""May an account give itself a rank: a role that the code knows, a flag, wherever the body has the field?"""

import json
from typing import Any, cast

import httpx
import pytest

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.attacks import privileges
from runner.evidence.behaviour.hostile_sender import Sender
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.requests import Requests
from runner.postgres.database import Database
from runner.postgres.writes import Watch

TEXT = {"type": "string"}
FLAT = {"type": "object", "properties": {"nickname": TEXT, "role": TEXT, "username": TEXT}, "required": ["username"]}
INNER = {"type": "object", "properties": {"nickname": TEXT, "admin": {"type": "boolean"}, "password": TEXT}}
WRAPPED = {"type": "object", "properties": {"user": INNER}, "required": ["user"]}


def operation(body: dict[str, Any] | None = None) -> dict[str, Any]:
    sent = {"requestBody": {"content": {"application/json": {"schema": body}}}} if body else {}
    return {"security": [{"bearer": []}], "responses": {"200": {"description": "done"}}, **sent}


REQUESTS = Requests(
    {
        "paths": {
            "/me": {"get": operation()},
            "/account": {"patch": operation(WRAPPED)},
            "/grants": {"put": operation(FLAT)},
            "/songs": {"post": operation(FLAT)},
        }
    }
)


def tried(method: str, *, believes: bool) -> list[tuple[str, str]]:
    """Where the service keeps what an account sends of itself, or does not, and songs have roles of their own."""
    account: dict[str, Any] = {"username": "ann", "role": "guest", "admin": False}

    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content) if request.content else {}
        sent = sent.get("user", sent)
        if request.url.path == "/songs":
            return httpx.Response(201, json=sent)
        if request.url.path == "/grants" and (sent.get("role") == "root" or sent["username"] != "ann"):
            return httpx.Response(403)
        if believes:
            account.update(sent)
        return httpx.Response(200, json={"user": account})

    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(REQUESTS, client, Database(port=1, name="nowhere"))
    people.known_roles = lambda: ("root", "keeper", "guest")
    ann = Identity(role="user", user_id=7, headers={"Authorization": "Bearer x"}, called={"username": "ann"})
    people.one = lambda _role="user": ann  # type: ignore[assignment, method-assign]
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": REQUESTS}
    here = Visit(people=people, specification=None, _known={"user": ann}, **facts)
    one = next(op for op in REQUESTS.operations if op.method == method)
    found = privileges(Sender(here, cast("Watch", None)), one, tolerant=False)
    return [(attempt.answered.place, attempt.answered.what) for attempt in found if attempt.succeeded]


@pytest.mark.parametrize(
    ("method", "what"),
    [("PATCH", ("body.admin", "admin: True")), ("PUT", ("body.role", "role: keeper"))],
)
def test_an_account_that_gives_itself_a_rank_is_named(method: str, what: tuple[str, str]) -> None:
    assert tried(method, believes=True) == [what]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_rank_that_the_service_keeps_to_itself_is_none(method: str) -> None:
    assert tried(method, believes=False) == []


def test_what_is_called_a_role_of_something_else_is_no_rank() -> None:
    assert tried("POST", believes=True) == []


@pytest.mark.parametrize(("compares", "known_as"), [(True, "ann"), (False, "ann"), (False, "ann before")])
def test_an_account_that_a_body_names_is_the_callers_own(*, compares: bool, known_as: str) -> None:
    """Also where another operation has given the caller another name meanwhile."""
    accounts = {"ann": {"username": "ann", "nickname": "a"}, "bob": {"username": "bob", "nickname": "b"}}

    def answer(request: httpx.Request) -> httpx.Response:
        if "authorization" not in request.headers:
            return httpx.Response(401)
        who = accounts[request.headers["authorization"].removeprefix("Bearer ")]
        sent = json.loads(request.content) if request.content else {}
        if sent.get("username") not in (None, who["username"]) and compares:
            return httpx.Response(403)
        if sent and sent["username"] not in accounts:
            return httpx.Response(500, json={})
        if sent:
            accounts[sent["username"]].update(sent)
        return httpx.Response(200, json=who)

    body = {**FLAT, "properties": {"nickname": TEXT, "username": TEXT}, "required": ["username"]}
    requests = Requests({"paths": {"/me": {"get": operation()}, "/account": {"put": operation(body)}}})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(requests, client, Database(port=1, name="nowhere"))
    people.known_roles = lambda: ("root",)
    ann, bob = (
        Identity(role="user", headers={"Authorization": f"Bearer {name}"}, called={"username": called})
        for name, called in {"ann": known_as, "bob": "bob"}.items()
    )
    people.one = lambda _role="user": bob  # type: ignore[assignment, method-assign]
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    here = Visit(people=people, specification=None, _known={"user": ann}, **facts)
    put = next(op for op in requests.operations if op.method == "PUT")
    found = [
        one.answered for one in privileges(Sender(here, cast("Watch", None)), put, tolerant=False) if one.succeeded
    ]
    told = [one.what for one in found if one.place == "body.username"]
    assert told == ([] if compares else ["username: somebody else's, whose nickname changed"])
