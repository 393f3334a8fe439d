"""A run for CI's test tables: a suite per stage, a case per check."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree as Xml

from runner.model import Finding, Outcome
from stages.catalogue import Catalogue
from workflow.called import NEUTRAL, Called
from workflow.gate import is_waived
from workflow.ledger import Run
from workflow.report.advice import advice_for
from workflow.report.causes import blockers_of, heads_of
from workflow.report.outline import WAITS, StageReport, commands_of, signed, stages_of, waiver_of

# What XML 1.0 can't carry.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(run: Run, catalogue: Catalogue, called: Called = NEUTRAL) -> str:
    """FAILED is a failure; UNKNOWN and BROKEN are errors (never skipped: that reads as green); NOT APPLICABLE skips.

    A signature that is waited for is an error. A failure that is waived is skipped, and says what failed, who waived it
    and until when.
    """
    suites = Xml.Element("testsuites", name=f"gonogo {_clean(run.service)}")
    reports = stages_of(run, catalogue, called)
    blockers = blockers_of(finding for report in reports for finding in report.findings)
    heads = heads_of(blockers)
    for report in reports:
        suites.append(_suite(report, heads, called))
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"


def _suite(report: StageReport, heads: Mapping[str, str], called: Called) -> Xml.Element:
    outcomes = [finding.outcome for finding in report.findings]
    suite = Xml.Element(
        "testsuite",
        name=report.stage.slug,
        tests=str(len(outcomes) + report.waits),
        failures=str(outcomes.count(Outcome.FAILED) - sum(map(is_waived, report.findings))),
        errors=str(outcomes.count(Outcome.UNKNOWN) + outcomes.count(Outcome.BROKEN) + report.waits),
        skipped=str(outcomes.count(Outcome.NOT_APPLICABLE) + sum(map(is_waived, report.findings))),
        time=f"{report.seconds:.3f}",
    )
    if told := signed(report):
        properties = Xml.SubElement(suite, "properties")
        Xml.SubElement(properties, "property", name="signature", value=_clean(called.text(told)))
    if report.waits:
        case = Xml.SubElement(suite, "testcase", classname=f"gonogo.{report.stage.slug}", name="signature", time="0")
        Xml.SubElement(case, "error", message=_clean(called.text(told)), type="unsigned").text = WAITS
    for finding in report.findings:
        suite.append(_case(finding, report.stage.task, heads.get(finding.check, ""), called))
    return suite


def _case(finding: Finding, task: str, head: str, called: Called) -> Xml.Element:
    """`head`: the check that tells the cause which this one waits for; empty where it tells its own."""
    name = f"{finding.check} {finding.claim}"
    case = Xml.Element(
        "testcase", classname=f"gonogo.{finding.stage}", name=_clean(name), time=f"{finding.seconds:.3f}"
    )
    place = next((p for p in finding.places if p.path), None)
    if place and place.path:
        case.set("file", _clean(place.path))
        if place.line:
            case.set("line", str(place.line))
    tag = {
        Outcome.FAILED: "failure",
        Outcome.UNKNOWN: "error",
        Outcome.BROKEN: "error",
        Outcome.NOT_APPLICABLE: "skipped",
    }.get(finding.outcome)
    tag = "skipped" if is_waived(finding) else tag
    told = [("judged", str(one)) for one in finding.shares]
    told += [("reused", f"run {finding.reused}")] if finding.reused else []
    told += [("raw", finding.outcome.value), ("waived", waiver_of(finding))] if finding.waivers else []
    if told:
        properties = Xml.SubElement(case, "properties")
        for name, value in told:
            Xml.SubElement(properties, "property", name=name, value=_clean(value))
    if tag:
        message = f"waits for what {head} names" if head else finding.message
        message = f"failed: {finding.message}; {waiver_of(finding)}" if is_waived(finding) else message
        said = Xml.SubElement(case, tag, message=_clean(message))
        if tag != "skipped":
            said.set("type", finding.outcome.value)
            said.text = message if head else _clean(_story(finding, task, called))
    return case


def _story(finding: Finding, task: str, called: Called) -> str:
    places = [f"{place} {place.note}".strip() for place in finding.places]
    again = [f"again: {line}" for line in commands_of(finding, task, called)]
    advice = advice_for(finding)
    now = [f"now: {advice}"] if advice and finding.outcome is Outcome.UNKNOWN else []
    return "\n".join([finding.message, *places, *now, f"why: {finding.why}", f"fix: {finding.fix}", *again])


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
