"""Does the contract say what the app serves, whatever shape the app has?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.discovery.target import Target
from runner.engine import Shelf
from runner.errors import ProbeError
from runner.evidence.contract.contract import Contract, Operation, joined
from runner.evidence.contract.contract_problems import ContractProblems
from runner.evidence.contract.served_app import ServedApp
from runner.http.account_operations import find_logins, is_closed_read
from runner.http.requests import Requests
from runner.live.workshop import Workshop

PYTHON = Path(__file__).parents[2] / "sample_service" / ".venv" / "bin" / "python"

PLAIN = """
print("noise on import")
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

class Post(BaseModel):
    title: str

router = APIRouter(prefix="/posts")

@router.post("", status_code=201)
def write_post(post: Post) -> Post:
    return post

sub = FastAPI()

@sub.get("/ping")
def ping() -> Post: ...

app = FastAPI()
app.include_router(router)
app.mount("/inner", sub)
"""


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


def served(folder: Path, workshop: Workshop, source: str) -> Shelf:
    (folder / "main.py").write_text(source, encoding="utf-8")
    return Shelf(Target(root=folder, python=PYTHON), workshop)


def contract_of(shelf: Shelf) -> Contract:
    found = shelf.get(Contract).evidence
    assert isinstance(found, Contract)
    return found


def test_included_routers_and_mounted_apps_are_in_it(tmp_path: Path, workshop: Workshop) -> None:
    contract = contract_of(served(tmp_path, workshop, PLAIN))
    assert [o.endpoint for o in contract.operations] == ["POST /posts", "GET /inner/ping"]
    write = contract.operations[0]
    assert write.body is not None
    assert write.body_required
    assert list(contract.properties(write.body)) == ["title"]
    assert [r.status for r in write.responses] == ["201", "422"]
    ping = contract.operation("GET /inner/ping")
    assert ping is not None
    assert ping.success is not None
    assert ping.success.schema is not None
    assert list(contract.properties(ping.success.schema)) == ["title"]


def test_routes_know_file_line_and_models(tmp_path: Path, workshop: Workshop) -> None:
    found = served(tmp_path, workshop, PLAIN).get(ServedApp).evidence
    assert isinstance(found, ServedApp)
    write = next(r for r in found.routes if r["path"] == "/posts")
    assert (write["file"], write["methods"], write["body_models"]) == ("main.py", ["POST"], ["main.Post"])
    assert write["is_async"] is False
    assert found.models[0]["extra"] == "ignore"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("from fastapi import FastAPI\napp = FastAPI()\nraise RuntimeError('no .env')", "no .env (main.py:3)"),
        (
            "import sys\nfrom fastapi import FastAPI\napp = FastAPI()\nsys.exit('no settings')",
            "SystemExit: no settings",
        ),
        (
            "import sys\nfrom fastapi import FastAPI\napp = FastAPI()\nprint('READ it', file=sys.stderr)\nsys.exit(66)",
            "SystemExit: 66 (main.py:5). It said: READ it",
        ),
    ],
)
def test_it_says_why_there_is_none(tmp_path: Path, workshop: Workshop, source: str, said: str) -> None:
    problem = served(tmp_path, workshop, source).get(Contract).problem
    assert said in str(problem)


def test_a_factory_and_a_wrapped_app_are_found(tmp_path: Path, workshop: Workshop) -> None:
    source = (
        "from fastapi import FastAPI\nfrom starlette.middleware.cors import CORSMiddleware\n"
        "def make() -> FastAPI:\n    app = FastAPI()\n    app.get('/x')(lambda: None)\n    return CORSMiddleware(app)\n"
    )
    assert [o.endpoint for o in contract_of(served(tmp_path, workshop, source)).operations] == ["GET /x"]


def test_references_security_and_shared_parameters_are_resolved() -> None:
    document: dict[str, Any] = {
        "security": [{"bearer": []}],
        "paths": {
            "/a/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/Id"}}
                ],
                "get": {"responses": {"200": {"$ref": "#/components/responses/Ok"}}},
                "post": {"security": [], "responses": {}},
                "put": {"security": [{"bearer": []}, {}], "responses": {}},
            }
        },
        "components": {
            "schemas": {"Id": {"type": "integer"}},
            "responses": {
                "Ok": {"description": "fine", "content": {"application/json": {"schema": {"type": "array"}}}}
            },
        },
    }
    get, put, post = sorted(
        Contract(document=document).operations, key=lambda o: ["GET", "PUT", "POST"].index(o.method)
    )
    assert get.parameters[0].schema == {"type": "integer"}
    assert get.success is not None
    assert get.success.schema == {"type": "array"}
    assert [o.is_protected for o in (get, put, post)] == [True, False, False]


def test_mounted_apps_keep_their_own_schemas() -> None:
    def app(kind: str) -> dict[str, Any]:
        schema = {"$ref": "#/components/schemas/Post"}
        answer = {"200": {"content": {"application/json": {"schema": schema}}}}
        return {"paths": {"/x": {"get": {"responses": answer}}}, "components": {"schemas": {"Post": {"type": kind}}}}

    contract = Contract(document=joined((("", app("object")), ("/v2", app("string")))))
    kinds = {o.path: o.success.schema["type"] for o in contract.operations if o.success and o.success.schema}
    assert kinds == {"/x": "object", "/v2/x": "string"}
    assert isinstance(contract.operations[0], Operation)


def test_mounted_apps_keep_their_own_components_and_security() -> None:
    def app(name: str, security: list[dict[str, list[str]]]) -> dict[str, Any]:
        limit = {"name": name, "in": "query", "schema": {"type": "integer"}}
        get = {"parameters": [{"$ref": "#/components/parameters/Limit"}], "responses": {}}
        components = {"parameters": {"Limit": limit}, "pathItems": {"X": {"get": get}}}
        paths = {"/x": {"get": get}, "/y": {"$ref": "#/paths/~1x"}, "/z": {"$ref": "#/components/pathItems/X"}}
        return {"openapi": "3.1.0", "security": security, "paths": paths, "components": components}

    contract = Contract(document=joined((("", app("limit", [])), ("/v2", app("size", [{"key": []}])))))
    assert [(o.endpoint, o.parameters[0].name, o.is_protected) for o in contract.operations] == [
        ("GET /x", "limit", False),
        ("GET /y", "limit", False),
        ("GET /z", "limit", False),
        ("GET /v2/x", "size", True),
        ("GET /v2/y", "size", True),
        ("GET /v2/z", "size", True),
    ]


ODD = """
from fastapi import FastAPI
class Odd(FastAPI):
    def openapi(self):
        1 / 0
app: FastAPI = FastAPI()
app.get("/things")(lambda: 1)
app.__class__ = Odd
"""


def test_the_routes_tell_the_contract_that_an_app_fails_to_make(tmp_path: Path, workshop: Workshop) -> None:
    shelf = served(tmp_path, workshop, ODD)
    found = contract_of(shelf)
    assert found.problem.startswith("ZeroDivisionError")
    assert [one.endpoint for one in found.operations] == ["GET /things"]
    problems = shelf.get(ContractProblems).evidence
    assert isinstance(problems, ContractProblems)
    assert problems.problems[0].message.startswith("raises ZeroDivisionError")


def test_a_contract_that_nobody_is_shown_may_fail(tmp_path: Path, workshop: Workshop) -> None:
    shelf = served(tmp_path, workshop, ODD.replace("FastAPI()", "FastAPI(openapi_url=None)"))
    assert contract_of(shelf).problem == ""


HIDING = (
    PLAIN.replace('@router.post("", status_code=201)', '@router.post("", include_in_schema=False)')
    + """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
app.add_route("/purge", lambda request: PlainTextResponse("gone"), methods=["DELETE"])
app.mount("/admin", Starlette(routes=[Route("/users", lambda request: PlainTextResponse(""), methods=["POST"])]))
"""
)


def test_what_is_served_and_stands_in_no_contract_is_known(tmp_path: Path, workshop: Workshop) -> None:
    found = contract_of(served(tmp_path, workshop, HIDING))
    assert found.hidden == ("POST /posts", "DELETE /purge", "POST /admin/users")
    assert str(found.judged()) == "1 of 4 operations"
    assert str(found.judged(only="POST")) == "0 of 2 POST operations"


HIDDEN_DOORS = (
    PLAIN
    + """
from typing import Annotated
from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
bearer = OAuth2PasswordBearer(tokenUrl="elsewhere")
doors = APIRouter(prefix="/doors", include_in_schema=False, dependencies=[Depends(bearer)])
@doors.get("/me")
def me() -> Post: ...
@app.post("/login/test-token", include_in_schema=False, dependencies=[Depends(bearer)])
def test_token() -> Post: ...
@app.post("/login/access-token", include_in_schema=False)
def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]: ...
app.include_router(doors)
from fastapi.middleware.cors import CORSMiddleware
app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example", "*"])
"""
)


def test_how_one_signs_in_is_known_where_the_contract_leaves_it_out(tmp_path: Path, workshop: Workshop) -> None:
    found = contract_of(served(tmp_path, workshop, HIDDEN_DOORS))
    assert [one.endpoint for one in found.operations] == ["POST /posts", "GET /inner/ping"]
    requests = Requests(found.document, untold=found.untold)
    assert requests.operations == found.operations
    assert found.origins == ("https://shop.example",)
    assert [one.endpoint for one in find_logins(requests)] == ["POST /login/access-token"]
    form = requests.example(find_logins(requests)[0])
    assert {"username", "password"} <= set(form.fields)
    assert form.media_type == "application/x-www-form-urlencoded"
    assert [one.endpoint for one in requests.served if is_closed_read(one)] == [
        "POST /login/test-token",
        "GET /doors/me",
    ]


@pytest.mark.parametrize("document", ["None", "{'paths': [1]}", "{'paths': {'/x': {'get': {'responses': 5}}}}"])
def test_what_is_no_contract_is_said_to_be_none(tmp_path: Path, workshop: Workshop, document: str) -> None:
    source = f"from fastapi import FastAPI\napp = FastAPI()\napp.openapi = lambda: {document}\n"
    problem = served(tmp_path, workshop, source).get(Contract).problem
    assert isinstance(problem, ProbeError)
    assert "what openapi() of main:app returns can't be read as a contract" in str(problem)


def test_one_answer_that_cannot_be_told_hides_no_other_operation(tmp_path: Path, workshop: Workshop) -> None:
    source = (
        "from fastapi import FastAPI\nfrom pydantic import BaseModel\n"
        "from collections.abc import Callable\nclass Odd(BaseModel):\n    call: Callable[[], int]\n"
        "class Post(BaseModel):\n    title: str\n"
        "app = FastAPI()\n"
        "@app.get('/form')\ndef form(name: str) -> Odd: ...\n"
        "@app.post('/posts')\ndef write(post: Post) -> Post: ...\n"
    )
    contract = contract_of(served(tmp_path, workshop, source))
    assert "PydanticInvalidForJsonSchema" in contract.problem
    form, write = sorted(contract.operations, key=lambda one: one.path)
    assert (form.endpoint, [one.name for one in form.parameters]) == ("GET /form", ["name"])
    assert write.success is not None
    assert write.success.schema is not None
    assert list(contract.properties(write.success.schema)) == ["title"]
