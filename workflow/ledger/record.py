"""What does the ledger remember? Frozen types that every face draws from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import get_args

from runner.discovery.config import Role
from runner.model import Finding, Outcome
from runner.said import reader

ROLES = get_args(Role)  # each may what those before it may
SIGNED = "signed"  # the kind of a decision that is a signature


class Only(StrEnum):
    """Which runs of a service."""

    ALL = "All"
    GO = "GO"
    NO_GO = "NO-GO"
    UNFINISHED = "Unfinished"


class RunState(StrEnum):
    STARTING = "starting"  # asked for in the browser, its process has not reported yet
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # its process is gone and never said why


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    slug: str
    verdict: str  # "GO" or "NO-GO"
    seconds: float
    whole: bool = True  # all of its checks were asked, not `--only` some


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A document's entry; its content lies under its hash."""

    name: str
    stage: str
    step: str
    title: str
    media_type: str
    sha256: str
    size: int  # bytes
    told: Mapping[str, str] = field(default_factory=dict)  # language → the hash of what its readers read

    @property
    def read(self) -> str:
        """The hash of what the present reader reads: the English one where nothing else was written."""
        return self.told.get(reader(), self.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line of progress."""

    at: datetime
    text: str
    kind: str  # "collecting", "collected", "problem" or "damaged"
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided, of which state of the service (`digest`); `about`: an earlier decision."""

    kind: str  # see `workflow.service.decide.Kind`
    who: str
    email: str
    role: str
    digest: str
    commit: str | None = None
    stage: str = ""
    step: str = ""
    check: str = ""
    place: str = ""
    content: str = ""
    reason: str = ""
    until: str | None = None
    assignee: str = ""
    about: int | None = None
    id: int = 0
    at: datetime | None = None  # when it was written; the ledger says

    def may_sign_for(self, role: str) -> bool:
        """Had who decided at least this role then?"""
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: what was asked, of which state of the service, with which tools, and what came of it."""

    id: int
    service: str
    root: str  # the service's folder then
    asked: str  # the command, in the neutral words of `workflow.called`
    stages: tuple[str, ...]
    only: tuple[str, ...]
    state: RunState
    verdict: str | None
    commit: str | None
    dirty: tuple[str, ...]
    digest: str  # of the service's files: another digest makes the run stale
    interpreter: str
    tools: dict[str, str]
    host: str
    pid: int
    started: datetime
    ended: datetime | None
    findings: tuple[Finding, ...] = ()
    results: tuple[StageResult, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    notes: tuple[Note, ...] = ()
    key: str = ""  # of the service in its ledger
    by: str = ""  # who asked for it
    demands: dict[str, str] = field(default_factory=dict)  # stage → the role whose signature its GO waits for
    signatures: tuple[Decision, ...] = ()  # of its stages, in the state that it judged
    altered: str = ""  # what of it is not as it was written, as a sentence: such a run proves nothing

    @property
    def live(self) -> bool:
        return self.state in {RunState.STARTING, RunState.RUNNING}

    @property
    def seconds(self) -> float | None:
        return (self.ended - self.started).total_seconds() if self.ended else None

    def signature(self, slug: str) -> Decision | None:
        """The newest signature of the whole of a stage that is enough for it."""
        role = self.demands.get(slug, ROLES[0])
        found = (one for one in self.signatures if one.stage == slug and not one.step and one.may_sign_for(role))
        return next(found, None)

    def waits_for(self, slug: str) -> str:
        """The role whose signature a stage still waits for; empty where it waits for none. Single checks never do."""
        return "" if self.only or self.signature(slug) else self.demands.get(slug, "")

    @property
    def unsigned(self) -> tuple[str, ...]:
        """Its stages that wait for a signature: until then its GO is none."""
        return tuple(slug for slug in self.stages if self.waits_for(slug))

    @property
    def go(self) -> bool:
        """GO, and no stage of it waits for a signature."""
        return self.verdict == "GO" and not self.unsigned

    def of_stage(self, slug: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.stage == slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A service of a ledger. `mine`: the one whose folder was asked for."""

    key: str
    name: str
    root: str  # where it lay when it was asked last
    mine: bool = False

    @property
    def id(self) -> str:
        """What an address calls it: the same on every machine."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """gonogo's own checks: what a run's record calls all of them, and the ids of each stage."""

    name: str
    stages: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A run that has ended, and what it said of the whole service."""

    run: int
    verdict: str
    started: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Known):
    """Where a service stands.

    `lamps`: stage → its verdict (also GO with waivers, UNKNOWN where nothing failed, altered), and whether its newest
    run judged another state, or a gonogo with fewer checks did.
    """

    run: int  # the newest one
    commit: str | None
    started: datetime
    state: RunState
    lamps: dict[str, tuple[str, bool]]
    waits: dict[str, str]  # stage → the role whose signature its GO waits for
    signers: dict[str, str]  # stage → who signed it in the state that was judged
    trend: tuple[Past, ...]  # its latest runs of all stages, the oldest first
    altered: str  # the first of what it is drawn from that is not as it was written; empty where all is

    @property
    def since(self) -> Past | None:
        """The run since which it has been as it is, as far back as the trend goes."""
        newest = self.trend[-1].verdict if self.trend else ""
        same = takewhile(lambda past: past.verdict == newest, reversed(self.trend))
        return next(reversed([*same]), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What one check said in one run."""

    run: int
    commit: str | None
    started: datetime
    outcome: Outcome
