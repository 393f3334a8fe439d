"""`waive`, `sign`, `comment`, `assign` and `decisions`: what people decide, typed at a terminal."""

from rich.text import Text

from runner.discovery.config import NAME
from runner.discovery.target import Target
from runner.said import tell, together
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
    say(page, Text(tell("As {actor}, {role} ({known}).", actor=actor, role=actor.role, known=actor.known), style="dim"))


def waive_check(check: str, service: str, *, reason: str, until: str, place: str, approve: bool) -> None:
    with exit_codes(service=service):
        page, target, ledger, actor = _open(service)
        catalogue = catalogue_of(target)
        stage, known = catalogue.check(check)
        again = Text.assemble("   ", (tell("Next: "), "dim"), (f"invoke stage.{stage.task}", "bold"))
        if approve:
            number = approve_waiver(target, ledger, catalogue, actor, check)
            _as(page, actor)
            approved = tell(
                "{waivers} of {check} approved in {file}. Commit it.",
                waivers=plural(number, "waiver"), check=known.id, file=NAME,
            )  # fmt: skip
            say(page, Text(approved) + again)
            return
        places = ask_waiver(target, ledger, catalogue, actor, check, reason=reason, until=until, place=place)
        _as(page, actor)
        where = tell(" at {places}", places=together(places)) if any(places) else ""
        stands = tell(
            "A waiver of {check}{where} stands in {file}. It counts once a lead has approved it:",
            check=known.id, where=where, file=NAME,
        )  # fmt: skip
        say(page, stands)
        say(page, Text(f"invoke waive {known.id} --approve", style="bold"))


def sign_stage(stage: str, step: str, service: str) -> None:
    with exit_codes(service=service):
        page, target, ledger, actor = _open(service)
        signed = sign(target, ledger, catalogue_of(target), actor, stage, step)
        _as(page, actor)
        what = tell("step {step} of {stage}", step=step, stage=signed.stage) if step else signed.stage
        commit = (signed.commit or "")[:7]
        said = "Signed: {what}, at commit {commit}. It ends when the service's files change."
        say(page, tell(said, what=what, commit=commit))


def comment_check(check: str, text: str, service: str) -> None:
    with exit_codes(service=service):
        page, target, ledger, actor = _open(service)
        said = comment(target, ledger, catalogue_of(target), actor, check, text)
        _as(page, actor)
        say(page, tell("Kept, beside {check}. All of them: invoke decisions", check=said.check))


def assign_check(check: str, to: str, due: str, service: str) -> None:
    with exit_codes(service=service):
        page, target, ledger, actor = _open(service)
        said = assign(target, ledger, catalogue_of(target), actor, check, to=to, due=due)
        _as(page, actor)
        sentence = "{who} mends {check} by {day}. All of them: invoke decisions"
        say(page, tell(sentence, who=said.assignee, check=said.check, day=said.until))


def show_decisions(service: str) -> None:
    with exit_codes(service=service):
        target = choose_service(service or None)
        page = a_page(called_by(service).at(target.root))
        found = reading_ledger_of(target).decisions(str(target.root))
        for one in found:
            say(page, _line(one))
        if not found:
            say(page, tell("Nobody has decided anything about {service} yet.", service=target.name))


def _line(one: Decision) -> Text:
    when = f"{one.at.astimezone():%d %b %Y %H:%M}" if one.at else ""
    return Text.assemble((f"{when}  ", "dim"), decided(one))
