"""Does each design check pass what is right, and name what is wrong?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from runner.evidence.agreed.decisions import Decisions, record
from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.evidence.agreed.today import Today
from runner.evidence.code.blocking_calls import BlockingCall, BlockingCalls
from runner.evidence.code.interpreter import Interpreter
from runner.evidence.code.lock_file import LockFile, Pin
from runner.evidence.contract.accepted_contract import AcceptedContract
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.contract_problems import ContractProblems, Problem, find
from runner.evidence.contract.routes import Model, Route, Routes
from runner.evidence.load.pagings import Paging, Pagings
from runner.model import Outcome, Verdict
from runner.specification_text import parse
from stages.design import checks, checks_models, checks_routes, checks_stack
from stages.design.differences import differences

PROBLEM = {"type": "object", "properties": {name: {"type": "string"} for name in ("type", "title", "status", "detail")}}
POST = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {"id": {"type": "integer"}, "title": {"type": "string"}},
}
NEW = {
    "type": "object",
    "required": ["title"],
    "additionalProperties": False,
    "properties": {"title": {"type": "string", "maxLength": 200}, "note": {"type": "string"}},
}


def answer(schema: Mapping[str, Any] | None, media: str = "application/json") -> dict[str, Any]:
    return {"description": "", **({"content": {media: {"schema": schema}}} if schema is not None else {})}


def operation(**words: Any) -> dict[str, Any]:
    return {"operationId": "one", "responses": {"200": answer(POST)}} | words


def body(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def contract(paths: Mapping[str, Any] | None = None, **schemas: Any) -> Contract:
    """GET and POST on /posts, unless other paths are given."""
    usual = {
        "/posts": {
            "get": operation(
                operationId="list", parameters=[limit(maximum=100)], responses={"200": answer(listed(POST))}
            ),
            "post": operation(
                operationId="write",
                requestBody=body(NEW),
                responses={"201": answer(POST), "422": answer(PROBLEM, "application/problem+json")},
            ),
        }
    }
    info = {"title": "x", "version": "1"}
    chosen = usual if paths is None else paths
    return Contract(document={"openapi": "3.1.0", "info": info, "paths": chosen, "components": {"schemas": schemas}})


def limit(**words: Any) -> dict[str, Any]:
    return {"name": "limit", "in": "query", "schema": {"type": "integer"} | words}


def listed(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def accepted(found: Contract) -> AcceptedContract:
    return AcceptedContract(path="openapi.json", document=found.document)


def route(path: str, *methods: str, **words: Any) -> Route:
    given: dict[str, Any] = {
        "kind": "operation",
        "pattern": f"^{path.replace('{id}', '(?P<id>[^/]+)')}$",
        "converters": {"id": "StringConvertor"} if "{id}" in path else {},
        "in_schema": True,
        "file": "app/routes.py",
        "line": 7,
    } | words
    return Route(path=path, methods=methods, **given)


def routes(*given: Route, models: tuple[Model, ...] = ()) -> Routes:
    return Routes(routes=given, models={m.qualified: m for m in models})


def spec(*, endpoints: str = "[GET /posts, POST /posts]", more: str = "") -> Spec:
    text = f"""\
gonogo: 1
service: {{name: s, summary: s, owner: o}}
requirements:
  - id: R-1
    title: Posts
    text: When someone writes, the service shall answer 201.
    priority: must
    endpoints: {endpoints}
{more}"""
    problems, parsed = parse("spec.yaml", text)
    assert parsed, problems
    return Spec(file=SpecificationFile(path="spec.yaml", text=text, problems=(), parsed=parsed), content=parsed)


def told(verdict: Verdict) -> tuple[Outcome, str]:
    """As faces show it: the message, and what was judged of what there was."""
    return verdict.outcome, " · ".join([verdict.message, *map(str, verdict.shares)])


# --- 2.1 the contract


def test_ds001_passes_the_same_contract() -> None:
    verdict = checks.contract_is_what_is_served(accepted(contract()), contract(), routes())
    assert told(verdict) == (Outcome.PASSED, "as in openapi.json · 2 of 2 operations")


def test_ds001_names_operation_and_field() -> None:
    changed = {**NEW, "properties": {**NEW["properties"], "title": {"type": "string", "maxLength": 300}}}  # type: ignore[dict-item]
    paths = dict(contract().document["paths"])
    served = contract(
        {"/posts": {**paths["/posts"], "post": {**paths["/posts"]["post"], "requestBody": body(changed)}}}
    )
    verdict = checks.contract_is_what_is_served(accepted(contract()), served, routes())
    assert verdict.message == "1 difference: POST /posts body.title: maxLength 200 → 300"
    assert verdict.places[0].endpoint == "POST /posts"
    assert verdict.again


def test_ds001_names_that_there_is_no_accepted_contract() -> None:
    verdict = checks.contract_is_what_is_served(AcceptedContract(path=None, document={}), contract(), routes())
    assert verdict.message.startswith("no contract is accepted")
    assert checks.nothing_breaks_clients(AcceptedContract(path=None, document={}), contract()).outcome is (
        Outcome.NOT_APPLICABLE
    )


def one(**words: Any) -> Contract:
    return contract({"/x": {"post": operation(**words)}})


def obj(required: list[str] | None = None, /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required or []}


TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("before", "after", "said", "breaks"),
    [
        (
            {"requestBody": body(obj(a=TEXT))},
            {"requestBody": body(obj(["a"], a=TEXT))},
            "body.a: optional → required",
            True,
        ),
        (
            {"requestBody": body(obj(["a"], a=TEXT))},
            {"requestBody": body(obj(a=TEXT))},
            "body.a: required → optional",
            False,
        ),
        ({"requestBody": body(obj())}, {"requestBody": body(obj(b=TEXT))}, "body.b: new", False),
        ({"requestBody": body(obj())}, {"requestBody": body(obj(["b"], b=TEXT))}, "body.b: new, required", True),
        ({"requestBody": body(obj(a=TEXT))}, {"requestBody": body(obj())}, "body.a: removed", True),
        ({"requestBody": body(obj(a=TEXT))}, {"requestBody": body(obj(a=WHOLE))}, "body.a: string → integer", True),
        (
            {"requestBody": body(obj(a={"anyOf": [TEXT, NULL]}))},
            {"requestBody": body(obj(a=TEXT))},
            "body.a: null, string → string",
            True,
        ),
        (
            {"requestBody": body(obj(a={"enum": ["x", "y"]}))},
            {"requestBody": body(obj(a={"enum": ["x"]}))},
            "body.a: one of x, y → one of x",
            True,
        ),
        (
            {"responses": {"200": answer(obj(a=TEXT))}},
            {"responses": {"200": answer(obj())}},
            "answer 200.a: removed",
            True,
        ),
        (
            {"responses": {"200": answer(obj())}},
            {"responses": {"200": answer(obj(a=TEXT))}},
            "answer 200.a: new",
            False,
        ),
        (
            {"responses": {"200": answer(obj(a=TEXT))}},
            {"responses": {"200": answer(obj(a={"anyOf": [TEXT, NULL]}))}},
            "answer 200.a: string → null, string",
            True,
        ),
        (
            {"responses": {"200": answer(listed(obj(["a"], a=TEXT)))}},
            {"responses": {"200": answer(listed(obj(a=TEXT)))}},
            "answer 200[].a: required → optional",
            True,
        ),
        ({}, {"responses": {"200": answer(POST), "404": answer(None)}}, "answer 404: new", False),
        ({"parameters": []}, {"parameters": [limit()]}, "query limit: new", False),
        ({"parameters": [limit()]}, {"parameters": [limit(maximum=9)]}, "query limit: maximum none → 9", True),
        ({"parameters": [limit(default=5)]}, {"parameters": [limit(default=6)]}, "query limit: default 5 → 6", False),
        ({}, {"security": [{"bearer": []}]}, "security: open → bearer", True),
        ({}, {"operationId": "other"}, "operationId: “one” → “other”", False),
    ],
)
def test_ds002_tells_breaking_changes_from_others(before: Any, after: Any, said: str, breaks: bool) -> None:  # noqa: FBT001
    found = differences(one(**before), one(**after))
    assert [str(d) for d in found] == [f"POST /x {said}"]
    verdict = checks.nothing_breaks_clients(accepted(one(**before)), one(**after))
    assert verdict.outcome is (Outcome.FAILED if breaks else Outcome.PASSED)
    assert checks.contract_is_what_is_served(accepted(one(**before)), one(**after), routes()).outcome is Outcome.FAILED


def test_ds002_names_a_removed_operation() -> None:
    verdict = checks.nothing_breaks_clients(accepted(contract()), contract({}))
    assert verdict.message.startswith("GET /posts: no longer served (breaks its callers)")


def test_differences_of_schemas_that_hold_themselves_come_to_an_end() -> None:
    def tree(kind: str) -> Contract:
        node = obj(name={"type": kind}, children=listed({"$ref": "#/components/schemas/Node"}))
        return contract(
            {"/x": {"get": operation(responses={"200": answer({"$ref": "#/components/schemas/Node"})})}}, Node=node
        )

    first = differences(tree("string"), tree("integer"))[0]
    assert str(first) == "GET /x answer 200.name: string → integer"


def test_differences_beside_the_operations_are_named_too() -> None:
    other = Contract(document={**contract().document, "info": {"title": "y", "version": "1"}})
    assert [str(d) for d in differences(contract(), other)] == ["info.title: x → y"]


def test_ds003_passes_valid_openapi() -> None:
    assert find(dict(contract().document)) == []
    found = ContractProblems(version="3.1.0", problems=(), judged=2, there=2)
    assert told(checks.contract_is_valid(found)) == (Outcome.PASSED, "OpenAPI 3.1.0 · 2 of 2 operations")


def test_ds003_names_the_place() -> None:
    broken = contract({"/x": {"get": operation(parameters=[{"name": "q", "in": "nowhere"}])}})
    problems = tuple(find(dict(broken.document)))
    assert problems
    verdict = checks.contract_is_valid(ContractProblems(version="3.1.0", problems=problems[:1]))
    assert verdict.outcome is Outcome.FAILED
    assert "paths › /x › get" in verdict.message
    odd = find({"openapi": "2.0"})
    assert odd == [Problem(where="openapi", message="version “2.0” is neither 3.0 nor 3.1")]


def test_ds004_passes_ids_of_their_own_also_in_mounted_apps() -> None:
    paths = {"/x": {"get": operation()}, "/v2/x": {"get": operation()}}
    mounted = Contract(document={"paths": paths}, mounted=("/v2",))
    assert checks.operation_ids_are_unique(mounted, routes()).outcome is Outcome.PASSED
    verdict = checks.operation_ids_are_unique(contract(), routes())
    assert told(verdict) == (Outcome.PASSED, "each with its id · 2 of 2 operations")


def test_ds004_names_both_operations_and_the_nameless() -> None:
    paths = {"/x": {"get": operation()}, "/y": {"get": operation()}, "/z": {"get": operation(operationId="")}}
    verdict = checks.operation_ids_are_unique(contract(paths), routes(route("/x", "GET")))
    assert verdict.message == "`one` is the id of GET /x, GET /y; GET /z has none"
    assert {(p.path, p.line, p.endpoint) for p in verdict.places} == {
        (None, None, "GET /z"),
        ("app/routes.py", 7, "GET /x"),
        (None, None, "GET /y"),
    }


def test_ds005_passes_what_was_asked_for() -> None:
    hidden = route("/health", "GET", in_schema=False)
    verdict = checks.operations_trace_to_requirements(contract(), routes(hidden), spec())
    assert told(verdict) == (Outcome.PASSED, "each asked for · 3 of 3 operations · 1 of 1 requirement")


def test_ds005_names_both_directions() -> None:
    wanted = spec(endpoints="[GET /posts, 'GET /posts/{post_id}']")
    verdict = checks.operations_trace_to_requirements(contract(), routes(), wanted)
    assert verdict.message == (
        "GET /posts/{post_id} is asked for and not served; POST /posts is served and no requirement asks for it"
    )
    assert (verdict.places[0].line, verdict.places[0].note) == (
        8,
        "GET /posts/{post_id} is not served: correct the path, serve it, or take it out",
    )


def test_ds005_names_a_permission_for_what_the_contract_lacks() -> None:
    row = "\npermissions:\n  - {endpoint: GET /posts, allow: {}}\n  - {endpoint: GET /postz, allow: {}}\n"
    verdict = checks.operations_trace_to_requirements(contract(), routes(), spec(more=row))
    assert told(verdict) == (Outcome.FAILED, "GET /postz is permitted and not served (is GET /posts meant?)")
    assert verdict.places[0].line == 12


def test_ds005_names_hidden_operations_and_near_names() -> None:
    hidden = route("/posts/purge", "POST", in_schema=False)
    verdict = checks.operations_trace_to_requirements(
        contract(), routes(hidden), spec(endpoints="[GET /posts/, POST /posts]")
    )
    assert "GET /posts/ is asked for and not served (is GET /posts meant?)" in verdict.message
    assert "POST /posts/purge is served (hidden from the contract)" in verdict.message


def test_ds006_passes_problem_details_with_extensions() -> None:
    more = {**PROBLEM, "properties": {**PROBLEM["properties"], "errors": {}}}  # type: ignore[dict-item]
    answers = {"404": answer(PROBLEM, "application/problem+json"), "422": answer(more, "application/problem+json")}
    assert checks.errors_have_one_shape(one(responses=answers)).message == "2 documented errors, all problem details"


def test_ds006_passes_one_shape_of_the_services_own() -> None:
    answers = {"404": answer(obj(errors=TEXT)), "422": answer(obj(errors=TEXT))}
    said = "2 documented errors, all of one shape of the service's own: errors as application/json · 1 of 1 operation"
    assert told(checks.errors_have_one_shape(one(responses=answers))) == (Outcome.PASSED, said)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"422": answer(obj(detail={}))}, "no problem details, but: detail as application/json (422 of POST /x)"),
        (
            {"404": answer(PROBLEM, "application/problem+json"), "409": answer(obj(message=TEXT))},
            "beside problem details: message as application/json (409 of POST /x)",
        ),
        ({"404": answer(None)}, "no problem details, but: no documented body as nothing (404 of POST /x)"),
        ({"200": answer(POST)}, "no operation documents an error"),
    ],
)
def test_ds006_names_the_other_shape(answers: Any, message: str) -> None:
    verdict = checks.errors_have_one_shape(one(responses=answers))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, message)


# --- 2.2 models


def test_ds007_passes_a_model_of_its_own() -> None:
    model = Model(name="PostNew", qualified="app.PostNew")
    verdict = checks_models.no_table_model_as_body(
        routes(route("/posts", "POST", body_models=("app.PostNew",)), models=(model,))
    )
    assert told(verdict) == (Outcome.PASSED, "none is a table · 1 of 1 request body")
    none = checks_models.no_table_model_as_body(routes(route("/posts", "GET")))
    assert (none.outcome, none.looked) == (Outcome.NOT_APPLICABLE, "the 1 route of the app")


def test_ds007_names_the_table_also_inside_of_another_model() -> None:
    outer = Model(name="Order", qualified="app.Order", inner=("app.Line",))
    line = Model(name="Line", qualified="app.Line", table=True)
    given = routes(route("/orders", "POST", body_models=("app.Order",)), models=(outer, line))
    verdict = checks_models.no_table_model_as_body(given)
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "POST /orders takes the table Line")
    assert verdict.places[0].path == "app/routes.py"


def test_ds008_passes_closed_bodies_and_forms() -> None:
    verdict = checks_models.unknown_fields_are_refused(contract(), routes())
    assert told(verdict) == (Outcome.PASSED, "each refuses what it does not know · 1 of 1 JSON body")
    form = {"content": {"application/x-www-form-urlencoded": {"schema": obj(a=TEXT)}}}
    assert checks_models.unknown_fields_are_refused(one(requestBody=form), routes()).outcome is Outcome.NOT_APPLICABLE


def test_ds008_names_the_open_object_at_any_depth() -> None:
    closed = {**obj(lines=listed({"$ref": "#/components/schemas/Line"})), "additionalProperties": False}
    given = contract({"/x": {"post": operation(requestBody=body(closed))}}, Line=obj(name=TEXT))
    verdict = checks_models.unknown_fields_are_refused(given, routes())
    assert verdict.message == "1 of 1 take any field: POST /x (body.lines[])"
    assert verdict.again[0].startswith("curl -i -X POST localhost:8000/x")


def test_ds009_passes_tokens_and_facts_about_secrets() -> None:
    fields = obj(
        access_token=TEXT, refresh_token=TEXT, password_changed_at=TEXT, has_password={"type": "boolean"}, title=TEXT
    )
    verdict = checks_models.no_secret_in_a_response(one(responses={"200": answer(fields)}), routes())
    assert told(verdict) == (Outcome.PASSED, "no field is named like a secret · 1 of 1 operation")


@pytest.mark.parametrize("name", ["hashed_password", "passwordHash", "password", "salt", "reset_token", "totp_secret"])
def test_ds009_names_the_field(name: str) -> None:
    page = obj(items=listed(obj(owner=obj(**{name: TEXT}))))
    verdict = checks_models.no_secret_in_a_response(one(responses={"200": answer(page)}), routes())
    assert verdict.message == f"POST /x answers `items[].owner.{name}`"


TOLD = {"200": answer(obj(secret=TEXT, qr_code=TEXT))}


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        ({"/mfa": {"post": operation(responses=TOLD)}}, []),
        ({"/clients": {"post": operation(responses={"201": answer(obj(id=TEXT, client_secret=TEXT))})}}, []),
        ({"/mfa": {"get": operation(responses=TOLD)}}, ["GET /mfa"]),
        ({"/mfa": {"post": operation(responses=TOLD), "get": operation(responses=TOLD)}}, ["GET /mfa", "POST /mfa"]),
        ({"/hooks": {"post": operation(requestBody=body(obj(secret=TEXT)), responses=TOLD)}}, ["POST /hooks"]),
        ({"/mfa": {"post": operation(responses={"200": answer(listed(obj(secret=TEXT)))})}}, ["POST /mfa"]),
        ({"/users": {"post": operation(responses={"201": answer(obj(password=TEXT))})}}, ["POST /users"]),
    ],
)
def test_ds009_lets_a_new_secret_be_shown_once_to_whom_it_is_made_for(paths: dict[str, Any], named: list[str]) -> None:
    verdict = checks_models.no_secret_in_a_response(contract(paths), routes())
    assert [str(place).split(":")[0] for place in verdict.places] == named


@pytest.mark.parametrize(
    ("path", "field", "outcome"),
    [
        ("/auth/generate-password", "password", Outcome.PASSED),
        ("/auth/generate-password", "password_hash", Outcome.FAILED),
        ("/auth/passwords", "password", Outcome.FAILED),
        ("/random-users", "password", Outcome.FAILED),
        ("/users/{id}/generate-password", "password", Outcome.FAILED),
    ],
)
def test_ds009_knows_what_is_there_to_make_one_up(path: str, field: str, outcome: Outcome) -> None:
    made = contract({path: {"get": {"responses": {"200": answer(obj(**{field: TEXT}))}}}})
    assert checks_models.no_secret_in_a_response(made, routes()).outcome is outcome


# --- 2.3 routes


@pytest.mark.parametrize("schema", [POST, listed(POST), {"type": "string"}, obj(a=TEXT), {"anyOf": [POST, NULL]}])
def test_ds010_passes_answers_with_a_shape(schema: Any) -> None:
    verdict = checks_routes.answers_have_models(one(responses={"200": answer(schema)}), routes())
    assert told(verdict) == (Outcome.PASSED, "1 JSON answer · 1 of 1 operation")


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "object", "additionalProperties": True},
        listed({}),
        {"anyOf": [{}, NULL]},
        {"type": "object", "additionalProperties": {}},
    ],
)
def test_ds010_names_the_function_that_answers_anything(schema: Any) -> None:
    verdict = checks_routes.answers_have_models(one(responses={"200": answer(schema)}), routes(route("/x", "POST")))
    assert verdict.message == "1 answer JSON of any shape: POST /x"
    assert (verdict.places[0].path, verdict.places[0].line) == ("app/routes.py", 7)


def test_ds010_passes_answers_that_are_no_json() -> None:
    text = one(responses={"200": answer(TEXT, "text/plain"), "204": answer(None)})
    verdict = checks_routes.answers_have_models(text, routes())
    assert told(verdict) == (Outcome.PASSED, "0 JSON answers · 1 of 1 operation")


def get(schema: Any, *parameters: Any) -> Contract:
    return contract({"/x": {"get": operation(parameters=list(parameters), responses={"200": answer(schema)})}})


def named(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": WHOLE}


@pytest.mark.parametrize(
    "given",
    [
        get(listed(POST), limit(maximum=100)),
        get(
            listed(POST),
            {"name": "size", "in": "query", "schema": {"anyOf": [{"type": "integer", "maximum": 9}, NULL]}},
        ),
        get(listed(POST), {"name": "page", "in": "query", "schema": WHOLE}),
        get(listed({"type": "string", "enum": ["a"]})),
        get({**listed(POST), "maxItems": 50}),
        get(obj(id=WHOLE, tags=listed(POST))),
        get(obj(status=POST, checks=listed(POST))),
        get(obj(names=listed({"type": "string"}))),
        get(obj(success={"type": "boolean"}, data=obj(id=WHOLE, tags=listed(POST)))),
    ],
)
def test_ds011_passes_bounded_lists_and_no_lists(given: Contract) -> None:
    assert checks_routes.pages_are_bounded(given, routes(), Pagings(found=())).outcome is not Outcome.FAILED


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (get(listed(POST), limit()), "`limit` has no maximum"),
        (get(listed(POST), limit(maximum=1_000_000)), "`limit` may be 1,000,000, which is no bound"),
        (get(obj(items=listed(POST), total=WHOLE), limit(minimum=1)), "`limit` has no maximum"),
        (get(listed(POST)), "answers the whole list: it has no page size"),
        (get(obj(data=listed(POST), count=WHOLE)), "answers the whole list: it has no page size"),
        (get(obj(posts=listed(POST))), "answers the whole list: it has no page size"),
        (get(obj(code=WHOLE, message=POST, data=listed(POST))), "answers the whole list: it has no page size"),
        (
            get(obj(success={"type": "boolean"}, data=obj(list=listed(POST), total=WHOLE))),
            "answers the whole list: it has no page size",
        ),
        (get(listed(POST), named("items_per_page")), "`items_per_page` has no maximum"),
        (get(listed(POST), named("$top")), "`$top` has no maximum"),
        (get(listed(POST), named("number_of_results")), "`number_of_results` has no maximum"),
    ],
)
def test_ds011_names_the_unbounded_list(given: Contract, problem: str) -> None:
    verdict = checks_routes.pages_are_bounded(given, routes(route("/x", "GET")), Pagings(found=()))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, f"GET /x: {problem}")


def with_children(field: Any, *parameters: Any) -> Contract:
    """A thing with a field, and an operation that lists posts below it."""
    paths = {
        "/x/{id}": {"get": operation(responses={"200": answer(obj(id=WHOLE, below=field))})},
        "/x/{id}/posts": {"get": operation(parameters=list(parameters), responses={"200": answer(listed(POST))})},
    }
    return contract(paths)


def test_ds011_names_what_is_paged_elsewhere_and_answered_whole_here() -> None:
    given = with_children({"anyOf": [listed(POST), NULL]}, limit(maximum=100))
    verdict = checks_routes.pages_are_bounded(given, routes(route("/x/{id}", "GET")), Pagings(found=()))
    said = "GET /x/{id}: answers all `below` at once, which GET /x/{id}/posts pages"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, said)


@pytest.mark.parametrize(
    "field", [{**listed(POST), "maxItems": 3}, listed({"type": "string"}), listed(obj(name=TEXT)), obj(id=WHOLE)]
)
def test_ds011_passes_what_is_bounded_or_not_paged_elsewhere(field: Any) -> None:
    given = with_children(field, limit(maximum=100))
    assert checks_routes.pages_are_bounded(given, routes(), Pagings(found=())).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("function", "most", "outcome"),
    [
        ("read", (10,), Outcome.PASSED),
        ("read", (0,), Outcome.FAILED),
        ("read", (10, 0), Outcome.FAILED),
        ("read", (1_000_000,), Outcome.FAILED),
        ("other", (10,), Outcome.FAILED),
    ],
)
def test_ds011_passes_a_list_of_the_ten_newest(function: str, most: tuple[int, ...], outcome: Outcome) -> None:
    served = routes(route("/x", "GET", file="app/x.py", function="read"))
    one = paging("Post.id", total=True).found[0]
    found = Pagings(found=tuple(replace(one, function=function, most=size) for size in most))
    assert checks_routes.pages_are_bounded(get(listed(POST)), served, found).outcome is outcome


def test_ds012_passes_fixed_paths_first_and_typed_parameters() -> None:
    typed = route("/posts/{id}", "GET", pattern=r"^/posts/(?P<id>[0-9]+)$", converters={"id": "IntegerConvertor"})
    fine = routes(route("/posts/mine", "GET"), route("/posts/{id}", "GET"), route("/posts/{id}/x", "GET"))
    assert told(checks_routes.no_route_hides_another(fine)) == (Outcome.PASSED, "each reachable · 3 of 3 routes")
    assert checks_routes.no_route_hides_another(routes(typed, route("/posts/mine", "GET"))).outcome is Outcome.PASSED
    other = routes(route("/posts/{id}", "GET"), route("/posts/mine", "POST"))
    assert checks_routes.no_route_hides_another(other).outcome is Outcome.PASSED


def test_ds012_names_the_hidden_route() -> None:
    given = routes(route("/posts/{id}", "GET"), route("/posts/mine", "GET"))
    verdict = checks_routes.no_route_hides_another(given)
    assert verdict.message == "GET /posts/mine is behind GET /posts/{id}"
    assert verdict.again == ("curl -i -X GET localhost:8000/posts/mine",)


def test_ds012_names_what_is_behind_a_mount_and_a_twin() -> None:
    mount = route("", kind="mount", pattern="^/(?P<path>.*)$", file=None)
    given = routes(route("/a", "GET"), mount, route("/b", "GET"))
    assert checks_routes.no_route_hides_another(given).message == "GET /b is behind mount "
    twin = routes(route("/a/{id}", "GET"), route("/a/{id}", "GET"))
    assert checks_routes.no_route_hides_another(twin).outcome is Outcome.FAILED


def test_ds013_passes_without_a_blocking_call() -> None:
    verdict = checks_routes.nothing_blocks_the_loop(BlockingCalls(coroutines=3, found=(), files=2))
    assert told(verdict) == (Outcome.PASSED, "3 `async def` without a blocking call · 2 of 2 files")
    none = checks_routes.nothing_blocks_the_loop(BlockingCalls(coroutines=0, found=(), files=2))
    assert (none.outcome, none.looked) == (Outcome.NOT_APPLICABLE, "the 2 files of the sources")


def test_ds013_names_call_and_line() -> None:
    call = BlockingCall(path="app/x.py", line=9, function="read", call="time.sleep", why="time.sleep blocks")
    verdict = checks_routes.nothing_blocks_the_loop(BlockingCalls(coroutines=3, found=(call,)))
    assert verdict.message == "app/x.py:9 calls time.sleep"
    assert verdict.places[0].note == "in read: time.sleep blocks"


def creating(status: str) -> Contract:
    return contract(
        {
            "/posts": {"post": operation(responses={status: answer(POST)})},
            "/posts/{post_id}": {"get": operation()},
            "/login": {"post": operation()},
        }
    )


def test_ds014_passes_201_and_leaves_actions_alone() -> None:
    verdict = checks_routes.creating_answers_201(creating("201"), routes())
    assert told(verdict) == (Outcome.PASSED, "1 creates, and answers 201 or 202 · 2 of 2 POST operations")
    assert checks_routes.creating_answers_201(one(), routes()).outcome is Outcome.NOT_APPLICABLE


def test_ds014_leaves_alone_what_gives_its_answer_201_by_itself() -> None:
    itself = routes(route("/posts", "POST", own_statuses=(201,)))
    assert checks_routes.creating_answers_201(creating("200"), itself).outcome is Outcome.PASSED
    wrong = routes(route("/posts", "POST", own_statuses=(200,), answers_itself=True))
    assert checks_routes.creating_answers_201(creating("200"), wrong).outcome is Outcome.FAILED


def test_ds014_names_the_operation() -> None:
    verdict = checks_routes.creating_answers_201(creating("200"), routes())
    assert verdict.message == "POST /posts answers 200, not 201"


def test_ds014_names_what_makes_the_things_of_a_list() -> None:
    many = {"type": "array", "items": POST}
    post = operation(requestBody=body(NEW), responses={"200": answer(POST)})
    both = contract({"/songs": {"post": post, "get": operation(responses={"200": answer(many)})}})
    assert checks_routes.creating_answers_201(both, routes()).message == "POST /songs answers 200, not 201"
    search = {**post, "responses": {"200": answer(many)}}
    found = contract({"/songs": {"post": search, "get": operation(responses={"200": answer(many)})}})
    assert checks_routes.creating_answers_201(found, routes()).outcome is Outcome.NOT_APPLICABLE


def paging(*order: str, total: bool) -> Pagings:
    return Pagings(found=(Paging(path="app/x.py", line=3, function="read", order=order, total=total),))


def test_ds018_passes_a_total_order() -> None:
    verdict = checks_routes.pages_have_a_total_order(paging("Post.id", total=True), contract())
    assert told(verdict) == (Outcome.PASSED, "each with a total order · 1 of 1 limited query")
    none = checks_routes.pages_have_a_total_order(Pagings(found=(), files=3), one())
    assert (none.outcome, none.looked) == (
        Outcome.NOT_APPLICABLE,
        "the 3 files of the sources, and the query parameters of 1 operation",
    )


def test_ds018_names_the_query() -> None:
    verdict = checks_routes.pages_have_a_total_order(paging("Post.at", total=False), contract())
    assert verdict.message == "app/x.py:3 read orders by Post.at, in which rows may be equal"
    none = checks_routes.pages_have_a_total_order(paging(total=False), contract())
    assert none.message == "app/x.py:3 read takes pages without an order"


# --- 1.2 the stack

RECORD = """---
id: DR-1
status: accepted
package: fastapi
version: ">=0.139,<1"
---
# FastAPI

## Options

- FastAPI
- Flask

## Decision

FastAPI.

## Consequences

Types everywhere.
"""


def decided(text: str = RECORD) -> Decisions:
    return Decisions(folder="docs/decisions", records=(record("docs/decisions/0001-fastapi.md", text),))


def locked(version: str = "0.139.1") -> LockFile:
    pin = Pin(name="FastAPI", version=version, hashed=True, path="requirements.lock", line=4)
    return LockFile(path="requirements.lock", kind="requirements", pins=(pin,))


TODAY = Today(date=date(2026, 1, 1))


def running(python: str = "3.12.1", **installed: str) -> Interpreter:
    return Interpreter(python=python, installed=installed or {"fastapi": "0.139.1"})


def test_ds015_passes_when_all_three_agree() -> None:
    verdict = checks_stack.decided_is_locked_is_installed(decided(), locked(), running())
    assert told(verdict) == (Outcome.PASSED, "as 1 decision says · 1 of 1 choice · 1 of 1 locked package")


@pytest.mark.parametrize(
    ("decisions", "lock", "interpreter", "message"),
    [
        (decided(), locked("1.2"), running(fastapi="1.2"), "DR-1 decides fastapi >=0.139,<1, 1.2 is locked"),
        (decided(), locked(), running(fastapi="0.140.0"), "fastapi 0.139.1 is locked, 0.140.0 is installed"),
        (
            decided(RECORD.replace("fastapi\nv", "flask\nv")),
            locked(),
            running(),
            "DR-1 decides flask, which requirements.lock",
        ),
        (
            decided(RECORD.replace("package: fastapi", "runtime: python").replace(">=0.139,<1", ">=3.13")),
            locked(),
            running(),
            "DR-1 decides python >=3.13, 3.12.1 runs",
        ),
        (
            decided(RECORD.replace(">=0.139,<1", "new")),
            locked(),
            running(),
            "DR-1: `new` is no version specifier for fastapi",
        ),
        (
            decided(RECORD.replace("accepted", "proposed")),
            locked(),
            running(fastapi="0.140.0"),
            "fastapi 0.139.1 is locked, 0.140.0 is installed",
        ),
        (decided(RECORD.replace("package: fastapi\n", "")), locked(), running(), "no decision names a package"),
        (decided(), LockFile(path=None), running(), "there is no lock to hold the decisions against"),
    ],
)
def test_ds015_names_what_does_not_agree(
    decisions: Decisions, lock: LockFile, interpreter: Interpreter, message: str
) -> None:
    verdict = checks_stack.decided_is_locked_is_installed(decisions, lock, interpreter)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(message)


def test_ds015_compares_lock_and_environment_where_no_decision_is_recorded() -> None:
    none = decided(RECORD.replace("accepted", "proposed"))
    verdict = checks_stack.decided_is_locked_is_installed(none, locked(), running())
    said = "as locked; no decision is recorded to hold them against · 1 of 1 locked package"
    assert told(verdict) == (Outcome.PASSED, said)
    nothing = checks_stack.decided_is_locked_is_installed(none, LockFile(path=None), running())
    assert nothing.outcome is Outcome.UNKNOWN
    assert "Write a lock: uv pip compile" in nothing.message
    ranges = Pin(name="fastapi", version=None, hashed=False, path="requirements.txt", line=1)
    free = LockFile(path="requirements.txt", kind="requirements", pins=(ranges,))
    left_open = checks_stack.decided_is_locked_is_installed(none, free, running())
    assert left_open.outcome is Outcome.UNKNOWN
    assert left_open.message.startswith("requirements.txt leaves open which version of its 1 package is meant")


def test_ds016_passes_records_with_options() -> None:
    verdict = checks_stack.decisions_weigh_options(decided())
    assert told(verdict) == (Outcome.PASSED, "each with options and consequences · 1 of 1 decision")
    table = RECORD.replace("- FastAPI\n- Flask", "| option | for |\n|---|---|\n| FastAPI | x |\n| Flask | y |")
    assert checks_stack.decisions_weigh_options(decided(table)).outcome is Outcome.PASSED


def test_ds016_names_the_gaps() -> None:
    bare = RECORD.replace("- Flask\n", "").replace("Types everywhere.\n", "")
    assert checks_stack.decisions_weigh_options(decided(bare)).message == "DR-1 lacks options and consequences"
    none = checks_stack.decisions_weigh_options(decided(RECORD.replace("accepted", "proposed")))
    assert none.message == "no decision is recorded in docs/decisions"


def test_ds017_passes_a_maintained_python() -> None:
    verdict = checks_stack.python_is_maintained(running(), TODAY)
    assert told(verdict) == (Outcome.PASSED, "Python 3.12.1 gets fixes until October 2028 · 1 of 1 interpreter")
    soon = checks_stack.python_is_maintained(running("3.11.2"), Today(date=date(2027, 9, 1)))
    assert soon.message == "Python 3.11.2 gets fixes until October 2027, 60 days: plan the next one"


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("3.8.10", "Python 3.8.10 got its last fix in October 2024"),
        ("3.4.1", "Python 3.4.1 got its last fix long ago"),
        ("2.7.18", "Python 2.7.18 got its last fix long ago"),
        ("3.15.0rc1", "Python 3.15.0rc1 is a pre-release, which nobody maintains"),
    ],
)
def test_ds017_names_a_python_at_its_end(python: str, message: str) -> None:
    verdict = checks_stack.python_is_maintained(running(python), TODAY)
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, message)
