"""Do the reports say what the run says, to programs and to people?"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from runner.model import Finding, Outcome, Place, at_endpoint, every, in_file, named
from stages.catalogue import BUILT_IN
from tests.conftest import ROOT
from tests.workflow.records import NOON, a_finding, a_run
from workflow.ledger import Artifact, Note, Run, RunState, StageResult
from workflow.report import (
    as_json,
    as_junit,
    as_markdown,
    as_sarif,
    blocker_lines,
    heads,
    last_line,
    look_lines,
    notes,
    record_lines,
    stage_line,
    stages_of,
    whole_record,
)
from workflow.report.as_text import finding_lines
from workflow.report.causes import blockers_of, heads_of
from workflow.report.outline import StageReport

SCHEMA = json.loads((ROOT / "docs" / "run.schema.json").read_text(encoding="utf-8"))
HOSTILE = 'a "<b>&\x00\x1b[31m `x` | [click](javascript:alert(1)) \ud83d\ude00 <script>'


def finished(*findings: Finding, **other: Any) -> Run:
    artifact = Artifact(
        name="er-diagram.md",
        stage="database",
        step="3.1",
        title="ER diagram",
        media_type="text/markdown",
        sha256="a" * 64,
        size=9,
    )
    results = (StageResult(slug="database", verdict="NO-GO", seconds=6.3),)
    return replace(
        a_run(state=RunState.FINISHED, verdict="NO-GO", ended=NOON),
        findings=findings,
        results=results,
        artifacts=(artifact,),
        **other,
    )


def test_json_keeps_its_published_schema() -> None:
    outcomes = [a_finding(outcome=outcome) for outcome in Outcome]
    outcomes += [a_finding(outcome=Outcome.UNKNOWN, shares=(every(0, "table"),)), a_finding(check="OPS0001")]
    for run in (finished(*outcomes), finished(), finished(a_finding(places=(), requirements=()), commit=None)):
        told = json.loads(as_json(run, BUILT_IN))
        jsonschema.validate(told, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_json_says_what_was_found_where_and_how_to_see_it_again() -> None:
    told = json.loads(as_json(finished(a_finding()), BUILT_IN))
    assert (told["service"], told["verdict"], told["stages"][0]["slug"]) == ("shop", "NO-GO", "database")
    finding = told["stages"][0]["findings"][0]
    assert finding["places"] == [
        {"path": "migrations/b2.py", "line": 7, "note": "head b2"},
        {"table": "posts", "column": "author_id", "note": "no index"},
        {"endpoint": "GET /posts"},
    ]
    assert finding["commands"] == ["alembic heads --verbose", "invoke stage.db --only DB003"]
    assert finding["requirement"] == "REQ-POST-001"
    assert told["stages"][0]["artifacts"][0]["sha256"] == "a" * 64


def test_junit_counts_unknown_as_an_error_never_as_skipped() -> None:
    run = finished(*(a_finding(outcome=outcome, message=HOSTILE) for outcome in Outcome))
    suite = Xml.fromstring(as_junit(run, BUILT_IN)).find("testsuite")
    assert suite is not None
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "1", "errors": "2", "skipped": "1"}
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "fix: run `alembic merge heads`." in (failure.text or "")
    assert suite[0].get("file") == "migrations/b2.py"


def test_markdown_leads_with_the_verdict_and_defuses_a_services_text() -> None:
    hostile = a_finding(message=HOSTILE, places=(in_file("a`b.py", note=HOSTILE), named("x")))
    page = as_markdown(finished(hostile), BUILT_IN)
    assert page.startswith("# 🔴 NO-GO: shop at `3f2a91c` with 1 changed file\n")
    assert "<script>" not in page
    assert "\\[click\\](javascript" in page
    assert "- `a'b.py`" in page
    assert "invoke stage.db --only DB003" in page


def test_a_stage_that_blocks_says_what_where_why_and_what_next() -> None:
    report = stages_of(finished(a_finding()), BUILT_IN)[0]
    assert stage_line(report).plain.split() == ["3", "Database", "NO-GO", "1", "failed", "6.3", "s"]
    text = text_of(report)
    assert text.startswith("  1.  DB003  Alembic has exactly one head.")
    for said in ("DB003  Alembic has exactly one head.", "2 heads: a1, b2", "migrations/b2.py:7  head b2"):
        assert said in text
    assert text.endswith("invoke stage.db --only DB003")


def test_a_stages_line_fits_a_terminal_and_stands_below_its_heads() -> None:
    mixed = [a_finding(outcome=outcome) for outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE)]
    line = stage_line(stages_of(finished(*mixed), BUILT_IN)[0]).plain
    assert line.endswith("6.3 s")
    assert len(line) == len(heads().plain) <= 80


def test_what_could_not_be_looked_at_for_one_reason_stands_together() -> None:
    unseen = [unknown(f"DB01{n}", "database", why) for n, why in enumerate(("no server", "no models", "no server"))]
    run = finished(*unseen)
    text = text_of(*stages_of(run, BUILT_IN))
    assert text.count("could not look: no server") == 1
    assert "2 checks wait for it: 2 of Database" in text
    record = "\n".join(line.plain for line in record_lines(stages_of(run, BUILT_IN)[0]))
    assert record.count("could not look: no server") == 1
    assert "--only DB010,DB012" in record
    page = as_markdown(run, BUILT_IN)
    assert page.count("no server") == 1
    assert "## 1. 2 checks could not look, for one reason" in page
    assert "- Database: DB010, DB012" in page
    assert "invoke stage.db --only DB010,DB012" in page


def everywhere(*findings: Finding) -> Run:
    return finished(*findings, stages=("design", "database", "security", "deployment"))


def unknown(check: str, stage: str, why: str) -> Finding:
    return a_finding(check=check, stage=stage, outcome=Outcome.UNKNOWN, message=why, places=())


LACKS = "ModuleNotFoundError: No module named 'prometheus_client'"
WAYS_TO_SAY_IT = (
    unknown("DS001", "design", f"importing app.main:app failed: {LACKS} (app/metrics.py:3)"),
    unknown("DB014", "database", f"`import app.main` fails in the service's interpreter: {LACKS}"),
    unknown(
        "SC001",
        "security",
        f'the service ended while it started:   File "app/metrics.py" | {LACKS} (it was to listen on 127.0.0.1:19459)',
    ),
)


def test_one_cause_is_one_blocker_in_every_report_whatever_words_a_look_has_for_it() -> None:
    run = everywhere(*WAYS_TO_SAY_IT)
    text = text_of(*stages_of(run, BUILT_IN))
    assert text.count("prometheus_client'") == 1
    assert "3 checks wait for it: 1 of Design, 1 of Database, 1 of Security" in text
    assert "now    install the package that has `prometheus_client` into the service's environment" in text
    assert last_line(run, stages_of(run, BUILT_IN)).plain.startswith(
        "NO-GO: 3 of 3 checks block (3 unknown), by 1 cause, in 0.0 s."
    )
    page = as_markdown(run, BUILT_IN)
    assert page.count("named 'prometheus") == 1
    assert "- Security: SC001" in page
    whole = json.loads(as_json(run, BUILT_IN))
    jsonschema.validate(whole, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert [one["findings"][0]["waits_for"] for one in whole["stages"][:3]] == [None, "DS001", "DS001"]
    (blocker,) = whole["blockers"]
    assert blocker["checks"] == ["DS001", "DB014", "SC001"]
    assert blocker["advice"].startswith("install the package")
    table = as_junit(run, BUILT_IN)
    assert table.count("now: install the package") == 1
    assert table.count('message="waits for what DS001 names"') == 2


def test_what_waits_for_a_failure_stands_below_it() -> None:
    run = everywhere(
        unknown("DP002", "deployment", "there is no lock to install, which DP001 judges"),
        a_finding(check="DP001", stage="deployment", message="there is no lock"),
        unknown("DB010", "database", "the migrations do not apply: NameError: name 'Item' is not defined (app/x.py:5)"),
        a_finding(check="DP030", stage="deployment", message="migrate failed: NameError: name 'Item' is not defined."),
    )
    causes = [[f.check for f in one.findings] for one in blockers_of(run.findings)]
    assert causes == [["DP030", "DB010"], ["DP001", "DP002"]]
    assert "Until then 1 check can't look:\n\n- Database: DB010" in as_markdown(run, BUILT_IN)


def test_what_two_checks_say_of_one_place_is_told_once() -> None:
    def crash(check: str, *places: Place) -> Finding:
        return a_finding(check=check, stage="security", places=places)

    here, there = at_endpoint("POST /carts", "Server error"), at_endpoint("GET /carts", "Server error")
    again = at_endpoint("POST /carts", "request = nothing bad (500) (see SC038)")
    own = at_endpoint("POST /carts", "body.size = a NUL byte (500)")
    (blocker,) = blockers_of([crash("SC031", again), crash("SC038", there, here)])
    assert (blocker.head.check, [one.check for one in blocker.again]) == ("SC038", ["SC031"])
    assert heads_of((blocker,)) == {"SC031": "SC038"}
    run = everywhere(crash("SC031", again), crash("SC038", here))
    assert "SC031 says the same" in text_of(*stages_of(run, BUILT_IN))
    assert "SC031 says the same." in as_markdown(run, BUILT_IN)
    assert "SC031 says the same" in as_sarif(run, BUILT_IN)
    for others in (
        [crash("SC031", again, own), crash("SC038", here)],  # it says more than that
        [crash("SC031", again), crash("SC038", there)],  # nobody else tells of the place
        [crash("SC031", again), replace(crash("SC038", here), outcome=Outcome.PASSED)],
    ):
        heads = [one.head.check for one in blockers_of(others)]
        assert "SC031" in heads


def test_a_reason_told_inside_of_another_is_the_same_and_other_reasons_stay_apart() -> None:
    run = everywhere(
        unknown("DB010", "database", "no PostgreSQL server was found"),
        unknown("DP031", "deployment", "nothing could be asked: no PostgreSQL server was found"),
        unknown("SC001", "security", "ValueError: bad port"),
        unknown("SC002", "security", "ValueError: bad host"),
    )
    assert sorted(len(one.findings) for one in blockers_of(run.findings)) == [1, 1, 2]


def test_what_is_severe_comes_first_and_a_file_that_gonogo_wants_last() -> None:
    paper = a_finding(check="RQ001", stage="requirements", message="there is no spec.yaml")
    wanted = unknown("SC003", "security", "nobody declared who may do what: add `permissions` to spec.yaml")
    busy = unknown("PF001", "performance", "99 of 100 requests had no answer in time")
    name = a_finding(check="DP010", stage="deployment")
    leak = a_finding(check="SC002", stage="security")
    wide = [unknown(f"DB0{n}", "database", "the app hangs") for n in range(10, 22)]
    blockers = blockers_of([paper, wanted, busy, name, leak])
    assert [one.head.check for one in blockers] == ["SC002", "DP010", "PF001", "RQ001", "SC003"]
    assert blockers_of([leak, *wide])[0].head.check == "DB010", "so many wait for it"
    asked = [replace(one, message="name the app in gonogo.toml") for one in wide]
    assert blockers_of([*asked, name])[0].head.check == "DP010", "the service's own defect, before our wishes"
    assert [one.head.check for one in blockers_of([*asked, paper])] == ["DB010", "RQ001"]


def test_a_first_run_fits_a_screen_or_two() -> None:
    many = [a_finding(check=f"SC0{n}", stage="security") for n in range(10, 60)]
    text = text_of(*stages_of(everywhere(*many, *WAYS_TO_SAY_IT), BUILT_IN))
    assert len(text.splitlines()) < 50
    assert text.count("why    ") == 1, "the heaviest one in full"
    assert "and 39 more" in text
    assert text_of(*stages_of(everywhere(*many), BUILT_IN), whole=True).count("why    ") == 50


def text_of(*reports: StageReport, whole: bool = False) -> str:
    return "\n".join(line.plain for line in blocker_lines(reports, whole=whole))


def test_what_took_longest_is_told() -> None:
    looks = (("The lock", "collected", 0.02), ("The image, built", "collected", 72.0), ("The app", "problem", 3.0))
    notes_of = tuple(Note(at=NOON, text=text, kind=kind, seconds=seconds) for text, kind, seconds in looks)
    run = replace(everywhere(a_finding()), notes=notes_of)
    assert [line.plain.split(maxsplit=2) for line in look_lines(run)][1:] == [
        ["1", "min", "12 s  The image, built"],
        ["3.0", "s", "The app"],
    ]
    assert [note.plain for note in notes(run, stages_of(run, BUILT_IN))][-1].endswith(
        "The longest: The image, built, 1 min 12 s · The app, 3.0 s"
    )
    assert "| The image, built | 1 min 12 s |" in as_markdown(run, BUILT_IN)


def test_many_places_are_cut_with_the_way_to_all() -> None:
    places = tuple(named(f"place-{n}") for n in range(9))
    text = text_of(*stages_of(finished(a_finding(places=places)), BUILT_IN))
    assert "place-4" in text
    assert "place-5" not in text
    assert "and 4 more: invoke explain DB003" in text


def test_the_last_line_is_what_to_type_next() -> None:
    run = finished(a_finding(), a_finding(check="DB004", outcome=Outcome.UNKNOWN), a_finding(outcome=Outcome.PASSED))
    line = last_line(run, stages_of(run, BUILT_IN)).plain
    assert line == "NO-GO: 2 of 3 checks block (1 failed, 1 unknown), in 0.0 s.   Next: invoke explain DB003"


def test_after_a_go_the_last_line_says_the_time_and_what_comes_onward() -> None:
    run = replace(finished(a_finding(outcome=Outcome.PASSED), verdict="GO"), ended=NOON + timedelta(seconds=64))
    line = last_line(run, stages_of(run, BUILT_IN), "invoke stage.security").plain
    assert line == "GO: 1 check proved, in 1 min 04 s.   Next: invoke stage.security"
    assert "The run took 1 min 04 s. Work is" in as_markdown(run, BUILT_IN)


def test_what_is_not_applicable_is_counted_with_the_way_to_the_reason() -> None:
    absent = [a_finding(check=f"DB0{n}", outcome=Outcome.NOT_APPLICABLE) for n in range(10, 12)]
    run = replace(finished(a_finding(), *absent), id=7)
    assert whole_record(run) == "All findings, also why 2 checks are not applicable (n/a): invoke show 7"
    assert whole_record(replace(run, findings=())) == "All findings: invoke show 7"


def test_what_commands_leave_to_their_reader_is_said_once() -> None:
    curls = [a_finding(check=f"DB00{n}", again=("curl -i $BASE/posts",)) for n in (1, 2)]
    run = finished(*curls)
    told = [note.plain for note in notes(run, stages_of(run, BUILT_IN))]
    assert len(told) == 1
    assert told[0].startswith("In the commands `$BASE` is the address of the running service, as http://127.0.0.1:8000")
    assert "$TOKEN" not in told[0]
    assert list(notes(finished(a_finding()), stages_of(finished(a_finding()), BUILT_IN))) == []


def test_a_service_of_which_nothing_could_be_asked_is_not_green() -> None:
    run = finished(a_finding(outcome=Outcome.NOT_APPLICABLE))
    line = last_line(run, stages_of(run, BUILT_IN)).plain
    assert line.startswith("NO-GO: nothing was proved in Database, in 0.0 s.")


def test_the_terminal_names_eight_requirements_and_says_how_many_more() -> None:
    many = a_finding(requirements=tuple(f"REQ-{n}" for n in range(45)))
    lines = [line.plain for line in finding_lines(many, "db")]
    assert "      for    REQ-0, REQ-1, REQ-2, REQ-3, REQ-4, REQ-5, REQ-6, REQ-7 and 37 more" in lines


def test_what_was_reused_says_of_which_run_in_every_report() -> None:
    run = finished(a_finding(reused=12), a_finding(check="DB002"))
    told = json.loads(as_json(run, BUILT_IN))
    jsonschema.validate(told, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert {one["check"]: one["reused"] for one in told["stages"][0]["findings"]} == {"DB003": 12, "DB002": None}
    assert '<property name="reused" value="run 12" />' in as_junit(run, BUILT_IN)
    assert "as seen in run 12" in as_markdown(run, BUILT_IN)
    text = text_of(*stages_of(run, BUILT_IN))
    assert "in run 12; nothing that it depends on has changed since" in text
    note = next(notes(run, stages_of(run, BUILT_IN))).plain
    damaged = replace(run, notes=(Note(at=NOON, text="Models: what was kept is damaged", kind="damaged", seconds=0.0),))
    said = [line.plain for line in notes(damaged, stages_of(damaged, BUILT_IN))]
    assert "Models: what was kept is damaged" in said
    assert note.startswith("1 of 2 findings as seen in run 12: nothing that they depend on has changed.")


@pytest.mark.parametrize("state", [RunState.INTERRUPTED, RunState.CANCELLED])
def test_a_stage_that_was_broken_off_is_never_go(state: RunState) -> None:
    """What was asked until then is proved; nobody asked the rest. A stage that had ended before keeps its verdict."""
    proved = a_finding(outcome=Outcome.PASSED, places=())
    ended = (StageResult(slug="database", verdict="GO", seconds=1.0),)
    verdicts = [
        stages_of(replace(finished(proved), state=state, verdict=None, results=results), BUILT_IN)[0].verdict
        for results in ((), ended)
    ]
    assert verdicts == ["NO-GO", "GO"]
