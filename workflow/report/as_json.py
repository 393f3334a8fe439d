"""A run for programs. The shape is published as docs/run.schema.json, and a test holds it there."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from runner.model import Finding
from stages.catalogue import Catalogue
from stages.severity import severity_of
from workflow.called import NEUTRAL, Called
from workflow.gate import is_waived
from workflow.ledger import Decision, Run
from workflow.report.advice import advice_for
from workflow.report.causes import Blocker, blockers_of, heads_of
from workflow.report.outline import StageReport, commands_of, stages_of


def as_json(run: Run, catalogue: Catalogue, called: Called = NEUTRAL) -> str:
    """The whole run as one JSON document, with a newline at its end."""
    return json.dumps(run_object(run, catalogue, called), indent=2, ensure_ascii=False) + "\n"


def run_object(run: Run, catalogue: Catalogue, called: Called) -> dict[str, Any]:
    reports = stages_of(run, catalogue, called)
    by_slug = {report.stage.slug: report for report in reports}
    blockers = blockers_of(finding for report in reports for finding in report.findings)
    return {
        "run": str(run.id),
        "service": run.service,
        "commit": run.commit,
        "dirty": list(run.dirty),
        "asked": called.text(run.asked),
        "state": run.state.value,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "interpreter": run.interpreter,
        "tools": run.tools,
        "verdict": "GO" if run.go else "NO-GO",
        "raw_verdict": "NO-GO" if any(report.raw != "GO" for report in reports) else run.verdict or "NO-GO",
        "waived": [one.check for report in reports for one in report.findings if is_waived(one)],
        "unsigned": [report.stage.slug for report in reports if report.waits],
        "altered": run.altered or None,
        "blockers": [_blocker(one, by_slug[one.head.stage], called) for one in blockers],
        "stages": [_stage(report, heads_of(blockers), called) for report in reports],
    }


def _blocker(blocker: Blocker, report: StageReport, called: Called) -> dict[str, Any]:
    return {
        "severity": blocker.severity.value,
        "outcome": blocker.head.outcome.value,
        "message": blocker.head.message,
        "advice": advice_for(blocker.head),
        "checks": [finding.check for finding in blocker.findings],
        "commands": list(commands_of(blocker.head, report.stage.task, called)),
    }


def _stage(report: StageReport, heads: Mapping[str, str], called: Called) -> dict[str, Any]:
    return {
        "slug": report.stage.slug,
        "verdict": "NO-GO" if report.waits else report.verdict,
        "raw_verdict": report.raw,
        "demands": report.demanded or None,
        "signature": _signature(report.signature),
        "seconds": round(report.seconds, 3),
        "findings": [_finding(one, report.stage.task, heads.get(one.check), called) for one in report.findings],
        "artifacts": [
            {"name": one.name, "media_type": one.media_type, "sha256": one.sha256, "title": one.title}
            for one in report.artifacts
        ],
    }


def _signature(one: Decision | None) -> dict[str, Any] | None:
    if one is None:
        return None
    at = one.at.isoformat() if one.at else None
    return {"who": one.who, "email": one.email, "role": one.role, "commit": one.commit, "at": at}


def _finding(finding: Finding, task: str, head: str | None, called: Called) -> dict[str, Any]:
    return {
        "check": finding.check,
        "step": finding.step,
        "outcome": finding.outcome.value,
        "waived": is_waived(finding),
        "waivers": [asdict(waiver) for waiver in finding.waivers],
        "severity": severity_of(finding.check).value,
        "claim": finding.claim,
        "message": finding.message,
        "waits_for": head,
        "judged": [share.as_json() for share in finding.shares],
        "seen": finding.looked,
        "reused": finding.reused,
        "places": [place.as_json() for place in finding.places],
        "why": finding.why,
        "advice": finding.fix,
        "commands": list(commands_of(finding, task, called)),
        "looked": list(finding.commands),
        "requirement": finding.requirements[0] if finding.requirements else None,
        "requirements": list(finding.requirements),
    }
