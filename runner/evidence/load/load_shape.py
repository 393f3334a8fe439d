"""What was measured at one number of users, and which of it is judged? From answers and ticks; pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.evidence.contract.contract import Operation
from runner.evidence.contract.routing import operation_of
from runner.evidence.load.load_numbers import Numbers, Sample, Second, by_endpoint, numbers, series
from runner.live.locust import Answer, Tick
from runner.live.machine import Use

REPETITIONS, MOST_REPETITIONS = 2, 4
NOISE = 0.30  # two repetitions agree when they differ by less than this share …
STILL = 10.0  # … or their median by less than these milliseconds
DISK = 0.2  # share of the time in which somebody waited for a disk: then that may be the cause
SATURATED = 0.9  # of one processor: locust is one process
FEWEST = 100  # answers below which no percentile means anything
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
    problems: tuple[str, ...] = ()  # exceptions of the locustfile
    ended: str = ""  # how the service ended while it was asked, if it did
    pace: float = 0.0  # ms that this machine takes for a fixed piece of work when nothing is in the way
    before: tuple[str, ...] = ()  # what others did while it was measured before, in vain

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
