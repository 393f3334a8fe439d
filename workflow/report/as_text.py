"""A run for the terminal: every line earns its place, and the last one is what to type next."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from runner.model import Finding, Outcome
from runner.words import lasted, listed, plural
from workflow import gate
from workflow.ledger import Run
from workflow.report.outline import WORK, StageReport, alike, blanks, commands_of, judged, only, reuse, seen_in

PLACES = 5  # shown of one finding; `invoke explain` shows all
NAMED = 8  # requirements of one finding
SHOWN = 3  # commands of one finding
IDS = 20  # checks that are named in one line
STYLES = {"GO": "bold green", "NO-GO": "bold red"}
INDENT = " " * 6
LABEL = 7


def headline(service: str, source: str, parts: Sequence[str]) -> Text:
    """`gonogo · sample_service · 3f2a91c, 1 file changed · Python 3.12.1 · …`"""
    line = Text("gonogo", style="bold")
    for part in (service, source, *parts):
        line.append(" · ", style="dim")
        line.append(part, style="bold" if part is service else "")
    return line


def heads() -> Text:
    """What stands in the columns of the stages' lines."""
    return Text(f"    {'Stage':<13}  {'Verdict':<7}  {'Checks':<40}{'Work':>10}", style="dim")


def stage_lines(report: StageReport, *, every: bool = False) -> Iterator[Text]:
    """One line for the stage, then what blocks (or `every` finding)."""
    line = Text(f"{report.number:2}  {report.stage.title:<13}  ")
    line.append(f"{report.verdict:<7}", style=STYLES[report.verdict])
    line.append(f"  {report.counts:<40}")
    line.append(f"{lasted(report.seconds):>10}", style="dim")
    yield line
    for group in alike(report.blockers):
        yield from finding_lines(group[0], report.stage.task) if len(group) == 1 else _unseen(group, report.stage.task)
    if every:
        for finding in (f for f in report.findings if f.outcome in gate.GREEN):
            yield Text.assemble(INDENT, (_id(finding), "dim"), *_quiet(finding))


def _unseen(findings: Sequence[Finding], task: str) -> Iterator[Text]:
    """Several checks, one reason."""
    yield Text.assemble(INDENT, ("could not look: ", "bold yellow"), findings[0].message)
    for finding in findings:
        yield Text.assemble(INDENT, (_id(finding), "yellow"), finding.claim)
    yield _command("again", only(task, [finding.check for finding in findings]))


def _quiet(finding: Finding) -> list[tuple[str, str] | str]:
    if finding.outcome is Outcome.NOT_APPLICABLE:
        seen = f"; looked at {finding.looked}" if finding.looked else ""
        return [f"{finding.claim} ", (f"(not applicable: {finding.message}{seen}{_when(finding)})", "dim")]
    return [f"{finding.claim} ", (f"({finding.message}{judged(finding)}{_when(finding)})", "dim")]


def _when(finding: Finding) -> str:
    return f" · {seen_in(finding)}" if finding.reused else ""


def finding_lines(finding: Finding, task: str, *, places: int = PLACES) -> Iterator[Text]:
    """What blocks, where, why, how to mend it and how to see it again."""
    colour = "yellow" if finding.outcome is Outcome.UNKNOWN else "red"
    yield Text.assemble(INDENT, (_id(finding), f"bold {colour}"), (finding.claim, "bold"))
    words = {Outcome.UNKNOWN: "could not look: ", Outcome.BROKEN: ""}
    yield _row("", words.get(finding.outcome, "") + finding.message)
    for place in finding.places[:places]:
        note = f"  {place.note}" if place.note else ""
        yield Text.assemble(INDENT, " " * LABEL, (str(place), "cyan"), note)
    if len(finding.places) > places:
        more = len(finding.places) - places
        yield _row("", f"and {more} more: invoke explain {finding.check}")
    if finding.outcome is Outcome.FAILED:
        yield _row("why", finding.why)
        yield _row("fix", finding.fix)
    if finding.reused:
        yield _row("seen", f"in run {finding.reused}; nothing that it depends on has changed since")
    if finding.requirements:
        yield _row("for", listed(finding.requirements, NAMED))
    for number, command in enumerate(commands_of(finding, task)[-SHOWN:]):
        yield _command("" if number else "again", command)


def _id(finding: Finding) -> str:
    """As a label; a team's own may be longer than ours."""
    return f"{finding.check} ".ljust(LABEL)


def _row(label: str, text: str) -> Text:
    return Text.assemble(INDENT, (f"{label:<{LABEL}}", "dim"), text)


def _command(label: str, text: str) -> Text:
    """Something to be typed: no face may put a line's end into it that a shell does not understand."""
    row = _row(label, text)
    row.no_wrap = True
    return row


def notes(run: Run, reports: Sequence[StageReport], *, reasons_shown: bool = False) -> Iterator[Text]:
    """What a reader may ask about the lines above, told quietly."""
    if told := reuse(reports):
        yield Text(told, style="dim")
    yield from (Text(note.text, style="yellow") for note in run.notes if note.kind == "damaged")
    absent = [f.check for report in reports for f in report.findings if f.outcome is Outcome.NOT_APPLICABLE]
    if absent and not reasons_shown:
        rest = f" and {len(absent) - IDS} more" if len(absent) > IDS else ""
        yield Text(f"Not applicable: {', '.join(absent[:IDS])}{rest}. Why: invoke show {run.id}", style="dim")
    shut = [(report, finding) for report in reports for finding in report.blockers]
    if told := blanks(line for report, one in shut for line in commands_of(one, report.stage.task)[-SHOWN:]):
        yield Text(told, style="dim")
    if len(reports) > 1:
        yield Text(WORK, style="dim")


def last_line(run: Run, reports: Sequence[StageReport], onward: str = "") -> Text:
    """The verdict, how much blocks, how long it took, and the one command to type next: `onward` after a GO."""
    findings = [finding for report in reports for finding in report.findings]
    shut = gate.blockers(findings)
    verdict = run.verdict or "NO-GO"
    line = Text(verdict, style=STYLES[verdict])
    took = f", in {lasted(run.seconds)}" if run.seconds is not None else ""
    line.append(f": {_sum(findings, shut, reports)}{took}.   ")
    line.append("Next: ", style="dim")
    line.append(_next(run, shut, reports, onward), style="bold")
    return line


def _sum(findings: Sequence[Finding], shut: Sequence[Finding], reports: Sequence[StageReport]) -> str:
    if shut:
        verb = "blocks" if len(shut) == 1 else "block"
        return f"{len(shut)} of {plural(len(findings), 'check')} {verb} ({gate.reason(findings)})"
    empty = [report.stage.title for report in reports if report.verdict != "GO"]
    if empty:
        return f"nothing was proved in {', '.join(empty)}"
    proved = sum(finding.outcome is Outcome.PASSED for finding in findings)
    rest = len(findings) - proved
    return f"{plural(proved, 'check')} proved{f', {rest} not applicable' if rest else ''}"


def _next(run: Run, shut: Sequence[Finding], reports: Sequence[StageReport], onward: str) -> str:
    if shut:
        order = [report.stage.slug for report in reports]
        first = min(shut, key=lambda f: (order.index(f.stage), gate.SEVERITY.index(f.outcome)))
        return f"invoke explain {first.check}"
    return onward if run.verdict == "GO" and onward else f"invoke show {run.id}"
