"""A run as GitHub shows it beside the lines of a change: one workflow command for each thing to mend."""

from pathlib import PurePosixPath

from runner.discovery.config import NAME
from runner.model import Place
from stages.catalogue import Catalogue
from stages.severity import Severity
from workflow.called import NEUTRAL, Called
from workflow.ledger import Run
from workflow.report.advice import advice_for
from workflow.report.causes import Blocker, blockers_of
from workflow.report.outline import WAITS, StageReport, signed, stages_of

MOST = 10  # that GitHub shows of a step


def as_annotations(run: Run, catalogue: Catalogue, called: Called = NEUTRAL) -> str:
    """A line for each of the heaviest blockers: `::error file=app/main.py,line=7,title=DB003::2 heads: a1, b2`.

    Then one for each signature that GO waits for.
    """
    reports = stages_of(run, catalogue, called)
    findings = [finding for report in reports for finding in report.findings]
    lines = [_command(one, called) for one in blockers_of(findings)]
    waits = [_unsigned(report, called) for report in reports if report.waits]
    return "".join(f"{line}\n" for line in [*lines[: MOST - min(len(waits), MOST)], *waits][:MOST])


def _command(blocker: Blocker, called: Called) -> str:
    head = blocker.head
    place = next((one for one in head.places if one.path), Place())
    waiting = f" ({len(blocker.findings)} checks)" if blocker.waiting else ""
    told = {
        "file": in_repository(place.path, called) if place.path else "",
        "line": str(place.line or ""),
        "title": f"{head.check} {head.claim}" if not (blocker.unseen and waiting) else f"could not look{waiting}",
    }
    words = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in told.items() if value)
    level = "warning" if blocker.severity is Severity.LOW else "error"
    return f"::{level} {words}::{_escaped(' '.join(filter(None, (head.message, advice_for(head)))))}"


def _unsigned(report: StageReport, called: Called) -> str:
    words = {"file": in_repository(NAME, called), "title": f"{report.stage.title}: {WAITS}"}
    told = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in words.items())
    return f"::error {told}::{_escaped(called.text(signed(report)))}"


def in_repository(path: str, called: Called) -> str:
    """A path of the service, seen from where the run was started: in CI that is the repository."""
    return str(PurePosixPath(called.folder) / path)


def _escaped(text: str, more: str = "") -> str:
    """Percent-encoded where a workflow command would end or go on."""
    for letter in ("%", "\r", "\n", *more):
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text
