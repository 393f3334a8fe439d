"""Are example requests valid, and do they say how to send them again?"""

import re
from typing import Any

import pytest

from runner.http.examples import Examples, accepts, number
from runner.http.openapi import operations_of
from runner.http.requests import Requests

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Base": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}},
            "New": {
                "allOf": [{"$ref": "#/components/schemas/Base"}],
                "required": ["email", "password"],
                "properties": {
                    "email": {"type": "string", "format": "email"},
                    "password": {"type": "string", "minLength": 8},
                    "note": {"type": "string"},
                },
            },
            "Change": {
                "type": "object",
                "required": ["version"],
                "properties": {
                    "version": {"type": "integer", "minimum": 1},
                    "title": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]},
                    "done": {"type": "boolean"},
                },
            },
        }
    },
    "security": [{"bearer": []}],
    "paths": {
        "/things/{thing_id}": {
            "parameters": [{"name": "thing_id", "in": "path", "schema": {"type": "integer", "minimum": 7}}],
            "patch": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Change"}}}}
            },
        },
        "/things": {
            "get": {
                "security": [],
                "parameters": [
                    {"name": "kind", "in": "query", "required": True, "schema": {"enum": ["big", "small"]}},
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                ],
            },
            "post": {
                "security": [{"bearer": []}, {}],
                "requestBody": {
                    "content": {"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/New"}}}
                },
            },
        },
    },
}


def test_operations_say_what_they_take_and_whether_they_are_protected() -> None:
    found = {op.endpoint: op for op in operations_of(DOCUMENT)}
    assert found["PATCH /things/{thing_id}"].is_protected
    assert found["PATCH /things/{thing_id}"].placeholders == ("thing_id",)
    assert not found["GET /things"].is_protected
    assert not found["POST /things"].is_protected  # optional


def test_a_form_request_has_every_required_field_and_differs_at_each_call() -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("POST /things/")
    assert operation is not None
    one, two = requests.example(operation), requests.example(operation)
    assert set(one.body) == {"title", "email", "password"}
    assert one.body["email"] != two.body["email"]
    assert len(one.body["password"]) >= 12
    assert b"email=user." in (one.content or b"")


def test_a_change_changes_something_and_repeats_the_version_that_was_read() -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("PATCH /things/{id}")
    assert operation is not None
    request = requests.example(operation, {"thing_id": 12}, {"version": 5})
    assert request.path == "/things/12"
    assert request.body["version"] == 5
    assert 0 < len(request.body["title"]) <= 9
    assert "done" not in request.body


def test_query_parameters_are_filled_in_when_required() -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("GET /things")
    assert operation is not None
    assert requests.example(operation).query == {"kind": "big"}


def test_curl_shows_the_request_with_the_token_left_out() -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("PATCH /things/{id}")
    assert operation is not None
    shown = requests.example(operation, {"thing_id": 1}).curl(signed_in=True)
    assert shown.startswith('curl -i -X PATCH "$BASE/things/1" -H "Authorization: Bearer $TOKEN"')


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"type": "string", "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 40}, "tag"),
        ({"type": "string", "pattern": r"^[A-Z]{2}\d{4}$"}, "code"),
        ({"type": "string", "pattern": "^[0-9]+$", "minLength": 18, "maxLength": 18}, "card"),
        ({"type": "string", "minLength": 50, "maxLength": 60}, "text"),
        ({"type": "string", "maxLength": 3}, "short"),
        ({"type": "string", "pattern": r"^\+?\d{7,15}$"}, "phone_number"),
        ({"type": "string", "format": "email"}, "contact"),
        ({"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$", "format": "date"}, "start"),
    ],
)
def test_a_text_fits_its_length_and_pattern(schema: dict[str, Any], name: str) -> None:
    examples = Examples({})
    value = examples.value(schema, name)
    assert accepts(schema, value), value
    assert re.search(schema.get("pattern", ""), value)


def test_two_accounts_have_two_numbers() -> None:
    examples = Examples({})
    first, second = (examples.value({"type": "string"}, "phone_number") for _ in range(2))
    assert first != second
    assert re.fullmatch(r"\+1202555\d{4}", first)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("published_date", "2031-03-14"),
        ("date_of_birth", "1990-05-17"),
        ("due_date", "2031-03-16"),
        ("starts_at", "2031-03-14T09:30:00Z"),
        ("opening_time", "09:30:00"),
    ],
)
def test_a_text_that_is_called_a_date_is_one(name: str, value: str) -> None:
    assert Examples({}).value({"type": "string"}, name) == value
    assert Examples({}).value({"type": "string"}, "candidate").startswith("Sample")


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({}, 1),
        ({"minimum": 10}, 10),
        ({"exclusiveMinimum": 10}, 11),
        ({"maximum": -3}, -3),
        ({"minimum": 7, "multipleOf": 5}, 10),
    ],
)
def test_a_number_lies_in_its_range(schema: dict[str, Any], wanted: int) -> None:
    assert number(schema, whole=True) == wanted


def test_a_body_that_is_a_list_has_something_in_it() -> None:
    item = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    body = {"content": {"application/json": {"schema": {"type": "array", "items": item}}}}
    requests = Requests({"paths": {"/things": {"post": {"requestBody": body}}}})

    made = requests.example(requests.operations[0]).body
    assert len(made) == 1
    assert set(made[0]) == {"name"}


def test_a_date_that_must_be_past_is() -> None:
    schema = {"type": "string", "format": "date", "x-when": "past"}
    assert Examples({}).value(schema, "hired_on") == "2020-03-14"
    assert Examples({}).value({**schema, "format": "date-time"}, "hired_on") == "2020-03-14T09:30:00Z"
