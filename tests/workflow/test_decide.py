"""What people decide: who may, what it says of which state, and when it no longer counts."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from runner.discovery.source import source_state
from runner.discovery.target import Target, find_target
from runner.errors import WorkflowError
from runner.model import Finding, Outcome, in_file, in_table
from runner.processes.process import quick
from stages.catalogue import BUILT_IN
from tests.workflow.forging import forging
from tests.workflow.records import NOON, a_finding, a_run
from tests.workflow.test_report import SCHEMA
from tests.workflow.tiny import gonogo, tiny_service
from workflow.cli.check import exit_code
from workflow.gate import Gate, blockers, judge, on_the_day
from workflow.ledger import Ledger, RunState, StageResult
from workflow.report import (
    as_annotations,
    as_html,
    as_json,
    as_junit,
    as_markdown,
    as_sarif,
    last_line,
    notes,
    stage_line,
    stages_of,
)
from workflow.service import (
    Actor,
    Lamp,
    Request,
    Role,
    approve_waiver,
    ask_waiver,
    assign,
    comment,
    ledger_of,
    overview,
    sign,
    signature_of,
    signed_in,
    start_run,
)
from workflow.service.conduct import new_run
from workflow.service.waivers import excused

TODAY = date.today()  # noqa: DTZ011 - as people say it
SOON = (TODAY + timedelta(days=30)).isoformat()
ADA = Actor(name="Ada", email="ada@example.org", role=Role.LEAD, known="a test")
BO = Actor(name="Bo", email="bo@example.org", role=Role.DEVELOPER, known="a test")
EVE = Actor(name="Eve", email="eve@example.org", role=Role.VIEWER, known="a test")
WHY = "the table has ten rows, and is replaced in March"
CONFIG = """# our own comment
[service]
name = "shop"  # as people call it

[people]
"ada@example.org" = "lead"
"cy@example.org" = "lead"
"bo@example.org" = "developer"
"""
FAILED = a_finding(check="DB004", places=(in_file("app.py", 7, "no index"), in_table("comments", "post_id")))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    folder = tiny_service(tmp_path / "shop")
    (folder / "gonogo.toml").write_text(CONFIG, encoding="utf-8")
    (folder / ".gitignore").write_text(".venv\n.gonogo\n", encoding="utf-8")
    git(folder, "init", "-q")
    commit(folder, "bo@example.org")
    return folder


@pytest.fixture
def ledger(service: Path) -> Ledger:
    return ledger_of(find_target(service))


def git(folder: Path, *words: str) -> None:
    ran = quick(["git", *words], cwd=folder)
    assert ran.code == 0, ran.last_words


def commit(folder: Path, author: str) -> None:
    git(folder, "add", "-A")
    who = ("-c", "user.name=x", "-c", f"user.email={author}")
    git(folder, *who, "commit", "-q", "--allow-empty", "-m", "a step")


def proved(service: Path, ledger: Ledger, *findings: Finding) -> None:
    """A finished run of the database stage with these findings, in today's state."""
    source = source_state(service)
    id = ledger.begin(a_run(root=str(service), digest=source.digest, commit=source.commit, dirty=()))
    for finding in findings:
        ledger.add_finding(id, finding)
    verdict = judge(findings).value
    ledger.add_stage(id, StageResult(slug="database", verdict=verdict, seconds=1))
    ledger.end(id, RunState.FINISHED, verdict)


def waived(service: Path, ledger: Ledger) -> Target:
    proved(service, ledger, FAILED)
    ask_waiver(find_target(service), ledger, BUILT_IN, BO, "DB004", reason=WHY, until=SOON)
    approve_waiver(find_target(service), ledger, BUILT_IN, ADA, "DB004")
    return find_target(service)


def test_a_waiver_that_another_approved_opens_the_gate_and_hides_nothing(service: Path, ledger: Ledger) -> None:
    target = waived(service, ledger)
    found, void = excused(FAILED, target, TODAY)
    assert (found.outcome, len(found.waivers), void) == (Outcome.FAILED, 2, ())
    assert judge([found, a_finding(outcome=Outcome.PASSED)]) is Gate.GO
    assert blockers([found]) == []
    assert [one.kind for one in ledger.decisions(str(service))].count("approved a waiver") == 2
    text = (service / "gonogo.toml").read_text(encoding="utf-8")
    assert text.startswith(CONFIG)
    assert ledger.verify().altered == ()


def test_until_somebody_approves_it_a_waiver_does_not_count(service: Path, ledger: Ledger) -> None:
    proved(service, ledger, FAILED)
    ask_waiver(find_target(service), ledger, BUILT_IN, BO, "DB004", reason=WHY, until=SOON)
    found, void = excused(FAILED, find_target(service), TODAY)
    assert found.waivers == ()
    assert "nobody has approved it yet (invoke waive DB004 --approve)" in void[0]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda text: text.replace('approver = "ada@example.org"', 'approver = "bo@example.org"'), "who asked for it"),
        (lambda text: text.replace('"ada@example.org" = "lead"', '"ada@example.org" = "developer"'), "is no lead"),
        (lambda text: text.replace(SOON, (TODAY + timedelta(days=91)).isoformat()), "longer than 90 days"),
        (lambda text: text.replace(SOON, (TODAY - timedelta(days=1)).isoformat()), "it ended on"),
    ],
)
def test_a_waiver_that_was_edited_by_hand_does_not_count(
    service: Path, ledger: Ledger, edit: Callable[[str], str], said: str
) -> None:
    waived(service, ledger)
    path = service / "gonogo.toml"
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    found, void = excused(FAILED, find_target(service), TODAY)
    assert found.waivers == ()
    assert said in void[0]


def test_a_waiver_is_void_when_its_place_changes_and_stays_when_it_moves(service: Path, ledger: Ledger) -> None:
    target = waived(service, ledger)
    app = service / "app.py"
    before = app.read_text(encoding="utf-8")
    app.write_text("import os\n\n" + before, encoding="utf-8")
    moved = replace(FAILED, places=(in_file("app.py", 9, "no index"), FAILED.places[1]))
    assert len(excused(moved, target, TODAY)[0].waivers) == 2
    app.write_text(before.replace("return {}", 'return {"a": "b"}'), encoding="utf-8")
    found, void = excused(FAILED, target, TODAY)
    assert [one.place for one in found.waivers] == ["comments.post_id"]
    assert judge([found, a_finding(outcome=Outcome.PASSED)]) is Gate.NO_GO
    assert "what stands there has changed" in void[0]


def test_one_waiver_excuses_one_place(service: Path, ledger: Ledger) -> None:
    """Two statements alike: the second is new."""
    target = waived(service, ledger)
    twice = replace(FAILED, places=(FAILED.places[0], FAILED.places[0], FAILED.places[1]))
    assert len(excused(twice, target, TODAY)[0].waivers) == 2
    assert blockers([excused(twice, target, TODAY)[0]])


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.BROKEN])
def test_what_nobody_saw_is_never_waived(service: Path, ledger: Ledger, outcome: Outcome) -> None:
    target = waived(service, ledger)
    found, _ = excused(replace(FAILED, outcome=outcome), target, TODAY)
    assert found.waivers == ()
    forged = replace(found, waivers=excused(FAILED, target, TODAY)[0].waivers)
    assert blockers([forged]) == [forged]
    proved(service, ledger, replace(FAILED, outcome=outcome))
    with pytest.raises(WorkflowError, match="what nobody has seen can't be waived"):
        ask_waiver(target, ledger, BUILT_IN, BO, "DB004", reason=WHY, until=SOON)


def test_on_the_day_after_its_last_one_status_is_no_go_without_a_run(service: Path, ledger: Ledger) -> None:
    target = waived(service, ledger)
    found = excused(FAILED, target, TODAY)[0]
    over = replace(found, waivers=tuple(replace(one, until="2026-01-01") for one in found.waivers))
    proved(service, ledger, over, a_finding(check="DB001", outcome=Outcome.PASSED))
    assert overview(target, ledger, BUILT_IN).stage("database").lamp is Lamp.NO_GO
    assert blockers([on_the_day(found, date.fromisoformat(SOON))]) == []
    assert blockers([on_the_day(found, date.fromisoformat(SOON) + timedelta(days=1))])


def test_who_asks_does_not_approve_and_who_may_is_said(service: Path, ledger: Ledger) -> None:
    target = find_target(service)
    proved(service, ledger, FAILED)
    with pytest.raises(WorkflowError, match=r"takes a developer, and Eve .* is a viewer"):
        ask_waiver(target, ledger, BUILT_IN, EVE, "DB004", reason=WHY, until=SOON)
    with pytest.raises(WorkflowError, match=r"It may: ada@example\.org, cy@example\.org"):
        approve_waiver(target, ledger, BUILT_IN, BO, "DB004")
    late = (TODAY + timedelta(days=91)).isoformat()
    with pytest.raises(WorkflowError, match="at most 90 days from now"):
        ask_waiver(target, ledger, BUILT_IN, ADA, "DB004", reason=WHY, until=late)
    ask_waiver(target, ledger, BUILT_IN, ADA, "DB004", reason=WHY, until=SOON)
    with pytest.raises(WorkflowError, match="somebody else must approve it"):
        approve_waiver(find_target(service), ledger, BUILT_IN, ADA, "DB004")
    with pytest.raises(WorkflowError, match="is a viewer"):
        comment(target, ledger, BUILT_IN, EVE, "DB004", "no")
    with pytest.raises(WorkflowError, match="is a viewer"):
        start_run(target, ledger, "pipeline", BUILT_IN, EVE)


def test_a_lead_who_wrote_none_of_it_signs_a_state_until_it_changes(service: Path, ledger: Ledger) -> None:
    target, passed = find_target(service), a_finding(check="DB001", outcome=Outcome.PASSED)
    with pytest.raises(WorkflowError, match="can't be signed, it is not run"):
        sign(target, ledger, BUILT_IN, ADA, "db")
    proved(service, ledger, passed)
    sign(target, ledger, BUILT_IN, ADA, "db")
    digest = source_state(service).digest
    signed = signature_of(ledger, target, "database", digest)
    assert signed is not None
    assert signed.email == ADA.email
    (service / "app.py").write_text("app = None\n", encoding="utf-8")
    with pytest.raises(WorkflowError, match="Only what is committed can be signed"):
        sign(target, ledger, BUILT_IN, ADA, "db")
    commit(service, "ada@example.org")
    commit(service, "bo@example.org")
    assert signature_of(ledger, target, "database", source_state(service).digest) is None
    proved(service, ledger, passed)
    with pytest.raises(WorkflowError, match="wrote this state: somebody else must sign it"):
        sign(target, ledger, BUILT_IN, ADA, "db")
    sign(target, ledger, BUILT_IN, replace(ADA, name="Cy", email="cy@example.org"), "db")


def test_comments_and_assignments_are_kept_in_order(service: Path, ledger: Ledger) -> None:
    target = find_target(service)
    comment(target, ledger, BUILT_IN, BO, "DB004", "I look at it")
    assign(target, ledger, BUILT_IN, BO, "DB004", to="Cy@example.org", due=SOON)
    kept = ledger.decisions(str(service))
    assert [(one.kind, one.assignee, one.until) for one in kept] == [
        ("assigned", "cy@example.org", SOON),
        ("commented", "", None),
    ]
    with pytest.raises(WorkflowError, match="Name a day from today on"):
        assign(target, ledger, BUILT_IN, BO, "DB004", to="cy@example.org", due="2020-01-01")


def test_who_signed_in_has_the_role_that_is_written_down_else_none(service: Path) -> None:
    target = find_target(service)
    assert signed_in(target, {"email": "Ada@example.org", "name": "Ada"}).role is Role.LEAD
    assert signed_in(target, {"email": "ada@example.org", "email_verified": False}).role is Role.VIEWER
    assert signed_in(target, {"email": "new@example.org"}).role is Role.VIEWER
    assert signed_in(target, {}).role is Role.VIEWER


def demanding(service: Path, ledger: Ledger, role: str = "lead") -> None:
    """gonogo.toml asks for a signature of the database stage, which is GO in the state that is committed."""
    with (service / "gonogo.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[sign]\ndb = "{role}"\n')
    commit(service, "bo@example.org")
    target, stage = find_target(service), BUILT_IN.stage("db")
    request = Request(catalogue=BUILT_IN, stages=(stage,), asked="invoke stage.db")
    id = ledger.begin(new_run(request, target, RunState.RUNNING, BO))
    ledger.add_finding(id, a_finding(outcome=Outcome.PASSED))
    ledger.add_stage(id, StageResult(slug="database", verdict="GO", seconds=1))
    ledger.end(id, RunState.FINISHED, "GO")


def faces(ledger: Ledger) -> list[str]:
    run = ledger.run(1)
    reports = stages_of(run, BUILT_IN)
    said = [str(last_line(run, reports)), *map(str, notes(run, reports)), str(stage_line(reports[0]))]
    return ["\n".join(said), as_markdown(run, BUILT_IN), as_html(run, BUILT_IN), as_junit(run, BUILT_IN)]


def machines(ledger: Ledger) -> tuple[list[dict[str, Any]], str]:
    """(what SARIF tells, what GitHub shows)."""
    run = ledger.run(1)
    return json.loads(as_sarif(run, BUILT_IN))["runs"][0]["results"], as_annotations(run, BUILT_IN)


def test_a_go_waits_for_the_signature_that_gonogo_toml_demands(service: Path, ledger: Ledger) -> None:
    demanding(service, ledger)
    target = find_target(service)
    view = overview(target, ledger, BUILT_IN)
    assert (view.stage("db").lamp, view.stage("db").demanded) == (Lamp.GO, "lead")
    assert all(", waits for a signature" in face for face in faces(ledger))
    told = json.loads(as_json(ledger.run(1), BUILT_IN))
    jsonschema.validate(told, SCHEMA)
    assert (told["verdict"], told["raw_verdict"], told["unsigned"]) == ("NO-GO", "GO", ["database"])
    assert Xml.fromstring(faces(ledger)[3]).find("testsuite").attrib["errors"] == "1"  # type: ignore[union-attr]
    assert exit_code(ledger.run(1)) == 1
    results, lines = machines(ledger)
    assert [(one["ruleId"], one["level"]) for one in results] == [("signature", "error")]
    assert "waits for the signature of a lead" in results[0]["message"]["text"]
    assert lines.startswith("::error file=gonogo.toml,title=Database%3A GO%2C waits for a signature::")
    assert lines.count("\n") == 1
    assert ledger.fleet()[0].waits == {"database": "lead"}
    with pytest.raises(WorkflowError, match="takes a lead"):
        sign(target, ledger, BUILT_IN, BO, "db")

    sign(target, ledger, BUILT_IN, ADA, "db")
    assert overview(target, ledger, BUILT_IN).stage("db").demanded == ""
    assert all("waits for a signature" not in face and "Ada" in face for face in faces(ledger))
    told = json.loads(as_json(ledger.run(1), BUILT_IN))
    jsonschema.validate(told, SCHEMA)
    assert (told["verdict"], told["unsigned"], told["stages"][0]["signature"]["email"]) == ("GO", [], ADA.email)
    assert exit_code(ledger.run(1)) == 0
    assert machines(ledger) == ([], "")
    assert ledger.fleet()[0].waits == {}


def test_a_forged_signature_ends_no_wait(service: Path, ledger: Ledger) -> None:
    demanding(service, ledger)
    sign(find_target(service), ledger, BUILT_IN, ADA, "db", step="3.1")  # a step is not the stage
    assert ledger.run(1).unsigned == ("database",)
    with forging(f"sqlite:///{service}/.gonogo/ledger.db") as connection:
        connection.exec_driver_sql("UPDATE decision SET step = ''")
    assert ledger.run(1).unsigned == ("database",)
    assert ledger.fleet()[0].waits == {"database": "lead"}


def test_a_developer_signs_where_no_more_is_demanded(service: Path, ledger: Ledger) -> None:
    demanding(service, ledger, "developer")
    cy = Actor(name="Di", email="di@example.org", role=Role.DEVELOPER, known="a test")
    sign(find_target(service), ledger, BUILT_IN, cy, "db")
    assert ledger.run(1).go


def test_a_signature_of_no_stage_is_said_before_anything_runs(service: Path, ledger: Ledger) -> None:
    with (service / "gonogo.toml").open("a", encoding="utf-8") as file:
        file.write('\n[sign]\nrelease = "lead"\n')
    request = Request(catalogue=BUILT_IN, stages=(BUILT_IN.stage("db"),), asked="invoke stage.db")
    with pytest.raises(WorkflowError, match=r"\[sign\]: .*release"):
        new_run(request, find_target(service), RunState.RUNNING, BO)
    assert ledger.runs(str(service)) == ()


def test_the_fleet_names_what_was_altered_instead_of_its_verdict(service: Path, ledger: Ledger) -> None:
    proved(service, ledger, FAILED)
    with forging(f"sqlite:///{service}/.gonogo/ledger.db") as connection:
        connection.exec_driver_sql("UPDATE stage SET verdict = 'GO'")
    one = ledger.fleet()[0]
    assert one.lamps["database"][0] == "altered"
    assert "stage database of run 1 was altered" in one.altered


def test_every_face_tells_the_raw_verdict_beside_the_waived_one(service: Path, ledger: Ledger) -> None:
    found = excused(FAILED, waived(service, ledger), TODAY)[0]
    findings = (found, a_finding(check="DB001", outcome=Outcome.PASSED))
    run = replace(a_run(state=RunState.FINISHED, verdict="GO", ended=NOON), findings=findings)
    reports = stages_of(run, BUILT_IN)
    assert last_line(run, reports).plain.startswith("GO with 1 waiver: 1 check proved")
    assert any(f"Waived: DB004 failed, {found.message}" in line.plain for line in notes(run, reports))
    assert reports[0].counts == "1 proved · 1 failed and waived"
    told = json.loads(as_json(run, BUILT_IN))
    jsonschema.validate(told, SCHEMA)
    assert (told["verdict"], told["raw_verdict"], told["waived"]) == ("GO", "NO-GO", ["DB004"])
    assert "GO with 1 waiver" in as_markdown(run, BUILT_IN)
    assert "Without the waivers: NO-GO" in as_markdown(run, BUILT_IN)
    assert "with 1 waiver" in as_html(run, BUILT_IN)
    result = json.loads(as_sarif(run, BUILT_IN))["runs"][0]["results"][0]
    assert (result["ruleId"], result["suppressions"][0]["status"]) == ("DB004", "accepted")
    suite = Xml.fromstring(as_junit(run, BUILT_IN)).find("testsuite")
    assert suite is not None
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    assert '<property name="raw" value="failed" />' in as_junit(run, BUILT_IN)


def test_the_terminal_asks_approves_and_says_who(service: Path, ledger: Ledger) -> None:
    proved(service, ledger, FAILED)
    ledger.close()
    git(service, "config", "user.email", "bo@example.org")
    code, out, err = gonogo("waive", "DB004", "--reason", WHY, "--until", SOON, cwd=service)
    assert (code, err) == (0, "")
    assert "developer (git's settings, no login)" in out
    code, _, err = gonogo("waive", "DB004", "--approve", cwd=service)
    assert code == 2
    assert "takes a lead" in err
    git(service, "config", "user.email", "ada@example.org")
    assert gonogo("waive", "DB004", "--approve", cwd=service)[0] == 0
    code, out, _ = gonogo("decisions", cwd=service)
    assert code == 0
    assert "approved a waiver: DB004 at comments.post_id" in out
