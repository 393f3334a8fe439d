"""A PATCH of one's own account may end the sign-in: it costs nobody who is still needed."""

import json
from typing import Any

import httpx

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.partial_changes import _Change
from runner.http.account_operations import own_account_fields
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.requests import Requests
from runner.postgres.database import Database

SECURED: dict[str, Any] = {"security": [{"bearer": []}], "responses": {}}
NUMBER = {"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer"}}


def takes(**fields: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}
    return {**SECURED, "requestBody": {"content": {"application/json": {"schema": schema}}}}


PATHS: dict[str, Any] = {
    "/users/me": {"get": SECURED, "patch": takes(display_name="string", motto="string", active="boolean")},
    "/notes": {"post": takes(title="string", body="string")},
    "/notes/{note_id}": {"parameters": [NUMBER], "get": SECURED, "patch": takes(title="string", body="string")},
}


class Service:
    """Whoever sends `active: false` about herself is signed out for good."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.note: dict[str, Any] = {"id": 1, "title": "a", "body": "b"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        who = self.people.setdefault(
            request.headers["authorization"], {"display_name": "x", "motto": "y", "active": True}
        )
        if not who["active"]:
            return httpx.Response(401)
        thing = who if request.url.path == "/users/me" else self.note
        if request.method != "GET":
            thing |= json.loads(request.content)
        return httpx.Response(201 if request.method == "POST" else 200, json=thing)


def change() -> _Change:
    requests = Requests({"paths": PATHS})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(Service()))
    people = Callers(requests, client, Database(port=1, name="nowhere"))
    numbers = iter(range(100))

    def one(role: str = "user") -> Identity:
        name = f"{role}-{next(numbers)}"
        return Identity(role=role, email=name, headers={"Authorization": name})

    people.one = one  # type: ignore[method-assign]
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    found = _Change(Visit(people=people, specification=None, **facts))
    for operation in requests.operations:
        if operation.method == "PATCH":
            found.at(operation)
    return found


def test_changing_oneself_costs_nobody_who_is_still_needed() -> None:
    found = change()
    assert found.judged == {"PATCH /users/me", "PATCH /notes/{note_id}"}
    assert (found.problems, found.overwritten) == ({}, [])


def test_what_ends_a_sign_in_is_told_of_ones_own_account_alone() -> None:
    requests = Requests({"paths": PATHS})
    own, note = requests.find("PATCH /users/me"), requests.find("PATCH /notes/{note_id}")
    assert own is not None
    assert note is not None
    assert own_account_fields(requests, own) == {"active"}
    assert own_account_fields(requests, note) == frozenset()
