"""Check stages of a service, and write down everything as it becomes known."""

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from runner import engine
from runner.discovery.config import NAME
from runner.discovery.secrecy import Secrecy
from runner.discovery.source import host, source_state
from runner.discovery.target import Target
from runner.engine import Collected, Collecting, Event, StageDone
from runner.errors import WorkflowError, unknown_name
from runner.live.workshop import Workshop
from runner.model import Document, Finding, Stage
from runner.reuse.memory import Memory
from runner.reuse.state import State
from runner.said import say
from runner.specification import Specification
from runner.specification_text import parse
from runner.team.files import seated
from runner.team.packages import distributions
from runner.tools import versions
from stages.catalogue import Catalogue
from workflow import gate
from workflow.ledger import Batch, Ledger, Note, Run, RunState, StageResult
from workflow.service.catalogue import JUDGES, keep_outline
from workflow.service.earlier import accepted_load
from workflow.service.people import Actor, demands_of, local_actor
from workflow.service.rooms import new_workshop
from workflow.service.waivers import excused, today
from workflow.settings import read_settings

Listener = Callable[[Event], None]
HEARTBEAT = 5.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked: which stages of which catalogue, only which checks, and whether to stop at the first NO-GO."""

    catalogue: Catalogue
    stages: tuple[Stage, ...]
    asked: str
    only: tuple[str, ...] = ()
    fail_fast: bool = False
    fresh: bool = False  # look again at everything, whatever an earlier run saw
    trusted: bool = False  # go on where nothing keeps the service's processes from what the run did not start

    def chosen(self) -> tuple[Stage, ...]:
        """The stages with the checks that were asked; a check of another stage is an error."""
        if not self.only:
            return self.stages
        wanted = {self.catalogue.check(id)[1].id for id in self.only}
        here = {check.id for stage in self.stages for check in stage.checks}
        if stray := sorted(wanted - here):
            owner = self.catalogue.check(stray[0])[0]
            raise WorkflowError(
                say(
                    "{stray} belongs to another stage: invoke stage.{task} --only {stray}",
                    stray=stray[0],
                    task=owner.task,
                )
            )
        return tuple(stage for one in self.stages if (stage := one.only(wanted)).checks)


def check(request: Request, target: Target, ledger: Ledger, listen: Listener = lambda _: None) -> Run:
    """Run the stages, writing everything to the ledger as it becomes known; return the finished run.

    Ctrl-C and SIGTERM (`KeyboardInterrupt`) end it as cancelled; what was written stays.
    """
    asked = request.chosen()
    _know_scope(target, request.catalogue)
    workshop = new_workshop(trusted=request.trusted)
    try:
        id = _begin(request, target, ledger)
    except BaseException:
        workshop.close()
        raise
    chosen = seated(asked, workshop)
    run_state, verdict = RunState.INTERRUPTED, None
    try:
        with workshop, _heartbeat(ledger, id), ledger.batch(id) as batch:
            secrecy = Secrecy(target, workshop.secrets)
            write = _Scribe(batch, request, target, listen, secrecy)
            memory = memory_of(target, workshop, ledger, id, secrecy, fresh=request.fresh)
            _tell(request, chosen, target, memory, ledger, write)
            write.damaged(memory)
        judged = [gate.judge(write.of_stage(stage.slug)) for stage in chosen]
        everything = len(judged) and all(one is gate.Gate.GO for one in judged)
        verdict = (gate.Gate.GO if everything else gate.Gate.NO_GO).value
        run_state = RunState.FINISHED
    except KeyboardInterrupt:
        run_state = RunState.CANCELLED
        raise
    finally:
        ledger.end(id, run_state, verdict, workshop.parts())
    return ledger.run(id)


def _tell(
    request: Request, chosen: Sequence[Stage], target: Target, memory: Memory, ledger: Ledger, write: "_Scribe"
) -> None:
    """What an earlier run told, where nothing that it stood on has changed; else what is found now."""
    shelf = engine.Shelf(target, memory.state.workshop, memory)
    if earlier := accepted_load(target, ledger):
        shelf.lay(earlier)
    whole = engine.Whole(memory, chosen, shelf, memory.state.file(str(target.root / target.spec)))
    if (told := whole.told()) is not None:
        write.again(told)
        return
    _conduct(request, chosen, shelf, write)
    memory.settle()
    keep_outline(target, ledger, memory.run)
    if not request.fail_fast:
        whole.keep(write.told)


def memory_of(target: Target, workshop: Workshop, ledger: Ledger, run: int, secrecy: Secrecy, *, fresh: bool) -> Memory:
    """What earlier runs found about the service, for this run."""
    state = State(target, workshop)
    kept = ledger.kept(str(target.root))
    return Memory(state, kept, run, clear=secrecy.text, fresh=fresh or not reuses(), judges=JUDGES)


def reuses() -> bool:
    """Does a run reuse what earlier ones found? As `GONOGO_REUSE` says, else everywhere but in CI."""
    settings = read_settings()
    return not settings.ci if settings.reuse is None else settings.reuse


def _know_scope(target: Target, catalogue: Catalogue) -> None:
    """Raises `WorkflowError` for a step in gonogo.toml's [scope] that the way does not have."""
    if stray := next((step for step in target.config.scope if step not in catalogue.steps), None):
        problem = unknown_name("step", stray, catalogue.steps)
        raise WorkflowError(say("{root}, section [scope]: {problem}", root=target.root / NAME, problem=problem))


def new_run(request: Request, target: Target, state: RunState, actor: Actor | None = None) -> Run:
    """A run as it begins now: what was asked, by whom (default: who types here), of which state of the service."""
    source = source_state(target.root)
    return Run(
        id=0,
        service=target.name,
        root=str(target.root),
        asked=request.asked,
        stages=tuple(stage.slug for stage in request.chosen()),
        only=request.only,
        state=state,
        verdict=None,
        commit=source.commit,
        dirty=source.dirty,
        digest=source.digest,
        interpreter=sys.version.split()[0],
        tools={"gonogo": request.catalogue.built_in} | versions() | distributions(),
        host=host(),
        pid=os.getpid(),
        started=datetime.now(UTC),
        ended=None,
        by=str(actor or local_actor(target)),
        demands={slug: role.value for slug, role in demands_of(target, request.catalogue).items()},
    )


def _begin(request: Request, target: Target, ledger: Ledger) -> int:
    """The run's id: a new run's, or that of one which the browser has prepared."""
    run = new_run(request, target, RunState.RUNNING)
    prepared = read_settings().run
    if prepared is None:
        return ledger.begin(run)
    ledger.adopt(prepared, replace(run, by=ledger.run(prepared).by))
    return prepared


def _conduct(request: Request, chosen: Sequence[Stage], shelf: engine.Shelf, write: "_Scribe") -> None:
    groups = [[stage] for stage in chosen] if request.fail_fast else [list(chosen)]
    for group in groups:
        for event in engine.examine(group, shelf.target, shelf.workshop, shelf=shelf):
            write(event)
        if request.fail_fast and gate.judge(write.of_stage(group[0].slug)) is gate.Gate.NO_GO:
            break


class _Scribe:
    """Hands each event to the ledger and passes it on."""

    def __init__(self, batch: Batch, request: Request, target: Target, listen: Listener, secrecy: Secrecy) -> None:
        self.findings: list[Finding] = []
        self.told: list[Event] = []  # without secrets, and without what the team waives today
        self._batch, self._listen = batch, listen
        self._whole, self._secrecy = not request.only, secrecy
        self._target = target

    def note(self, text: str, kind: str, seconds: float = 0.0) -> None:
        self._batch.add(Note(at=datetime.now(UTC), text=text, kind=kind, seconds=seconds))

    def of_stage(self, slug: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.stage == slug]

    def damaged(self, memory: Memory) -> None:
        for sentence in dict.fromkeys(memory.damaged):
            self.note(sentence, "damaged")

    @cached_property
    def _spec(self) -> Specification | None:
        return read_specification(self._target)

    def again(self, told: Iterable[Event]) -> None:
        """What an earlier run told, with the requirements that it was traced to."""
        for event in told:
            self._write(self._told(event))

    def __call__(self, event: Event) -> None:
        event = self._told(event)
        if isinstance(event, Finding):
            event = replace(event, requirements=traced(event, self._spec))
        self.told.append(event)
        self._write(event)

    def _write(self, event: Event) -> None:
        match event:
            case Finding():
                event, void = excused(event, self._target, today())
                for sentence in void:
                    self.note(sentence, "waiver")
                self.findings.append(event)
                self._batch.add(event)
            case Document():
                self._batch.add(event)
            case StageDone():
                verdict = gate.judge(self.of_stage(event.stage)).value
                result = StageResult(slug=event.stage, verdict=verdict, seconds=event.seconds, whole=self._whole)
                self._batch.add(result)
            case Collecting():
                self.note(event.title, "collecting")
            case Collected():
                kind = "problem" if event.problem else "collected"
                told = say("{title}: {problem}", title=event.title, problem=event.problem)
                text = told if event.problem else event.title
                self.note(text, kind, event.seconds)
        self._listen(event)

    def _told(self, event: Event) -> Event:
        """As it may be told: without secrets, whoever let them slip into it."""
        event = self._secrecy.record(event)
        if isinstance(event, Document):
            return replace(event, sha256=hashlib.sha256(event.content).hexdigest())
        return event


def read_specification(target: Target) -> Specification | None:
    """The service's specification, None when there is no valid one (a check says so)."""
    path = (target.root / target.spec).resolve()
    if not path.is_relative_to(target.root):
        return None
    return parse(target.spec, path.read_text(encoding="utf-8", errors="replace"))[1] if path.is_file() else None


def traced(finding: Finding, spec: Specification | None) -> tuple[str, ...]:
    """The requirements that a finding's places belong to: named by id, or through their endpoint."""
    if spec is None:
        return ()
    known = {requirement.id for requirement in spec.requirements} | {need.id for need in spec.quality}
    found = [id for place in finding.places if place.endpoint for id in spec.requirements_of(place.endpoint)]
    found += [place.item for place in finding.places if place.item in known]
    return tuple(dict.fromkeys(found))


@contextmanager
def _heartbeat(ledger: Ledger, id: int) -> Iterator[None]:
    """While open, the ledger hears every few seconds that this run lives."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(HEARTBEAT):
            with suppress(WorkflowError):  # a ledger in problem is told by the next thing that is written to it
                ledger.beat(id)

    thread = threading.Thread(target=beat, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
