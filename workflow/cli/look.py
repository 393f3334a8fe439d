"""`status`, `show`, `explain` and `doctor`: what is known, drawn for a terminal."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from invoke import Exit
from rich.text import Text

from runner import said
from runner.discovery.config import NAME
from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.model import Check, Finding, Outcome, Stage
from runner.said import tell
from runner.said import told as in_words
from runner.team.packages import distributions
from runner.tools import Part, parts
from runner.words import lasted, listed, plural
from stages.catalogue import BUILT_IN
from workflow.called import called_by
from workflow.cli.errors import NO_GO, exit_codes
from workflow.cli.lay import Page, a_page, say
from workflow.cli.write import refuse_lost_reports, write_reports
from workflow.gate import is_waived
from workflow.ledger import Ledger, Run, RunState
from workflow.report import headline, heads, last_line, look_lines, notes, record_lines, stages_of
from workflow.report.as_text import STYLES, explained_lines, padded
from workflow.report.causes import blockers_of
from workflow.report.outline import blanks, only, told
from workflow.service import (
    Lamp,
    StageView,
    catalogue_of,
    changes_since,
    choose_service,
    onward,
    overview,
    reading_ledger_of,
    save_artifacts,
)

CHANGES = 20  # that are named of one check


def _open(service: str) -> tuple[Page, Target, Ledger]:
    target = choose_service(service or None)
    called = called_by(service).at(target.root).with_programs(target)
    return a_page(called), target, reading_ledger_of(target)


def show_status(service: str) -> None:
    with exit_codes(service=service):
        console, target, ledger = _open(service)
        view = overview(target, ledger, catalogue_of(target))
        say(console, headline(view.service, view.source.label, ()))
        console.print()
        names = (padded(tell(name), width) for name, width in (("Stage", 13), ("Verdict", 7), ("Proved", 9)))
        say(console, Text(f"    {'  '.join(names)}  {tell('By')}", style="dim"))
        for stage in view.stages:
            say(console, _standing(stage))
        console.print()
        for told in view.altered:
            line = (tell("The ledger was altered: {told} since it was written.", told=told), "bold red")
            say(console, Text.assemble(line, "   ", (tell("See: "), "dim"), ("invoke ledger.verify", "bold")))
        if view.running:
            under_way = tell("Run {run} is under way: {asked}", run=view.running.id, asked=view.running.asked)
            say(console, Text(under_way))
        action = (in_words(view.next_action), "   ", (tell("Next: "), "dim"), (view.next_command, "bold"))
        say(console, Text.assemble(*action))


def _standing(view: StageView) -> Text:
    style = STYLES.get(view.lamp.value, "yellow" if view.lamp is Lamp.RUNNING else "dim")
    line = Text(f"{view.number:2}  {padded(tell(view.stage.title), 13)}  ")
    line.append(padded(tell(view.lamp.value), 7), style=style)
    asked = sum(view.counts.values()) - view.counts[Outcome.NOT_APPLICABLE]
    proved = tell("{proved} of {asked}", proved=view.counts[Outcome.PASSED], asked=asked) if view.run else ""
    line.append(f"  {padded(proved, 9)}")
    if view.run and view.when:
        when = f"{view.when.astimezone():%d %b %H:%M}"
        line.append(f"  {tell('run {run}, {when}', run=view.run.id, when=when)}", style="dim")
    if waived := [step for step in view.steps for one in step.findings if is_waived(one)]:
        line.append(f" {tell(' with {waivers}', waivers=plural(len(waived), 'waiver'))}", style="yellow")
    if view.demanded:
        demand = tell("waits for the signature of a {role}", role=view.demanded)
        line.append(f"  {demand}", style="yellow")
    elif view.signature:
        line.append(f"  {tell('signed by {who}', who=view.signature.who)}", style="dim")
    if view.blockers:
        verb = "blocks" if len(view.blockers) == 1 else "block"
        ids = listed((blocker.head.check for blocker in blockers_of(view.blockers)), 4)
        blocks = tell("{number} {verb}: {checks}", number=len(view.blockers), verb=verb, checks=ids)
        line.append(f"  {blocks}", style="red")
    if view.stale:
        line.append(f"  {tell('stale: {why}', why=view.stale)}", style="yellow")
    line.rstrip()
    return line


def show_run(wanted: str, service: str, save: str, reports: Mapping[str, str]) -> None:
    with exit_codes(service=service):
        refuse_lost_reports(reports)
        console, target, ledger = _open(service)
        run = _find_run(wanted, target, ledger)
        if "-" not in reports.values():
            _print_run(console, run, onward(run, overview(target, ledger, BUILT_IN)))
        if save:
            folder = save_artifacts(ledger, run, Path(save))
            documents = plural(len(run.artifacts), "document")
            say(console, Text(tell("{documents} written to {folder}", documents=documents, folder=folder)))
            if not run.artifacts:
                none = tell(
                    "Run {run} asked single checks, which write none: see invoke status for others.", run=run.id
                )
                say(console, none)
        write_reports(run, BUILT_IN, reports, console.called, ledger.content)


def _find_run(wanted: str, target: Target, ledger: Ledger) -> Run:
    if wanted == "latest":
        newest = ledger.newest(str(target.root))
        if newest is None:
            raise WorkflowError(said.say("{service} has no run yet. Type: invoke pipeline", service=target.name))
        return newest
    if not wanted.isdigit():
        raise WorkflowError(
            said.say("A run is named by its number or `latest`, not `{wanted}`. See: invoke status", wanted=wanted)
        )
    return ledger.run(int(wanted))


def _print_run(console: Page, run: Run, onward: str) -> None:
    commit = run.commit[:7] if run.commit else tell("not in git")
    dirty = tell(", {number} changed", number=len(run.dirty)) if run.dirty else ""
    say(console, headline(run.service, commit + dirty, (tell("run {run}", run=run.id), f"Python {run.interpreter}")))
    took = "" if run.seconds is None else f" · {lasted(run.seconds)}"
    when = f"{run.started.astimezone():%d %b %Y %H:%M:%S}{took}"
    say(console, Text(f"{run.asked} · {when} · {tell(run.state.value)}", style="dim"))
    say(console, Text(" · ".join(f"{name} {version}" for name, version in run.tools.items()), style="dim"))
    console.print()
    reports = stages_of(run, BUILT_IN, console.called)
    say(console, heads())
    for report in reports:
        for line in record_lines(report):
            say(console, line)
        for artifact in report.artifacts:
            say(console, Text(f"      {artifact.name}  {tell(artifact.title)}, {artifact.sha256[:12]}", style="dim"))
    console.print()
    for line in look_lines(run):
        say(console, line)
    for note in notes(run, reports, whole=True):
        say(console, note)
    say(console, last_line(run, reports, onward) if run.state is RunState.FINISHED else _ending(run))


def _ending(run: Run) -> Text:
    words = {
        RunState.INTERRUPTED: tell("interrupted before its end; what it had found is above"),
        RunState.CANCELLED: tell("cancelled; what it had found is above"),
    }.get(run.state, tell("still under way"))
    return Text.assemble(("NO-GO", STYLES["NO-GO"]), f": {words}.   ", (tell("Next: "), "dim"), (run.asked, "bold"))


def explain_check(id: str, service: str) -> None:
    with exit_codes(service=service):
        if id == "all":
            _print_all(service)
            return
        console, target, ledger = _open(service)
        stage, check = catalogue_of(target).check(id)
        say(console, Text.assemble((check.id, "bold"), "  ", (tell(check.claim), "bold")))
        step = next(step for step in stage.steps if step.id == check.step)
        say(console, Text(f"{tell(stage.title)} · {step.id} {tell(step.title)}", style="dim"))
        console.print()
        looks = " · ".join(tell(kind.title()) for kind in check.needs.values())
        for label, text in (
            (tell("why"), tell(check.why)),
            (tell("fix"), tell(check.fix)),
            (tell("looks"), looks),
            (tell("from"), check.where),
        ):
            if text:
                say(console, Text.assemble((padded(label, 7), "dim"), text))
        console.print()
        _print_last(console, stage, check, ledger, target)


def show_why(id: str, service: str) -> None:
    with exit_codes(service=service):
        console, target, ledger = _open(service)
        stage, check = catalogue_of(target).check(id)
        since = changes_since(check, target, ledger)
        say(console, Text.assemble((check.id, "bold"), "  ", (tell(check.claim), "bold")))
        command = only(stage.task, [check.id])
        if since.last is None:
            say(
                console,
                Text.assemble(
                    tell("No run has kept what it is judged from."), "   ", (tell("Next: "), "dim"), (command, "bold")
                ),
            )
            return
        run, at = since.last
        when = f"{datetime.fromisoformat(at).astimezone():%d %b %H:%M}"
        seen = tell("Last seen in run {run}, {when}.", run=run, when=when)
        if not since.changes and not since.never:
            looked = list(map(tell, since.always))
            always = tell(", but for what every run looks at: {looked}", looked=looked) if looked else ""
            same = tell("Nothing that it depends on has changed: the next run reuses it{always}.", always=always)
            say(console, f"{seen} {same}")
            return
        say(console, f"{seen} {tell('Since then:')}")
        for change in since.changes[:CHANGES]:
            say(
                console,
                Text.assemble(f"      {in_words(change.what)}  ", (f"({in_words(listed(change.concerns, 3))})", "dim")),
            )
        if len(since.changes) > CHANGES:
            say(console, f"      {tell('and {more} more', more=len(since.changes) - CHANGES)}")
        if since.never:
            never = listed(map(tell, since.never), 6)
            line = tell("seen by no run yet, so looked at again: {never}", never=never)
            say(console, Text(f"      {line}", style="dim"))
        say(console, Text.assemble((tell("Next: "), "dim"), (command, "bold")))


def verify_ledger(service: str, head: str) -> None:
    with exit_codes(service=service):
        console, _, ledger = _open(service)
        found = ledger.verify(head)
        for number, told in enumerate(found.altered[:CHANGES]):
            say(console, Text.assemble(("first  " if number == 0 else "       ", "dim"), (told, "red")))
        if len(found.altered) > CHANGES:
            say(console, tell("       and {altered} more", altered=len(found.altered) - CHANGES))
        if not found.known:
            raise Exit(
                said.say(
                    "No link of this ledger has the hash {head}: what was written since then was removed.", head=head
                ),
                NO_GO,
            )
        if found.altered:
            raise Exit(
                "The ledger is not as it was written: nothing that it says of these rows proves anything.", NO_GO
            )
        say(console, tell("{links}, and each row is as it was written.", links=plural(found.links, "link")))
        keep = tell("Write this down elsewhere; later it shows that nothing was removed: ")
        say(console, Text.assemble((keep, "dim"), (f"invoke ledger.verify --head {found.head}", "bold")))


def _print_all(service: str) -> None:
    console = a_page(called_by(service))
    for number, stage in catalogue_of(_any_service(service)).numbered():
        say(console, Text.assemble(f"{number:2}  ", (tell(stage.title), "bold")))
        for check in stage.checks:
            say(console, Text.assemble("      ", (f"{check.id}  ", "bold"), tell(check.claim)))


def _any_service(service: str) -> Target | None:
    """The service whose own checks are listed with the others; none is needed where nothing here names such checks."""
    try:
        return choose_service(service or None)
    except WorkflowError:
        if service or Path(NAME).is_file():
            raise
        return None


def _print_last(console: Page, stage: Stage, check: Check[...], ledger: Ledger, target: Target) -> None:
    run, finding = _last(check.id, ledger, target)
    if run is None or finding is None:
        none = tell("Not asked of {service} yet.", service=target.name)
        say(console, f"{none}   {tell('Next: ')}{only(stage.task, [check.id])}")
        return
    started = f"{run.started.astimezone():%d %b %H:%M}"
    when = tell("{service}, run {run}, {when}: ", service=target.name, run=run.id, when=started)
    say(console, Text.assemble((when, "dim"), tell(finding.outcome.value)))
    if finding.outcome in {Outcome.PASSED, Outcome.NOT_APPLICABLE}:
        say(console, Text(in_words(finding.message)))
        say(console, Text.assemble((padded(tell("again"), 7), "dim"), only(stage.task, [check.id])))
        return
    waited = _waited(finding, run)
    for line in explained_lines(told(finding, console.called), stage.task, waited):
        say(console, line)
    if blank := blanks(finding.again):
        say(console, Text(blank, style="dim"))
    if finding.commands:
        say(console, Text.assemble((padded(tell("looked"), 7), "dim"), tell("with")))
    for command in finding.commands:
        say(console, Text(f"       {in_words(command)}", style="dim", no_wrap=True))


def _waited(finding: Finding, run: Run) -> str:
    """Which checks of the run wait for the same, or for what this one names; empty where none does."""
    titles = {stage.slug: stage.title for stage in BUILT_IN.stages}
    blocker = next(one for one in blockers_of(run.findings) if finding in one.findings)
    if blocker.unseen or blocker.head == finding:
        return blocker.waited(titles)
    if finding in blocker.again:
        return tell("{check} says the same", check=blocker.head.check)
    return tell("waits for {check}", check=blocker.head.check)


def _last(id: str, ledger: Ledger, target: Target) -> tuple[Run | None, Finding | None]:
    """The newest of the latest runs in which the check was asked."""
    for head in ledger.runs(str(target.root), limit=20):
        run = ledger.run(head.id)
        for finding in run.findings:
            if finding.check == id:
                return run, finding
    return None, None


def show_doctor() -> None:
    with exit_codes():
        console = a_page(called_by())
        found = parts()
        for part in found:
            say(console, _part(part))
        for part in _own_packages():
            say(console, _part(part))
        missing = [part.name for part in found if part.needed and not part.version]
        if missing:
            names = ", ".join(missing)
            lacks = tell("Missing: {names}. Checks that need them are UNKNOWN, never green.", names=names)
            raise Exit(f"\n{lacks}", code=NO_GO)
        console.print(f"\n{tell('Everything that a gate needs is here.')}")


def _own_packages() -> Iterator[Part]:
    """The packages that bring a team's checks. Raises `WorkflowError` for one that is broken."""
    own = [check for check in catalogue_of(None).checks if check.where]
    for name, version in distributions().items():
        ids = listed((check.id for check in own if check.where.startswith(f"{name} {version},")), 6)
        yield Part(name=name, version=version, used_for=tell("checks of a team: {ids}", ids=ids), get="")


def _part(part: Part) -> Text:
    if part.version:
        return Text.assemble(
            (padded(tell("found"), 9), "green"), f"{part.name:<24}{part.version:<16}", (tell(part.used_for), "dim")
        )
    style = "bold red" if part.needed else "yellow"
    return Text.assemble(
        (padded(tell("missing"), 9), style),
        f"{part.name:<24}", (f"{tell(part.used_for)}{tell(': ')}", "dim"), tell(part.get),
    )  # fmt: skip
