"""Documents of the load test.

`load.json` is what the browser draws:
    {"locustfile", "basis", "rows": {table: [there, declared]},
     "needs": [{"id", "endpoint", "metric", "percentile", "value", "limit", "unit", "users", "met", "margin"}],
     "shapes": [{"users", "seconds", "warm_up", "agrees", "generator", "saturated", "pace", "disturbed",
        "before": [what others did while it was measured before, in vain],
        "repetitions": [{"seconds", "rps", "p50", "p95", "errors", "generator"}],
        "endpoints": [{"name", "requests", "rps", "p50", "p95", "p99", "errors"}],      # of the repetitions judged
        "series": [{"t", "users", "rps", "p50", "p95", "failures"}],                    # per second, warm-up too
        "histogram": [{"upto", "count"}]}]}                                             # ms; the last `upto` is null
`margin` is the share of the limit that is left (negative: missed); times are milliseconds. `endpoints`, `series` and
`histogram` stand at the top as well, for the largest number of users.
"""

import json
import math
from dataclasses import asdict
from typing import Any

from runner.evidence.load.load import Load
from runner.evidence.load.load_numbers import Numbers, histogram
from runner.evidence.load.load_shape import ALL, Shape
from runner.evidence.load.need_values import measured, met
from runner.markdown import Marked, bold, code, table
from runner.model import artifact
from runner.said import say, tell, together
from runner.specification import Quality
from runner.words import plural

METRICS = {"error_rate": "error rate", "throughput": "throughput"}


@artifact("load.json", step="6.4")
def load_record(load: Load) -> str:
    """Load: needs, endpoints, time series and histogram, for plots."""
    shapes = [_shape(shape) for shape in load.shapes]
    largest = max(shapes, key=lambda one: one["users"], default={})
    whole = {
        "locustfile": load.locustfile,
        "basis": load.basis,
        "rows": {name: [load.rows.there.get(name, -1), n] for name, n in load.rows.declared.items()},
        "needs": [_need(load, need) for need in load.needs],
        "shapes": shapes,
        **{name: largest.get(name, []) for name in ("endpoints", "series", "histogram")},
    }
    return json.dumps(whole, indent=1) + "\n"


def _shape(shape: Shape) -> dict[str, Any]:
    return {
        "users": shape.users,
        "seconds": round(shape.measured, 1),
        "warm_up": round(shape.warm_up, 1),
        "agrees": shape.agrees,
        "generator": round(shape.generator, 3),
        "pace": shape.pace,
        "disturbed": shape.disturbed,
        "before": list(shape.before),
        "saturated": shape.saturated,
        "repetitions": [
            {"seconds": round(one.seconds, 1), "generator": round(one.generator, 3), **_numbers(one.total)}
            for one in shape.repetitions
        ],
        "endpoints": [_numbers(one) for one in shape.endpoints],
        "series": [asdict(one) for one in shape.seconds],
        "histogram": [
            {"upto": None if math.isinf(edge) else edge, "count": count} for edge, count in histogram(shape.samples)
        ],
    }


def _numbers(one: Numbers) -> dict[str, Any]:
    return asdict(one)


def _need(load: Load, need: Quality) -> dict[str, Any]:
    shape = load.shape_of(need)
    value = measured(need, shape)[0] if shape else 0.0
    return {
        "id": need.id,
        "endpoint": need.endpoint or ALL,
        "metric": need.metric,
        "percentile": need.percentile,
        "value": value,
        "limit": need.limit,
        "unit": need.unit,
        "users": need.load.users if need.load else 0,
        "met": met(need, value),
        "margin": margin(need, value),
    }


def margin(need: Quality, value: float) -> float:
    """The share of the limit that is left; negative when the need is missed."""
    if not need.limit:
        return 0.0 if value == need.limit else -1.0
    share = (value - need.limit) / need.limit
    return round(share if need.metric == "throughput" else -share, 3)


@artifact("load-report.md", step="6.4")
def load_report(load: Load) -> str:
    """Load report: needs against measurements, endpoint by endpoint, and how far to trust them."""
    needs = [_need(load, need) for need in load.needs]
    good = sum(one["met"] for one in needs)
    parts = [
        f"# {tell('Load report')}",
        tell(
            "**{good} of {needs} met**, measured with `{locustfile}` on PostgreSQL with {rows}.",
            good=good,
            needs=plural(len(needs), "need"),
            locustfile=load.locustfile,
            rows=together(f"{n:,} {name}" for name, n in load.rows.there.items()) or say("no declared rows"),
        ),
        table(("need", "what", "load", "measured", "wanted", "margin", ""), [_need_row(one) for one in needs]),
    ]
    for shape in load.shapes:
        users = tell("{users} users", users=shape.users)
        parts += [f"## {users}", _endpoints(load, shape), f"### {tell('Can it be trusted?')}", _trust(shape)]
        parts += [f"### {tell('Distribution')}", _distribution(shape)]
        if shape.errors:
            rows = [(code(name), error, count) for (name, error), count in shape.errors.most_common(20)]
            parts += [f"### {tell('Errors')}", table(("endpoint", "error", "times"), rows)]
    return "\n\n".join(parts) + "\n"


def endpoint_named(endpoint: str) -> Marked:
    """An operation as code; all of them in words."""
    return Marked(tell(endpoint)) if endpoint == ALL else code(endpoint)


def _need_row(one: dict[str, Any]) -> tuple[object, ...]:
    what = f"p{one['percentile']:g}" if one["metric"] == "latency" else tell(METRICS[one["metric"]])
    sign = "≥" if one["metric"] == "throughput" else "≤"
    wanted = f"{sign} {one['limit']:g} {one['unit']}"
    value = f"{one['value']:g} {one['unit']}"
    verdict = say("met") if one["met"] else bold("missed")
    return (
        one["id"],
        Marked(tell("{what} of {endpoint}", what=what, endpoint=endpoint_named(one["endpoint"]))),
        say("{users} users", users=one["users"]),
        value,
        wanted,
        f"{one['margin']:+.0%}",
        verdict,
    )


def _endpoints(load: Load, shape: Shape) -> str:
    wanted = {n.endpoint: n for n in load.needs if n.metric == "latency" and load.shape_of(n) is shape}
    rows = []
    for one in (*shape.endpoints, shape.total):
        need = wanted.get(None if one.name == ALL else one.name)
        limit = f"p{need.percentile or 95:g} ≤ {need.limit:g} ms" if need else "–"
        rows.append((endpoint_named(one.name), one.requests, one.rps, one.p50, one.p95, one.p99, one.errors, limit))
    return table(("endpoint", "requests", "req/s", "p50 ms", "p95 ms", "p99 ms", "errors", "need"), rows)


def _trust(shape: Shape) -> str:
    rows = [
        (
            n,
            f"{one.seconds:.1f} s",
            one.total.requests,
            one.total.rps,
            one.total.p50,
            one.total.p95,
            f"{one.generator:.0%}",
            f"{one.use.others + one.use.stolen:.2f}",
        )
        for n, one in enumerate(shape.repetitions, start=1)
    ]
    sentences = [
        tell("{seconds} s of warm-up were thrown away.", seconds=f"{shape.warm_up:.0f}"),
        tell("The last two repetitions agree." if shape.agrees else "**No two neighbouring repetitions agree.**"),
        *([tell("**The generator was at its limit.**")] if shape.saturated else []),
        *(
            [tell("**Meanwhile {why}**: the times are not the service's alone.", why=shape.disturbed)]
            * bool(shape.disturbed)
        ),
        *(
            [tell("It was measured before, in vain: {before}.", before=together(shape.before, "; "))]
            * bool(shape.before)
        ),
        tell("Answers are counted and timed between the load test and the service, not by the load test."),
    ]
    numbers = table(
        ("repetition", "time", "requests", "req/s", "p50 ms", "p95 ms", "generator", "others, processors"), rows
    )
    return f"{' '.join(sentences)}\n\n{numbers}"


def _distribution(shape: Shape) -> str:
    """Answers by time, as a picture of bars."""
    bars = histogram(shape.samples)
    most = max((count for _, count in bars), default=0) or 1
    rows = []
    below = 0.0
    for edge, count in bars:
        name = say("over {below} ms", below=f"{below:g}") if math.isinf(edge) else f"{below:g}–{edge:g} ms"
        rows.append((name, count, "█" * round(30 * count / most)))
        below = edge
    return table(("time", "answers", ""), rows)
