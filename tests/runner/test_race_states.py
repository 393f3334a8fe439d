"""A change of state that may not go to the first of its states is asked with another one, alone and at once."""

import json
from typing import Any

import httpx
import pytest

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.races import Doubled, Race
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.other_ways import other_choices
from runner.http.requests import Request, Requests
from runner.postgres.database import Database

SECURED: dict[str, Any] = {"security": [{"bearer": []}], "responses": {}}
STATES = ["planned", "held", "missed"]
MOVE = {
    "type": "object",
    "required": ["version", "state"],
    "properties": {"version": {"type": "integer"}, "state": {"$ref": "#/components/schemas/State"}},
}
NUMBER = {"name": "visit_id", "in": "path", "required": True, "schema": {"type": "integer"}}
DOCUMENT: dict[str, Any] = {
    "components": {"schemas": {"State": {"type": "string", "enum": STATES}}},
    "paths": {
        "/visits": {"post": SECURED},
        "/visits/{visit_id}": {"get": SECURED, "parameters": [NUMBER]},
        "/visits/{visit_id}/state": {
            "parameters": [NUMBER],
            "put": {**SECURED, "requestBody": {"content": {"application/json": {"schema": MOVE}}}},
        },
    },
}


class Visits:
    """Each begins as planned, and goes to one of the states `after` it once."""

    def __init__(self, *after: str) -> None:
        self.after, self.states = after, list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.states.append("planned")
            return httpx.Response(201, json={"id": len(self.states), "version": 1})
        number = int(request.url.path.split("/")[2])
        if request.method == "PUT":
            wanted = json.loads(request.content)["state"]
            if self.states[number - 1] != "planned" or wanted not in self.after:
                return httpx.Response(409)
            self.states[number - 1] = wanted
        return httpx.Response(200, json={"id": number, "version": 1 + (self.states[number - 1] != "planned")})


class Sent(Race):
    """What would be asked at once."""

    def _at_once(self, request: Request, caller: Identity, refuses: int, held: bool) -> Doubled:  # noqa: ARG002, FBT001
        return Doubled(endpoint=request.endpoint, refuses=refuses, statuses=(200,), curl=str(request.fields["state"]))


def race(visits: Visits) -> Race:
    requests = Requests(DOCUMENT)
    client = httpx.Client(base_url="http://clinic", transport=httpx.MockTransport(visits))
    people = Callers(requests, client, Database(port=1, name="nowhere"))
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    doctor = Identity(role="user", email="d", headers={"Authorization": "d"})
    found = Sent(Visit(people=people, specification=None, _known={"user": doctor}, **facts))
    move = requests.find("PUT /visits/{visit_id}/state")
    assert move is not None
    found.at(move)
    return found


@pytest.mark.parametrize("state", STATES[1:])
def test_a_state_that_may_follow_is_raced_for(state: str) -> None:
    found = race(Visits(state))
    assert found.guarded == ["PUT /visits/{visit_id}/state"]
    assert {one.curl for one in found.overtaken} == {state}
    assert found.changed == 1


def test_where_none_may_follow_nothing_is_judged() -> None:
    found = race(Visits())
    assert (found.guarded, found.changed, found.overtaken) == ([], 0, [])


def test_every_other_value_is_a_choice() -> None:
    requests = Requests(DOCUMENT)
    move = requests.find("PUT /visits/{visit_id}/state")
    assert move is not None
    request = requests.example(move).with_field("state", "held")
    assert [other.fields["state"] for _, other in other_choices(requests, request)] == ["planned", "missed"]
