"""What GitHub is told of a run: annotations beside the lines, the job's summary, and SARIF for code scanning."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from runner.model import Outcome, at_endpoint, in_file
from stages.catalogue import BUILT_IN
from tests.workflow.records import a_finding
from tests.workflow.test_report import finished
from workflow.called import NEUTRAL, Called
from workflow.cli.write import tell_github
from workflow.report import as_annotations, as_sarif

HERE = Called(folder="services/shop")
MANY = tuple(a_finding(check=f"DB0{n}", outcome=Outcome.UNKNOWN, message="it hangs", places=()) for n in range(10, 15))


def test_an_annotation_stands_at_the_line_and_keeps_to_one_line_itself() -> None:
    finding = a_finding(message="50 %\nof it: bad", places=(at_endpoint("GET /"), in_file("app/a,b.py", 7)), fix="mend")
    told = as_annotations(finished(finding), BUILT_IN, HERE)
    assert told == (
        "::error file=services/shop/app/a%2Cb.py,line=7,title=DB003 Alembic has exactly one head."
        "::50 %25%0Aof it: bad mend\n"
    )


def test_one_cause_is_one_annotation_and_papers_are_warnings() -> None:
    run = finished(*MANY, a_finding(check="DB013", places=()))
    waits, paper = as_annotations(run, BUILT_IN).splitlines()
    assert waits.startswith("::error title=could not look (5 checks)::it hangs")
    assert paper.startswith("::warning title=DB013 ")


def test_sarif_has_a_result_for_each_thing_to_mend_and_a_rule_for_each_result() -> None:
    run = finished(a_finding(), *MANY)
    (told,) = json.loads(as_sarif(run, BUILT_IN, HERE))["runs"]
    first, second = told["results"]
    assert {rule["id"] for rule in told["tool"]["driver"]["rules"]} == {first["ruleId"], second["ruleId"]}
    places = first["locations"]
    assert places[0]["physicalLocation"] == {
        "artifactLocation": {"uri": "services/shop/migrations/b2.py"},
        "region": {"startLine": 7},
    }
    assert places[1]["logicalLocations"] == [{"fullyQualifiedName": "posts.author_id"}]
    assert (first["level"], second["properties"]["checks"]) == ("warning", [one.check for one in MANY])


def test_the_job_gets_both_without_being_asked_and_nobody_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Console(file=io.StringIO())
    run, summary = finished(a_finding()), tmp_path / "summary.md"
    tell_github(run, BUILT_IN, NEUTRAL, page)
    assert page.file.getvalue() == ""  # type: ignore[attr-defined]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    tell_github(run, BUILT_IN, NEUTRAL, page)
    assert page.file.getvalue() == as_annotations(run, BUILT_IN)  # type: ignore[attr-defined]
    assert summary.read_text(encoding="utf-8").startswith("# 🔴 NO-GO: shop")
