"""A real suite, run by the interpreter of the bundled service, with our plugin watching."""

import ast
import importlib
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.discovery.config import Config
from runner.discovery.config_file import read_config
from runner.discovery.target import Target
from runner.engine import Shelf
from runner.errors import NotThere, ProbeError
from runner.evidence.code.code_names import Code, Module
from runner.evidence.release.ci_files import CiFile, TestsAndCi, ci_files, count_tests, run_by
from runner.evidence.release.workflows import Workflows
from runner.evidence.suite.guards import Guards, guards_in
from runner.evidence.suite.gutted import Gutted, is_own
from runner.evidence.suite.stacks import where_threads_stood
from runner.evidence.suite.suite import Suite, SuiteReversed, from_anywhere
from runner.evidence.suite.suite_record import Test, read_record
from runner.live.workshop import Workshop

PYTHON = Path(__file__).parents[2] / "sample_service" / ".venv" / "bin" / "python"
TOLD = Config(env={"DATABASE_URL": "{database_url}"})
APP = """\
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException
from sqlalchemy import Column, ForeignKey, Integer, MetaData, StaticPool, Table, create_engine, exists, select

app = FastAPI()
notes = MetaData()
thing = Table("thing", notes, Column("id", Integer, primary_key=True))
note = Table("note", notes, Column("id", Integer, primary_key=True), Column("thing_id", ForeignKey("thing.id")))
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
notes.create_all(engine)
router = APIRouter(prefix="/things")
THINGS: dict[int, dict] = {}


def someone(authorization: str | None = Header(None)) -> str:
    if not authorization:
        raise HTTPException(401)
    return authorization


@router.post("", status_code=201)
async def make(body: dict, who: str = Depends(someone)) -> dict:
    if "rude" in body:
        raise HTTPException(422)
    THINGS[len(THINGS) + 1] = body
    with engine.connect() as connection:
        connection.execute(select(thing.c.id).where(exists().where(note.c.thing_id == thing.c.id)))
    return {"id": len(THINGS)}


@router.delete("/{thing_id}", status_code=204)
def remove(thing_id: int, *, who: str = Depends(someone)) -> None:
    if thing_id < 0:
        raise HTTPException(404)
    if thing_id > 900:
        raise HTTPException(410)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"select count(*) from thing where thing.id = {thing_id}")
    del THINGS[thing_id]


app.include_router(router)
"""
TESTS = '''\
import pytest
from fastapi.testclient import TestClient

import main

KEY = {"authorization": "x"}


@pytest.fixture(scope="module")
def client():
    with TestClient(main.app) as client:
        yield client


def check_made(answer):
    assert answer.status_code == 201


def test_make(client):
    """AC-THING-1: it is made."""
    answer = client.post("/things", json={"a": 1}, headers=KEY)
    check_made(answer)
    assert answer.json()["id"]


def test_remove_weakly(client):
    made = client.post("/things", json={"a": 1}, headers=KEY).json()["id"]
    assert client.delete(f"/things/{made}", headers=KEY).status_code == 204


def test_refused(client):
    assert client.post("/things", json={"a": 1}).status_code == 401


def test_says_nothing(client):
    client.post("/things", json={"a": 1})
    client.post("/things", json={"rude": 1}, headers=KEY)


def test_says_only_true():
    assert True


def test_swallows(client):
    try:
        assert client.get("/nowhere").status_code == 200
    except Exception:
        pass


def test_refuses_only_once(client):
    if hasattr(main, "ASKED"):
        raise RuntimeError("the second time it fails, whatever the service does")
    main.ASKED = True
    assert client.delete("/things/901", headers=KEY).status_code == 410


def test_an_app_of_its_own():
    from fastapi import FastAPI

    made = FastAPI(docs_url=None, redoc_url=None)
    made.get("/made-up")(lambda: {})
    assert TestClient(made).get("/made-up").status_code == 200


def test_first():
    main.SEEN = True
    assert main.SEEN


def test_second():
    assert main.SEEN
'''


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    root = service(tmp_path_factory.mktemp("shop"), TESTS)
    with Workshop() as workshop:
        yield Shelf(Target(root=root, python=PYTHON, config=TOLD), workshop)


def service(root: Path, tests: str) -> Path:
    (root / "tests").mkdir()
    (root / "main.py").write_text(APP, encoding="utf-8")
    (root / "tests" / "test_things.py").write_text(tests, encoding="utf-8")
    (root / "gonogo.toml").write_text("", encoding="utf-8")
    return root


def the_suite(shelf: Shelf) -> Suite:
    kept = shelf.get(Suite)
    assert isinstance(kept.evidence, Suite), kept.problem
    return kept.evidence


def named(suite: Suite, name: str) -> Test:
    return next(test for test in suite.tests if test.name == name)


def test_a_suite_tells_outcomes_ids_and_places(shelf: Shelf) -> None:
    suite = the_suite(shelf)
    assert [test.outcome for test in suite.tests] == ["passed"] * 10
    made = named(suite, "test_make")
    assert (made.path, made.ids, made.id) == (
        "tests/test_things.py",
        ("AC-THING-1",),
        "tests/test_things.py::test_make",
    )
    assert suite.code == 0


def test_a_suite_tells_which_tests_assert_nothing(shelf: Shelf) -> None:
    silent = {test.name for test in the_suite(shelf).tests if test.asserts is False}
    assert silent == {"test_says_nothing", "test_says_only_true", "test_swallows"}


def test_a_suite_tells_which_requests_were_sent(shelf: Shelf) -> None:
    seen = {(one.method, one.path, one.status, one.signed, one.name) for one in the_suite(shelf).exchanges}
    assert ("POST", "/things", 201, True, "make") in seen
    assert ("POST", "/things", 401, False, "make") in seen
    assert any(method == "DELETE" and status == 204 and name == "remove" for method, _, status, _, name in seen)


def test_a_suite_tells_which_tables_its_requests_touched(shelf: Shelf) -> None:
    seen = {(one.method, one.tables, one.texts) for one in the_suite(shelf).touched}
    assert seen == {
        ("POST", ("note", "thing"), ()),
        ("DELETE", (), ("select count(*) from thing where thing.id = ?",)),
    }


def test_a_suite_tells_which_requests_an_app_of_the_tests_answered(shelf: Shelf) -> None:
    strangers = {one.path for one in the_suite(shelf).exchanges if one.stranger}
    assert strangers == {"/made-up"}


def test_a_suite_tells_what_it_covered(shelf: Shelf) -> None:
    assert [(one.path, round(one.percent, 1)) for one in the_suite(shelf).coverage] == [("main.py", 96.9)]


def test_a_suite_leaves_nothing_behind(shelf: Shelf, tmp_path: Path) -> None:
    the_suite(shelf)
    kept = shelf.get(Suite)
    assert not list(tmp_path.iterdir())
    assert "pytest" in kept.commands


def test_the_other_way_round_finds_the_test_that_needs_another(shelf: Shelf) -> None:
    turned = shelf.get(SuiteReversed).evidence
    assert isinstance(turned, SuiteReversed)
    order = [test.name for test in turned.tests]
    assert order == [test.name for test in reversed(the_suite(shelf).tests)]
    assert [test.name for test in turned.tests if test.failed] == ["test_second"]


def test_an_emptied_handler_is_noticed_only_by_a_test_that_looks(shelf: Shelf) -> None:
    gutted = shelf.get(Gutted).evidence
    assert isinstance(gutted, Gutted)
    assert {one.name: one.state for one in gutted.handlers} == {"make": "noticed", "remove": "unnoticed"}


def test_a_refusal_is_missed_only_by_a_test_that_reaches_it_and_looks(shelf: Shelf) -> None:
    guards = shelf.get(Guards).evidence
    assert isinstance(guards, Guards)
    assert {one.raises: (one.function, one.state) for one in guards.guards} == {
        "HTTPException(401)": ("someone", "noticed"),
        "HTTPException(422)": ("make", "unnoticed"),
        "HTTPException(404)": ("remove", "unreached"),
        "HTTPException(410)": ("remove", "not tried"),  # its only test fails either way when it runs again
    }
    assert [one.by.rpartition("::")[2] for one in guards.guards if one.by] == ["test_refused"]


@pytest.mark.parametrize(
    ("fails", "state"),
    [
        ([True, False], "noticed"),
        ([True, True], "not tried"),  # it fails either way, and says nothing about the handler
        ([False], "unnoticed"),
    ],
)
def test_a_test_that_fails_either_way_is_no_witness(
    monkeypatch: pytest.MonkeyPatch, fails: list[bool], state: str
) -> None:
    gonogo_gut = importlib.import_module("runner.guest.plugin.gonogo_gut")
    answers = iter(fails)
    monkeypatch.setattr(gonogo_gut, "fails", lambda _: next(answers))
    test = SimpleNamespace(nodeid="tests/test_x.py::test_x")
    assert gonogo_gut.noticed(count_tests, [test], time.monotonic() + 9)["state"] == state


def test_a_broken_collection_is_a_fact_not_problem(tmp_path: Path) -> None:
    root = service(tmp_path, "import nowhere_to_be_found\n\n\ndef test_x():\n    assert 1 == 2\n")
    with Workshop() as workshop:
        suite = the_suite(Shelf(Target(root=root, python=PYTHON, config=TOLD), workshop))
    assert suite.code == 2
    assert suite.problems[0].path == "tests/test_things.py"
    assert "nowhere_to_be_found" in suite.problems[0].why


def test_a_suite_that_never_ends_tells_where_it_hung(tmp_path: Path) -> None:
    waits = "def wait():\n    time.sleep(600)\n\n\ndef test_waits():\n    wait()\n"
    root = service(tmp_path, f"import time\n\n\n{waits}")
    (root / "gonogo.toml").write_text("[tests]\nseconds = 10\n", encoding="utf-8")

    with Workshop() as workshop:
        kept = Shelf(
            Target(root=root, python=PYTHON, config=TOLD.model_copy(update={"tests": read_config(root).tests})),
            workshop,
        ).get(Suite)
    assert isinstance(kept.problem, ProbeError)
    assert "did not end within" in str(kept.problem)
    assert "It was running tests/test_things.py::test_waits" in str(kept.problem)
    assert "and stood at tests/test_things.py:5 in wait" in str(kept.problem)


def test_threads_stand_in_the_services_code_or_anywhere_else(tmp_path: Path) -> None:
    queue, waits = "/usr/lib/python3.11/queue.py", f"{tmp_path}/.venv/lib/python3.11/site-packages/waits.py"
    idle = f'Thread 0x01 (most recent call first):\n  File "{queue}", line 180 in get\n'
    main = f'Thread 0x02 (most recent call first):\n  File "{waits}", line 7 in wait\n'
    busy = f'{main}  File "app/tags.py", line 40 in make\n  File "{tmp_path}/tests/test_tags.py", line 9 in test_it\n'
    assert where_threads_stood(f"Timeout (0:00:09)!\n{idle}\n{busy}", tmp_path) == ("app/tags.py:40 in make",)
    assert where_threads_stood(idle + main, tmp_path) == (
        ".venv/lib/python3.11/site-packages/waits.py:7 in wait",
        f"{queue}:180 in get",
    )
    assert where_threads_stood("", tmp_path) == ()


def test_no_tests_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP, encoding="utf-8")
    with Workshop() as workshop:
        shelf = Shelf(Target(root=tmp_path, python=PYTHON), workshop)
        assert isinstance(shelf.get(Suite).problem, NotThere)
        found = shelf.get(TestsAndCi).evidence
    assert found == TestsAndCi(files=(), functions=0, ci=())


@pytest.mark.parametrize(
    ("run", "seen"), [("pytest -q", True), ("cd tests && pytest", True), ("cd web && pytest", False)]
)
def test_tests_beside_the_service_are_its_own_where_they_import_it(tmp_path: Path, run: str, *, seen: bool) -> None:
    root = beside(tmp_path, "from backend.main import app\ndef test_a(): ...\ndef test_b(): ...\n", run)
    with Workshop() as workshop:
        shelf = Shelf(Target(root=root, python=PYTHON), workshop)
        found, ci, suite = (shelf.get(one) for one in (TestsAndCi, Workflows, Suite))
    assert isinstance(found.evidence, TestsAndCi)
    assert (found.evidence.files, found.evidence.functions) == (("../tests/test_a.py",), 2)
    assert [one.runs_tests for one in found.evidence.ci] == [seen]
    assert isinstance(ci.evidence, Workflows)
    assert (ci.evidence.test_files, [run.counts for run in ci.evidence.runs]) == (found.evidence.files, [True] * seen)
    assert "../tests/test_a.py" in str(suite.problem)
    assert not isinstance(suite.problem, NotThere)


def test_tests_beside_the_service_that_import_another_are_not_its_own(tmp_path: Path) -> None:
    root = beside(tmp_path, "from shop.main import app\ndef test_a(): ...\n", "pytest")
    with Workshop() as workshop:
        shelf = Shelf(Target(root=root, python=PYTHON), workshop)
        assert isinstance(shelf.get(Suite).problem, NotThere)


def beside(repository: Path, test: str, run: str) -> Path:
    """A service in `backend`, with a test and a workflow beside it."""
    put = {
        "backend/main.py": APP,
        "tests/test_a.py": test,
        ".github/workflows/ci.yml": f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: {run}\n",
    }
    (repository / ".git").mkdir()
    for name, text in put.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")
    return repository / "backend"


def test_ci_files_are_found_up_to_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text("on: push\njobs:\n  a:\n    steps:\n      - run: pytest -q\n", encoding="utf-8")
    (workflows / "docs.yml").write_text(
        "on: push\njobs:\n  a:\n    steps:\n      # - run: pytest\n      - run: pip install pytest\n", encoding="utf-8"
    )
    root = tmp_path / "services" / "shop"
    root.mkdir(parents=True)
    assert [(one.path, one.runs_tests) for one in ci_files(root)] == [
        (".github/workflows/ci.yml", True),
        (".github/workflows/docs.yml", False),
    ]


def test_test_functions_are_counted_in_classes_too() -> None:
    text = "class TestX:\n    def test_a(self): ...\n    async def test_b(self): ...\ndef helper(): ...\n"
    assert count_tests(text) == 2


def test_a_record_keeps_the_worst_phase() -> None:
    lines = [
        '{"kind": "test", "id": "t", "path": "t.py", "line": 1, "ids": [], "asserts": true}',
        '{"kind": "report", "id": "t", "when": "call", "outcome": "passed", "seconds": 1, "why": ""}',
        '{"kind": "report", "id": "t", "when": "teardown", "outcome": "failed", "seconds": 1, "why": "left open"}',
        '{"kind": "begin", "id": "t"',
    ]
    record = read_record("\n".join(lines))
    assert [(test.outcome, test.why, test.seconds) for test in record.tests] == [("error", "left open", 2)]


def test_the_handlers_of_a_mounted_package_are_not_the_service_s() -> None:
    assert is_own("app/api/items.py")
    assert not is_own(".venv/lib/python3.13/site-packages/sqladmin/application.py")
    assert not is_own("/usr/lib/python3/dist-packages/starlette/staticfiles.py")
    assert not is_own("../other/.venv/lib/x.py")


def test_how_a_command_line_program_ends_is_no_refusal() -> None:
    body = (
        "n < 0:\n        raise typer.Exit(1)",
        "n == 0:\n        raise typer.Exit",
        "n > 9:\n        raise HTTPException(422)",
    )
    text = "def seed(n):\n" + "".join(f"    if {one}\n" for one in body)
    module = Module(path="app/seed.py", name="app.seed", tree=ast.parse(text))

    assert [one.raises for one in guards_in(Code(modules=(module,)))] == ["HTTPException(422)"]


def of_workflow(tmp_path: Path, text: str) -> CiFile:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text(text, encoding="utf-8")
    (tmp_path / "check.sh").write_text("set -e\nruff check\npytest -q\n", encoding="utf-8")
    (found,) = ci_files(tmp_path, ["tests/unit/test_a.py", "tests/test_b.py"])
    return found


STEP = "on: {on}\njobs:\n  test:\n    {job}\n    steps:\n      - {step}\n        run: {run}\n"


@pytest.mark.parametrize(
    ("text", "runs", "why"),
    [
        (
            "on: push\njobs:\n  t:\n    uses: shop/flows/.github/workflows/python-test.yml@v1\n",
            None,
            "what `shop/flows/.github/workflows/python-test.yml@v1` runs",
        ),
        ("on: push\njobs:\n  r:\n    uses: shop/flows/.github/workflows/release.yml@v1\n", False, "no command of it"),
        ("on: push\n", None, "what it runs: it has no `jobs`"),
        ("on: [push\n", None, "what it runs: "),
    ],
)
def test_what_stands_elsewhere_or_can_t_be_read_may_run_the_tests(
    tmp_path: Path, text: str, why: str, *, runs: bool | None
) -> None:
    file = tmp_path / ".github" / "workflows" / "ci.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    (found,) = ci_files(tmp_path, ["tests/test_b.py"])
    assert found.runs_tests is runs
    assert found.why.startswith(why)


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        ({}, True),
        ({"run": "bash check.sh"}, True),
        ({"run": "uv run --group dev pytest tests"}, True),
        ({"run": "docker compose exec -T app pytest"}, True),
        ({"run": "pip install pytest coverage"}, False),
        ({"run": "echo pytest"}, False),
        ({"run": "pytest || true"}, False),
        ({"run": "pytest --collect-only"}, False),
        ({"on": "workflow_dispatch"}, False),
        ({"job": "if: false"}, False),
        ({"step": "continue-on-error: true"}, False),
    ],
)
def test_a_workflow_runs_tests_when_a_push_starts_a_command_that_may_fail(
    tmp_path: Path, change: dict[str, str], *, runs: bool
) -> None:
    facts = {"on": "push", "job": "runs-on: x", "step": "name: y", "run": "pytest"} | change
    assert of_workflow(tmp_path, STEP.format(**facts)).runs_tests is runs


def test_a_workflow_tells_which_tests_it_runs(tmp_path: Path) -> None:
    facts = {"on": "[push]", "job": "runs-on: x", "step": "name: y", "run": "pytest tests/unit -k 'not slow'"}
    found = of_workflow(tmp_path, STEP.format(**facts))
    assert (found.paths, found.why) == (("tests/unit/test_a.py",), "-k not slow")
    assert run_by((found,), {"tests/unit/test_a.py": 3, "tests/test_b.py": 4}) == 3


HEAD = '{"kind": "test", "id": "t", "path": "t.py", "line": 1, "ids": [], "asserts": true}'
REPORT = '{{"kind": "report", "id": "t", "when": "{}", "outcome": "passed", "seconds": 1, "why": ""}}'


def test_a_test_whose_process_is_gone_never_ended() -> None:
    begun = read_record("\n".join([HEAD, '{"kind": "begin", "id": "t"}', REPORT.format("setup"), ""]))
    assert [test.outcome for test in begun.tests] == ["not run"]
    assert (begun.ended, begun.running) == (False, "t")


@pytest.mark.parametrize(
    ("called", "outcome"),
    [
        ('"raised": "", "entered": true', "passed"),
        ('"raised": "AssertionError: no", "entered": true', "failed"),
        ('"raised": "", "entered": false', "not run"),
    ],
)
def test_what_a_hook_makes_of_a_test_is_not_believed(called: str, outcome: str) -> None:
    said = f'{{"kind": "called", "id": "t", {called}}}'
    record = read_record("\n".join([HEAD, REPORT.format("call"), said, REPORT.format("teardown"), ""]))
    assert [test.outcome for test in record.tests] == [outcome]


LIAR = """\
import pytest


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if item.name != "test_is_taken_out"]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return True if pyfuncitem.name == "test_is_never_called" else None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    told = yield
    if item.name == "test_is_wrong":
        told.get_result().outcome = "passed"
"""
LIED = """\
def test_is_taken_out():
    assert f() == 2


def test_is_never_called():
    assert f() == 2


def test_is_wrong():
    assert f() == 2


def f():
    return 1


class Tests:
    def helper_is_no_test(self): ...

    def __init__(self):
        pass

    def test_cannot_be_collected(self):
        assert f() == 2


def test_good():
    assert f() == 1
"""
QUITS = "import os\n\n\ndef test_quits():\n    os._exit(0)\n\n\ndef test_after():\n    assert os\n"


def test_hooks_that_drop_skip_and_whitewash_tests_are_seen_through(tmp_path: Path) -> None:
    root = service(tmp_path, LIED)
    (root / "tests" / "conftest.py").write_text(LIAR, encoding="utf-8")
    (root / "tests" / "test_more.py").write_text("def test_hidden():\n    assert 1\n", encoding="utf-8")
    (root / "pytest.ini").write_text("[pytest]\naddopts = --ignore=tests/test_more.py\n", encoding="utf-8")
    with Workshop() as workshop:
        suite = the_suite(Shelf(Target(root=root, python=PYTHON, config=TOLD), workshop))
    assert {test.name: test.outcome for test in suite.tests} == {
        "test_is_never_called": "not run",
        "test_is_wrong": "failed",
        "test_good": "passed",
    }
    assert suite.dropped == ("tests/test_things.py::test_is_taken_out",)
    assert suite.unseen == ("tests/test_more.py::test_hidden",)
    assert suite.there == 5


def test_a_suite_that_ends_its_process_has_not_passed(tmp_path: Path) -> None:
    root = service(tmp_path, QUITS)
    with Workshop() as workshop:
        shelf = Shelf(Target(root=root, python=PYTHON, config=TOLD), workshop)
        suite, turned = the_suite(shelf), shelf.get(SuiteReversed).evidence
    assert isinstance(turned, SuiteReversed)
    assert (suite.code, suite.ended, [test.outcome for test in suite.tests]) == (0, False, ["not run", "not run"])
    assert (turned.ended, [test.outcome for test in turned.tests]) == (False, ["passed", "not run"])


def test_tests_of_an_app_that_is_started_in_its_own_folder_run_there(tmp_path: Path) -> None:
    put = {
        "Dockerfile": "FROM python\nWORKDIR src\nCMD uvicorn main:app\n",
        "src/main.py": "from fastapi import FastAPI\nfrom fastapi.staticfiles import StaticFiles\nimport config\n"
        'app = FastAPI()\napp.mount("/static", StaticFiles(directory="static"))\n',
        "src/config.py": "",
        "src/static/a.txt": "",
        "tests/conftest.py": "import main\n",
        "tests/test_app.py": "import main\ndef test_title():\n    assert main.app.title\n",
    }
    for name, text in put.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with Workshop() as workshop:
        suite = the_suite(Shelf(Target(root=tmp_path, python=PYTHON, config=TOLD), workshop))
    assert [(one.id, one.path, one.outcome) for one in suite.tests] == [
        ("tests/test_app.py::test_title", "tests/test_app.py", "passed")
    ]


def test_what_pytest_is_told_is_found_from_another_folder(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").touch()
    told = ["-q", "-o", "cache_dir=/x", "tests/test_a.py::test_b"]
    assert from_anywhere(tmp_path, told) == [*told[:3], f"{tmp_path}/tests/test_a.py::test_b"]
    assert from_anywhere(tmp_path, ["-q"]) == ["-q", str(tmp_path)]
