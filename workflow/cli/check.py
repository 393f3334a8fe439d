"""`invoke pipeline` and `invoke stage.…`: check, show progress, write reports, leave with the verdict's code."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from invoke import Exit
from rich.text import Text

from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.model import Outcome
from runner.said import tell, told
from runner.words import plural
from stages.catalogue import Catalogue
from workflow.called import Called, called_by
from workflow.cli.errors import GO, NO_GO, OUR_BUG, exit_codes
from workflow.cli.lay import a_page, say
from workflow.cli.progress import Progress
from workflow.cli.write import refuse_lost_reports, tell_github, write_reports
from workflow.ledger import Ledger, Run
from workflow.report import as_markdown, blocker_lines, last_line, look_lines, notes, stages_of, whole_record
from workflow.service import (
    Request,
    catalogue_of,
    check,
    choose_service,
    earlier_ledger_of,
    ledger_of,
    onward,
    overview,
    save_latest,
    save_report,
)
from workflow.service.reporting import Delivery, destination, send


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A task as it was typed."""

    task: str
    stages: tuple[str, ...]
    service: str
    reports: Mapping[str, str]
    only: tuple[str, ...]
    fail_fast: bool
    trusted: bool = False
    fresh: bool = False
    verbose: bool = False
    report_to: str = ""

    @property
    def asked(self) -> str:
        words = ["invoke", self.task]
        words += ["--only", ",".join(self.only)] if self.only else []
        words += ["--fail-fast"] if self.fail_fast else []
        words += ["--fresh"] if self.fresh else []
        words += ["--trust-settings"] if self.trusted else []
        return " ".join(words)


def prove_stages(wish: Wish) -> None:
    with exit_codes(tell("What was found until now is kept. See it with: invoke show latest"), service=wish.service):
        target = choose_service(wish.service or None)
        called = called_by(wish.service).at(target.root).with_programs(target)
        console = a_page(called, aside="-" in wish.reports.values())
        earlier = earlier_ledger_of(target)
        catalogue = catalogue_of(target, trusted=wish.trusted, ledger=earlier)
        stages = tuple(catalogue.stage(name) for name in wish.stages)
        request = Request(
            catalogue=catalogue,
            stages=stages,
            asked=wish.asked,
            only=wish.only,
            fail_fast=wish.fail_fast,
            fresh=wish.fresh,
            trusted=wish.trusted,
        )
        request.chosen()  # a misspelt check is said before anything starts
        refuse_lost_reports(wish.reports)
        where = destination(wish.report_to) if wish.report_to else None
        ledger = earlier or ledger_of(target)
        with Progress(console, request, target) as progress:
            run = check(request, target, ledger, progress)
        delivery = send(run, target, ledger, where) if where else Delivery(run=run)
        run = delivery.run
        reports = stages_of(run, catalogue, console.called)
        for line in blocker_lines(reports, whole=wish.verbose):
            say(console, line)
        if any(report.blockers for report in reports):
            console.print()
        for line in look_lines(run) if wish.verbose else ():
            say(console, line)
        for note in notes(run, reports, whole=wish.verbose):
            say(console, note)
        say(console, Text(_kept(target, ledger, run, catalogue, console.called), style="dim"))
        if delivery.arrived:
            say(console, Text(told(delivery.arrived), style="dim"))
        for problem in delivery.problems:
            say(console, Text(told(problem), style="bold red"))
        tell_github(run, catalogue, console.called, console)
        say(console, last_line(run, reports, onward(run, overview(target, ledger, catalogue))))
        write_reports(run, catalogue, wish.reports, console.called, ledger.content)
    raise Exit(code=exit_code(run))


def _kept(target: Target, ledger: Ledger, run: Run, catalogue: Catalogue, called: Called) -> str:
    """Where the report and the documents are, for people's editors. A run's verdict does not hang on them."""
    if run.only:
        return whole_record(run)
    count = plural(len(run.artifacts), "document")
    try:
        report = save_report(target, run, as_markdown(run, catalogue, called))
        folder = _near(save_latest(target, ledger, run)) if run.artifacts else ""
        documents = tell("{documents} in {folder}", documents=count, folder=folder) if run.artifacts else ""
    except WorkflowError as error:
        alone = tell("{documents}, kept in the ledger alone: {error}", documents=count, error=error)
        return f"{alone} {whole_record(run)} --save FOLDER"
    return " · ".join(filter(None, (tell("Report: {file}", file=_near(report)), documents, whole_record(run))))


def _near(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def exit_code(run: Run) -> int:
    if any(finding.outcome is Outcome.BROKEN for finding in run.findings):
        return OUR_BUG
    return GO if run.go else NO_GO
