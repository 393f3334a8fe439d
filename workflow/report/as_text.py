"""A run for the terminal: every line earns its place, and the last one is what to type next."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from runner.model import Finding, Outcome
from runner.said import say, tell, told
from runner.words import lasted, listed, plural
from workflow import gate
from workflow.ledger import Run
from workflow.report.advice import advice_for
from workflow.report.causes import Blocker, alike, blockers_of
from workflow.report.outline import (
    StageReport,
    altered,
    blanks,
    commands_of,
    judged,
    longest,
    only,
    reuse,
    seen_in,
    signed,
    standing_of,
    waiver_of,
)

PLACES = 5  # shown of one finding; `invoke explain` shows all
NAMED = 8  # requirements of one finding
SHOWN = 3  # commands of one finding
FEW = 3  # blockers that are all told in full
MOST = 12  # blockers that a terminal names
BRIEF = 160  # letters of a reason in short
TOLD = frozenset({"damaged", "waiver"})  # kinds of notes that a reader must hear
LOOKS = 3  # that took longest
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
    names = (padded(tell(name), width) for name, width in (("Stage", 13), ("Verdict", 7), ("Checks", 43)))
    return Text(f"    {'  '.join(names)}{tell('Work'):>9}", style="dim")


def stage_line(report: StageReport) -> Text:
    """The stage's verdict, how many checks ended how, and the work."""
    line = Text(f"{report.number:2}  {padded(tell(report.stage.title), 13)}  ")
    line.append(f"{report.verdict:<7}", style=STYLES[report.verdict])
    line.append(f"  {padded(report.counts_in_short, 43)}")
    line.append(f"{lasted(report.seconds):>9}", style="dim")
    if report.waits:
        line.append(f"  {tell('waits for a signature')}", style="yellow")
    elif report.signature:
        line.append(f"  {tell('signed by {who}', who=report.signature.who)}", style="dim")
    return line


def record_lines(report: StageReport) -> Iterator[Text]:
    """The stage's line, then every finding of it: what blocks in full, the others in a line."""
    yield stage_line(report)
    for group in alike(report.blockers):
        yield from finding_lines(group[0], report.stage.task) if len(group) == 1 else _unseen(group, report.stage.task)
    for finding in (f for f in report.findings if not gate.shuts(f)):
        yield Text.assemble(INDENT, (_id(finding), "dim"), *_quiet(finding))


def blocker_lines(reports: Sequence[StageReport], *, whole: bool = False) -> Iterator[Text]:
    """What is to be mended, each cause once and the heaviest first: that one in full, the others in short.

    All are told in full where they are few, or where the `whole` is asked for.
    """
    blockers = blockers_of(finding for report in reports for finding in report.findings)
    tasks = {report.stage.slug: report.stage.task for report in reports}
    titles = {report.stage.slug: report.stage.title for report in reports}
    named = blockers if whole else blockers[:MOST]
    for number, blocker in enumerate(named, start=1):
        full = whole or number == 1 or len(blockers) <= FEW
        lines = _full(blocker, tasks[blocker.head.stage], titles) if full else _short(blocker, titles)
        for place, line in enumerate(lines):
            yield Text.assemble(f"{number:3}.  ", line[len(INDENT) :]) if place == 0 else line
    if len(blockers) > len(named):
        more = tell("and {more} more: --verbose shows all", more=len(blockers) - len(named))
        yield Text(f"{INDENT}{more}", style="dim")


def _full(blocker: Blocker, task: str, titles: dict[str, str]) -> Iterator[Text]:
    yield from finding_lines(blocker.head, task, waited=blocker.waited(titles), alone=not blocker.waiting)


def _short(blocker: Blocker, titles: dict[str, str]) -> Iterator[Text]:
    head = blocker.head
    yield _title(head, alone=not blocker.waiting)
    if not blocker.unseen or not blocker.waiting:
        yield _row("", cut(_said(head))).append_text(_first_place(head))
    if waited := blocker.waited(titles):
        yield _row("", waited)


def _first_place(finding: Finding) -> Text:
    """Where, in short, unless the message says it."""
    where = str(finding.places[0]) if finding.places else ""
    return Text("" if where in finding.message else f"  {tell(where)}", style="cyan")


def cut(text: str, most: int = BRIEF) -> str:
    """Its first words, where it is long."""
    return text if len(text) <= most else f"{text[:most].rpartition(' ')[0] or text[:most]} …"


def _unseen(findings: Sequence[Finding], task: str) -> Iterator[Text]:
    """Several checks, one reason."""
    yield _title(findings[0], alone=False)
    for finding in findings:
        yield Text.assemble(INDENT, (_id(finding), "yellow"), tell(finding.claim))
    if advice := advice_for(findings[0]):
        yield _row(tell("now"), told(advice))
    yield _command(tell("again"), only(task, [finding.check for finding in findings]))


def _title(finding: Finding, *, alone: bool) -> Text:
    """The check and its claim; of what several could not see, the reason."""
    if finding.outcome is Outcome.UNKNOWN and not alone:
        return Text.assemble(INDENT, (tell("could not look: "), "bold yellow"), told(finding.message))
    colour = "yellow" if finding.outcome is Outcome.UNKNOWN else "red"
    return Text.assemble(INDENT, (_id(finding), f"bold {colour}"), (tell(finding.claim), "bold"))


def _said(finding: Finding) -> str:
    return (tell("could not look: ") if finding.outcome is Outcome.UNKNOWN else "") + told(finding.message)


def _quiet(finding: Finding) -> list[tuple[str, str] | str]:
    if gate.is_waived(finding):
        failed = tell("(failed: {message}; {waiver})", message=finding.message, waiver=waiver_of(finding))
        return [f"{tell(finding.claim)} ", (failed, "yellow")]
    if finding.outcome is Outcome.NOT_APPLICABLE:
        seen = tell("; looked at {place}", place=finding.looked) if finding.looked else ""
        absent = tell("(not applicable: {message}{seen})", message=finding.message, seen=f"{seen}{_when(finding)}")
        return [f"{tell(finding.claim)} ", (absent, "dim")]
    return [f"{tell(finding.claim)} ", (f"({told(finding.message)}{judged(finding)}{_when(finding)})", "dim")]


def _when(finding: Finding) -> str:
    return f" · {seen_in(finding)}" if finding.reused else ""


def finding_lines(finding: Finding, task: str, *, waited: str = "", alone: bool = True) -> Iterator[Text]:
    """What blocks, where, why, how to mend it and how to see it again. `waited`: which others hang on it.

    Where it is not `alone`, it stands for several checks that could not look for its reason.
    """
    yield _title(finding, alone=alone)
    if alone or finding.outcome is not Outcome.UNKNOWN:
        yield _row("", _said(finding))
    yield from _found(finding, PLACES, waited)
    if finding.outcome is Outcome.FAILED:
        yield _row(tell("why"), told(finding.why))
        yield _row(tell("fix"), told(finding.fix))
    yield from _again(finding, task)


def explained_lines(finding: Finding, task: str, waited: str) -> Iterator[Text]:
    """What was found last, and every place of it, below the check's own claim, why and fix."""
    yield _row("", _said(finding))
    yield from _found(finding, len(finding.places), waited)
    yield from _again(finding, task)


def _found(finding: Finding, places: int, waited: str) -> Iterator[Text]:
    for place in finding.places[:places]:
        note = f"  {told(place.note)}" if place.note else ""
        yield Text.assemble(INDENT, " " * LABEL, (told(str(place)), "cyan"), note)
    if len(finding.places) > places:
        more = len(finding.places) - places
        yield _row("", tell("and {more} more: invoke explain {check}", more=more, check=finding.check))
    if waited:
        yield _row("", waited)
    if finding.outcome is Outcome.UNKNOWN and (advice := advice_for(finding)):
        yield _row(tell("now"), told(advice))


def _again(finding: Finding, task: str) -> Iterator[Text]:
    if finding.reused:
        seen = tell("in run {run}; nothing that it depends on has changed since", run=finding.reused)
        yield _row(tell("seen"), seen)
    if finding.requirements:
        yield _row(tell("for"), told(listed(finding.requirements, NAMED)))
    for number, command in enumerate(commands_of(finding, task)[-SHOWN:]):
        yield _command("" if number else tell("again"), command)


def _id(finding: Finding) -> str:
    """As a label; a team's own may be longer than ours."""
    return f"{finding.check} ".ljust(LABEL)


def _row(label: str, text: str) -> Text:
    return Text.assemble(INDENT, (padded(label, LABEL), "dim"), text)


def padded(text: str, width: int) -> str:
    """With spaces behind it, to so many columns; a Chinese letter takes two."""
    return text + " " * max(0, width - cell_len(text))


def _command(label: str, text: str) -> Text:
    """Something to be typed: no face may put a line's end into it that a shell does not understand."""
    row = _row(label, text)
    row.no_wrap = True
    return row


def look_lines(run: Run) -> Iterator[Text]:
    """How long each look of this run took, the longest first."""
    for number, (title, seconds) in enumerate(longest(run)):
        if number == 0:
            yield Text(tell("Looks, the longest first; they go on side by side:"), style="dim")
        yield Text(f"{lasted(seconds):>12}  {tell(title)}", style="dim")


def notes(run: Run, reports: Sequence[StageReport], *, whole: bool = False) -> Iterator[Text]:
    """What a reader may ask about the lines above, told quietly. `whole`: they tell all that is known."""
    if broken := altered(run):
        yield Text(broken, style="bold red")
    for finding in (one for report in reports for one in report.findings if gate.is_waived(one)):
        what = {"check": finding.check, "message": finding.message, "waiver": waiver_of(finding)}
        yield Text(tell("Waived: {check} failed, {message}; {waiver}", **what), style="yellow")
    for report in reports:
        if signature := signed(report):
            yield Text(signature, style="yellow" if report.waits else "dim")
    if again := reuse(reports):
        yield Text(again, style="dim")
    yield from (Text(told(note.text), style="yellow") for note in run.notes if note.kind in TOLD)
    if blank := blanks(_typed(reports, whole=whole)):
        yield Text(blank, style="dim")
    if whole:
        return
    looks = longest(run)[:LOOKS]
    if len(reports) > 1 and looks:
        named = " · ".join(f"{tell(title)}, {lasted(seconds)}" for title, seconds in looks)
        yield Text(tell("Looks go on side by side. The longest: {named}", named=named), style="dim")


def whole_record(run: Run) -> str:
    """Where all is that a run found: `All findings, also why 2 checks are not applicable (n/a): invoke show 7`."""
    absent = sum(finding.outcome is Outcome.NOT_APPLICABLE for finding in run.findings)
    if not absent:
        return tell("All findings: invoke show {run}", run=run.id)
    checks, verb = plural(absent, "check"), "is" if absent == 1 else "are"
    text = "All findings, also why {checks} {verb} not applicable (n/a): invoke show {run}"
    return told(say(text, checks=checks, verb=verb, run=run.id))


def _typed(reports: Sequence[StageReport], *, whole: bool) -> Iterable[str]:
    """The commands that stand above."""
    blockers = blockers_of(finding for report in reports for finding in report.findings)
    tasks = {report.stage.slug: report.stage.task for report in reports}
    shown = blockers if whole or len(blockers) <= FEW else blockers[:1]
    return [line for one in shown for line in commands_of(one.head, tasks[one.head.stage])[-SHOWN:]]


def last_line(run: Run, reports: Sequence[StageReport], onward: str = "") -> Text:
    """The verdict, how much blocks, how long it took, and the one command to type next: `onward` after a GO."""
    findings = [finding for report in reports for finding in report.findings]
    blockers = blockers_of(findings)
    verdict = run.verdict or "NO-GO"
    line = Text(verdict, style=STYLES[verdict])
    line.append(standing_of(run).removeprefix(verdict))
    took = tell(", in {seconds}", seconds=lasted(run.seconds)) if run.seconds is not None else ""
    line.append(tell(": {sum}{took}.   ", sum=_sum(findings, blockers, reports), took=took))
    line.append(tell("Next: "), style="dim")
    waiting = next((f"invoke sign {one.stage.task}" for one in reports if one.waits and run.verdict == "GO"), "")
    line.append(waiting or _next(run, blockers, onward), style="bold")
    return line


def _sum(findings: Sequence[Finding], blockers: Sequence[Blocker], reports: Sequence[StageReport]) -> str:
    if shut := sum(len(blocker.findings) for blocker in blockers):
        verb = "blocks" if shut == 1 else "block"
        causes = tell(", by {causes}", causes=plural(len(blockers), "cause")) if len(blockers) < shut else ""
        checks, reason = plural(len(findings), "check"), gate.reason(findings)
        return tell(
            "{shut} of {checks} {verb} ({reason}){causes}",
            shut=shut, checks=checks, verb=verb, reason=reason, causes=causes,
        )  # fmt: skip
    empty = [tell(report.stage.title) for report in reports if report.verdict != "GO"]
    if empty:
        return tell("nothing was proved in {stages}", stages=empty)
    proved = sum(finding.outcome is Outcome.PASSED for finding in findings)
    rest = len(findings) - proved - sum(map(gate.is_waived, findings))
    others = tell(", {rest} not applicable", rest=rest) if rest else ""
    return tell("{checks} proved{others}", checks=plural(proved, "check"), others=others)


def _next(run: Run, blockers: Sequence[Blocker], onward: str) -> str:
    if blockers:
        return f"invoke explain {blockers[0].head.check}"
    return onward if run.verdict == "GO" and onward else f"invoke show {run.id}"
