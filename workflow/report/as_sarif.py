"""A run for code scanning (SARIF 2.1.0): a rule per check, a result per thing to mend."""

import json
from typing import Any

from runner.discovery.config import NAME
from runner.model import Finding, Place, Waived
from stages.catalogue import Catalogue
from stages.severity import Severity
from workflow.called import NEUTRAL, Called
from workflow.gate import is_waived
from workflow.ledger import Run
from workflow.report.advice import advice_for
from workflow.report.as_annotations import in_repository
from workflow.report.causes import Blocker, blockers_of
from workflow.report.outline import StageReport, signed, stages_of

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
UNSIGNED = {
    "id": "signature",
    "shortDescription": {"text": "Each stage is signed by the role that [sign] of gonogo.toml names"},
    "help": {"text": "Somebody of that role, who did not write this state, signs it: invoke sign STAGE"},
}
LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}


def as_sarif(run: Run, catalogue: Catalogue, called: Called = NEUTRAL) -> str:
    """The blockers of a run, each cause once, the signatures that GO waits for, and what is waived, suppressed.

    What is proved is in the JSON report.
    """
    reports = stages_of(run, catalogue, called)
    findings = [finding for report in reports for finding in report.findings]
    waits = [report for report in reports if report.waits]
    blockers = blockers_of(findings)
    waived = [Blocker(head=finding) for finding in findings if is_waived(finding)]
    rules = [_rule(blocker.head) for blocker in (*blockers, *waived)] + ([UNSIGNED] if waits else [])
    driver = {"name": "gonogo", "rules": rules}
    results = [_result(blocker, called) for blocker in (*blockers, *waived)] + [_unsigned(one, called) for one in waits]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.check,
        "shortDescription": {"text": finding.claim},
        "fullDescription": {"text": finding.why},
        "help": {"text": finding.fix},
    }


def _result(blocker: Blocker, called: Called) -> dict[str, Any]:
    head = blocker.head
    waiting = f"Waiting for it: {', '.join(one.check for one in blocker.waiting)}." if blocker.waiting else ""
    return {
        "ruleId": head.check,
        "level": LEVELS[blocker.severity],
        "message": {"text": "\n".join(filter(None, (head.message, advice_for(head), waiting, blocker.said_again)))},
        "locations": [_location(place, called) for place in head.places],
        **({"suppressions": [_suppression(waiver) for waiver in head.waivers]} if is_waived(head) else {}),
        "properties": {"outcome": head.outcome.value, "checks": [one.check for one in blocker.findings]},
    }


def _unsigned(report: StageReport, called: Called) -> dict[str, Any]:
    """A stage that is proved, but not GO before somebody has signed it."""
    return {
        "ruleId": UNSIGNED["id"],
        "level": "error",
        "message": {"text": called.text(signed(report))},
        "locations": [_location(Place(path=NAME), called)],
        "properties": {"outcome": "unsigned", "stage": report.stage.slug},
    }


def _suppression(waiver: Waived) -> dict[str, Any]:
    told = f"{waiver.reason} ({waiver.owner}, approved by {waiver.approver}, until {waiver.until})"
    return {"kind": "external", "status": "accepted", "justification": told}


def _location(place: Place, called: Called) -> dict[str, Any]:
    noted = {"message": {"text": place.note}} if place.note else {}
    if not place.path:
        return {"logicalLocations": [{"fullyQualifiedName": str(place)}], **noted}
    region = {"region": {"startLine": place.line}} if place.line else {}
    return {"physicalLocation": {"artifactLocation": {"uri": in_repository(place.path, called)}, **region}, **noted}
