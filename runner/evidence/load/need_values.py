"""What was measured of a quality need, in its own unit? And is the measurement worth a second one? Pure."""

from collections.abc import Iterable

from runner.evidence.load.load_numbers import Numbers, numbers, percentile
from runner.evidence.load.load_shape import ALL, FEWEST, Shape
from runner.specification import Quality


def measured(need: Quality, shape: Shape) -> tuple[float, Numbers]:
    """The value that a need speaks of, in its own unit, and the numbers it was taken from.

    A refusal is quick: only what was answered counts as throughput, and only its time as latency.
    """
    samples = [one for one in shape.samples if need.endpoint in (None, one.endpoint)]
    found = numbers(need.endpoint or ALL, samples, shape.measured)
    good = [one for one in samples if not one.error]
    if need.metric == "throughput":
        return numbers("", good, shape.measured).rps, found
    if need.metric == "error_rate":
        return found.error_percent, found
    return round(percentile([one.ms for one in good], need.percentile or 95), 1), found


def met(need: Quality, value: float) -> bool:
    limit = need.limit or 0.0
    return value >= limit if need.metric == "throughput" else value <= limit


def missed_even_so(need: Quality, shape: Shape) -> bool:
    """Is already the median beyond the limit, by more than a busy machine explains?"""
    good = [one.ms for one in shape.samples if need.endpoint in (None, one.endpoint) and not one.error]
    median = percentile(good, 50)
    late = median - shape.explained(median)
    return need.metric == "latency" and (need.percentile or 95) >= 50 and late > (need.limit or 0.0)  # noqa: PLR2004


def spoilt(shape: Shape, needs: Iterable[Quality]) -> bool:
    """Did others disturb it so much that nothing can be said: of a need at this number of users, or of the whole?

    What is steady and meets each need, or misses it by more than they explain, says so whoever else was there.
    """
    if not shape.disturbed or shape.ended or shape.problems:
        return False
    steady = shape.agrees and not shape.saturated and shape.total.requests >= FEWEST
    mine = [one for one in needs if one.load and one.load.users == shape.users]
    return not steady or not all(met(need, measured(need, shape)[0]) or missed_even_so(need, shape) for need in mine)
