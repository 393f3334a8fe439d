"""Are requests kept short, and answers judged by what the contract really says?"""

from typing import Any

import pytest

from runner.evidence.behaviour.fuzz_contract import LONGEST, USUAL, as_asked, with_examples
from runner.http.requests import Request, Requests

TITLE = {"type": "string", "pattern": "^[^x]*$", "minLength": 1, "maxLength": 20_000}
REF = "#/components/schemas/Post"


def contract(title: dict[str, Any]) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"$ref": REF}}}}
    post = {
        "parameters": [{"name": "q", "in": "query", "schema": title}],
        "requestBody": body,
        "responses": {"201": body},
    }
    schemas = {"Post": {"properties": {"title": title, "again": {"items": {"$ref": REF}}}}}
    return {"openapi": "3.1.0", "paths": {"/posts": {"post": post}}, "components": {"schemas": schemas}}


def test_what_is_asked_is_short_and_what_is_answered_as_the_contract_says() -> None:
    document = contract(TITLE)
    made = as_asked(document)
    post, schemas = made["paths"]["/posts"]["post"], made["components"]["schemas"]
    assert post["parameters"][0]["schema"]["maxLength"] == LONGEST
    assert post["requestBody"]["content"]["application/json"]["schema"] == {"$ref": f"{REF}AsAsked"}
    assert schemas["PostAsAsked"]["properties"]["title"] == TITLE | {"maxLength": LONGEST}
    assert schemas["PostAsAsked"]["properties"]["again"]["items"] == {"$ref": f"{REF}AsAsked"}
    assert post["responses"] == document["paths"]["/posts"]["post"]["responses"]
    assert schemas["Post"] == document["components"]["schemas"]["Post"]


def test_a_path_behind_a_reference_is_asked_as_briefly() -> None:
    whole = contract(TITLE)
    items = {"Posts": whole["paths"]["/posts"]}
    behind = {**whole, "paths": {"/posts": {"$ref": "#/components/pathItems/Posts"}}}
    made = as_asked({**behind, "components": {**whole["components"], "pathItems": items}})
    assert made["components"]["pathItems"]["Posts"] == as_asked(whole)["paths"]["/posts"]


def test_a_contract_without_long_patterns_stays_as_it_is() -> None:
    for title in (TITLE | {"maxLength": LONGEST}, {"type": "string", "maxLength": 20_000}, {"pattern": {"type": "a"}}):
        document = contract(title)
        assert as_asked(document) == document


@pytest.mark.parametrize(
    ("number", "asked"),
    [
        ({"type": "integer"}, {"minimum": -USUAL, "maximum": USUAL}),
        ({"type": "number", "minimum": 0}, {"maximum": USUAL}),
        ({"type": ["integer", "null"], "exclusiveMaximum": 10}, {"minimum": -USUAL}),
        ({"type": "integer", "minimum": 5 * USUAL}, {}),  # it has to work, and there is room for nothing else
        ({"type": "integer", "maximum": 2**40}, {}),
        ({"type": "integer", "enum": [2**40]}, {}),
        ({"type": "string"}, {}),
    ],
)
def test_a_number_without_a_bound_is_of_a_usual_size(number: dict[str, Any], asked: dict[str, int]) -> None:
    document = contract(number)
    made = as_asked(document)
    assert made["paths"]["/posts"]["post"]["parameters"][0]["schema"] == number | asked
    assert made["components"]["schemas"]["Post"]["properties"]["title"] == number, "answers are judged as they were"
    assert (made == document) is not bool(asked)


def test_a_text_that_must_be_long_stays_long() -> None:
    title = TITLE | {"minLength": 500, "maxLength": 600}
    made = as_asked(contract(title) | {"x": TITLE})
    assert made["components"]["schemas"]["PostAsAsked"]["properties"]["title"]["maxLength"] == 500
    short = as_asked({"paths": {"/a": {"summary": "s", "get": {"parameters": [{"schema": TITLE}]}}}})
    assert short["paths"]["/a"]["get"]["parameters"] == [{"schema": TITLE | {"maxLength": LONGEST}}]


def test_each_operation_shows_a_request_that_works() -> None:
    number = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer"},
        "examples": {"a": {"value": 1}},
    }
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "paths": {
            "/posts/{id}": {"parameters": [number], "patch": {"requestBody": {"content": {"application/json": {}}}}},
            "/posts/{id}/by/{name}": {"parameters": [number], "get": {"parameters": [{"name": "name", "in": "path"}]}},
        },
    }
    requests = Requests(document)
    patch, get = requests.find("PATCH /posts/{id}"), requests.find("GET /posts/{id}/by/{name}")
    assert patch is not None
    assert get is not None
    sent = [
        Request(operation=patch, path="/posts/41", body={"title": "x"}, media_type="application/json"),
        Request(operation=get, path="/posts/7/by/a%20b"),
    ]
    made = with_examples(document, sent)["paths"]
    shown = made["/posts/{id}"]["patch"]
    assert shown["requestBody"]["content"]["application/json"] == {"example": {"title": "x"}}
    assert [(one["name"], one["example"], "examples" in one) for one in shown["parameters"]] == [("id", 41, False)]
    values = {one["name"]: one["example"] for one in made["/posts/{id}/by/{name}"]["get"]["parameters"]}
    assert values == {"id": 7, "name": "a b"}
    assert document["paths"]["/posts/{id}"]["parameters"] == [number]
