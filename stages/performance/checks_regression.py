"""Performance: has anything become slower since the load was last accepted?"""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.evidence.earlier_load import EarlierLoad, EarlierShape, Point
from runner.evidence.load import NOISE, Load, Shape
from runner.evidence.load_numbers import Numbers, percentile
from runner.model import Verdict, artifact, at_endpoint, check, failed, not_applicable, passed
from runner.words import plural
from stages.performance.documents import locust_command, table

FEWEST = 40  # answers of an endpoint, in both, below which a median means little
STILL = 4.0  # ms: less is never a regression
ABOUT = (
    "The last run on this machine that met every quality need. Milliseconds; `bound` is the highest median that the "
    "noise between repetitions explains."
)
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
        return f"median {self.then.p50:g} → {self.now.p50:g} ms, p95 {self.then.p95:g} → {self.now.p95:g} ms"


@check("PF013", step="6.4")
def nothing_became_slower(load: Load, earlier: EarlierLoad) -> Verdict:
    """No endpoint became slower than in the last accepted run, beyond the noise of repeated runs.

    A need with room to spare hides a change that made an answer three times slower, until there is no room left.
    Fix: compare the statements (query-plans.md of both runs) and profile the endpoint; if the price is meant, accept it
    by giving the new number to the quality need.
    """
    if strange := _not_comparable(load, earlier):
        return not_applicable(strange)
    changes = list(compared(load, earlier))
    if not changes:
        return not_applicable(f"no endpoint was asked often enough both now and in run {earlier.run}")
    worse = [one for one in changes if one.worse]
    if not worse:
        return passed(f"{plural(len(changes), 'endpoint')} as quick as in run {earlier.run}, within the noise")
    places = [at_endpoint(one.endpoint, f"{one} at {one.users} users, noise explains {one.bound:g}") for one in worse]
    first = f"{worse[0].endpoint}: {worse[0]} at {worse[0].users} users"
    message = f"{len(worse)} of {plural(len(changes), 'endpoint')} slower than in run {earlier.run}: {first}"
    return failed(message, at=places, again=[locust_command(load, worse[0].users)])


def compared(load: Load, earlier: EarlierLoad) -> Iterator[Change]:
    """Every endpoint that was asked often enough both times, at the same number of users."""
    for shape in load.shapes:
        then = earlier.shapes.get(shape.users)
        for now in shape.endpoints if then else ():
            point = then.endpoints.get(now.name) if then else None
            if point and min(point.requests, now.requests) >= FEWEST:
                bound = round(max(point.p50 * (1 + 2 * _noise(shape, now.name)), point.p50 + STILL), 1)
                yield Change(users=shape.users, endpoint=now.name, then=point, now=now, bound=bound)


def _noise(shape: Shape, endpoint: str) -> float:
    """The share by which an endpoint's median differs between the repetitions of this run; never less than NOISE."""
    medians = [
        percentile([one.ms for one in repetition.samples if one.endpoint == endpoint], 50)
        for repetition in shape.judged
    ]
    known = [one for one in medians if one]
    return max(NOISE, max(known) / min(known) - 1 if known else 0.0)


def _not_comparable(load: Load, earlier: EarlierLoad) -> str:
    """Why the two cannot be compared; empty when they can."""
    if earlier.basis != load.basis:
        return f"the needs, the declared rows or the load test are others than in run {earlier.run}: a new beginning"
    for shape in load.shapes:
        then = earlier.shapes.get(shape.users) or EarlierShape(users=shape.users, pace=0.0, endpoints={})
        if then.pace and shape.pace and not 1 / LIKE < shape.pace / then.pace < LIKE:
            ratio = shape.pace / then.pace
            word = f"{ratio:.1f} times slower" if ratio > 1 else f"{1 / ratio:.1f} times faster"
            return f"the machine was {word} than in run {earlier.run} (other work, or another state): not comparable"
    return ""


@artifact("load-comparison.md", step="6.4")
def load_comparison(load: Load, earlier: EarlierLoad) -> str:
    """Each endpoint's times now, and when they were last accepted."""
    rows = [
        (
            f"`{one.endpoint}`", str(one.users), f"{one.then.p50:g} → {one.now.p50:g}",
            f"{one.then.p95:g} → {one.now.p95:g}", f"{one.bound:g}", "slower" if one.worse else "",
        )
        for one in compared(load, earlier)
    ]  # fmt: skip
    commit = f" ({earlier.commit[:7]})" if earlier.commit else ""
    strange = _not_comparable(load, earlier)
    return (
        "\n\n".join(
            [
                f"# Load, against run {earlier.run}{commit}",
                ABOUT,
                *([f"**{strange[:1].upper()}{strange[1:]}.**"] if strange else []),
                table(("endpoint", "users", "median", "p95", "bound", ""), rows)
                if rows
                else "Nothing could be compared.",
            ]
        )
        + "\n"
    )
