"""`invoke trace`: what belongs to what, from the business to the tables and back, drawn for a terminal."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from runner.errors import WorkflowError
from runner.said import tell
from runner.said import told as told_text
from runner.words import listed, plural
from stages.testing.trace import KINDS
from workflow.called import called_by
from workflow.cli.errors import exit_codes
from workflow.cli.lay import Page, a_page, say
from workflow.gate import GREEN
from workflow.service import (
    Item,
    Traced,
    catalogue_of,
    choose_service,
    overview,
    reading_ledger_of,
    traced_service,
)
from workflow.service.trace import counted

WORDS = {"criterion": "criterion", "endpoint": "operation", "need": "quality need"}
COLUMNS = ("endpoint", "table", "test", "need")
LISTED = 6  # orphans of one reason that are named


def show_trace(about: str, service: str, json_file: str) -> None:
    """Every requirement in one line and the orphans, or all that belongs to what is named."""
    with exit_codes(service=service):
        target = choose_service(service or None)
        page = a_page(called_by(service).at(target.root).with_programs(target))
        ledger = reading_ledger_of(target)
        traced = traced_service(overview(target, ledger, catalogue_of(target)), ledger.content)
        if json_file:
            _write(json_file, _as_json(traced))
            return
        say(page, Text.assemble((target.name, "bold"), tell(" · the trace of run {run}", run=traced.run.id)))
        page.print()
        if about:
            _show_one(page, traced, traced.find(about))
            return
        _show_all(page, traced)


def _show_all(page: Page, traced: Traced) -> None:
    for item in traced.of("requirement"):
        around = {kind: traced.around(item, kind) for kind in COLUMNS}
        told = [told_text(counted(found, WORDS.get(kind, kind))) for kind, found in around.items() if found]
        blocking = [one.check for one in traced.findings(item) if one.outcome not in GREEN]
        line = Text.assemble((f"{item.id}  ", "bold"), f"{item.text}  ", (" · ".join(told), "dim"))
        if blocking:
            line.append(f"  {told_text(listed(blocking, LISTED))}", style="red")
        say(page, line)
    page.print()
    for line in _orphan_lines(traced):
        say(page, line)
    say(
        page,
        Text.assemble(tell("One of them, with all that belongs to it:"), "   ", (tell("Next: "), "dim"), _next(traced)),
    )


def _next(traced: Traced) -> tuple[str, str]:
    first = next(iter(traced.of("requirement")), None)
    return f"invoke trace --about {first.id}" if first else "invoke status", "bold"


def _orphan_lines(traced: Traced) -> Iterator[Text]:
    if traced.blind:
        yield Text(tell("Which tables are touched is not known: {why}.", why=traced.blind), style="yellow")
    if not traced.orphans:
        yield Text(tell("Nothing stands alone: each has its counterpart."))
        return
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, why in traced.orphans.items():
        kind, _, id = key.partition(":")
        groups[kind, why].append(id)
    for (kind, why), ids in groups.items():
        word = WORDS.get(kind, kind)
        reason = tell(why)
        head = f"{reason[:1].upper()}{reason[1:]}{tell(': ')}{told_text(plural(len(ids), word))}"
        yield Text.assemble((f"{head}  ", "yellow"), (told_text(listed(ids, LISTED)), "dim"))


def _show_one(page: Page, traced: Traced, item: Item) -> None:
    say(page, Text.assemble((f"{item.id}  ", "bold"), item.text))
    where = f"{item.path}:{item.line}" if item.path and item.line else item.path
    around = [tell(WORDS.get(item.kind, item.kind)), tell(item.state), where]
    say(page, Text(" · ".join(filter(None, around)), style="dim"))
    if item.key in traced.orphans:
        say(page, Text(tell("stands alone: {why}", why=tell(traced.orphans[item.key])), style="yellow"))
    for kind in KINDS:
        _show_around(page, kind, traced.around(item, kind))
    for finding in traced.findings(item):
        style = "dim" if finding.outcome in GREEN else "red"
        say(
            page,
            Text.assemble(
                (f"      {finding.check}  ", style), f"{tell(finding.outcome.value)}{tell(': ')}{tell(finding.message)}"
            ),
        )


def _show_around(page: Page, kind: str, found: Sequence[Item]) -> None:
    if not found:
        return
    page.print()
    say(page, Text(told_text(counted(found, WORDS.get(kind, kind))), style="dim"))
    for one in found:
        bad = kind == "test" and one.state != "passed"
        state = (f"  {tell(one.state)}", "red") if bad else ""
        say(page, Text.assemble(f"      {one.id}", (f"  {one.text}" if one.text else "", "dim"), state))


def _as_json(traced: Traced) -> str:
    """Each thing with its neighbours and findings, for programs."""
    things = [
        {key: value for key, value in asdict(item).items() if value}
        | {
            "linked": list(traced.linked.get(item.key, ())),
            "orphan": traced.orphans.get(item.key),
            "findings": [{"check": one.check, "outcome": one.outcome.value} for one in traced.findings(item)],
        }
        for item in traced.items.values()
    ]
    return json.dumps({"run": traced.run.id, "things": things, "blind": traced.blind}, indent=2, ensure_ascii=False)


def _write(name: str, text: str) -> None:
    if name == "-":
        print(text)
        return
    try:
        Path(name).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise WorkflowError(tell("{path} can't be written: {strerror}.", path=name, strerror=error.strerror)) from error
