"""Contracts that tell little of what is served, or something else: none of the design checks passes on them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from runner.evidence.agreed.architecture import ArchitectureDocument
from runner.evidence.agreed.decisions import Decisions, record
from runner.evidence.code.background_work import BackgroundWork, Job
from runner.evidence.code.blocking_calls import BlockingCalls
from runner.evidence.code.job_starts import Way
from runner.evidence.code.lock_file import LockFile, Pin
from runner.evidence.contract.accepted_contract import AcceptedContract
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.contract_problems import ContractProblems
from runner.evidence.contract.routes import Model
from runner.evidence.load.pagings import Paging, Pagings
from runner.model import Check, Outcome
from stages.design import STAGE
from tests.stages.test_decided import POSTGRES, part, seen
from tests.stages.test_decided import records as decided_records
from tests.stages.test_design import (
    NEW,
    POST,
    PROBLEM,
    RECORD,
    TODAY,
    WHOLE,
    accepted,
    answer,
    body,
    contract,
    decided,
    get,
    limit,
    listed,
    locked,
    obj,
    one,
    operation,
    route,
    routes,
    running,
    spec,
)

CHECKS: Mapping[str, Check[...]] = {check.id: check for check in STAGE.checks}
EMPTY = contract({})
HIDDEN = ("GET /posts", "POST /posts", "DELETE /posts/{post_id}")
PURGE = route("/purge", "POST", in_schema=False)

NOTED = (
    "  - {id: R-2, title: x, priority: must, endpoints: [POST /posts], "
    "text: 'If a note has more than 300 characters, then the service shall answer 422.'}"
)
SOME_WORK = BackgroundWork(
    files=1, there=10, starts=(Job(path="app/a.py", line=1, way=Way.TASK, call="create_task(tell())"),), jobs=1
)


def hiding(found: Contract, *hidden: str) -> Contract:
    """A contract whose app serves more than it tells."""
    return Contract(document=found.document, hidden=hidden)


def paging(total: bool | None) -> Pagings:  # noqa: FBT001
    return Pagings(found=(Paging(path="app/x.py", line=3, function="read", order=("p.id",), total=total),), files=2)


def lock_of(*names: str) -> LockFile:
    pins = tuple(Pin(name=name, version="1", hashed=True, path="requirements.lock", line=1) for name in names)
    return LockFile(path="requirements.lock", kind="requirements", pins=pins)


def records(*statuses: str) -> Decisions:
    texts = [RECORD.replace("accepted", status) for status in statuses]
    return Decisions(folder="docs", records=tuple(record(f"docs/{n}.md", text) for n, text in enumerate(texts)))


LINE = Model(name="Line", qualified="app.Line", fields=("name",), extra="ignore")
CLOSED = contract({"/x": {"post": operation(requestBody=body(NEW))}})
BY_HAND = route("/x", "POST", reads_request=True)
MADE = contract(
    {"/posts": {"post": operation(responses={"201": answer(POST)})}, "/posts/{id}": {"get": operation(operationId="o")}}
)
FREE: dict[str, Any] = {"type": "object", "additionalProperties": {}}
NO_PAGES = Pagings(found=(), files=1)
PAGED = get(listed(POST), limit(maximum=9))
IN_COMMENT = RECORD.replace("## Options", "<!--\n## Options").replace("## Decision", "-->\n## Decision")
IN_CODE = RECORD.replace("## Consequences", "```\n## Consequences").rstrip() + "\n```\n"

# (check, what lies or is empty, the outcome, the evidence)
LIES: list[tuple[str, str, Outcome, dict[str, object]]] = [
    ("DS001", "two empty contracts are the same", Outcome.UNKNOWN,
     {"accepted": accepted(EMPTY), "served": hiding(EMPTY, "POST /purge"), "routes": routes(PURGE)}),
    ("DS001", "openapi() leaves out what is served", Outcome.FAILED,
     {"accepted": accepted(contract()), "served": hiding(contract(), "POST /purge"),
      "routes": routes(route("/purge", "POST"), route("/posts", "GET", "POST"))}),
    ("DS001", "openapi() adds what no route serves", Outcome.FAILED,
     {"accepted": accepted(contract()), "served": contract(), "routes": routes(route("/posts", "GET"))}),
    ("DS002", "the accepted contract promises nothing", Outcome.UNKNOWN,
     {"accepted": accepted(EMPTY), "served": contract()}),
    ("DS003", "a valid document of nothing", Outcome.UNKNOWN,
     {"found": ContractProblems(version="3.1.0", problems=(), judged=0, there=5)}),
    ("DS004", "most operations are hidden", Outcome.UNKNOWN,
     {"contract": hiding(one(), *HIDDEN), "routes": routes()}),
    ("DS005", "a hidden read that nobody asked for", Outcome.FAILED,
     {"contract": contract(), "routes": routes(route("/admin/export", "GET", in_schema=False)), "spec": spec()}),
    ("DS005", "a plain route that nobody asked for", Outcome.FAILED,
     {"contract": contract(), "routes": routes(route("/purge", "DELETE", kind="plain", in_schema=False)),
      "spec": spec()}),
    ("DS006", "most operations document no error", Outcome.UNKNOWN,
     {"contract": contract({f"/{n}": {"get": operation()} for n in "abc"} | {"/d": {"get": operation(
         responses={"404": answer(PROBLEM, "application/problem+json")})}})}),
    ("DS007", "a body that is read from the request by hand", Outcome.UNKNOWN, {"routes": routes(BY_HAND)}),
    ("DS008", "a body that is read from the request by hand", Outcome.UNKNOWN,
     {"contract": one(), "routes": routes(BY_HAND)}),
    ("DS008", "a schema that is closed, of a model that is not", Outcome.FAILED,
     {"contract": CLOSED, "routes": routes(route("/x", "POST", body_models=("app.Line",)), models=(LINE,))}),
    ("DS008", "a body of any shape", Outcome.FAILED,
     {"contract": one(requestBody=body({"type": "object", "additionalProperties": True})), "routes": routes()}),
    ("DS008", "any shape under another JSON type", Outcome.FAILED,
     {"contract": one(requestBody={"content": {"application/merge-patch+json": {"schema": {}}}}), "routes": routes()}),
    ("DS009", "a secret that is a number", Outcome.FAILED,
     {"contract": one(responses={"200": answer(obj(card_number=WHOLE))}), "routes": routes()}),
    ("DS009", "a response of its own making, past the model", Outcome.UNKNOWN,
     {"contract": one(), "routes": routes(route("/x", "POST", answers_itself=True))}),
    ("DS009", "an answer of any shape", Outcome.UNKNOWN,
     {"contract": one(responses={"200": answer(FREE)}), "routes": routes()}),
    ("DS010", "a response of its own making, past the model", Outcome.UNKNOWN,
     {"contract": one(), "routes": routes(route("/x", "POST", answers_itself=True))}),
    ("DS010", "a map of anything", Outcome.FAILED,
     {"contract": one(responses={"200": answer(FREE)}), "routes": routes()}),
    ("DS011", "nothing says what is answered", Outcome.UNKNOWN,
     {"contract": get({}), "routes": routes(), "pagings": NO_PAGES}),
    ("DS011", "the lists are hidden", Outcome.UNKNOWN,
     {"contract": hiding(one(), "GET /a", "GET /b"), "routes": routes(), "pagings": NO_PAGES}),
    ("DS011", "the caller says how many", Outcome.FAILED,
     {"contract": get(listed(POST)), "routes": routes(route("/x", "GET", file="app/x.py", function="read")),
      "pagings": paging(None)}),
    ("DS012", "no route says what it takes", Outcome.UNKNOWN, {"routes": routes(route("/a", "GET", pattern=""))}),
    ("DS013", "no file was read", Outcome.UNKNOWN, {"calls": BlockingCalls(coroutines=3, found=(), files=0)}),
    ("DS014", "201 is documented, 200 is answered", Outcome.FAILED,
     {"contract": MADE, "routes": routes(route("/posts", "POST", status=200))}),
    ("DS014", "what creates is hidden", Outcome.UNKNOWN,
     {"contract": hiding(get(POST), "POST /x"), "routes": routes()}),
    ("DS015", "nothing of the lock is installed", Outcome.UNKNOWN,
     {"decisions": decided(), "lock": locked(), "interpreter": running(other="1")}),
    ("DS015", "most of the lock is not installed", Outcome.UNKNOWN,
     {"decisions": records("proposed"), "lock": lock_of("a", "b", "c"), "interpreter": running(a="1")}),
    ("DS015", "a decision that no lock can hold", Outcome.UNKNOWN,
     {"decisions": decided(RECORD.replace("package: fastapi", "service: postgresql")), "lock": locked(),
      "interpreter": running()}),
    ("DS016", "options in a comment", Outcome.FAILED, {"decisions": decided(IN_COMMENT)}),
    ("DS016", "consequences in a block of code", Outcome.FAILED, {"decisions": decided(IN_CODE)}),
    ("DS016", "one option, twice", Outcome.FAILED, {"decisions": decided(RECORD.replace("- Flask", "- FastAPI"))}),
    ("DS016", "consequences to be written", Outcome.FAILED,
     {"decisions": decided(RECORD.replace("Types everywhere.", "TBD."))}),
    ("DS016", "most decisions are only proposed", Outcome.UNKNOWN,
     {"decisions": records("accepted", "proposed", "draft")}),
    ("DS017", "a pre-release", Outcome.FAILED, {"interpreter": running("3.14.0a2"), "today": TODAY}),
    ("DS017", "a version that nobody knows", Outcome.UNKNOWN, {"interpreter": running("3.99.0"), "today": TODAY}),
    ("DS017", "another implementation", Outcome.UNKNOWN,
     {"interpreter": replace(running(), implementation="PyPy"), "today": TODAY}),
    ("DS018", "an order that can't be read", Outcome.UNKNOWN, {"pagings": paging(None), "contract": PAGED}),
    ("DS018", "pages whose query was not found", Outcome.UNKNOWN,
     {"pagings": Pagings(found=(), files=9), "contract": PAGED}),
    ("DS021", "one file of ten was read", Outcome.UNKNOWN, {"work": SOME_WORK}),
    ("DS022", "one file of ten was read", Outcome.UNKNOWN, {"work": SOME_WORK}),
    ("DS023", "one file of ten was read", Outcome.UNKNOWN, {"work": SOME_WORK}),
    ("DS024", "one file of ten was read", Outcome.UNKNOWN, {"work": SOME_WORK}),
    ("DS025", "the contract tells no bound", Outcome.UNKNOWN,
     {"contract": contract(), "spec": spec(more=NOTED)}),
    ("DS025", "a longer text is refused than the contract says", Outcome.FAILED,
     {"contract": contract(), "spec": spec(more=NOTED.replace("note", "title"))}),
    ("RQ020", "a tag that is no version", Outcome.UNKNOWN,
     {"decisions": decided_records(POSTGRES), "seen": seen(part("postgresql"))}),
    ("RQ020", "the versions are only proposed", Outcome.NOT_APPLICABLE,
     {"decisions": decided_records(POSTGRES.replace("accepted", "proposed")), "seen": seen(part("postgresql", "9"))}),
    ("RQ020", "one of three decided servers is seen", Outcome.UNKNOWN,
     {"decisions": decided_records(POSTGRES.replace("{post", "{redis: '7', kafka: '3', post")),
      "seen": seen(part("postgresql", "16"))}),
    ("RQ021", "one of three versions is known", Outcome.UNKNOWN,
     {"decisions": decided_records(POSTGRES), "today": TODAY,
      "seen": seen(part("postgresql", "17"), part("postgresql", "98"), part("redis", "99"))}),
    ("RQ022", "a file that could not be read", Outcome.UNKNOWN,
     {"decisions": decided_records(POSTGRES), "seen": seen(dark=("app/x.py",))}),
    ("RQ022", "named among the options that were not taken", Outcome.FAILED,
     {"decisions": decided_records(POSTGRES + "\n## Options\n\n- Stripe\n"),
      "seen": seen(part("stripe", others=True))}),
    ("RQ023", "the status stands in a comment", Outcome.FAILED,
     {"decisions": decided_records("# X\n\n<!--\n## Status\n\nAccepted\n-->\n\n## Decision\n\nx\n")}),
    ("RQ024", "a drawing in a comment", Outcome.FAILED,
     {"document": ArchitectureDocument.read("a.md", "<!--\n```mermaid\nPostgreSQL\n```\n-->"),
      "seen": seen(part("postgresql"))}),
    ("RQ024", "a file that could not be read", Outcome.UNKNOWN,
     {"document": ArchitectureDocument.read("a.md", "PostgreSQL"),
      "seen": seen(part("postgresql"), dark=("app/x.py",))}),
]  # fmt: skip


@pytest.mark.parametrize(("id", "lie", "outcome", "given"), LIES, ids=[f"{id}: {lie}" for id, lie, _, _ in LIES])
def test_a_lie_does_not_pass(id: str, lie: str, outcome: Outcome, given: dict[str, object]) -> None:
    verdict = CHECKS[id](**given)
    assert verdict.outcome is outcome, f"{lie}: {verdict.outcome} {verdict.message}"


def test_every_check_of_the_stage_has_a_hollow() -> None:
    assert {id for id, _, _, _ in LIES} == set(CHECKS)


@pytest.mark.parametrize("path", ["/healthz", "/ready", "/metrics", "/", "/favicon.ico"])
def test_what_tells_about_the_service_itself_may_be_hidden(path: str) -> None:
    given = {"contract": contract(), "routes": routes(route(path, "GET", in_schema=False)), "spec": spec()}
    assert CHECKS["DS005"](**given).outcome is Outcome.PASSED


def test_a_contract_that_git_ignores_is_accepted_by_nobody() -> None:
    ignored = replace(accepted(contract()), ignored=True)
    verdict = CHECKS["DS001"](accepted=ignored, served=contract(), routes=routes())
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith("openapi.json is ignored by git")


def test_no_contract_accepted_is_an_absence_that_was_looked_for() -> None:
    verdict = CHECKS["DS002"](accepted=AcceptedContract(path=None, document={}), served=contract())
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "openapi.json" in verdict.looked
