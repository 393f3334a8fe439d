"""May a client say whose a new thing is, where the service says it itself when nothing is sent?"""

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

GIFT = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "giver_id": {"type": "integer"}},
    "required": ["text"],
}
GIVE: dict[str, Any] = {
    "security": [{"bearer": []}],
    "requestBody": {"content": {"application/json": {"schema": GIFT}}},
    "responses": {"201": {"description": "given"}},
}
REQUESTS = Requests({"paths": {"/gifts": {"post": GIVE}}})


def sender(kind: str) -> Sender:
    """At a service that takes the giver from the body, leaves it empty, or always knows better."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        giver = {"believes": sent.get("giver_id", 7), "empty": sent.get("giver_id"), "knows": 7}[kind]
        return httpx.Response(201, json={**sent, "giver_id": giver})

    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(REQUESTS, client, Database(port=1, name="nowhere"))
    other = Identity(role="user", user_id=8, headers={"Authorization": "Bearer y"})
    people.one = lambda _role="user": other  # type: ignore[assignment, method-assign]
    known = {"user": Identity(role="user", user_id=7, headers={"Authorization": "Bearer x"})}
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": REQUESTS}
    here = Visit(people=people, specification=None, _known=known, **facts)
    return Sender(here, cast("Watch", None))


@pytest.mark.parametrize(("kind", "places"), [("believes", ["body.giver_id"]), ("empty", []), ("knows", [])])
def test_whose_a_thing_is_is_not_the_clients_to_say(kind: str, places: list[str]) -> None:
    tried = privileges(sender(kind), REQUESTS.operations[0], tolerant=False)
    assert [one.answered.place for one in tried if one.succeeded] == places
