"""What the code of a route makes of its request and its answer is seen: nulls, and statuses of its own."""

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.config import Config, Service
from runner.discovery.target import Target, find_target
from runner.engine import Shelf
from runner.evidence.code.blocking_calls import BlockingCalls
from runner.evidence.code.code_names import Code, Module
from runner.evidence.code.nulls_handled import NullsHandled, asked_for_none
from runner.evidence.contract.routes import Route, Routes
from runner.live.workshop import Workshop
from workflow.settings import SAMPLE

SERVICE = """
from http import HTTPStatus
from fastapi import FastAPI, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, field_validator, model_validator

app = FastAPI()

class Order(BaseModel):
    title: str | None = None
    note: str | None = Field(None, alias="noteText")
    price: float | None = None
    code: str | None = None
    shop: str | None = None

    @field_validator("title", mode="after")
    @classmethod
    def there(cls, value):
        if value is None:
            raise ValueError("give a title")
        return value

    @field_validator("note", mode="before")
    @classmethod
    def filled(cls, value):
        return value or "-"

def store(order):
    return {"code": order.code or "none"}

@app.post("/orders")
def make(order: Order):
    return store(order) | {"price": order.price}

@app.patch("/orders")
def change(order: Order):
    if order.shop is not None:
        return store

@app.post("/made")
def made():
    return JSONResponse({}, status_code=201)

@app.post("/named")
def named():
    answer = JSONResponse({}, status.HTTP_202_ACCEPTED)
    return answer

@app.post("/set")
def put(response: Response, new: bool = True):
    response.status_code = HTTPStatus.CREATED if new else 200
    return {}

@app.post("/plain")
def plain():
    def other():
        return JSONResponse({}, status_code=201)
    return {"status_code": 201}
"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    if not (SAMPLE / ".venv").exists():
        pytest.skip("the bundled service has no environment here")
    root = tmp_path_factory.mktemp("service")
    (root / "main.py").write_text(SERVICE, encoding="utf-8")
    (root / ".venv").symlink_to(SAMPLE / ".venv")
    with Workshop() as shared:
        yield Shelf(find_target(root), shared)


def test_a_status_that_a_function_gives_its_answer_itself_is_seen(shelf: Shelf) -> None:
    routes = shelf.get(Routes).evidence
    assert isinstance(routes, Routes)
    own = {route.path: route.own_statuses for route in routes.routes if route.kind == "operation"}
    assert {path: own[path] for path in ("/made", "/named", "/set", "/plain")} == {
        "/made": (201,),
        "/named": (202,),
        "/set": (200, 201),
        "/plain": (),
    }


def test_a_null_that_a_validator_refuses_or_code_replaces_is_seen(shelf: Shelf) -> None:
    nulls = shelf.get(NullsHandled).evidence
    assert isinstance(nulls, NullsHandled)
    assert nulls.refused["POST /orders"] == {"title", "note", "noteText"}
    assert {name for name in ("price", "code", "shop") if name in nulls.replaced["POST /orders"]} == {"code"}
    assert {name for name in ("price", "code", "shop") if name in nulls.replaced["PATCH /orders"]} == {"shop"}


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("title = body.title or slug()", True),
        ("title = slug() if body.title is None else body.title", True),
        ("title = body.get('title') or slug()", True),
        ("title = data['title'] if data['title'] else slug()", True),
        ("order = Order(title=body.title)", False),
        ("order = Order(**body.model_dump(exclude_none=True))", False),
    ],
)
def test_putting_something_in_its_place_is_read(line: str, *, seen: bool) -> None:
    text = textwrap.dedent(f"""
        async def save(body):
            {line}

        async def make(body):
            return await save(body)
    """)
    code = Code(modules=(Module(name="app", path="app.py", tree=ast.parse(text)),))
    route = Route(kind="operation", path="/orders", pattern="", converters={}, file="app.py", line=5)
    assert ("title" in set(asked_for_none(code, route))) is seen


@pytest.mark.parametrize("named", [False, True])
def test_a_route_that_a_folder_of_tests_serves_is_read_too(tmp_path: Path, *, named: bool) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "check.py").write_text(
        "from fastapi import APIRouter\nrouter = APIRouter()\n\n\n@router.get('/checks')\ndef check(): return {}\n",
        encoding="utf-8",
    )
    (tmp_path / "main.py").write_text(
        "from fastapi import FastAPI\nfrom tests.check import router\napp = FastAPI()\napp.include_router(router)\n",
        encoding="utf-8",
    )
    sources = ("main.py",) if named else ()
    config = Config(service=Service(sources=list(sources))) if named else Config()
    with Workshop() as workshop:
        target = Target(root=tmp_path, python=find_target(SAMPLE).python, config=config, named_sources=sources)
        kept = Shelf(target, workshop).get(BlockingCalls)
    assert (named, "tests/check.py" in str(kept.problem)) == (named, named)
