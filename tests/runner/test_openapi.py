"""Does one model of a contract say what OpenAPI means, to those who judge and to those who send?"""

from collections.abc import Callable
from typing import Any

import pytest

from runner.evidence.contract.contract import Contract
from runner.evidence.contract.contract_problems import find
from runner.http.openapi import Operation, alternatives, choose, resolve
from runner.http.requests import MADE_UP, Request, Requests
from stages.design.checks_models import secrets_in
from stages.design.differences import differences
from stages.design.shapes import says_nothing

Document = dict[str, Any]
NEW = "3.1.0"
OLD = "3.0.3"
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
TEXT = {"type": "string"}
DONE = {"responses": {"200": {"description": "done"}}}


def document(paths: Document, version: str = NEW, **components: Any) -> Document:
    return {
        "openapi": version,
        "info": {"title": "shop", "version": "1"},
        "paths": paths,
        "components": components,
    }


def of_schemas(schemas: Document | None = None, version: str = NEW) -> Document:
    return document({}, version, schemas=schemas or {})


def only(paths: Document, version: str = NEW, **components: Any) -> Operation:
    (operation,) = Requests(document(paths, version, **components)).operations
    return operation


def request(paths: Document, version: str = NEW, **components: Any) -> Request:
    requests = Requests(document(paths, version, **components))
    return requests.example(requests.operations[0])


def taking(schema: Document, media: str = "application/json") -> Document:
    return {"/x": {"post": {"requestBody": {"required": True, "content": {media: {"schema": schema}}}, **DONE}}}


def asking(*parameters: Document, path: str = "/x") -> Document:
    return {path: {"get": {"parameters": list(parameters), **DONE}}}


def ref(place: str) -> Document:
    return {"$ref": f"#/components/{place}"}


def header(name: str) -> Document:
    return {"name": name, "in": "header", "required": True, "schema": TEXT}


SHARED = {"/x/{id}": {"parameters": [ID], "get": {"parameters": [{**ID, "schema": {"minimum": 7}}], **DONE}}}
BESIDE = {"/x": {**ref("pathItems/X"), "parameters": [header("X-Own")]}}
LIMIT = {"Limit": {"type": "integer", "minimum": 3}}
SELF = {"Self": {"anyOf": [ref("schemas/Self"), {"type": "null"}]}}
ROUND = {"A": ref("schemas/B"), "B": ref("schemas/A")}
FULL = {"Full": {"type": "array", "minItems": 1, "items": ref("schemas/Full")}}
TREE = {"Tree": {"allOf": [{"properties": {"child": {"allOf": [ref("schemas/Tree")]}, "name": TEXT}}]}}
BOTH = {"allOf": [{"properties": {"a": {"minLength": 5}}}, {"properties": {"a": {"type": "string", "minLength": 2}}}]}
ONE_OF = {"properties": {"a": TEXT}, "oneOf": [{"properties": {"b": TEXT}}, {"properties": {"c": TEXT}}]}
TWICE_ANY = {"allOf": [{"anyOf": [{"minimum": 1}, {"minimum": 2}]}, {"anyOf": [{"maximum": 8}, {"maximum": 9}]}]}
NULLABLE = {"type": "string", "nullable": True}


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        pytest.param(
            lambda: only({"/x": ref("pathItems/X")}, pathItems={"X": {"get": DONE}}).endpoint, "GET /x",
            id="a path item behind a reference is sent to",
        ),
        pytest.param(
            lambda: [p.name for p in only(BESIDE, pathItems={"X": {"get": DONE}}).parameters], ["X-Own"],
            id="what stands beside the reference of a path item is the path's",
        ),
        pytest.param(
            lambda: [p.schema for p in only(SHARED).parameters], [{"minimum": 7}],
            id="a parameter of the operation replaces the path's",
        ),
        pytest.param(
            lambda: [p.name for p in only(
                {"/x": {"parameters": [header("X-Key")], "get": {"parameters": [header("x-key")], **DONE}}}
            ).parameters], ["x-key"],
            id="names of headers have no case",
        ),
        pytest.param(lambda: only({"/x": {"trace": DONE}}).changes, False, id="TRACE is sent, and changes nothing"),
        pytest.param(
            lambda: [o.method for o in Requests(document({"/x": {"head": DONE, "options": DONE}})).operations],
            ["HEAD", "OPTIONS"], id="HEAD and OPTIONS are operations",
        ),
        pytest.param(
            lambda: only({"x-owner": "us", "/x": {"get": DONE}}).endpoint, "GET /x",
            id="an extension among the paths is no path",
        ),
        pytest.param(
            lambda: [p.name for p in only(asking(ref("parameters/None"), header("X"))).parameters], ["X"],
            id="a parameter that is not there",
        ),
        pytest.param(
            lambda: [p.name for p in only(asking(ref("parameters/P")), parameters={"P": header("X")}).parameters],
            ["X"], id="a parameter behind a reference",
        ),
        pytest.param(
            lambda: only(
                {"/x": {"post": {"requestBody": ref("requestBodies/B"), **DONE}}},
                requestBodies={"B": ref("requestBodies/C"), "C": {"content": {"application/json": {"schema": TEXT}}}},
            ).body, TEXT, id="a body behind two references",
        ),
        pytest.param(
            lambda: only(
                {"/x": {"get": {"responses": {"200": ref("responses/R"), "x-why": "?"}}}},
                responses={"R": {"headers": {"X-Total": ref("headers/T")}, "description": "fine"}},
                headers={"T": {"schema": TEXT}},
            ).responses[0].headers, ("X-Total",), id="an answer and its headers behind references",
        ),
        pytest.param(
            lambda: only(asking({"name": "q", "in": "query", "content": {"application/json": {"schema": TEXT}}}))
            .parameters[0].schema, TEXT, id="a parameter with a media type is judged by its schema",
        ),
        pytest.param(
            lambda: resolve(document({"/a/{b}": {"get": {"x": TEXT}}}), {"$ref": "#/paths/~1a~1%7Bb%7D/get/x"}), TEXT,
            id="a pointer with escapes",
        ),
        pytest.param(
            lambda: resolve(of_schemas(LIMIT), {**ref("schemas/Limit"), "minimum": 5})["minimum"], 5,
            id="3.1: both ask, the reference and what stands beside it",
        ),
        pytest.param(
            lambda: resolve(of_schemas(LIMIT), {**ref("schemas/Limit"), "minimum": 1})["minimum"], 3,
            id="3.1: what stands beside a reference takes nothing back",
        ),
        pytest.param(
            lambda: resolve(of_schemas(LIMIT, OLD), {**ref("schemas/Limit"), "minimum": 5})["minimum"], 3,
            id="3.0: nothing stands beside a reference",
        ),
        pytest.param(
            lambda: [one.get("type") for one in alternatives(of_schemas(version=OLD), NULLABLE)], ["string", "null"],
            id="3.0: nullable",
        ),
        pytest.param(
            lambda: [one.get("type") for one in alternatives(of_schemas(), NULLABLE)], ["string"],
            id="3.1 knows no nullable",
        ),
        pytest.param(
            lambda: request(
                taking({"type": "integer", "minimum": 5, "exclusiveMinimum": True}), OLD
            ).body, 6, id="3.0: an exclusive bound is a word beside it",
        ),
        pytest.param(
            lambda: choose(of_schemas(), {"properties": {"child": True}})["properties"], {"child": True},
            id="3.1: a schema may be true",
        ),
        pytest.param(lambda: resolve(of_schemas(), ref("schemas/None")), {}, id="a schema that is not there"),
        pytest.param(lambda: resolve(of_schemas(), {"$ref": "other.yaml#/A"}), {}, id="a schema elsewhere"),
        pytest.param(lambda: resolve(of_schemas(ROUND), ref("schemas/A")), {}, id="references that go round"),
        pytest.param(
            lambda: choose(of_schemas(SELF), ref("schemas/Self")), {"type": "null"}, id="alternatives that go round"
        ),
        pytest.param(
            lambda: len(str(request(taking(ref("schemas/Full")), schemas=FULL).body)) < 40, True,
            id="a list of itself that is never empty",
        ),
        pytest.param(
            lambda: list(secrets_in(Contract(document=of_schemas(TREE)), ref("schemas/Tree"), "", ())), [],
            id="a schema that holds itself behind allOf",
        ),
        pytest.param(
            lambda: choose(of_schemas(), choose(of_schemas(), BOTH)["properties"]["a"]),
            {"type": "string", "minLength": 5}, id="allOf: both say something of one field",
        ),
        pytest.param(
            lambda: resolve(of_schemas(), {"allOf": [{"type": "number"}, {"type": ["integer", "null"]}]})["type"],
            "integer", id="allOf: a number that is an integer",
        ),
        pytest.param(
            lambda: sorted(choose(of_schemas(), ONE_OF)["properties"]), ["a", "b"],
            id="what stands beside oneOf is asked for as well",
        ),
        pytest.param(
            lambda: [(one["minimum"], one["maximum"]) for one in alternatives(of_schemas(), TWICE_ANY)],
            [(1, 8), (1, 9), (2, 8), (2, 9)], id="allOf: each of both anyOf",
        ),
        pytest.param(
            lambda: says_nothing(Contract(document=of_schemas()), ONE_OF), False,
            id="alternatives beside fields say something",
        ),
        pytest.param(
            lambda: only(asking(path="/x/{a}-{b}.json")).placeholders, ("a", "b"), id="two placeholders in a segment"
        ),
        pytest.param(
            lambda: request(asking(path="/x/{id}/y/{id}.json")).path, "/x/1/y/1.json",
            id="one placeholder in two segments",
        ),
        pytest.param(
            lambda: dict(request(asking(header("Content-Type"), header("ACCEPT"), header("authorization"))).headers),
            {"Authorization": MADE_UP}, id="headers that media types say, and one that a guard reads",
        ),
        pytest.param(
            lambda: set(
                request(taking({"properties": {"a": TEXT}, "required": ["a"]}, "application/vnd.api+json")).fields
            ), {"a"}, id="a body of another kind of JSON",
        ),
        pytest.param(
            lambda: only({"/x": {"post": {"requestBody": {"content": {
                "multipart/form-data": {"schema": {"title": "form"}}, "application/problem+json": {"schema": TEXT},
            }}}}}).body, TEXT, id="JSON before a form",
        ),
    ],
)  # fmt: skip
def test_it_means_what_openapi_says(seen: Callable[[], object], wanted: object) -> None:
    assert seen() == wanted


def test_judging_and_sending_have_the_same_operations() -> None:
    whole = document({**SHARED, "/y": ref("pathItems/Y")}, pathItems={"Y": {"trace": DONE, "post": DONE}})
    assert Contract(document=whole).operations == Requests(whole).operations
    assert len(Requests(whole).operations) == 3


@pytest.mark.parametrize(
    ("paths", "where"),
    [
        ({"/x": ref("None")}, "paths › /x"),
        (taking(ref("None")), "paths › /x › post › requestBody › content › application/json › schema"),
        (taking({"properties": {"default": ref("None")}}), "… › properties › default"),
        (taking({"default": ref("None")}), ""),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_problem_of_the_contract(paths: Document, where: str) -> None:
    found = [one for one in find(document(paths)) if one.message == "the reference “#/components/None” leads nowhere"]
    assert [one.where.endswith(where.removeprefix("…")) for one in found] == [True] * bool(where)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (TEXT, NULLABLE, "POST /x body: string → null, string"),
        ({"allOf": [{**TEXT, "maxLength": 9}]}, {"allOf": [{**TEXT, "maxLength": 5}]}, "POST /x body: maxLength 9 → 5"),
        (
            {"type": "integer", "minimum": 1},
            {"type": "integer", "minimum": 1, "title": ""},
            "POST /x body: title none → “”",
        ),
    ],
)
def test_differences_are_told_behind_allof_and_nullable(before: Document, after: Document, said: str) -> None:
    old, new = (Contract(document=document(taking(one), OLD)) for one in (before, after))
    assert str(differences(old, new)[0]) == said


def test_a_header_in_other_letters_is_no_difference() -> None:
    def answering(name: str) -> Contract:
        answer = {"responses": {"200": {"description": "done", "headers": {name: {"schema": TEXT}}}}}
        get = {"parameters": [header(name)], **answer}
        return Contract(document=document({"/x": {"get": get}}))

    assert not [one for one in differences(answering("X-Total"), answering("x-total")) if one.endpoint]


@pytest.mark.parametrize(
    ("place", "name", "required", "protected", "brings"),
    [
        ("cookie", "access_token", True, True, {"Cookie": f"access_token={MADE_UP}"}),
        ("cookie", "session", True, True, {"Cookie": f"session={MADE_UP}"}),
        ("header", "authorization", True, True, {"Authorization": MADE_UP}),
        ("header", "X-Token", True, True, {"X-Token": MADE_UP}),
        ("header", "x-token", False, False, {}),
        ("cookie", "refresh_token", True, False, {}),
        ("cookie", "theme", True, False, {}),
        ("query", "token", True, False, {}),
    ],
)
def test_a_guard_that_is_no_security_scheme_is_one_all_the_same(
    place: str, name: str, *, required: bool, protected: bool, brings: dict[str, str]
) -> None:
    """What a stranger brings is made up, so that the guard is asked, and a caller's own stands in its place."""
    parameter = {"in": place, "name": name, "required": required, "schema": {"type": "string"}}
    requests = Requests({"paths": {"/mine": {"get": {"parameters": [parameter], "responses": {}}}}})
    (operation,) = requests.operations
    assert operation.is_protected == protected
    assert requests.example(operation).headers == brings


def test_a_default_at_odds_with_its_schema_is_found_where_it_stands() -> None:
    price = {"type": "string", "title": "Price", "default": 0}
    body = {"type": "object", "properties": {"price": price}}
    document = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {}}
    (problem,) = find({**document, "components": {"schemas": {"Item": body}}})
    assert problem.where == "components › schemas › Item › properties › price"
    assert "0 is not of type 'string'" in problem.message


def test_who_has_no_token_yet_gets_in_where_all_operations_are_called_closed_at_once() -> None:
    fields = {"email": {"type": "string"}, "password": {"type": "string"}}
    takes = {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}}
    document = {
        "security": [{"bearer": []}],
        "paths": {
            "/sign-up/": {"post": takes},
            "/login": {"post": takes},
            "/admin/register": {"post": {**takes, "security": [{"bearer": []}]}},  # said of this one
            "/token": {"post": {}},  # takes no password
            "/users": {"post": takes},
        },
    }
    closed = [one.path for one in Requests(document).operations if one.is_protected]
    assert closed == [
        "/admin/register",
        "/token",
        "/users",
    ]


def test_where_all_operations_want_the_key_of_a_program_a_sign_up_wants_it_too() -> None:
    fields = {"email": {"type": "string"}, "password": {"type": "string"}}
    takes = {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}}
    key = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    document = {
        "components": {"securitySchemes": key},
        "security": [{"key": []}],
        "paths": {"/register": {"post": takes}},
    }
    assert [one.is_protected for one in Requests(document).operations] == [True]
