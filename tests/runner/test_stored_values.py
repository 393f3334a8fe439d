"""What do a database's columns take, as PostgreSQL prints it? And is that sent where a service tells nothing?"""

import json
from typing import Any

import httpx
import pytest

from runner.evidence.accounts.stored_values import stored_values
from runner.evidence.database.schema import Column, Constraint, Extra, Shape, Table
from runner.http.identities import Identity
from runner.http.objects import Objects
from runner.http.plainer import Learned, Stored
from runner.http.requests import Requests


def shape(column: Column, *checks: Constraint) -> Shape:
    mood = Extra(kind="enum type", name="mood", definition="glad, sad", table="")
    return Shape(tables=(Table(name="orders", columns=(column,), constraints=checks, indexes=()),), extras=(mood,))


def check(definition: str, *columns: str) -> Constraint:
    return Constraint(name="c", kind="check", columns=columns, definition=definition)


@pytest.mark.parametrize(
    ("kind", "definition", "asks"),
    [
        ("mood", "", {"enum": ["glad", "sad"]}),
        ("character varying(12)", "", {"maxLength": 12}),
        ("text", "CHECK ((a = ANY (ARRAY['x'::text, 'it''s'::text])))", {"enum": ["x", "it's"]}),
        ("text", "CHECK (((a)::text ~ '^[A-Z]{3}$'::text))", {"pattern": "^[A-Z]{3}$"}),
        ("integer", "CHECK (((a >= 1) AND (a < 5)))", {"minimum": 1, "exclusiveMaximum": 5}),
        ("numeric", "CHECK ((a > (0)::numeric))", {"exclusiveMinimum": 0}),
        ("numeric", "CHECK ((a >= 0.5))", {"minimum": 0.5}),
        ("text", "CHECK ((char_length(a) = 4))", {"minLength": 4, "maxLength": 4}),
        ("text", "CHECK ((length((a)::text) > 3))", {"minLength": 4}),
    ],
)
def test_a_column_takes_what_its_type_and_its_checks_say(kind: str, definition: str, asks: dict[str, Any]) -> None:
    column = Column(name="a", type=kind, nullable=True, default=None)
    found = stored_values(shape(column, *([check(definition, "a")] if definition else [])))
    assert list(found) == [Stored(table="orders", column="a", asks=asks)]


def test_a_column_that_lies_behind_another_is_told() -> None:
    column = Column(name="a", type="text", nullable=True, default=None)
    found = stored_values(shape(column, check("CHECK ((starts < ends))", "starts", "ends")))
    assert list(found) == [Stored(table="orders", column="ends", behind="starts")]


def test_what_the_database_takes_is_sent_where_a_service_breaks_without_a_word() -> None:
    fields = {"orderState": {"type": "string"}, "first": {"type": "integer"}, "second": {"type": "integer"}}
    body = {
        "content": {"application/json": {"schema": {"type": "object", "required": list(fields), "properties": fields}}}
    }
    document = {"openapi": "3.1.0", "paths": {"/orders": {"post": {"requestBody": body}}}}

    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        return httpx.Response(201 if sent["orderState"] == "live" and sent["second"] > sent["first"] else 500, json={})

    stored = (
        Stored(table="tickets", column="order_state", asks={"enum": ["open"]}),
        Stored(table="orders", column="order_state", asks={"enum": ["live"]}),
        Stored(table="orders", column="second", behind="first"),
    )
    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://shop")
    maker = Objects(Requests(document, Learned(stored=lambda: stored)), client)
    request = maker.request(maker.requests.operations[0], Identity(role="user"))
    assert request.body == {"orderState": "live", "first": 1, "second": 2}
