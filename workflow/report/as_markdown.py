"""A run as a page: for a pull request's comment or a CI job's summary."""

import re

from runner.model import Finding, Outcome
from runner.words import plural
from workflow.ledger import Run
from workflow.report.outline import StageReport, commands_of, stages_of

PLACES = 10  # shown of one finding; the JSON report has them all
# An underscore inside a word means nothing.
MEANING = re.compile(r"([\\*\[\]<>|#~`]|(?<!\w)_|_(?!\w))")
SIGNS = {"GO": "🟢", "NO-GO": "🔴"}


def as_markdown(run: Run) -> str:
    reports = stages_of(run)
    verdict = run.verdict or "NO-GO"
    commit = f" at `{run.commit[:7]}`" if run.commit else ""
    changed = f" with {plural(len(run.dirty), 'changed file')}" if run.dirty else ""
    lines = [f"# {SIGNS[verdict]} {verdict}: {plain(run.service)}{commit}{changed}", ""]
    lines += ["| stage | verdict | checks | time |", "|---|---|---|--:|"]
    lines += [f"| {r.stage.title} | {SIGNS[r.verdict]} {r.verdict} | {r.counts} | {r.seconds:.1f} s |" for r in reports]
    for report in reports:
        for finding in report.blockers:
            lines += ["", *_blocker(finding, report)]
    return "\n".join(lines) + "\n"


def _blocker(finding: Finding, report: StageReport) -> list[str]:
    word = "could not look" if finding.outcome is Outcome.UNKNOWN else finding.outcome.value
    lines = [f"## {finding.check} {plain(finding.claim)}", "", f"**{word}**: {plain(finding.message)}", ""]
    shown = finding.places[:PLACES]
    lines += [
        f"- `{str(place).replace('`', chr(39))}`{f' {plain(place.note)}' if place.note else ''}" for place in shown
    ]
    if len(finding.places) > PLACES:
        lines.append(f"- and {len(finding.places) - PLACES} more")
    lines += ["", f"*Why*: {plain(finding.why)}", "", f"*Fix*: {plain(finding.fix)}", ""]
    commands = commands_of(finding, report.stage.task)
    fence = "`" * (max((len(run) for line in commands for run in re.findall("`+", line)), default=2) + 1)
    fence = max(fence, "```", key=len)
    return [*lines, f"{fence}sh", *commands, fence]


def plain(text: str) -> str:
    """Text of a service as it is read, not as Markdown or HTML: only what would change its meaning is escaped.

    Code in backticks stays code, as our own messages use it.
    """
    parts = re.split(r"(`[^`\n]+`)", text)
    return "".join(part if n % 2 else MEANING.sub(r"\\\1", part) for n, part in enumerate(parts))
