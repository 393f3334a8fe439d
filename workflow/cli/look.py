"""`status`, `show`, `explain` and `doctor`: what is known, drawn for a terminal."""

from collections.abc import Mapping
from pathlib import Path

from invoke import Exit
from rich.console import Console
from rich.text import Text

from runner.errors import WorkflowError
from runner.model import Check, Finding, Outcome, Stage
from runner.target import Target
from runner.tools import Part, parts
from runner.words import plural
from stages import STAGES
from workflow.cli.errors import NO_GO, exit_codes
from workflow.cli.write import refuse_lost_reports, spoken, write_reports
from workflow.ledger import Ledger, Run, RunState
from workflow.report import headline, last_lines, stage_lines, stages_of
from workflow.report.as_text import STYLES, finding_lines
from workflow.service import Lamp, StageView, choose_service, find_check, ledger_of, overview, save_artifacts

ALL = 1000  # places


def _open(service: str) -> tuple[Console, Target, Ledger]:
    target = choose_service(service or None, Path.cwd())
    return Console(highlight=False), target, ledger_of(target)


def show_status(service: str) -> None:
    with exit_codes():
        console, target, ledger = _open(service)
        view = overview(target, ledger)
        console.print(headline(view.service, view.source.label, ()))
        console.print()
        for stage in view.stages:
            console.print(_standing(stage))
        console.print()
        if view.running:
            console.print(f"Run {view.running.id} is under way: {view.running.asked}")
        console.print(spoken(Text.assemble(view.next_action, "   ", ("Next: ", "dim"), (view.next_command, "bold"))))


def _standing(view: StageView) -> Text:
    style = STYLES.get(view.lamp.value, "yellow" if view.lamp is Lamp.RUNNING else "dim")
    line = Text(f"{view.number:2}  {view.stage.title:<13}  ")
    line.append(f"{view.lamp.value:<7}", style=style)
    proved = view.counts[Outcome.PASSED]
    line.append(f"  {f'{proved} proved' if view.run else '':<11}")
    if view.blockers:
        verb = "blocks" if len(view.blockers) == 1 else "block"
        ids = ", ".join(finding.check for finding in view.blockers[:6])
        line.append(f"{len(view.blockers)} {verb}: {ids}", style="red")
    if view.run and view.when:
        line.append(f"  run {view.run.id}, {view.when.astimezone():%d %b %H:%M}", style="dim")
    if view.stale:
        line.append(f"  stale: {view.stale}", style="yellow")
    return line


def show_run(wanted: str, service: str, save: str, reports: Mapping[str, str]) -> None:
    with exit_codes():
        refuse_lost_reports(reports)
        console, target, ledger = _open(service)
        run = _find_run(wanted, target, ledger)
        if "-" not in reports.values():
            _print_run(console, run)
        if save:
            folder = save_artifacts(ledger, run, Path(save))
            console.print(f"{plural(len(run.artifacts), 'document')} written to {folder}")
            if not run.artifacts:
                console.print(
                    spoken(f"Run {run.id} asked single checks, which write none: see invoke status for others.")
                )
        write_reports(run, reports)


def _find_run(wanted: str, target: Target, ledger: Ledger) -> Run:
    if wanted == "latest":
        newest = ledger.newest(str(target.root))
        if newest is None:
            raise WorkflowError(f"{target.name} has no run yet. {spoken('Type: invoke pipeline')}")
        return newest
    if not wanted.isdigit():
        raise WorkflowError(f"A run is named by its number or `latest`, not `{wanted}`. See: {spoken('invoke status')}")
    return ledger.run(int(wanted))


def _print_run(console: Console, run: Run) -> None:
    commit = run.commit[:7] if run.commit else "not in git"
    dirty = f", {len(run.dirty)} changed" if run.dirty else ""
    console.print(headline(run.service, commit + dirty, (f"run {run.id}", f"Python {run.interpreter}")))
    ended = f"{run.seconds:.1f} s" if run.seconds is not None else run.state.value
    console.print(f"[dim]{run.asked} · {run.started.astimezone():%d %b %Y %H:%M:%S} · {ended} · {run.state.value}[/]")
    console.print(f"[dim]{' · '.join(f'{name} {version}' for name, version in run.tools.items())}[/]")
    console.print()
    reports = stages_of(run)
    for report in reports:
        for line in stage_lines(report, every=True):
            console.print(spoken(line))
        for artifact in report.artifacts:
            console.print(Text(f"      {artifact.name}  {artifact.title}, {artifact.sha256[:12]}", style="dim"))
    console.print()
    ending = next(last_lines(run, reports)) if run.state is RunState.FINISHED else _ending(run)
    console.print(spoken(ending))


def _ending(run: Run) -> Text:
    words = {
        RunState.INTERRUPTED: "interrupted before its end; what it had found is above",
        RunState.CANCELLED: "cancelled; what it had found is above",
    }.get(run.state, "still under way")
    return Text.assemble(("NO-GO", STYLES["NO-GO"]), f": {words}.   ", ("Next: ", "dim"), (run.asked, "bold"))


def explain_check(id: str, service: str) -> None:
    with exit_codes():
        if id == "all":
            _print_all()
            return
        stage, check = find_check(id)
        console, target, ledger = _open(service)
        console.print(Text.assemble((check.id, "bold"), "  ", (check.claim, "bold")))
        step = next(step for step in stage.steps if step.id == check.step)
        console.print(f"[dim]{stage.title} · {step.id} {step.title}[/]")
        console.print()
        console.print(Text.assemble(("why    ", "dim"), check.why))
        console.print(Text.assemble(("fix    ", "dim"), check.fix))
        looks = " · ".join(kind.title() for kind in check.needs.values())
        console.print(Text.assemble(("looks  ", "dim"), looks))
        console.print()
        _print_last(console, stage, check, ledger, target)


def _print_all() -> None:
    console = Console(highlight=False)
    for number, stage in enumerate(STAGES, start=1):
        console.print(Text.assemble(f"{number:2}  ", (stage.title, "bold")))
        for check in stage.checks:
            console.print(Text.assemble("    ", (f"{check.id}  ", "bold"), check.claim))


def _print_last(console: Console, stage: Stage, check: Check[...], ledger: Ledger, target: Target) -> None:
    run, finding = _last(check.id, ledger, target)
    if run is None or finding is None:
        console.print(spoken(f"Not asked of {target.name} yet. Next: invoke stage.{stage.task} --only {check.id}"))
        return
    when = f"{target.name}, run {run.id}, {run.started.astimezone():%d %b %H:%M}: "
    console.print(Text.assemble((when, "dim"), finding.outcome.value))
    if finding.outcome in {Outcome.PASSED, Outcome.NOT_APPLICABLE}:
        console.print(Text(finding.message))
        console.print(spoken(Text.assemble(("again  ", "dim"), f"invoke stage.{stage.task} --only {check.id}")))
        return
    for line in list(finding_lines(finding, stage.task, places=ALL)):
        console.print(spoken(line))
    if finding.commands:
        console.print(Text.assemble(("looked ", "dim"), "with"))
    for command in finding.commands:
        console.print(Text(f"       {command}", style="dim"))


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
        console = Console(highlight=False)
        found = parts()
        for part in found:
            console.print(_part(part))
        missing = [part.name for part in found if part.needed and not part.version]
        if missing:
            names = ", ".join(missing)
            raise Exit(f"\nMissing: {names}. Checks that need them are UNKNOWN, never green.", code=NO_GO)
        console.print("\nEverything that a gate needs is here.")


def _part(part: Part) -> Text:
    if part.version:
        return Text.assemble(("found    ", "green"), f"{part.name:<24}{part.version:<16}", (part.used_for, "dim"))
    style = "bold red" if part.needed else "yellow"
    return Text.assemble(("missing  ", style), f"{part.name:<24}", (f"{part.used_for}: ", "dim"), part.get)
