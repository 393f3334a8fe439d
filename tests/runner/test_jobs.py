"""Jobs and tenants of real services: what is lost, done twice or seen by others is named, and what is right passes."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import examine
from runner.evidence.behaviour import job_trials
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from stages.catalogue import BUILT_IN

TESTS = Path(__file__).parents[1]
SAMPLE = TESTS.parent / "sample_service"
JOBS = {"DP070", "DP071", "DP072", "DP073", "DP074", "DP075"}
TENANTS = {"SC140", "SC141", "SC142"}


def examined(name: str, manner: str, wanted: set[str], folder: Path, workshop: Workshop) -> Mapping[str, Finding]:
    root = folder / name
    shutil.copytree(TESTS / "services" / name, root, ignore=shutil.ignore_patterns("__pycache__", ".gonogo"))
    config = root / "gonogo.toml"
    config.write_text(config.read_text().replace('MANNER = "careful"', f'MANNER = "{manner}"'))
    (root / ".venv").symlink_to(SAMPLE / ".venv")
    stages = [only for stage in BUILT_IN.stages if (only := stage.only(wanted)).checks]
    events = examine(stages, find_target(root), workshop)
    return {event.check: event for event in events if isinstance(event, Finding)}


def outcomes(findings: Mapping[str, Finding]) -> dict[str, Outcome]:
    return {name: finding.outcome for name, finding in findings.items()}


@pytest.mark.slow
def test_careless_jobs_are_named_in_six_ways(
    tmp_path: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wait in ("COMES_AGAIN", "RETURNS"):  # for what never comes
        monkeypatch.setattr(job_trials, wait, 3.0)
    findings = examined("errands", "careless", JOBS, tmp_path, workshop)
    said = {name: f"{finding.outcome} {finding.message}" for name, finding in findings.items()}
    assert outcomes(findings) == dict.fromkeys(JOBS, Outcome.FAILED), said
    assert "POST /orders is lost when its worker gets SIGTERM in its midst: rows in invoices" in said["DP070"]
    assert "POST /greetings answers, and what it leaves behind is lost at SIGTERM" in said["DP071"]
    assert "+1 rows in invoices more" in said["DP072"]
    assert "POST /orders queues its job although its commit fails (answered 500)" in said["DP073"]
    assert "a job of POST /orders fails, and its worker ends with it" in said["DP074"]
    assert "it answers 202, and its job is never done" in said["DP075"]


@pytest.mark.slow
def test_careful_jobs_pass(tmp_path: Path, workshop: Workshop) -> None:
    findings = examined("errands", "careful", JOBS, tmp_path, workshop)
    said = {name: f"{finding.outcome} {finding.message}" for name, finding in findings.items()}
    assert outcomes(findings) == dict.fromkeys(JOBS, Outcome.PASSED), said
    assert "POST /orders at SIGKILL: done after the restart" in said["DP070"]


@pytest.mark.slow
def test_each_way_into_another_tenant_is_named(tmp_path: Path, workshop: Workshop) -> None:
    findings = examined("offices", "careless", TENANTS, tmp_path, workshop)
    places = {name: {f"{p.endpoint}: {p.note}" for p in finding.places} for name, finding in findings.items()}
    path = "another tenant's ids"
    assert places == {
        "SC140": {
            "GET /projects: ?company_id= of another tenant: the other tenant's rows are listed",
            f"GET /projects/{{project_id}}: {path}: answers 200 with what is the other tenant's",
            f"GET /projects/{{project_id}}/tasks: {path}: answers 200 with what is the other tenant's",
        },
        "SC141": {
            f"PATCH /projects/{{project_id}}: {path}: changes projects",
            f"DELETE /projects/{{project_id}}/tasks/{{task_id}}: {path}: changes tasks",
        },
        "SC142": {
            "POST /projects: company_id of another tenant in the body: projects: a row that is the other tenant's"
        },
    }


@pytest.mark.slow
def test_tenants_that_are_kept_apart_pass(tmp_path: Path, workshop: Workshop) -> None:
    findings = examined("offices", "careful", TENANTS, tmp_path, workshop)
    said = {name: f"{finding.outcome} {finding.message}" for name, finding in findings.items()}
    assert outcomes(findings) == dict.fromkeys(TENANTS, Outcome.PASSED), said
