"""In whose name does somebody order? A record that an account owns, as `customer_id`, is tried as somebody else's."""

import json
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.attacks import Attempt, privileges
from runner.evidence.behaviour.hostile_sender import Sender
from runner.http.identities import Identity
from runner.http.objects import Objects
from runner.http.requests import Requests
from runner.postgres.writes import Watch


def _schema(**properties: str) -> dict[str, Any]:
    shown = {name: {"type": kind} for name, kind in properties.items()}
    return {"content": {"application/json": {"schema": {"type": "object", "required": [*shown], "properties": shown}}}}


def _making(body: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": body, "responses": {"201": shown}, "security": [{"token": []}]}


ONE = {"name": "customer_id", "in": "path", "required": True, "schema": {"type": "integer"}}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/customers": {
            "post": _making(_schema(name="string"), _schema(id="integer", name="string", user_id="integer"))
        },
        "/customers/{customer_id}": {"get": {"parameters": [ONE], "responses": {}, "security": [{"token": []}]}},
        "/orders": {"post": _making(_schema(customer_id="integer"), _schema(id="integer", customer_id="integer"))},
    }
}


class Shop:
    """Customers belong to the account that made them, and are shown to it alone, unless they are `open`."""

    def __init__(self, *, guarded: bool, shows_all: bool) -> None:
        self.guarded, self.shows_all = guarded, shows_all
        self.owners: dict[int, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        who = request.headers.get("authorization", "")
        sent = json.loads(request.content) if request.content else {}
        if request.url.path == "/customers":
            self.owners[number := len(self.owners) + 50] = who
            return httpx.Response(201, json={"id": number, "name": sent["name"], "user_id": 1})
        if request.method == "GET":
            seen = self.shows_all or self.owners.get(int(request.url.path.rsplit("/", 1)[-1])) == who
            return httpx.Response(200 if seen else 404, json={})
        mine = self.owners.get(sent["customer_id"]) == who
        if sent["customer_id"] not in self.owners or (self.guarded and not mine):
            return httpx.Response(422, json={})
        return httpx.Response(201, json={"id": 900, "customer_id": sent["customer_id"]})


def tried(shop: Shop) -> list[Attempt]:
    requests = Requests(DOCUMENT)
    client = httpx.Client(transport=httpx.MockTransport(shop), base_url="http://shop")
    reader, other, admin = (
        Identity(role=role, user_id=number, headers={"Authorization": f"Bearer {number}"})
        for role, number in (("reader", 1), ("reader", 2), ("admin", 3))
    )
    callers = {"reader": reader, "admin": admin}
    here = SimpleNamespace(
        requests=requests, client=client, objects=Objects(requests, client, [reader, admin]), missing={},
        roles=("reader", "admin"), specification=None, sign_in_all=lambda: None, fresh=lambda _role: other,
        caller=callers.__getitem__, forget=lambda _role: None, session_ended=lambda _role: False,
        people=SimpleNamespace(
            me=None, login=None, register=None, known_roles=lambda: ("admin",), guarded_reads=lambda: (True,)
        ),
    )  # fmt: skip
    sender = Sender(cast("Visit", here), cast("Watch", SimpleNamespace(look=SimpleNamespace)))
    order = requests.find("POST /orders")
    assert order is not None
    return [one for one in privileges(sender, order, tolerant=False) if one.answered.place == "body.customer_id"]


def test_who_orders_in_the_name_of_somebody_elses_record_is_named() -> None:
    (found,) = tried(Shop(guarded=False, shows_all=False))
    assert found.succeeded
    assert "which is somebody else's" in found.answered.what


def test_a_service_that_refuses_it_is_quiet() -> None:
    (found,) = tried(Shop(guarded=True, shows_all=False))
    assert not found.succeeded


@pytest.mark.parametrize("guarded", [True, False])
def test_a_record_that_everybody_sees_is_nobodys_secret(guarded: bool) -> None:  # noqa: FBT001
    assert tried(Shop(guarded=guarded, shows_all=True)) == []
