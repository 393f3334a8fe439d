"""Is a quality need met, missed, or neither? What was measured, and whether it says anything about the service."""

import math
from dataclasses import dataclass

from runner.evidence.load.load import Load
from runner.evidence.load.load_numbers import Numbers
from runner.evidence.load.load_shape import Shape
from runner.evidence.load.need_values import measured, met, missed_even_so
from runner.said import say
from runner.specification import Quality
from runner.words import plural


def worded(need: Quality, value: float) -> str:
    """`p95 180 ms of 250 ms at 20 users`."""
    what = {"latency": f"p{need.percentile or 95:g}", "throughput": "throughput", "error_rate": "errors"}[need.metric]
    users = need.load.users if need.load else 0
    return say(
        "{what} {value} {unit} (need {limit} {unit}) at {users} users",
        what=what,
        value=f"{value:g}",
        unit=need.unit,
        limit=f"{need.limit:g}",
        users=users,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one need: met, missed, or neither, with what was seen."""

    met: bool = False
    missed: bool = False
    says: str = ""


def judged(load: Load, need: Quality) -> Judged:
    """A need is met whoever else used the machine, and missed only where nobody but the service can be the cause."""
    shape = load.shape_of(need)
    if shape is None:
        return Judged(says=say("it was not measured"))
    value, found = measured(need, shape)
    if problem := _nothing_to_measure(need, shape, found):
        return Judged(missed=True, says=problem)
    doubt = _too_little(load, need, found) or ("" if met(need, value) else _another_cause(need, shape))
    if doubt:
        said = say("{worded}, but {doubt}", worded=worded(need, value), doubt=doubt)
        return Judged(says=doubt if found.requests == 0 else said)
    good = met(need, value)
    return Judged(met=good, missed=not good, says=worded(need, value))


def _another_cause(need: Quality, shape: Shape) -> str:
    """What else may have made a need be missed; empty where it was the service."""
    if shape.saturated:
        return say("the load generator itself was at its limit")
    if shape.disturbed and not missed_even_so(need, shape):
        return say("{disturbed}: measure it on a machine that is free", disturbed=shape.disturbed)
    return ""


def _too_little(load: Load, need: Quality, found: Numbers) -> str:
    """Why the numbers say nothing about a need; empty when they do."""
    if not found.requests:
        return say("the load test never called {endpoint}", endpoint=need.endpoint or say("anything"))
    if need.endpoint is None and (unasked := unasked_of(load)):
        return unasked
    wanted = fewest(need)
    return (
        say("only {answers}, a percentile wants {wanted}", answers=plural(found.requests, "answer"), wanted=wanted)
        if found.requests < wanted
        else ""
    )


def fewest(need: Quality) -> int:
    """Answers below which a percentile is but the slowest one: 20 for the 95th."""
    if need.metric != "latency":
        return 1
    return math.ceil(100 / (100 - min(need.percentile or 95, 99.9)))


def unasked_of(load: Load) -> str:
    """Why a need that speaks of the whole service can't be judged by what was asked; empty when it can.

    The endpoints that other needs name must have been asked, every one; where none names any, half of the
    specification's.
    """
    there, wanted = len(load.asked), len(load.wanted)
    if not wanted or (there == wanted if load.named else 2 * there >= wanted):
        return ""
    absent = next(one for one in load.wanted if one not in load.asked)
    whose = say("that needs name") if load.named else say("of the specification")
    hint = "" if load.named else say("; name in the needs those that matter")
    return say(
        "the load test asked {there} of {endpoints} {whose}, not {absent}{hint}",
        there=there,
        endpoints=plural(wanted, "endpoint"),
        whose=whose,
        absent=absent,
        hint=hint,
    )


def _nothing_to_measure(need: Quality, shape: Shape, found: Numbers) -> str:
    """Why a need is missed whatever the numbers say; empty when they count."""
    if shape.ended or need.metric == "error_rate" or not found.requests:
        return shape.ended
    return say("every request failed") if found.errors == found.requests else ""
