"""What do the pages ask, and of whom? Of the service layer alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import streamlit as st

from runner.discovery.source import SourceState, source_state
from runner.discovery.target import Target, find_target
from runner.errors import WorkflowError
from stages.catalogue import Catalogue
from workflow.called import NEUTRAL, Called
from workflow.ledger import Ledger, Run
from workflow.report.outline import told_run
from workflow.service import Overview, cancel, catalogue_of, ledger_of, log_tail, overview, reading_ledger_of, start_run

FRESH = 3  # seconds that the state of the service's files is believed


class Desk(Protocol):
    """What a page may ask and do, and how gonogo is called by who reads it. Tests bring their own."""

    @property
    def called(self) -> Called: ...

    def overview(self) -> Overview: ...

    def run(self, id: int) -> Run: ...

    def runs(self, limit: int) -> tuple[Run, ...]: ...

    def content(self, sha256: str) -> bytes: ...

    def log_tail(self, id: int) -> str: ...

    def services(self) -> tuple[tuple[str, str], ...]: ...

    def start(self, task: str) -> int: ...

    def cancel(self, run: Run) -> None: ...


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """The real one: a service and its ledger."""

    target: Target
    ledger: Ledger
    catalogue: Catalogue
    called: Called = NEUTRAL

    def overview(self) -> Overview:
        return overview(self.target, self.ledger, self.catalogue, _source(str(self.target.root)), self.called)

    def run(self, id: int) -> Run:
        """Raises `WorkflowError` for a run of another service."""
        run = self.ledger.run(id)
        if not self.ledger.owns(str(self.target.root), run):
            raise WorkflowError(f"Run {id} is not a run of {self.target.name}.")
        return told_run(run, self.called)

    def runs(self, limit: int) -> tuple[Run, ...]:
        return tuple(told_run(run, self.called) for run in self.ledger.runs(str(self.target.root), limit))

    def content(self, sha256: str) -> bytes:
        return self.ledger.content(sha256)

    def log_tail(self, id: int) -> str:
        return log_tail(self.target, id)

    def services(self) -> tuple[tuple[str, str], ...]:
        return self.ledger.services(str(self.target.root))

    def start(self, task: str) -> int:
        return start_run(self.target, self.ledger, task, self.catalogue)

    def cancel(self, run: Run) -> None:
        cancel(run)


def open_desk(root: str, called: Called) -> ServiceDesk:
    """The desk of the service in a folder. Raises `WorkflowError` where there is none."""
    target = _target(root)
    return ServiceDesk(target, _ledger(root), catalogue_of(target), called.with_programs(target))


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
