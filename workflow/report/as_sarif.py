"""A run for code scanning (SARIF 2.1.0): a rule per check, a result per thing to mend."""

import json
from typing import Any

from runner.model import Finding, Place, Waived
from stages.catalogue import Catalogue
from stages.severity import Severity
from workflow.called import NEUTRAL, Called
from workflow.gate import is_waived
from workflow.ledger import Run
from workflow.report.advice import advice_for
from workflow.report.as_annotations import in_repository
from workflow.report.causes import Blocker, blockers_of
from workflow.report.outline import stages_of

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}


def as_sarif(run: Run, catalogue: Catalogue, called: Called = NEUTRAL) -> str:
    """The blockers of a run, each cause once, and what is waived, suppressed; what is proved is in the JSON report."""
    findings = [finding for report in stages_of(run, catalogue, called) for finding in report.findings]
    blockers = blockers_of(findings)
    waived = [Blocker(head=finding) for finding in findings if is_waived(finding)]
    driver = {"name": "gonogo", "rules": [_rule(blocker.head) for blocker in (*blockers, *waived)]}
    results = [_result(blocker, called) for blocker in (*blockers, *waived)]
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
        "message": {"text": "\n".join(filter(None, (head.message, advice_for(head), waiting)))},
        "locations": [_location(place, called) for place in head.places],
        **({"suppressions": [_suppression(waiver) for waiver in head.waivers]} if is_waived(head) else {}),
        "properties": {"outcome": head.outcome.value, "checks": [one.check for one in blocker.findings]},
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
