"""A run as a page: for a pull request's comment, a CI job's summary, or whoever opens the report of the newest run."""

import re
from collections.abc import Sequence
from itertools import groupby

from runner.markdown import plain, table
from runner.model import Finding, Outcome
from runner.said import tell
from runner.said import told as told_text
from runner.words import lasted, plural
from stages.catalogue import Catalogue
from workflow.called import NEUTRAL, Called
from workflow.gate import is_waived
from workflow.ledger import Run
from workflow.report.advice import advice_for
from workflow.report.causes import Blocker, blockers_of
from workflow.report.outline import (
    WORK,
    StageReport,
    altered,
    blanks,
    commands_of,
    longest,
    only,
    raw_verdict,
    reuse,
    seen_in,
    signed,
    stages_of,
    standing_of,
    waiver_of,
)

PLACES = 10  # shown of one finding; the JSON report has them all
LOOKS = 10  # that took longest
SIGNS = {"GO": "🟢", "NO-GO": "🔴"}
WAITING = "🟡"


def as_markdown(run: Run, catalogue: Catalogue, called: Called = NEUTRAL) -> str:
    reports = stages_of(run, catalogue, called)
    verdict = run.verdict or "NO-GO"
    commit = tell(" at `{commit}`", commit=run.commit[:7]) if run.commit else ""
    changed = tell(" with {files}", files=plural(len(run.dirty), "changed file")) if run.dirty else ""
    sign = WAITING if run.unsigned and verdict == "GO" else SIGNS[verdict]
    lines = [f"# {sign} {standing_of(run)}: {plain(run.service)}{commit}{changed}", ""]
    rows = [
        (
            tell(r.stage.title),
            f"{WAITING if r.waits else SIGNS[r.verdict]} {tell(r.standing)}",
            r.counts,
            lasted(r.seconds),
        )
        for r in reports
    ]
    lines.append(table(("stage", "verdict", "checks", "work"), rows, right=(3,)))
    took = [tell("The run took {time}.", time=lasted(run.seconds))] if run.seconds is not None else []
    lines += ["", " ".join([*took, tell(WORK)])]
    lines += ["", f"**{plain(told)}.**"] if (told := altered(run)) else []
    lines += [line for report in reports if (told := signed(report)) for line in ("", f"{plain(called.text(told))}.")]
    waived = [one for report in reports for one in report.findings if is_waived(one)]
    if waived:
        without = tell("Without the waivers: {verdict}. What failed and is waived:", verdict=raw_verdict(waived))
        lines += ["", without, ""]
        lines += [f"- {one.check}: {plain(told_text(one.message))} ({plain(waiver_of(one))})" for one in waived]
    lines += ["", plain(told)] if (told := reuse(reports)) else []
    by_slug = {report.stage.slug: report for report in reports}
    for number, blocker in enumerate(blockers_of(f for report in reports for f in report.findings), start=1):
        lines += ["", *_blocker(number, blocker, by_slug, called)]
    return "\n".join([*lines, *_looks(run)]) + "\n"


def _looks(run: Run) -> list[str]:
    """Where the time went."""
    rows = [(plain(told_text(title)), lasted(seconds)) for title, seconds in longest(run)[:LOOKS]]
    return ["", f"## {tell('What took longest')}", "", table(("look", "time"), rows, right=(1,))] if rows else []


def _blocker(number: int, blocker: Blocker, by_slug: dict[str, StageReport], called: Called) -> list[str]:
    if blocker.unseen and blocker.waiting:
        return _unseen(number, blocker.findings, by_slug, called)
    until = tell("Until then {checks} can't look:", checks=plural(len(blocker.waiting), "check"))
    waiting = [until, "", *_named(blocker.waiting, by_slug)]
    return [
        *_finding(number, blocker, by_slug[blocker.head.stage], called),
        *(["", *waiting] if blocker.waiting else []),
        *(["", f"{blocker.said_again}{tell('.')}"] if blocker.again else []),
    ]


def _unseen(number: int, findings: Sequence[Finding], by_slug: dict[str, StageReport], called: Called) -> list[str]:
    """Several checks that could not be looked at, for one reason."""
    task = by_slug[findings[0].stage].stage.task
    advice = advice_for(findings[0])
    return [
        f"## {number}. {tell('{checks} could not look, for one reason', checks=plural(len(findings), 'check'))}",
        "",
        plain(told_text(findings[0].message)),
        "",
        *([f"*{tell('Now')}*: {plain(told_text(advice))}", ""] if advice else []),
        *_named(findings, by_slug),
        "",
        "```sh",
        only(task, [one.check for one in findings if one.stage == findings[0].stage], called),
        "```",
    ]


def _named(findings: Sequence[Finding], by_slug: dict[str, StageReport]) -> list[str]:
    """A line for each stage, with its checks."""
    stages = groupby(findings, key=lambda finding: finding.stage)
    return [f"- {tell(by_slug[slug].stage.title)}: {', '.join(one.check for one in group)}" for slug, group in stages]


def _finding(number: int, blocker: Blocker, report: StageReport, called: Called) -> list[str]:
    finding = blocker.head
    word = tell("could not look" if finding.outcome is Outcome.UNKNOWN else finding.outcome.value)
    when = f" ({seen_in(finding)})" if finding.reused else ""
    lines = [
        f"## {number}. {finding.check} {plain(told_text(finding.claim))}",
        "",
        f"**{word}**, {tell(blocker.severity.value)}{when}: {plain(told_text(finding.message))}",
        "",
    ]
    shown = finding.places[:PLACES]
    lines += [
        f"- `{str(place).replace('`', chr(39))}`{f' {plain(told_text(place.note))}' if place.note else ''}"
        for place in shown
    ]
    if len(finding.places) > PLACES:
        lines.append(f"- {tell('and {number} more', number=len(finding.places) - PLACES)}")
    why, fix = plain(told_text(finding.why)), plain(told_text(finding.fix))
    lines += ["", f"*{tell('Why')}*: {why}", "", f"*{tell('Fix')}*: {fix}", ""]
    commands = commands_of(finding, report.stage.task, called)
    fence = "`" * (max((len(run) for line in commands for run in re.findall("`+", line)), default=2) + 1)
    fence = max(fence, "```", key=len)
    told = blanks(commands, called)
    return [*lines, f"{fence}sh", *commands, fence, *(["", plain(told)] if told else [])]
