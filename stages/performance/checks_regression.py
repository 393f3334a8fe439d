"""Performance: has anything become slower since the load was last accepted?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.evidence.agreed.earlier_load import EarlierLoad, Point
from runner.evidence.load.load import Load
from runner.evidence.load.load_numbers import Numbers, percentile
from runner.evidence.load.load_shape import NOISE, Shape
from runner.model import Verdict, artifact, at_endpoint, check, failed, not_applicable, passed, share, unknown
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
    if earlier.basis != load.basis:
        said = f"the needs, the declared rows or the load test are others than in run {earlier.run}: a new beginning"
        return not_applicable(said, looked=f"run {earlier.run}, the last one that was accepted")
    changes = list(compared(load, earlier))
    if not changes:
        return _nothing_to_compare(earlier)
    if worse := [one for one in changes if one.worse]:
        return _became_slower(worse, changes, load, earlier)
    if earlier.disturbed:
        return unknown(f"in run {earlier.run} {earlier.disturbed}: what became slower would hide behind its times")
    if strange := _faster_now(load, earlier):
        return not_applicable(strange, looked=f"run {earlier.run}, the last one that was accepted")
    often, seldom = _endpoints(load, earlier)
    beside = f"; {seldom} asked too seldom to compare" if seldom else ""
    said = f"{plural(len(changes), 'endpoint')} as quick as in run {earlier.run}, within the noise{beside}"
    return passed(said, share(len(changes), often, "endpoint"))


def _nothing_to_compare(earlier: EarlierLoad) -> Verdict:
    said = f"no endpoint was asked often enough both now and in run {earlier.run}"
    if any(point.requests >= FEWEST for shape in earlier.shapes.values() for point in shape.endpoints.values()):
        return unknown(f"{said}: this load asked less than it did then")
    return not_applicable(said, looked=f"run {earlier.run}, the last one that was accepted")


def _became_slower(worse: Sequence[Change], changes: Sequence[Change], load: Load, earlier: EarlierLoad) -> Verdict:
    """The service's fault only where nothing else can explain it."""
    first = f"{worse[0].endpoint}: {worse[0]} at {worse[0].users} users"
    said = f"{len(worse)} of {plural(len(changes), 'endpoint')} slower than in run {earlier.run}: {first}"
    if (why := _cannot_blame(load, earlier)) and not any(_even_so(one, load) for one in worse):
        return unknown(f"{said}, but {why}")
    places = [at_endpoint(one.endpoint, f"{one} at {one.users} users, noise explains {one.bound:g}") for one in worse]
    return failed(said, at=places, again=[locust_command(load, worse[0].users)])


def _even_so(change: Change, load: Load) -> bool:
    """Slower by more than others who used the machine explain?"""
    shape = next(one for one in load.shapes if one.users == change.users)
    late = change.now.p50 - shape.explained(change.now.p50)
    return bool(shape.disturbed) and not shape.saturated and late > change.bound


def _endpoints(load: Load, earlier: EarlierLoad) -> tuple[int, int]:
    """How many endpoints were asked often enough then or now, and how many too seldom both times."""
    asked: dict[tuple[int, str], int] = {}
    for users, shape in earlier.shapes.items():
        asked |= {(users, name): point.requests for name, point in shape.endpoints.items()}
    for measured in load.shapes:
        for one in measured.endpoints:
            key = (measured.users, one.name)
            asked[key] = max(one.requests, asked.get(key, 0))
    often = sum(number >= FEWEST for number in asked.values())
    return often, len(asked) - often


def _cannot_blame(load: Load, earlier: EarlierLoad) -> str:
    """Why longer times say nothing about the service; empty when they do."""
    for shape in load.shapes:
        if shape.disturbed:
            return f"{shape.disturbed}: measure it on a machine that is free"
        if shape.saturated or not shape.agrees:
            return "the measurement itself can't be trusted (PF002)"
        if (ratio := _ratio(shape, earlier)) > LIKE:
            return f"this machine is {ratio:.1f} times slower than it was then"
    return ""


def _faster_now(load: Load, earlier: EarlierLoad) -> str:
    """A machine that became faster would hide what became slower."""
    for shape in load.shapes:
        if (ratio := _ratio(shape, earlier)) < 1 / LIKE:
            return f"the machine is {1 / ratio:.1f} times faster than in run {earlier.run}: not comparable"
    return ""


def _ratio(shape: Shape, earlier: EarlierLoad) -> float:
    """How much longer this machine takes for the same piece of work; 1 when it was not timed."""
    then = earlier.shapes.get(shape.users)
    return shape.pace / then.pace if then and then.pace and shape.pace else 1.0


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
    strange = _cannot_blame(load, earlier) or _faster_now(load, earlier)
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
