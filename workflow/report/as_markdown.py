"""A run as a page: for a pull request's comment or a CI job's summary."""

import re
from collections.abc import Sequence

from runner.markdown import plain, table
from runner.model import Finding, Outcome
from runner.words import lasted, plural
from stages.catalogue import Catalogue
from workflow.called import NEUTRAL, Called
from workflow.ledger import Run
from workflow.report.outline import WORK, StageReport, alike, blanks, commands_of, only, reuse, seen_in, stages_of

PLACES = 10  # shown of one finding; the JSON report has them all
SIGNS = {"GO": "🟢", "NO-GO": "🔴"}


def as_markdown(run: Run, catalogue: Catalogue, called: Called = NEUTRAL) -> str:
    reports = stages_of(run, catalogue, called)
    verdict = run.verdict or "NO-GO"
    commit = f" at `{run.commit[:7]}`" if run.commit else ""
    changed = f" with {plural(len(run.dirty), 'changed file')}" if run.dirty else ""
    lines = [f"# {SIGNS[verdict]} {verdict}: {plain(run.service)}{commit}{changed}", ""]
    rows = [(r.stage.title, f"{SIGNS[r.verdict]} {r.verdict}", r.counts, lasted(r.seconds)) for r in reports]
    lines.append(table(("stage", "verdict", "checks", "work"), rows, right=(3,)))
    took = f"The run took {lasted(run.seconds)}. " if run.seconds is not None else ""
    lines += ["", took + WORK]
    lines += ["", plain(told)] if (told := reuse(reports)) else []
    for report in reports:
        for group in alike(report.blockers):
            lines += ["", *(_blocker(group[0], report, called) if len(group) == 1 else _unseen(group, report, called))]
    return "\n".join(lines) + "\n"


def _unseen(findings: Sequence[Finding], report: StageReport, called: Called) -> list[str]:
    """Several checks that could not be looked at, for one reason."""
    command = only(report.stage.task, [finding.check for finding in findings], called)
    return [
        f"## {plural(len(findings), 'check')} of {report.stage.title} could not look",
        "",
        plain(findings[0].message),
        "",
        *(f"- {finding.check} {plain(finding.claim)}" for finding in findings),
        "",
        "```sh",
        command,
        "```",
    ]


def _blocker(finding: Finding, report: StageReport, called: Called) -> list[str]:
    word = "could not look" if finding.outcome is Outcome.UNKNOWN else finding.outcome.value
    when = f" ({seen_in(finding)})" if finding.reused else ""
    lines = [f"## {finding.check} {plain(finding.claim)}", "", f"**{word}**{when}: {plain(finding.message)}", ""]
    shown = finding.places[:PLACES]
    lines += [
        f"- `{str(place).replace('`', chr(39))}`{f' {plain(place.note)}' if place.note else ''}" for place in shown
    ]
    if len(finding.places) > PLACES:
        lines.append(f"- and {len(finding.places) - PLACES} more")
    lines += ["", f"*Why*: {plain(finding.why)}", "", f"*Fix*: {plain(finding.fix)}", ""]
    commands = commands_of(finding, report.stage.task, called)
    fence = "`" * (max((len(run) for line in commands for run in re.findall("`+", line)), default=2) + 1)
    fence = max(fence, "```", key=len)
    told = blanks(commands, called)
    return [*lines, f"{fence}sh", *commands, fence, *(["", plain(told)] if told else [])]
