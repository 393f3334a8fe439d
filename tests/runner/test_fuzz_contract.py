"""Are requests kept short, and answers judged by what the contract really says?"""

from typing import Any

from runner.evidence.behaviour.fuzz_contract import LONGEST, as_asked

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


def test_a_text_that_must_be_long_stays_long() -> None:
    title = TITLE | {"minLength": 500, "maxLength": 600}
    made = as_asked(contract(title) | {"x": TITLE})
    assert made["components"]["schemas"]["PostAsAsked"]["properties"]["title"]["maxLength"] == 500
    short = as_asked({"paths": {"/a": {"summary": "s", "get": {"parameters": [{"schema": TITLE}]}}}})
    assert short["paths"]["/a"]["get"]["parameters"] == [{"schema": TITLE | {"maxLength": LONGEST}}]
