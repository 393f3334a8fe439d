"""Load as the specification states it: so many users, so long, on the declared rows, after a warm-up, twice."""

import ast
import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from runner.errors import NotThere, ProbeError
from runner.evidence.contract import Contract, Operation
from runner.evidence.load_numbers import Numbers, Sample, Second, by_endpoint, numbers, series
from runner.evidence.routing import operation_of
from runner.evidence.seeded import Seeded, seeded_database
from runner.evidence.specification import Spec
from runner.evidence.traffic import NO_FILE
from runner.live import machine, pace
from runner.live.locust import Answer, Locust, Tick, start_locust
from runner.live.machine import Use
from runner.live.trouble import how_it_died
from runner.model import Evidence
from runner.probe import TargetProbe
from runner.specification import Quality, Specification
from runner.syntax import tree_of
from runner.words import plural

WARM_UP = 4.0  # seconds: sign-ins, pools, caches, compiled statements
REPETITIONS, MOST_REPETITIONS = 2, 4
SHORTEST = 3.0  # seconds of one repetition
NOISE = 0.30  # two repetitions agree when they differ by less than this share …
STILL = 10.0  # … or their median by less than these milliseconds
DISK = 0.2  # share of the time in which somebody waited for a disk: then that may be the cause
SATURATED = 0.9  # of one processor: locust is one process
ALL = "all requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """One measured interval."""

    seconds: float
    samples: tuple[Sample, ...]
    generator: float  # share of one processor that locust used, or what counts its answers
    use: Use = field(default_factory=Use)  # of this machine meanwhile

    @property
    def total(self) -> Numbers:
        return numbers(ALL, self.samples, self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """So many users for so long, and what was measured."""

    users: int
    wanted_seconds: float
    warm_up: float
    repetitions: tuple[Repetition, ...]
    seconds: tuple[Second, ...] = ()  # the whole run, warm-up included
    troubles: tuple[str, ...] = ()  # exceptions of the locustfile
    ended: str = ""  # how the service ended while it was asked, if it did
    pace: float = 0.0  # ms that this machine takes for a fixed piece of work when nothing is in the way

    @property
    def quiet(self) -> tuple[Repetition, ...]:
        """The repetitions during which no others used this machine, where there are enough; else all."""
        found = tuple(one for one in self.repetitions if not one.use.disturbed)
        return found if len(found) >= REPETITIONS else self.repetitions

    @property
    def judged(self) -> tuple[Repetition, ...]:
        """The last repetitions that agree; all of them where no two neighbours do."""
        return self.quiet[-REPETITIONS:] if self.agrees else self.quiet

    @property
    def agrees(self) -> bool:
        return len(self.quiet) >= REPETITIONS and agree(self.quiet[-2], self.quiet[-1])

    @property
    def disturbed(self) -> str:
        """What others did to this machine while it was measured; empty when the times can be trusted."""
        return next((one.use.why for one in self.judged if one.use.disturbed), "")

    def explained(self, median: float) -> float:
        """Milliseconds of an endpoint's median that a busy machine can explain; infinite where it may explain any.

        At most half of the answers waited longer than twice the mean for a processor, of all of ours together; who
        shares a core with others computes at half its speed at worst; and what takes longer than others waits and
        computes more often.
        """
        samples = [sample.ms for one in self.judged for sample in one.samples]
        if not samples or any(one.use.io > DISK for one in self.judged):
            return math.inf
        waited = sum(one.use.waited * one.seconds for one in self.judged)
        used = sum(one.use.ours * one.seconds for one in self.judged)
        mean = sum(samples) / len(samples)
        return max(1.0, median / mean if mean else 1.0) * 1000 * (2 * waited + used) / len(samples)

    @property
    def samples(self) -> tuple[Sample, ...]:
        return tuple(sample for one in self.judged for sample in one.samples)

    @property
    def measured(self) -> float:
        return sum(one.seconds for one in self.judged)

    @property
    def generator(self) -> float:
        return max((one.generator for one in self.judged), default=0.0)

    @property
    def saturated(self) -> bool:
        return self.generator > SATURATED

    @property
    def total(self) -> Numbers:
        return numbers(ALL, self.samples, self.measured)

    @property
    def endpoints(self) -> tuple[Numbers, ...]:
        return by_endpoint(self.samples, self.measured)

    @property
    def errors(self) -> Counter[tuple[str, str]]:
        """(endpoint, what went wrong) → how often."""
        return Counter((one.endpoint, one.error) for one in self.samples if one.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Evidence):
    """The load that the specification states, measured."""

    exclusive: ClassVar[bool] = True

    shapes: tuple[Shape, ...]
    rows: Seeded
    needs: tuple[Quality, ...]
    locustfile: str
    basis: str = ""  # what was asked of whom: two runs with the same one can be compared
    wanted: tuple[str, ...] = ()  # endpoints that the load is about: those of the needs, else all of the specification
    named: bool = True  # the needs themselves name them

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        needs = tuple(one for one in probe.need(Spec).content.quality if one.load)
        if not needs:
            raise NotThere(
                "the specification has no quality need with a load",
                looked=f"the {plural(len(probe.need(Spec).content.quality), 'quality need')} of {probe.target.spec}",
            )
        if probe.target.load is None or not probe.inside(probe.target.load).is_file():
            raise ProbeError(NO_FILE)
        shapes = tuple(measure(probe, users, seconds) for users, seconds in shapes_of(needs).items())
        rows = probe.need(Seeded)
        basis = basis_of(needs, rows.declared, probe.read(probe.target.load, what="locustfile"))
        named = endpoints_named(needs)
        return cls(
            shapes=shapes,
            rows=rows,
            needs=needs,
            locustfile=probe.target.load,
            basis=basis,
            wanted=named or endpoints_specified(probe.need(Spec).content, probe.need(Contract).operations),
            named=bool(named),
        )

    @property
    def asked(self) -> tuple[str, ...]:
        """The wanted endpoints that were really asked while it was measured."""
        there = {sample.endpoint for shape in self.shapes for sample in shape.samples}
        return tuple(endpoint for endpoint in self.wanted if endpoint in there)

    def shape_of(self, need: Quality) -> Shape | None:
        return next((one for one in self.shapes if need.load and one.users == need.load.users), None)


def endpoints_named(needs: Iterable[Quality]) -> tuple[str, ...]:
    """The endpoints that quality needs speak of."""
    return tuple(dict.fromkeys(need.endpoint for need in needs if need.endpoint))


def endpoints_specified(spec: Specification, operations: Iterable[Operation]) -> tuple[str, ...]:
    """What the specification asks of the service, operation by operation; where it names none, the whole contract."""
    named = [endpoint for requirement in spec.requirements for endpoint in requirement.endpoints]
    return tuple(dict.fromkeys(named or (one.endpoint for one in operations)))


def basis_of(needs: Iterable[Quality], rows: Mapping[str, int], locustfile: str) -> str:
    """One word for the promises, the rows and the load test: whoever changes one of them means another measurement.

    Of the load test its code alone: a comment or a line break makes no new beginning.
    """
    promised = [one.model_dump(mode="json", exclude={"text"}) for one in needs]
    try:
        code = ast.dump(tree_of(locustfile))
    except SyntaxError:
        code = locustfile
    whole = json.dumps([promised, dict(rows), code], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def shapes_of(needs: Iterable[Quality]) -> dict[int, float]:
    """Users → the longest time that a need asks for at that number."""
    found: dict[int, float] = {}
    for need in needs:
        if need.load:
            found[need.load.users] = max(need.load.seconds, found.get(need.load.users, 0.0))
    return dict(sorted(found.items()))


def measure(probe: TargetProbe, users: int, seconds: float) -> Shape:
    """One locust run: warm-up, then repetitions until two neighbours agree. They share the stated seconds."""
    operations = probe.need(Contract).operations
    before = pace.times()
    database = seeded_database(probe)
    with probe.service(database) as server:
        record = probe.workshop.scratch("load") / "answers.jsonl"
        locust = start_locust(
            probe.workshop.runner,
            python=probe.own_python(),
            file=probe.inside(str(probe.target.load)),
            base=server.base,
            users=users,
            record=record,
            env=probe.environment(database),
        )
        probe.note(f"{locust.command} ({WARM_UP:g} s warm-up, then {seconds:g} s)")
        locust.wait_for_users(users)
        locust.watch(WARM_UP)
        spans = _repeat(locust, max(seconds / REPETITIONS, SHORTEST))
        locust.stop()
        ended = how_it_died(server.process)
    seen = Seen(answers=locust.answers(), ticks=locust.ticks(), counting=locust.counting())
    shape = shape_of(users, seconds, spans, seen, operations)
    at_pace = round(min(before + pace.times()), 3)
    return replace(shape, troubles=tuple(locust.troubles()), pace=at_pace, ended=ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A measured interval on the monotonic clock, and how this machine was used meanwhile."""

    began: float
    ended: float
    use: Use = field(default_factory=Use)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a load test's processes told: answers, locust's ticks, and (time, processor seconds) of what counted."""

    answers: Sequence[Answer]
    ticks: Sequence[Tick]
    counting: Sequence[tuple[float, float]] = ()


def _repeat(locust: Locust, seconds: float) -> list[Span]:
    """Until two neighbours agree that nobody disturbed."""
    spans = [_watched(locust, seconds) for _ in range(REPETITIONS)]
    while len(spans) < MOST_REPETITIONS:
        seen = Seen(answers=locust.answers(), ticks=locust.ticks())
        last = spans[-REPETITIONS:]
        if agree(*(repetition(span, seen, {}) for span in last)) and not any(one.use.disturbed for one in last):
            return spans
        spans.append(_watched(locust, seconds))
    return spans


def _watched(locust: Locust, seconds: float) -> Span:
    before = machine.now()
    began, ended = locust.watch(seconds)
    return Span(began=began, ended=ended, use=machine.since(before))


def shape_of(users: int, seconds: float, spans: Sequence[Span], seen: Seen, operations: Sequence[Operation]) -> Shape:
    names = endpoint_names(seen.answers, operations)
    zero = min([one.t for one in seen.answers] + [tick.t for tick in seen.ticks], default=0.0)
    at_work = {int(tick.t - zero): tick.users for tick in seen.ticks}
    whole = [_sample(one, zero, names) for one in seen.answers]
    return Shape(
        users=users,
        wanted_seconds=seconds,
        warm_up=spans[0].began - zero,
        repetitions=tuple(repetition(span, seen, names) for span in spans),
        seconds=series(whole, at_work),
    )


def repetition(span: Span, seen: Seen, names: Mapping[tuple[str, str], str]) -> Repetition:
    samples = tuple(_sample(one, span.began, names) for one in seen.answers if span.began <= one.t < span.ended)
    return Repetition(
        seconds=span.ended - span.began,
        samples=samples,
        generator=max(_used(span, [(tick.t, tick.cpu) for tick in seen.ticks]), _used(span, seen.counting)),
        use=span.use,
    )


def _used(span: Span, told: Sequence[tuple[float, float]]) -> float:
    """Processors that a process used in an interval, from what it told of its processor seconds."""
    inside = [one for one in told if span.began <= one[0] <= span.ended]
    return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0]) if len(inside) > 1 else 0.0


def endpoint_names(answers: Iterable[Answer], operations: Sequence[Operation]) -> dict[tuple[str, str], str]:
    """(method, path) → the contract's endpoint; locust's own name for what the contract does not have."""
    names: dict[tuple[str, str], str] = {}
    for one in answers:
        key = (one.method, one.path)
        if key not in names:
            operation = operation_of(operations, *key)
            names[key] = (
                operation.endpoint if operation else f"{one.method} {one.name.removeprefix(one.method).strip()}"
            )
    return names


def _sample(one: Answer, zero: float, names: Mapping[tuple[str, str], str]) -> Sample:
    name = names.get((one.method, one.path), f"{one.method} {one.path}")
    return Sample(t=round(one.t - zero, 3), endpoint=name, ms=one.ms, error=one.error)


def agree(one: Repetition, other: Repetition) -> bool:
    """Do two repetitions tell the same story, within the noise? By throughput and by the median."""
    a, b = one.total, other.total
    if not a.requests or not b.requests:
        return False
    return _near(a.rps, b.rps, 0.0) and _near(a.p50, b.p50, STILL)


def _near(a: float, b: float, still: float) -> bool:
    return abs(a - b) <= max(NOISE * (a + b) / 2, still)
