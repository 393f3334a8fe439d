"""Refusals of a caller while bad input is sent: an ended session signs in again, anything else costs no account."""

from collections.abc import Callable
from typing import Any, cast

import httpx
import pytest

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.attacks import bad_values
from runner.evidence.behaviour.hostile_sender import MOST_GUESSED, Sender
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.requests import Requests
from runner.postgres.database import Database
from runner.postgres.writes import Fingerprint, Watch

SECURED: dict[str, Any] = {"security": [{"b": []}], "responses": {}}
FIELD = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
REPORT: dict[str, Any] = {**SECURED, "requestBody": {"content": {"application/json": {"schema": FIELD}}}}
TRIES = 20


class Tables:
    """One table of accounts, which grows with each that is made."""

    def __init__(self) -> None:
        self.accounts = 0

    def look(self) -> Fingerprint:
        return Fingerprint({"public.users": str(self.accounts)})


def sender(answer: Callable[[httpx.Request], httpx.Response], tables: Tables, *, me: bool = True) -> Sender:
    paths: dict[str, Any] = {"/reports": {"post": REPORT}} | ({"/me": {"get": SECURED}} if me else {})
    requests = Requests({"paths": paths})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(requests, client, Database(port=1, name="nowhere"))

    def one(role: str = "user") -> Identity:
        tables.accounts += 1
        people.made += 1
        return Identity(role=role, headers={"Authorization": f"Bearer {tables.accounts}"})

    people.one = one  # type: ignore[method-assign]
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    return Sender(Visit(people=people, specification=None, **facts), cast("Watch", tables))


def not_allowed(request: httpx.Request) -> httpx.Response:
    """401 is this service's word for 403."""
    return httpx.Response(200 if request.url.path == "/me" and "authorization" in request.headers else 401)


@pytest.mark.parametrize(("me", "most"), [(True, 2), (False, 2 + MOST_GUESSED)])
def test_401_for_what_a_caller_may_not_makes_no_account_each_time(me: bool, most: int) -> None:  # noqa: FBT001
    tables = Tables()
    one = sender(not_allowed, tables, me=me)
    request = one.here.requests.example(one.here.requests.operations[0])
    answers = [one.send(request, "user") for _ in range(TRIES)]
    assert {answer.status_code for answer in answers if answer} == {401}
    assert tables.accounts <= most


def test_an_account_that_was_made_meanwhile_is_no_write_of_the_refused_request() -> None:
    found = list(bad_values((one := sender(not_allowed, Tables(), me=False)), one.here.requests.operations[0], "user"))
    assert found
    assert [tried.written for tried in found] == [()] * len(found)


def test_who_was_signed_out_signs_in_again() -> None:
    ended = {"Bearer 2"}

    def answer(request: httpx.Request) -> httpx.Response:
        who = request.headers.get("authorization", "")
        return httpx.Response(200 if who and who not in ended else 401)

    tables = Tables()
    one = sender(answer, tables)
    answer_ = one.send(one.here.requests.example(one.here.requests.operations[0]), "user")
    assert answer_ is not None
    assert answer_.status_code == 200


def test_who_was_deleted_comes_as_somebody_new() -> None:
    deleted: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        who = request.headers.get("authorization", "")
        return httpx.Response(401 if not who else 404 if who in deleted else 200)

    one = sender(answer, Tables())
    one.here.people.me = next(op for op in one.here.requests.operations if op.path == "/me")
    request = one.here.requests.example(one.here.requests.operations[0])
    deleted.add(one.who("user").headers["Authorization"])
    answers = [one.send(request, "user") for _ in range(3)]
    assert [answer.status_code for answer in answers if answer] == [200, 200, 200]
