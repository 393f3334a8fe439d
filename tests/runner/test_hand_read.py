"""Is a file found that no contract names: what the code behind an operation reads of a request by itself?"""

import ast
from typing import Any

import pytest

from runner.evidence.behaviour.unnamed_uploads import ANY, unnamed_uploads
from runner.evidence.code.code_names import Code, Module
from runner.evidence.code.hand_read import HandRead, Taken
from runner.evidence.contract.routes import Route
from runner.http.files import FileField, file_field
from runner.http.openapi import FORM_TYPES, Operation

RAW = """
async def put(request):
    wanted = request.query_params
    name = wanted.get("name", request.headers["x-name"])
    await run_in_threadpool(keep, name, await request.body())

def keep(name, content):
    (FOLDER / name).write_bytes(content)
"""
FORM = """
async def put(request):
    async with request.form() as form:
        await keep(form["picture"], form.get("title"))
"""
HOOK = """
async def put(request):
    event = json.loads(await request.body())
    request.headers.get("x-signature")
"""


def route(method: str = "PUT", *, by_hand: bool = True) -> Route:
    usual: dict[str, Any] = {"kind": "operation", "path": "/things", "pattern": "", "converters": {}}
    return Route(**usual, methods=(method,), function="put", module="app.things", reads_request=by_hand)


def read(text: str, *, by_hand: bool = True) -> tuple[Taken, ...]:
    code = Code(modules=(Module(name="app.things", path="app/things.py", tree=ast.parse(text)),))
    return HandRead.of(code, [route(by_hand=by_hand)]).taken


def told(text: str, path: str = "/things") -> list[Operation]:
    taken = [Taken(**{**{n: getattr(one, n) for n in one.__slots__}, "endpoint": f"PUT {path}"}) for one in read(text)]
    return list(unnamed_uploads([Operation(method="PUT", path=path)], taken))


def test_a_body_that_is_stored_is_a_file_with_the_names_that_are_asked_for() -> None:
    (taken,) = read(RAW)
    assert (taken.body, taken.query, taken.headers, taken.stores) == (True, ("name",), ("x-name",), True)
    (operation,) = told(RAW)
    assert (operation.body_media, [p.key for p in operation.parameters]) == (
        ANY,
        [("query", "name"), ("header", "x-name")],
    )
    assert file_field({}, operation) == FileField("")


def test_a_form_that_is_read_by_hand_has_its_fields() -> None:
    (operation,) = told(FORM)
    assert operation.body_media == FORM_TYPES[1]
    assert file_field({}, operation) == FileField("picture")


@pytest.mark.parametrize(("path", "found"), [("/hooks/pay", False), ("/uploads", True)])
def test_a_body_that_nothing_stores_is_a_file_only_where_the_path_says_so(path: str, *, found: bool) -> None:
    assert bool(told(HOOK, path)) is found


def test_what_a_contract_names_or_a_model_reads_is_left_as_it_is() -> None:
    named = Operation(method="PUT", path="/things", body={"type": "object"}, body_media="application/json")
    assert not list(unnamed_uploads([named, Operation(method="GET", path="/things")], read(RAW)))
    assert read(RAW, by_hand=False) == ()
    assert read("async def put(request):\n    return request.query_params['a']\n") == ()
