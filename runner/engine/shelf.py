"""Evidence about one target, each kind collected once, after what it needs."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from runner.discovery.target import Target
from runner.errors import NotThere, ProbeError
from runner.live.strangers import REFUSED, told
from runner.live.workshop import Workshop
from runner.model import Evidence, needs_of
from runner.probe import Probe
from runner.processes.reads import Reads, recording
from runner.reuse.memory import Memory, name_of

E = TypeVar("E", bound=Evidence)
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

    def lies(self) -> dict[Kind, Kept]:
        """All that was collected, recalled or laid here until now."""
        return {kind: future.result() for kind, future in self._futures.items() if future.done()}

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
            problem = self._explained(caught, probe)
        seconds, commands = time.monotonic() - began, tuple(probe.commands)
        with recording(None):
            words = self.memory.as_kept(evidence, problem) if self.memory else None
            seal = None
            if self.memory and words:
                seal = self.memory.keep(kind, words, reads, needs, seconds=seconds, commands=commands)
        known = words.digest if words else None
        return Kept(read=lambda: evidence, problem=problem, commands=commands, seconds=seconds, digest=known, seal=seal)

    def _explained(self, caught: Exception, probe: Probe) -> Exception:
        """The problem; where the service turned to a stranger's server and found nothing: that, and what to name."""
        from runner.live.problem import expected

        problem, strangers = expected(caught, self.workshop.fallen), probe.strangers()
        asked = isinstance(problem, ProbeError) and not isinstance(problem, NotThere) and REFUSED.search(str(problem))
        return ProbeError(told(strangers)) if strangers and asked else problem

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
