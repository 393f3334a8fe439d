"""Collect evidence once, judge it many times, and say each thing as soon as it is known."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from runner.discovery.target import Target
from runner.errors import NotThere, ProbeError
from runner.evidence.signs import Signs
from runner.live.problem import expected
from runner.live.strangers import REFUSED, told
from runner.live.workshop import Workshop
from runner.model import (
    LEFT_OUT,
    Artifact,
    Check,
    Document,
    Evidence,
    Finding,
    Outcome,
    Stage,
    Verdict,
    needs_of,
    not_applicable,
    unknown,
)
from runner.probe import Probe
from runner.processes.reads import Reads, recording
from runner.reuse.memory import Memory, keeps, name_of
from runner.reuse.verdicts import Judged as Judgements
from runner.said import ENGLISH, LANGUAGES, say, speaking

E = TypeVar("E", bound=Evidence)
WORKERS = 3  # collecting is mostly waiting for other processes


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """Evidence is being collected."""

    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Evidence is there, or we know why not."""

    title: str
    seconds: float
    problem: str = ""
    absent: bool = False  # the problem is only that the service has no such thing
    run: int | None = None  # the earlier run that it is reused of


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDone:
    stage: str
    seconds: float  # spent on evidence that this stage was the first to need


Event = Collecting | Collected | StageDone | Finding | Document
Kind = type[Evidence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One kind of evidence, or why there is none, with the record of how we looked."""

    read: Callable[[], Evidence | None]
    problem: Exception | None
    commands: tuple[str, ...]
    seconds: float  # of its own, without what it needs
    run: int | None = None  # of which it is reused; None: looked at now
    digest: str | None = None  # of what it says; None where that can't be kept
    seal: str | None = None  # under which it is kept; None where it is not

    @property
    def evidence(self) -> Evidence | None:
        """Raises `ProbeError` where what was kept can't be read."""
        return self.read()


class Shelf:
    """Evidence about one target, each kind collected at most once, from any thread."""

    def __init__(self, target: Target, workshop: Workshop, memory: Memory | None = None) -> None:
        """`memory`: of earlier runs; without it everything is looked at."""
        self.target, self.workshop, self.memory = target, workshop, memory
        self._futures: dict[Kind, Future[Kept]] = {}
        self._lock = threading.Lock()

    def lay(self, evidence: Evidence) -> None:
        """Put evidence here that was not collected from the service: what an earlier run had found."""
        digest = self._digest(evidence)
        kept = Kept(read=lambda: evidence, problem=None, commands=(), seconds=0.0, digest=digest, seal=digest)
        with self._lock:
            future: Future[Kept] = Future()
            future.set_result(kept)
            self._futures[type(evidence)] = future

    def graph(self, kinds: Iterable[Kind]) -> dict[Kind, tuple[Kind, ...]]:
        """These and all that they need, each right behind who needs it first, with what each needs itself.

        What lies here already needs nothing any more.
        """
        found: dict[Kind, tuple[Kind, ...]] = {}
        waiting = list(kinds)
        while waiting:
            kind = waiting.pop(0)
            if kind not in found:
                found[kind] = () if kind in self._futures else tuple(n.kind for n in needs_of(kind).values())
                waiting = [*found[kind], *waiting]
        return found

    def get(self, kind: Kind) -> Kept:
        """Collect it, after what it needs. Problem is kept like evidence. Raises `TypeError` where it needs itself."""
        sorter = sorted_by_needs(self.graph([kind]))
        while sorter.is_active():
            for one in sorter.get_ready():
                self._get(one)
                sorter.done(one)
        return self._get(kind)

    def need(self, kind: type[E]) -> E:
        """The evidence, collected after what it needs. Raises its problem."""
        kept = self.get(kind)
        if kept.problem is not None:
            raise kept.problem
        assert isinstance(kept.evidence, kind)
        return kept.evidence

    def _get(self, kind: Kind) -> Kept:
        """Collect it, or wait for the thread that does. What it needs lies here."""
        with self._lock:
            future = self._futures.get(kind)
            mine = future is None
            if future is None:
                future = self._futures[kind] = Future()
        if mine:
            future.set_result(self._collect(kind))
        return future.result()

    def _collect(self, kind: Kind) -> Kept:
        needs = {name_of(need.kind): self._get(need.kind).digest for need in needs_of(kind).values()}
        with recording(None):  # what is read to learn what has changed is nobody's evidence
            found = self.memory.recall(kind, needs) if self.memory else None
        if found:
            trace = found.trace
            return Kept(
                read=found.read, problem=found.absent, commands=trace.commands, seconds=0.0, run=trace.run,
                digest=trace.content, seal=found.seal,
            )  # fmt: skip
        probe, reads = Probe(self.target, self.workshop), Reads()
        began = time.monotonic()
        evidence: Evidence | None = None
        problem: Exception | None = None
        try:
            with recording(reads):
                evidence = kind.collect(probe, **self._given(kind))
        except Exception as caught:  # noqa: BLE001 - kept: a ProbeError is UNKNOWN, anything else our bug, BROKEN
            problem = _explained(expected(caught), probe)
        seconds, commands = time.monotonic() - began, tuple(probe.commands)
        with recording(None):
            words = self.memory.as_kept(evidence, problem) if self.memory else None
            seal = None
            if self.memory and words:
                seal = self.memory.keep(kind, words, reads, needs, seconds=seconds, commands=commands)
        known = words.digest if words else None
        return Kept(read=lambda: evidence, problem=problem, commands=commands, seconds=seconds, digest=known, seal=seal)

    def _digest(self, evidence: Evidence) -> str | None:
        words = self.memory.as_kept(evidence, None) if self.memory else None
        return words.digest if words else None

    def _given(self, kind: Kind) -> dict[str, object]:
        """The arguments of its `collect`. Raises the first problem that it does not do without."""
        kept = {name: (need, self._get(need.kind)) for name, need in needs_of(kind).items()}
        return {name: need.given(one.evidence, one.problem) for name, (need, one) in kept.items()}


def closure(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """These kinds of evidence and all that they need, each once."""
    found: dict[Kind, None] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop(0)
        if kind not in found:
            found[kind] = None
            waiting += [need.kind for need in needs_of(kind).values()]
    return tuple(found)


def sorted_by_needs(graph: Mapping[Kind, Iterable[Kind]]) -> TopologicalSorter[Kind]:
    """A sorter that is prepared to give each kind after its needs. Raises `TypeError` where one needs itself."""
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as cycle:
        names = " needs ".join(kind.__name__ for kind in reversed(cycle.args[1]))
        raise TypeError(f"evidence that needs itself can't be collected: {names}") from cycle
    return sorter


def _explained(problem: Exception, probe: Probe) -> Exception:
    """Where nothing could be looked at because the service turned to a stranger's server: that, and what to name."""
    strangers = probe.strangers()
    asked = isinstance(problem, ProbeError) and not isinstance(problem, NotThere) and REFUSED.search(str(problem))
    return ProbeError(told(strangers)) if strangers and asked else problem


def examine(
    stages: Sequence[Stage],
    target: Target,
    workshop: Workshop,
    *,
    executor: Executor | None = None,
    shelf: Shelf | None = None,
) -> Iterator[Event]:
    """Yield events: evidence collected, one finding per check, documents, and each stage's end.

    Evidence is collected after what it needs, side by side by `executor`; exclusive evidence afterwards, alone.
    """
    shelf = shelf or Shelf(target, workshop)
    pool = executor or ThreadPoolExecutor(WORKERS, thread_name_prefix="gonogo")
    desk = _Desk(stages, shelf)
    try:
        yield from desk.judge_ready()
        yield from _collect_all(desk.kinds, pool, shelf, desk)
    finally:
        if executor is None:
            pool.shutdown(wait=False, cancel_futures=True)


def _collect_all(kinds: Sequence[Kind], pool: Executor, shelf: Shelf, desk: "_Desk") -> Iterator[Event]:
    graph = shelf.graph(kinds)
    sorter, rank = sorted_by_needs(graph), {kind: number for number, kind in enumerate(graph)}
    ready: list[Kind] = []
    running: dict[Future[Kept], Kind] = {}
    ended: list[tuple[Kind, Kept]] = []
    while sorter.is_active() or ended:
        ready = sorted([*ready, *sorter.get_ready()], key=rank.__getitem__)
        for kind in startable(ready, len(running), idle=not running and not ended):
            ready.remove(kind)
            running[pool.submit(shelf.get, kind)] = kind
            yield Collecting(title=kind.title())
        for kind, kept in ended:  # judged while the next are collected already
            yield _collected(kind, kept)
            desk.kept[kind] = kept
            yield from desk.judge_ready()
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        ended = [(running.pop(future), future.result()) for future in done]
        sorter.done(*(kind for kind, _ in ended))


def startable(ready: Sequence[Kind], running: int, *, idle: bool) -> Sequence[Kind]:
    """What may be started beside so many that run: one for each worker; an exclusive one where all else is idle."""
    shared = [kind for kind in ready if not kind.exclusive]
    return shared[: WORKERS - running] if shared else ready[:idle]


def _collected(kind: Kind, kept: Kept) -> Collected:
    problem = str(kept.problem) if kept.problem else ""
    return Collected(
        title=kind.title(),
        seconds=kept.seconds,
        problem=problem,
        absent=isinstance(kept.problem, NotThere),
        run=kept.run,
    )


class _Desk:
    """What is still to be judged and written, in the order of the stages."""

    def __init__(self, stages: Sequence[Stage], shelf: Shelf) -> None:
        self.kept: dict[Kind, Kept] = {}
        self._shelf = shelf
        self._scope = shelf.target.config.scope
        self._open = [(stage, list[Check[...] | Artifact[...]]([*stage.checks, *stage.artifacts])) for stage in stages]
        self._owner: dict[Kind, str] = {}
        for stage, things in self._open:
            for kind in shelf.graph(kind for thing in things for kind in self._needs(thing)):
                self._owner.setdefault(kind, stage.slug)

    @property
    def kinds(self) -> list[Kind]:
        return list(self._owner)

    def judge_ready(self) -> Iterator[Event]:
        """Judge and write whatever has its evidence now."""
        for stage, things in self._open:
            for thing in [t for t in things if all(kind in self.kept for kind in self._needs(t))]:
                things.remove(thing)
                if isinstance(thing, Check):
                    yield _finding(stage, thing, self._judged(thing))
                else:
                    yield from _document(stage, thing, self.kept, self._judgements)
        done = [stage for stage, things in self._open if not things]
        self._open = [(stage, things) for stage, things in self._open if things]
        for stage in done:
            yield StageDone(stage=stage.slug, seconds=self._seconds(stage.slug))

    def _needs(self, thing: Check[...] | Artifact[...]) -> Sequence[Kind]:
        """What must have been looked at first: nothing for a check that the team took out of scope."""
        return () if isinstance(thing, Check) and thing.step in self._scope else tuple(thing.needs.values())

    def _judged(self, check: Check[...]) -> "Judged":
        """The verdict, timed, and the commands that led to it."""
        began = time.monotonic()
        used = [self.kept[kind] for kind in self._needs(check)]
        reason = self._scope.get(check.step)
        verdict = _out_of_scope(reason) if reason else self._believed(self._said(check, used))
        commands = tuple(dict.fromkeys(line for one in used for line in one.commands))
        seconds = time.monotonic() - began
        return Judged(verdict=verdict, commands=commands, seconds=seconds, reused=self._reused(check))

    def _said(self, check: Check[...], used: Sequence[Kept]) -> Verdict:
        """As an earlier run judged the very same pieces, or judged now and kept for the next."""
        memory, seals = self._judgements(used)
        own = not check.where  # the code of a team's own check is not ours to tell the digest of
        found = memory.verdict(check.id, seals) if memory and own else None
        if found is None:
            found = _lawful(check.id, _judge(check, used))
            if memory and own and found.outcome is not Outcome.BROKEN:
                memory.keep_verdict(check.id, seals, found)
        return found

    def _judgements(self, used: Sequence[Kept]) -> tuple[Judgements | None, list[str]]:
        """Where verdicts on these pieces are kept, and their seals; nowhere where one has none, or was not there."""
        seals = [one.seal for one in used if one.seal and one.problem is None]
        memory = self._shelf.memory
        return (memory.judged if memory and seals and len(seals) == len(used) else None), seals

    def _reused(self, check: Check[...]) -> int | None:
        """The newest run that all of what it is judged from was seen in; None where something was looked at now."""
        runs = [self.kept[kind].run for kind in self._needs(check) if keeps(kind)]
        return max(run for run in runs if run) if runs and None not in runs else None

    def _believed(self, verdict: Verdict) -> Verdict:
        """An absence that something speaks against was not seen: UNKNOWN, with what speaks against it."""
        if verdict.outcome is not Outcome.NOT_APPLICABLE or verdict.absent is None:
            return verdict
        signs = self._shelf.get(Signs).evidence
        against = signs.of(verdict.absent) if isinstance(signs, Signs) else ""
        return (
            unknown(say("{message}, yet {against}", message=verdict.message, against=against)) if against else verdict
        )

    def _seconds(self, slug: str) -> float:
        return sum(kept.seconds for kind, kept in self.kept.items() if self._owner.get(kind) == slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, the commands that led to it, and the seconds that judging took."""

    verdict: Verdict
    commands: tuple[str, ...]
    seconds: float
    reused: int | None


def _out_of_scope(reason: str) -> Verdict:
    return not_applicable(say("out of scope: {reason}", reason=reason), looked=LEFT_OUT)


def _finding(stage: Stage, check: Check[...], judged: Judged) -> Finding:
    verdict = judged.verdict
    return Finding(
        check=check.id,
        stage=stage.slug,
        step=check.step,
        claim=check.claim,
        outcome=verdict.outcome,
        message=verdict.message,
        places=verdict.places,
        why=check.why,
        fix=check.fix,
        again=verdict.again,
        commands=judged.commands,
        seconds=judged.seconds,
        shares=verdict.shares,
        looked=verdict.looked,
        reused=judged.reused,
    )


def _lawful(id: str, verdict: Verdict) -> Verdict:
    """PASSED says what it judged, NOT APPLICABLE where it looked: a check that does not is our bug, never green."""
    if verdict.outcome is Outcome.PASSED and not verdict.shares:
        return Verdict(
            Outcome.BROKEN, say("this is a bug in gonogo: {id} passed and does not say what it judged", id=id)
        )
    if verdict.outcome is Outcome.NOT_APPLICABLE and not verdict.looked:
        return unknown(say("{message}; where this was looked for is not said", message=verdict.message))
    return verdict


def _judge(check: Check[...], used: Sequence[Kept]) -> Verdict:
    for kept in used:
        if isinstance(kept.problem, NotThere):
            return not_applicable(str(kept.problem), looked=kept.problem.looked, absent=kept.problem.absent)
        if isinstance(kept.problem, ProbeError):
            return unknown(str(kept.problem))
        if kept.problem is not None:
            return _broken(kept.problem)
    try:
        return check(**{name: one.evidence for name, one in zip(check.needs, used, strict=True)})
    except ProbeError as unread:
        return unknown(str(unread))
    except Exception as bug:  # noqa: BLE001 - a crashing check must not hide the others
        return _broken(bug)


def _broken(bug: Exception) -> Verdict:
    step = bug.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    where = (
        say(
            " ({rpartition}:{tb_lineno})",
            rpartition=step.tb_frame.f_code.co_filename.rpartition("/")[2],
            tb_lineno=step.tb_lineno,
        )
        if step
        else ""
    )
    return Verdict(
        Outcome.BROKEN,
        say("this is a bug in gonogo: {name}: {bug}{where}", name=type(bug).__name__, bug=bug, where=where),
    )


def _document(
    stage: Stage,
    artifact: Artifact[...],
    kept: Mapping[Kind, Kept],
    judgements: Callable[[Sequence[Kept]], tuple[Judgements | None, list[str]]],
) -> Iterator[Event]:
    """The document; none when its evidence is missing (the checks say why), a note when its writer crashed."""
    used = [kept[kind] for kind in artifact.needs.values()]
    if any(one.problem is not None for one in used):
        return
    memory, seals = judgements(used)
    name = f"{stage.slug}/{artifact.name}"
    try:
        texts = memory.document(name, seals) if memory else None
        if texts is None:
            texts = _written(artifact, {name: one.evidence for name, one in zip(artifact.needs, used, strict=True)})
            if memory:
                memory.keep_document(name, seals, texts)
    except Exception as bug:  # noqa: BLE001 - a crashing writer must not hide the checks
        yield Collected(title=artifact.title, seconds=0.0, problem=_broken(bug).message)
        return
    content = texts.pop(ENGLISH)
    yield Document(
        name=artifact.name,
        stage=stage.slug,
        step=artifact.step,
        title=artifact.title,
        media_type=artifact.media_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        told=tuple(texts.items()),
    )


def _written(artifact: Artifact[...], evidence: Mapping[str, Evidence | None]) -> dict[str, bytes]:
    """In English, whoever runs it; and what people read, once for each other language in which it reads otherwise."""
    made = {language: _in(language, artifact, evidence) for language in _languages(artifact)}
    return {language: text for language, text in made.items() if language == ENGLISH or text != made[ENGLISH]}


def _languages(artifact: Artifact[...]) -> tuple[str, ...]:
    return tuple(LANGUAGES) if artifact.media_type == "text/markdown" else (ENGLISH,)


def _in(language: str, artifact: Artifact[...], evidence: Mapping[str, Evidence | None]) -> bytes:
    with speaking(language):
        written = artifact(**evidence)
    return written.encode() if isinstance(written, str) else written
