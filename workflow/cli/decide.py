"""`waive`, `sign`, `comment`, `assign` and `decisions`: what people decide, typed at a terminal."""

from rich.text import Text

from runner.discovery.config import NAME
from runner.discovery.target import Target
from runner.words import plural
from workflow.called import called_by
from workflow.cli.errors import exit_codes
from workflow.cli.lay import Page, a_page, say
from workflow.ledger import Decision, Ledger
from workflow.report.decided import decided
from workflow.service import (
    Actor,
    approve_waiver,
    ask_waiver,
    assign,
    catalogue_of,
    choose_service,
    comment,
    ledger_of,
    local_actor,
    reading_ledger_of,
    sign,
)


def _open(service: str) -> tuple[Page, Target, Ledger, Actor]:
    target = choose_service(service or None)
    called = called_by(service).at(target.root).with_programs(target)
    actor = local_actor(target)
    return a_page(called), target, ledger_of(target), actor


def _as(page: Page, actor: Actor) -> None:
    say(page, Text(f"As {actor}, {actor.role} ({actor.known}).", style="dim"))


def waive_check(check: str, service: str, *, reason: str, until: str, place: str, approve: bool) -> None:
    with exit_codes(service=service):
        page, target, ledger, actor = _open(service)
        catalogue = catalogue_of(target)
        stage, known = catalogue.check(check)
        again = Text.assemble("   ", ("Next: ", "dim"), (f"invoke stage.{stage.task}", "bold"))
        if approve:
            number = approve_waiver(target, ledger, catalogue, actor, check)
            _as(page, actor)
            say(page, Text(f"{plural(number, 'waiver')} of {known.id} approved in {NAME}. Commit it.") + again)
            return
        places = ask_waiver(target, ledger, catalogue, actor, check, reason=reason, until=until, place=place)
        _as(page, actor)
        where = f" at {', '.join(places)}" if any(places) else ""
        say(page, f"A waiver of {known.id}{where} stands in {NAME}. It counts once a lead has approved it:")
        say(page, Text(f"invoke waive {known.id} --approve", style="bold"))


def sign_stage(stage: str, step: str, service: str) -> None:
    with exit_codes(service=service):
        page, target, ledger, actor = _open(service)
        signed = sign(target, ledger, catalogue_of(target), actor, stage, step)
        _as(page, actor)
        what = f"step {step} of {signed.stage}" if step else signed.stage
        say(page, f"Signed: {what}, at commit {(signed.commit or '')[:7]}. It ends when the service's files change.")


def comment_check(check: str, text: str, service: str) -> None:
    with exit_codes(service=service):
        page, target, ledger, actor = _open(service)
        said = comment(target, ledger, catalogue_of(target), actor, check, text)
        _as(page, actor)
        say(page, f"Kept, beside {said.check}. All of them: invoke decisions")


def assign_check(check: str, to: str, due: str, service: str) -> None:
    with exit_codes(service=service):
        page, target, ledger, actor = _open(service)
        said = assign(target, ledger, catalogue_of(target), actor, check, to=to, due=due)
        _as(page, actor)
        say(page, f"{said.assignee} mends {said.check} by {said.until}. All of them: invoke decisions")


def show_decisions(service: str) -> None:
    with exit_codes(service=service):
        target = choose_service(service or None)
        page = a_page(called_by(service).at(target.root))
        found = reading_ledger_of(target).decisions(str(target.root))
        for one in found:
            say(page, _line(one))
        if not found:
            say(page, f"Nobody has decided anything about {target.name} yet.")


def _line(one: Decision) -> Text:
    when = f"{one.at.astimezone():%d %b %Y %H:%M}" if one.at else ""
    return Text.assemble((f"{when}  ", "dim"), decided(one))
