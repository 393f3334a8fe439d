"""What do people decide? Waivers, signatures, comments, assignments: each by somebody who may, each in the ledger."""

from datetime import date
from enum import StrEnum
from typing import Any

from runner.discovery.config import Waiver
from runner.discovery.source import SourceState, source_state
from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.model import Finding, Outcome
from runner.processes.process import quick
from runner.said import say, together
from stages.catalogue import Catalogue
from workflow.ledger import SIGNED, Decision, Ledger
from workflow.service.people import Actor, Role, demands_of, require
from workflow.service.views import Lamp, overview
from workflow.service.waivers import (
    changing,
    content_at,
    places_of,
    today,
    until_of,
    waiting,
    where_of,
    write_approval,
    write_waivers,
)

LEAST = 10  # letters of a reason


class Kind(StrEnum):
    WAIVER = "asked for a waiver"
    APPROVAL = "approved a waiver"
    SIGNATURE = SIGNED
    COMMENT = "commented"
    ASSIGNMENT = "assigned"


def ask_waiver(
    target: Target, ledger: Ledger, catalogue: Catalogue, actor: Actor, check: str, *,
    reason: str, until: str, place: str = "",
) -> tuple[str, ...]:  # fmt: skip
    """Ask that a failure be accepted for a while; returns its places. It counts once somebody else approved it."""
    require(actor, Role.DEVELOPER, say("ask for a waiver"), target)
    now = today()
    last, said = until_of(until, now), _said(reason, "--reason")
    finding = failure_of(target, ledger, catalogue, check)
    asked = [
        Waiver(
            check=finding.check, place=where_of(one), content=content_at(target.root, one, finding), reason=said,
            owner=actor.email, asked=now, until=last,
        )
        for one in places_of(finding, place)
    ]  # fmt: skip
    with changing(target) as now_there:
        known = {(one.check, one.place, one.content) for one in now_there.config.waivers}
        new = [one for one in asked if (one.check, one.place, one.content) not in known]
        if not new:
            raise WorkflowError(
                say("A waiver of {check} stands in gonogo.toml already for each of these places.", check=finding.check)
            )
        write_waivers(target, new)
    for one in new:
        _write(
            target, ledger, actor, Kind.WAIVER, stage=finding.stage, step=finding.step, check=one.check,
            place=one.place, content=one.content, reason=one.reason, until=one.until.isoformat(),
        )  # fmt: skip
    return tuple(one.place for one in new)


def approve_waiver(target: Target, ledger: Ledger, catalogue: Catalogue, actor: Actor, check: str) -> int:
    """Approve the waivers of a check that wait for it; returns how many. Nobody approves what they asked for."""
    require(actor, Role.LEAD, say("approve a waiver"), target)
    stage, known = catalogue.check(check)
    with changing(target) as now_there:
        open_ones = waiting(now_there.config, known.id)
        if not open_ones:
            raise WorkflowError(
                say(
                    "No waiver of {id} waits for approval. Ask for one: invoke waive {id} --reason … --until {today}",
                    id=known.id,
                    today=today(),
                )
            )
        if own := next((one for one in open_ones if one.owner == actor.email), None):
            raise WorkflowError(
                say(
                    "{actor} asked for the waiver of {check}: somebody else must approve it.",
                    actor=actor,
                    check=own.check,
                )
            )
        write_approval(target, known.id, actor.email)
    for one in open_ones:
        _write(
            target, ledger, actor, Kind.APPROVAL, stage=stage.slug, step=known.step, check=one.check, place=one.place,
            content=one.content, reason=one.reason, until=one.until.isoformat(),
        )  # fmt: skip
    return len(open_ones)


def sign(target: Target, ledger: Ledger, catalogue: Catalogue, actor: Actor, name: str, step: str = "") -> Decision:
    """A lead's GO for a stage, or a step of it, in today's state of the service. It ends when that state changes.

    Where gonogo.toml asks no more than a developer's signature for the stage, a developer may.
    """
    stage = catalogue.stage(name)
    require(actor, demands_of(target, catalogue).get(stage.slug, Role.LEAD), "sign", target)
    if step and step not in {one.id for one in stage.steps}:
        raise WorkflowError(
            say(
                "{title} has no step {step}. It has: {steps}.",
                title=stage.title,
                step=step,
                steps=together(one.id for one in stage.steps),
            )
        )
    source = source_state(target.root)
    if source.commit is None or source.dirty:
        raise WorkflowError(
            say("Only what is committed can be signed; the service is {label}. Commit it first.", label=source.label)
        )
    view = overview(target, ledger, catalogue, source).stage(stage.slug)
    if view.lamp is not Lamp.GO or view.stale:
        stands = say("stale: {stale}", stale=view.stale) if view.stale else view.lamp.value
        raise WorkflowError(
            say(
                "{title} can't be signed, it is {stands}. Prove it first: invoke stage.{task}",
                title=stage.title,
                stands=stands,
                task=stage.task,
            )
        )
    if actor.email in authors(target, ledger, source, stage.slug):
        raise WorkflowError(say("{actor} wrote this state: somebody else must sign it.", actor=actor))
    return _write(target, ledger, actor, Kind.SIGNATURE, source, stage=stage.slug, step=step)


def signature_of(ledger: Ledger, target: Target, stage: str, digest: str) -> Decision | None:
    """The newest signature of a whole stage in this state of the service."""
    found = (one for one in ledger.decisions(str(target.root)) if one.kind == Kind.SIGNATURE and one.stage == stage)
    return next((one for one in found if one.digest == digest and not one.step), None)


def authors(target: Target, ledger: Ledger, source: SourceState, stage: str) -> set[str]:
    """Who wrote the commits since the state that was signed last, by their addresses; else those of the newest one.

    Of a merge those that it brought; co-authors are authors.
    """
    signed = (one for one in ledger.decisions(str(target.root)) if one.kind == Kind.SIGNATURE and one.stage == stage)
    last = next((one.commit for one in signed if one.commit and one.commit != source.commit), None)
    form = "--format=%ae%n%(trailers:key=Co-authored-by,valueonly)"
    since = quick(["git", "log", form, f"{last}..HEAD"], cwd=target.root) if last else None
    if since is None or since.code or not since.out.strip():
        since = quick(["git", "log", form, "HEAD^..HEAD"], cwd=target.root)
    if since.code:  # the first commit of all
        since = quick(["git", "log", form, "HEAD"], cwd=target.root)
    lines = [line.strip().lower() for line in since.out.splitlines()]
    return {line.rpartition("<")[2].rstrip(">") for line in lines if line}


def comment(target: Target, ledger: Ledger, catalogue: Catalogue, actor: Actor, check: str, text: str) -> Decision:
    require(actor, Role.DEVELOPER, "comment", target)
    stage, known = catalogue.check(check)
    said = text.strip()
    if not said:
        raise WorkflowError(say('A comment says something: invoke comment {id} "…"', id=known.id))
    return _write(target, ledger, actor, Kind.COMMENT, stage=stage.slug, step=known.step, check=known.id, reason=said)


def assign(
    target: Target, ledger: Ledger, catalogue: Catalogue, actor: Actor, check: str, *, to: str, due: str
) -> Decision:
    """Say who mends a finding, and by when."""
    require(actor, Role.DEVELOPER, "assign", target)
    stage, known = catalogue.check(check)
    try:
        day = date.fromisoformat(due)
    except ValueError as error:
        raise WorkflowError(
            say("`{due}` is no day. Write it like this: --due {today}", due=due, today=today())
        ) from error
    if day < today():
        raise WorkflowError(say("{day} is over. Name a day from today on: --due {today}", day=day, today=today()))
    if "@" not in to:
        raise WorkflowError(say("`{to}` is no e-mail address. Write it like this: --to ada@example.org", to=to))
    return _write(
        target, ledger, actor, Kind.ASSIGNMENT, stage=stage.slug, step=known.step, check=known.id,
        assignee=to.lower(), until=day.isoformat(),
    )  # fmt: skip


def failure_of(target: Target, ledger: Ledger, catalogue: Catalogue, check: str) -> Finding:
    """What a check found in the newest whole run of its stage. Raises `WorkflowError` unless it failed."""
    stage, known = catalogue.check(check)
    again = f"invoke stage.{stage.task}"
    view = overview(target, ledger, catalogue).stage(stage.slug)
    found = next((one for step in view.steps for one in step.findings if one.check == known.id), None)
    if found is None or (view.run and view.run.altered):
        why = say("not known: {stale}", stale=view.stale) if found else say("not asked yet")
        raise WorkflowError(say("What {id} finds is {why}. Prove it first: {again}", id=known.id, why=why, again=again))
    if found.outcome is Outcome.FAILED:
        return found
    if found.outcome in {Outcome.UNKNOWN, Outcome.BROKEN}:
        raise WorkflowError(
            say(
                "{id} could not look, and what nobody has seen can't be waived: {message}",
                id=known.id,
                message=found.message,
            )
        )
    raise WorkflowError(
        say("{id} has not failed: {value}. There is nothing to waive.", id=known.id, value=found.outcome.value)
    )


def _said(reason: str, option: str) -> str:
    said = reason.strip()
    if len(said) < LEAST:
        raise WorkflowError(say('Why? Say it in a sentence: {option} "…"', option=option))
    return said


def _write(
    target: Target, ledger: Ledger, actor: Actor, kind: Kind, source: SourceState | None = None, **words: Any
) -> Decision:
    """Into the ledger, for today's state of the service."""
    source = source or source_state(target.root)
    decision = Decision(
        kind=kind.value, who=actor.name, email=actor.email, role=actor.role.value, digest=source.digest,
        commit=source.commit, **words,
    )  # fmt: skip
    ledger.decide(str(target.root), target.name, decision)
    return decision
