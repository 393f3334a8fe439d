"""Bodies that a service's own tests send: are they read from their code, and taken where refusals tell nothing?"""

import json
from typing import Any

import httpx
import pytest

from runner.http.identities import Identity
from runner.http.objects import Objects
from runner.http.plainer import Learned
from runner.http.requests import Requests
from runner.reading.shown_requests import Shown, fits, requests_in

TEST = """
import pytest

@pytest.fixture
def order():
    return {"code": "AB-12", "state": "draft", "lines": [{"size": 44, "product_id": made()}]}

async def test_orders(client, order, shop):
    payload = {"state": "live", "owner": shop.owner}
    await client.post(f"{API}/shops/{shop.id}/orders", json=order)
    client.put("/orders/1?dry=1", json=payload, headers={})
    client.request("PATCH", BASE + "/orders/" + str(7), json={"state": "done"})
    client.get("/orders")
    client.post("/orders", json=unknown())
"""


def test_bodies_are_read_from_the_code_of_tests() -> None:
    assert list(requests_in(TEST)) == [
        Shown(
            method="POST",
            path="{}/shops/{}/orders",
            body={"code": "AB-12", "state": "draft", "lines": [{"size": 44}]},
        ),
        Shown(method="PUT", path="/orders/1", body={"state": "live"}),
        Shown(method="PATCH", path="{}/orders/{}", body={"state": "done"}),
    ]
    assert not list(requests_in("def broken(:"))


@pytest.mark.parametrize(
    ("shown", "template", "leads"),
    [
        ("{}/shops/{}/orders", "/api/v1/shops/{shop_id}/orders", True),
        ("/orders/1", "/api/orders/{order_id}", True),
        ("/orders", "/orders/", True),
        ("/orders", "/orders/{order_id}", False),
        ("/api/orders", "/orders", False),
        ("{}", "/orders", False),
    ],
)
def test_a_path_of_a_test_leads_to_one_of_the_contract(shown: str, template: str, leads: bool) -> None:  # noqa: FBT001
    assert fits(shown, template) is leads


FIELDS = {"type": "object", "properties": {"code": {"type": "string"}, "size": {"type": "integer"}}}


def objects(answer: Any, tested: tuple[Shown, ...] = (), schema: dict[str, Any] | None = None) -> Objects:
    schema = schema or {**FIELDS, "required": ["code", "size"]}
    body = {"content": {"application/json": {"schema": schema}}}
    document = {"openapi": "3.1.0", "paths": {"/orders": {"post": {"requestBody": body}}}}
    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://shop")
    return Objects(Requests(document, Learned(lambda: tested)), client)


def test_a_form_that_only_the_tests_show_is_sent_with_values_of_its_own() -> None:
    """The refusal names nothing; the test's text is a form, not a value: a unique column takes it once."""
    taken: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        right = sent["size"] == 44 and len(sent["code"]) == 5 and sent["code"][2] == "-"
        taken.extend([sent] if right else [])
        return httpx.Response(201 if right else 400, json={} if right else {"detail": "Bad order"})

    shown = Shown(method="POST", path="/orders", body={"code": "AB-12", "size": 44})
    maker = objects(answer, (shown,))
    operation = maker.requests.operations[0]
    for _ in range(3):
        request = maker.request(operation, Identity(role="user"))
        assert request.send(maker.client).status_code == 201
    assert len({one["code"] for one in taken}) > 1


def test_what_breaks_without_its_optional_fields_gets_them() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201 if "size" in json.loads(request.content) else 500, json={"id": 1})

    maker = objects(answer, schema={**FIELDS, "required": ["code"]})
    request = maker.request(maker.requests.operations[0], Identity(role="user"))
    assert set(request.body) == {"code", "size"}


def test_an_operation_is_tried_out_once_and_gives_up() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(
            422, json={"detail": [{"loc": ["body", "code"], "msg": f"must be at least {len(asked)}"}]}
        )

    maker = objects(answer)
    maker.request(maker.requests.operations[0], Identity(role="user"))
    spent = len(asked)
    assert spent <= 12, "a refusal that asks for ever more is not followed for ever"
    maker.request(maker.requests.operations[0], Identity(role="user"))
    assert len(asked) == spent


def test_a_slash_at_the_end_is_followed_with_the_body() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/"):
            return httpx.Response(307, headers={"location": f"{request.url}/"})
        return httpx.Response(201, json=json.loads(request.content))

    maker = objects(answer)
    sent = maker.requests.example(maker.requests.operations[0])
    got = sent.send(maker.client)
    assert (got.status_code, got.json()) == (201, sent.body)


def test_a_redirect_elsewhere_is_not_followed() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(307, headers={"location": "https://shop/orders"})

    maker = objects(answer)
    assert maker.requests.example(maker.requests.operations[0]).send(maker.client).status_code == 307


UUID = {"type": "string", "format": "uuid"}


def _posting(**fields: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": list(fields), "properties": fields}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def test_references_are_met_in_lists_in_lines_in_headers_by_plain_names_and_from_what_is_there() -> None:
    line = {"type": "object", "required": ["product_id"], "properties": {"product_id": UUID}}
    order = _posting(
        tag_ids={"type": "array", "items": UUID},
        category=UUID,
        roleId={"type": "string"},
        lines={"type": "array", "items": line},
    )
    tenant = {"name": "X-Tenant-ID", "in": "header", "required": True, "schema": UUID}
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/orders": {"post": {**order, "parameters": [tenant]}},
            "/products": {"post": {}},  # a search
            **{f"/{name}": {"post": _posting(name={"type": "string"})} for name in ("tags", "categories/", "tenants")},
            "/products/create": {"post": _posting(name={"type": "string"})},
            "/roles": {"get": {}},
        },
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/roles":
            return httpx.Response(200, json={"data": {"rows": [{"id": 7}]}})
        known = {"/tags": "t", "/categories/": "c", "/tenants": "n", "/products/create": "p"}
        return httpx.Response(200, json={"code": 200, "msg": "ok", "data": {"id": known.get(request.url.path, "?")}})

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://shop")
    requests = Requests(document)
    operation = requests.find("POST /orders")
    assert operation is not None
    request = Objects(requests, client).request(operation, Identity(role="user"))
    assert request.headers == {"X-Tenant-ID": "n"}
    assert request.body == {"tag_ids": ["t"], "category": "c", "roleId": "7", "lines": [{"product_id": "p"}]}


def test_a_refusal_in_an_answer_of_200_is_one() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        right = json.loads(request.content)["size"] >= 9
        return httpx.Response(200, json={"code": 200 if right else 400, "msg": "ok" if right else "size must be >= 9"})

    maker = objects(answer)
    assert maker.request(maker.requests.operations[0], Identity(role="user")).body["size"] == 9


def test_bounds_in_pythons_words_are_bounds() -> None:
    requests = objects(lambda _: httpx.Response(201, json={})).requests
    text = {"anyOf": [{"type": "string"}, {"type": "null"}], "min_length": 30}
    schema = {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "integer", "ge": 5}, "b": text}}
    made = requests.examples.value(schema)
    assert made["a"] == 5
    assert len(made["b"]) >= 30
