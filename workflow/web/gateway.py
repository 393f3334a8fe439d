"""What do the pages ask, and of whom? Of the service layer alone."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import streamlit as st

from runner.discovery.source import SourceState, source_state
from runner.discovery.target import Target, find_target
from runner.errors import WorkflowError
from runner.said import say
from stages.catalogue import BUILT_IN, Catalogue
from workflow.called import NEUTRAL, Called
from workflow.ledger import Asked, Asking, BuiltIn, Decision, Identity, Known, Ledger, Only, Run, Standing, Verified
from workflow.report.outline import told_run
from workflow.service import (
    Actor,
    Kind,
    Overview,
    Proposal,
    SpecificationText,
    approve_waiver,
    ask_waiver,
    assign,
    cancel,
    catalogue_of,
    comment,
    ledger_of,
    log_tail,
    overview,
    overview_elsewhere,
    read_specification_text,
    reading_ledger_of,
    sign,
    start_run,
    write_specification,
)
from workflow.web.sign_in import actor_of

FRESH = 3  # seconds that the state of the service's files is believed


class Gateway(Protocol):
    """What a page may ask and do, and how gonogo is called by who reads it. Tests bring their own."""

    @property
    def called(self) -> Called: ...

    def overview(self) -> Overview: ...

    def run(self, id: int) -> Run: ...

    def runs(self, limit: int, only: Only = Only.ALL) -> tuple[Run, ...]: ...

    def last_go(self, before: int | None = None) -> Run | None: ...

    def outcomes(self, check: str) -> tuple[Asking, ...]: ...

    def content(self, sha256: str) -> bytes: ...

    def log_tail(self, id: int) -> str: ...

    def services(self) -> tuple[Known, ...]: ...

    def fleet(self) -> tuple[Standing, ...]: ...

    def specification(self) -> SpecificationText: ...

    def specify(self, proposal: Proposal) -> None: ...

    def start(self, task: str) -> int: ...

    def cancel(self, run: Run) -> None: ...

    def decisions(self) -> tuple[Decision, ...]: ...

    def verify(self) -> Verified: ...

    @property
    def actor(self) -> Actor | None: ...

    def decide(self, kind: Kind, about: str, **words: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerGateway:
    """A service as its ledger knows it; its folder need not be on this machine."""

    ledger: Ledger
    catalogue: Catalogue
    known: Known
    service: Asked
    called: Called = NEUTRAL

    def overview(self) -> Overview:
        return overview_elsewhere(self.known, self.ledger, self.catalogue, self.called)

    def run(self, id: int) -> Run:
        """Raises `WorkflowError` for a run of another service."""
        run = self.ledger.run(id)
        if not self.ledger.owns(self.service, run):
            raise WorkflowError(say("Run {id} is not a run of {service}.", id=id, service=self.known.name))
        return told_run(run, self.called)

    def runs(self, limit: int, only: Only = Only.ALL) -> tuple[Run, ...]:
        return self.ledger.runs(self.service, limit, only)

    def last_go(self, before: int | None = None) -> Run | None:
        return self.ledger.last_go(self.service, tuple(stage.slug for stage in self.catalogue.stages), before)

    def outcomes(self, check: str) -> tuple[Asking, ...]:
        return self.ledger.outcomes(self.service, check)

    def content(self, sha256: str) -> bytes:
        return self.ledger.content(sha256)

    def log_tail(self, id: int) -> str:  # noqa: ARG002 - it lies in the service's folder
        return ""

    def services(self) -> tuple[Known, ...]:
        return self.ledger.services("" if isinstance(self.service, Identity) else self.service)

    def fleet(self) -> tuple[Standing, ...]:
        own = {
            stage.slug: frozenset(check.id for check in stage.checks if not check.where)
            for stage in self.catalogue.stages
        }
        return self.ledger.fleet(BuiltIn(name=self.catalogue.built_in, stages=own))

    def start(self, task: str) -> int:
        raise WorkflowError(
            say(
                "{service} has no folder on this machine, so nothing can be started here. "
                "Type it where its folder is: {command}",
                service=self.known.name,
                command=f"{self.called.word} {task}",
            )
        )

    def specification(self) -> SpecificationText:
        raise WorkflowError(
            say("{service} has no folder on this machine, so its specification is not here.", service=self.known.name)
        )

    def specify(self, proposal: Proposal) -> None:
        raise WorkflowError(
            say(
                "{path} can't be written: {service} has no folder on this machine.",
                path=proposal.path,
                service=self.known.name,
            )
        )

    def cancel(self, run: Run) -> None:
        cancel(run)

    def decisions(self) -> tuple[Decision, ...]:
        return self.ledger.decisions(self.service)

    def verify(self) -> Verified:
        return self.ledger.verify()

    @property
    def actor(self) -> Actor | None:
        return None

    def decide(self, kind: Kind, about: str, **words: str) -> None:  # noqa: ARG002 - roles stand in its folder
        raise WorkflowError(
            say("{service} has no folder on this machine, so nothing can be decided here.", service=self.known.name)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceGateway(LedgerGateway):
    """The real one: a service in its folder, and its ledger."""

    target: Target

    def overview(self) -> Overview:
        return overview(self.target, self.ledger, self.catalogue, _source(str(self.target.root)), self.called)

    def log_tail(self, id: int) -> str:
        return log_tail(self.target, id)

    def specification(self) -> SpecificationText:
        return read_specification_text(self.target)

    def specify(self, proposal: Proposal) -> None:
        write_specification(self.target, proposal, self.actor)

    def start(self, task: str) -> int:
        return start_run(self.target, self.ledger, task, self.catalogue, self.actor)

    def cancel(self, run: Run) -> None:
        cancel(run, self.target, self.actor)

    @property
    def actor(self) -> Actor:
        """Who looks at the page: signed in where that is set up, else whom git's settings name."""
        return actor_of(self.target)

    def decide(self, kind: Kind, about: str, **words: str) -> None:
        """`about`: a check, or the stage of a signature. Rights are looked at below, whatever a page offered."""
        common = (find_target(self.target.root), self.ledger, self.catalogue, self.actor, about)
        match kind:
            case Kind.WAIVER:
                ask_waiver(*common, reason=words["reason"], until=words["until"], place=words.get("place", ""))
            case Kind.APPROVAL:
                approve_waiver(*common)
            case Kind.SIGNATURE:
                sign(*common)
            case Kind.COMMENT:
                comment(*common, words["reason"])
            case Kind.ASSIGNMENT:
                assign(*common, to=words["assignee"], due=words["until"])
        _target.clear()


def gateway_of(target: Target, ledger: Ledger, catalogue: Catalogue, called: Called = NEUTRAL) -> ServiceGateway:
    root = str(target.root)
    known = Known(key=ledger.identity(root).key, name=target.name, root=root, mine=True)
    return ServiceGateway(target=target, ledger=ledger, catalogue=catalogue, known=known, service=root, called=called)


def open_gateway(root: str, called: Called) -> ServiceGateway:
    """The gateway of the service in a folder. Raises `WorkflowError` where there is none."""
    target = _target(root)
    return gateway_of(target, _ledger(root), catalogue_of(target), called.with_programs(target))


def open_other(known: Known, home: ServiceGateway) -> LedgerGateway:
    """The gateway of another service of the same ledger: in its folder where that is here, and still that service's."""
    ledger = home.ledger
    try:
        target = _target(known.root)
        if ledger.identity(known.root).owns(known.key):
            called = home.called.of(target.root).with_programs(target)
            return gateway_of(target, ledger, catalogue_of(target), called)
    except (WorkflowError, OSError):
        pass
    called = replace(NEUTRAL, word=home.called.word)
    return LedgerGateway(ledger=ledger, catalogue=BUILT_IN, known=known, service=Identity(key=known.key), called=called)


def _ledger(root: str) -> Ledger:
    """Where nothing can be written, the pages show what was."""
    try:
        return _writable(root)
    except WorkflowError:
        return reading_ledger_of(find_target(Path(root)))


@st.cache_resource(show_spinner=False)
def _writable(root: str) -> Ledger:
    return ledger_of(find_target(Path(root)))


@st.cache_resource(ttl=10, show_spinner=False)
def _target(root: str) -> Target:
    return find_target(Path(root))


@st.cache_data(ttl=FRESH, show_spinner=False)
def _source(root: str) -> SourceState:
    return source_state(Path(root))
