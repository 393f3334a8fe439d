"""Two measurements of the same load, endpoint by endpoint: what is slower than noise explains? Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.evidence.agreed.earlier_load import EarlierShape, Point
from runner.evidence.load.load_numbers import Numbers, percentile
from runner.evidence.load.load_shape import NOISE, Shape
from runner.said import say

FEWEST = 40  # answers of an endpoint, in both, below which a median means little
STILL = 4.0  # ms: less is never a regression
LIKE = 1.35  # paces of a machine whose ratio is less are alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One endpoint at one number of users, then and now. `bound`: the highest median that noise explains."""

    users: int
    endpoint: str
    then: Point
    now: Numbers
    bound: float

    @property
    def worse(self) -> bool:
        return self.now.p50 > self.bound

    def __str__(self) -> str:
        return say(
            "median {p50} → {p50_now} ms, p95 {p95} → {p95_now} ms",
            p50=f"{self.then.p50:g}",
            p50_now=f"{self.now.p50:g}",
            p95=f"{self.then.p95:g}",
            p95_now=f"{self.now.p95:g}",
        )


def compared(now: Iterable[Shape], then: Iterable[EarlierShape]) -> Iterator[Change]:
    """Every endpoint that was asked often enough both times, at the same number of users."""
    earlier = {one.users: one for one in then}
    for shape in now:
        known = earlier[shape.users].endpoints if shape.users in earlier else {}
        for one in shape.endpoints:
            point = known.get(one.name)
            if point and min(point.requests, one.requests) >= FEWEST:
                bound = round(max(point.p50 * (1 + 2 * _noise(shape, one.name)), point.p50 + STILL), 1)
                yield Change(users=shape.users, endpoint=one.name, then=point, now=one, bound=bound)


def pace_ratio(now: Shape, then: EarlierShape | None) -> float:
    """How much longer this machine takes now for the same piece of work; 1 when it was not timed."""
    return now.pace / then.pace if then and then.pace and now.pace else 1.0


def as_earlier(shape: Shape) -> EarlierShape:
    """A measurement as a later one is compared with it."""
    points = {one.name: Point(requests=one.requests, p50=one.p50, p95=one.p95) for one in shape.endpoints}
    return EarlierShape(users=shape.users, pace=shape.pace, disturbed=shape.disturbed, endpoints=points)


def _noise(shape: Shape, endpoint: str) -> float:
    """The share by which an endpoint's median differs between the repetitions of this run; never less than NOISE."""
    medians = [
        percentile([one.ms for one in repetition.samples if one.endpoint == endpoint], 50)
        for repetition in shape.judged
    ]
    known = [one for one in medians if one]
    return max(NOISE, max(known) / min(known) - 1 if known else 0.0)
