"""From answers to numbers: percentiles, throughput, a time series, a histogram. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

EDGES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)  # ms, upper edges


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One answer, in seconds from the start of the measurement."""

    t: float
    endpoint: str
    ms: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What many answers of one kind come to."""

    name: str
    requests: int
    rps: float
    p50: float
    p95: float
    p99: float
    errors: int

    @property
    def error_percent(self) -> float:
        return 100 * self.errors / self.requests if self.requests else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """One second of the run, warm-up included."""

    t: int
    users: int
    rps: float
    p50: float
    p95: float
    failures: int


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value that `percent` of all values do not exceed. 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def numbers(name: str, samples: Sequence[Sample], seconds: float) -> Numbers:
    ms = [one.ms for one in samples]
    return Numbers(
        name=name,
        requests=len(samples),
        rps=round(len(samples) / seconds, 2) if seconds else 0.0,
        p50=round(percentile(ms, 50), 1),
        p95=round(percentile(ms, 95), 1),
        p99=round(percentile(ms, 99), 1),
        errors=sum(bool(one.error) for one in samples),
    )


def by_endpoint(samples: Iterable[Sample], seconds: float) -> tuple[Numbers, ...]:
    groups: dict[str, list[Sample]] = {}
    for one in samples:
        groups.setdefault(one.endpoint, []).append(one)
    return tuple(numbers(name, groups[name], seconds) for name in sorted(groups))


def histogram(samples: Iterable[Sample]) -> tuple[tuple[float, int], ...]:
    """(upper edge in ms, answers up to it and above the edge before); the last edge is infinite."""
    edges = (*map(float, EDGES), math.inf)
    counts = dict.fromkeys(edges, 0)
    for one in samples:
        counts[next(edge for edge in edges if one.ms <= edge)] += 1
    return tuple(counts.items())


def series(samples: Iterable[Sample], users: dict[int, int]) -> tuple[Second, ...]:
    """One point per whole second; `users` at work in each."""
    groups: dict[int, list[Sample]] = {second: [] for second in users}
    for one in samples:
        groups.setdefault(int(one.t), []).append(one)
    return tuple(_second(t, groups[t], users.get(t, 0)) for t in sorted(groups))


def _second(t: int, samples: Sequence[Sample], users: int) -> Second:
    found = numbers("", samples, 1.0)
    return Second(t=t, users=users, rps=found.rps, p50=found.p50, p95=found.p95, failures=found.errors)
