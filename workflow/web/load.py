"""How is a load test read? Needs first; then latency and throughput over time, the distribution, the endpoints.

The shape of the record is told in `stages/performance/artifacts_load.py`.
"""

from typing import Any

import streamlit as st

from runner.said import tell
from runner.words import plural
from workflow.web.contract import each, fields
from workflow.web.text import esc, heads, label, table

Json = dict[str, Any]
ACCENT, PALE, BAD, GREY = "#4f74ea", "#9db0f2", "#d2483e", "#8a857c"
WANTED = ("t", "rps", "p50", "p95")  # what a plotted second must have


def is_load(data: object) -> bool:
    return isinstance(data, dict) and isinstance(data.get("shapes"), list) and isinstance(data.get("needs"), list)


def draw_load(data: Json) -> None:
    st.html(needs(data))
    for shape in (shape for shape in each(data.get("shapes")) if shape):
        draw_shape(shape, data)


def draw_shape(shape: Json, data: Json) -> None:
    st.html(f'<h4 class="tagname">{esc(tell("{number} users", number=shape.get("users", "?")))}</h4>{trust(shape)}')
    series = [second for second in each(shape.get("series")) if all(name in second for name in WANTED)]
    if series:
        limits = latency_limits(data, shape.get("users"))
        left, right = st.columns(2)
        with left:
            st.html(label("Latency over time"))
            st.vega_lite_chart(
                None, latency_plot(series, number(shape.get("warm_up")), limits), alt=tell("Latency over time")
            )
        with right:
            st.html(label("Throughput over time"))
            st.vega_lite_chart(
                None, throughput_plot(series, number(shape.get("warm_up"))), alt=tell("Throughput over time")
            )
    bars = bins(each(shape.get("histogram")))
    if bars:
        st.html(label("Distribution of answers"))
        st.vega_lite_chart(None, histogram_plot(bars), alt=tell("Distribution of answers"))
    st.html(label("Endpoints") + endpoints(shape))


def needs(data: Json) -> str:
    """Each need with what was measured, as a bar of its limit."""
    rows = [need_row(one) for one in each(data.get("needs"))]
    met = sum(bool(one.get("met")) for one in each(data.get("needs")))
    kept = " · ".join(f"{there:,} {esc(name)}" for name, there in rows_there(data))
    number_of = plural(len(rows), "need")
    said = (
        tell("{met} of {needs} met, on {rows}.", met=met, needs=number_of, rows=kept)
        if kept
        else tell("{met} of {needs} met.", met=met, needs=number_of)
    )
    return f'<p class="lead">{said}</p>' + table(
        heads("Need", "What", "Load", "Measured", "Limit", ""), rows, "plain stack"
    )


def rows_there(data: Json) -> list[tuple[str, int]]:
    found = ((name, pair[0]) for name, pair in fields(data.get("rows")).items() if isinstance(pair, list) and pair)
    return [(str(name), there) for name, there in found if isinstance(there, int) and there >= 0]


def need_row(one: Json) -> tuple[str, ...]:
    value, limit, unit = number(one.get("value")), number(one.get("limit")), str(one.get("unit", ""))
    metric = str(one.get("metric", "")).replace("_", " ")
    what = f"p{number(one.get('percentile')):g}" if metric == "latency" else tell(metric)
    sign = "≥" if metric == "throughput" else "≤"
    share = min(100.0, 100 * value / limit) if limit else 0.0
    tone = "met" if one.get("met") else "missed"
    word = tell("✓ met") if one.get("met") else tell("✕ missed")
    bar = f'<span class="meter {tone}"><i style="width:{share:.0f}%"></i></span>'
    return (
        f"<b>{esc(one.get('id', '?'))}</b>",
        tell("{what} of {endpoint}", what=esc(what), endpoint=_endpoint(str(one.get("endpoint", "")))),
        esc(tell("{number} users", number=one.get("users", "?"))),
        f"{value:g} {esc(unit)}{bar}",
        f"{sign} {limit:g} {esc(unit)}",
        f'<span class="outcome {"passed" if one.get("met") else "failed"}">{word}</span>',
    )


def _endpoint(named: str) -> str:
    """As HTML: an operation as code, all of them in words."""
    return f"<code>{esc(named)}</code>" if "/" in named else esc(tell(named))


def trust(shape: Json) -> str:
    """May these numbers be believed? Repetitions that agree, a generator that was not the bottleneck."""
    said = (
        tell("the last two repetitions agree") if shape.get("agrees") else tell("no two neighbouring repetitions agree")
    )
    busy = tell("the generator used {share} of one processor", share=f"{number(shape.get('generator')):.0%}")
    times = tell(
        "{seconds} s measured after {before} s of warm-up",
        seconds=f"{number(shape.get('seconds')):.0f}", before=f"{number(shape.get('warm_up')):.0f}",
    )  # fmt: skip
    return f'<p class="muted told">{esc(times)} · {esc(said)} · {esc(busy)}</p>'


def endpoints(shape: Json) -> str:
    rows = [
        (
            f"<code>{esc(one.get('name', '?'))}</code>",
            *(f"{number(one.get(name)):,g}" for name in ("requests", "rps", "p50", "p95", "p99", "errors")),
        )
        for one in each(shape.get("endpoints"))
    ]
    return table(heads("Endpoint", "Requests", "req/s", "p50 ms", "p95 ms", "p99 ms", "Errors"), rows)


def latency_limits(data: Json, users: object) -> list[float]:
    """The limits of the needs for all requests at so many users: a line in the plot."""
    found = [one for one in each(data.get("needs")) if one.get("metric") == "latency" and one.get("users") == users]
    return sorted({number(one.get("limit")) for one in found})[:1]


def latency_plot(series: list[Json], warm_up: float, limits: list[float]) -> Json:
    """The axis ends with what was measured: a slow first answer of the warm-up does not press the rest flat."""
    seconds = [
        {"t": one["t"], "of": name, "ms": one[name]}
        for one in series
        for name in ("p50", "p95")
        if one[name] is not None
    ]
    top = latency_top(seconds, warm_up, limits)
    height = axis("ms", "ms") | ({"scale": {"domain": [0, top]}} if top else {})
    lines = {
        "data": {"values": seconds},
        "mark": {"type": "line", "strokeWidth": 2, "interpolate": "monotone", "clip": True},
        "encoding": {
            "x": axis("t", "s"),
            "y": height,
            "color": {
                "field": "of",
                "type": "nominal",
                "title": None,
                "scale": {"domain": ["p50", "p95"], "range": [PALE, ACCENT]},
                "legend": {"orient": "top"},
            },
            "strokeDash": {
                "field": "of", "type": "nominal", "legend": None,
                "scale": {"domain": ["p50", "p95"], "range": [[5, 3], [1, 0]]},
            },
            "tooltip": [{"field": name} for name in ("t", "of", "ms")],
        },
    }  # fmt: skip
    rule = {
        "data": {"values": [{"limit": limit} for limit in limits]},
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": BAD},
        "encoding": {"y": {"field": "limit", "type": "quantitative"}},
    }
    return plot([shade(warm_up), lines, *([rule] if limits else [])])


def latency_top(seconds: list[Json], warm_up: float, limits: list[float]) -> float:
    """Where the axis of latencies ends: a little above what was measured after the warm-up, and above the limit."""
    measured = [number(one["ms"]) for one in seconds if number(one["t"]) >= warm_up]
    return round(1.1 * max([*measured, *limits], default=0.0), 1)


def throughput_plot(series: list[Json], warm_up: float) -> Json:
    seconds = [{"t": one["t"], "rps": one["rps"], "failures": one.get("failures", 0)} for one in series]
    area = {
        "data": {"values": seconds},
        "mark": {"type": "area", "line": {"color": ACCENT}, "color": PALE, "opacity": 0.35, "interpolate": "monotone"},
        "encoding": {"x": axis("t", "s"), "y": axis("rps", "req/s"), "tooltip": [{"field": n} for n in ("t", "rps")]},
    }
    bad = [one for one in seconds if one["failures"]]
    failed = {
        "data": {"values": bad},
        "mark": {"type": "point", "filled": True, "color": BAD, "size": 60},
        "encoding": {"x": axis("t", "s"), "y": axis("failures", "req/s"), "tooltip": [{"field": "failures"}]},
    }
    return plot([shade(warm_up), area, *([failed] if bad else [])])  # a layer of nothing has no name for its readers


def bins(bars: list[Json]) -> list[Json]:
    """The histogram with a name for each bar; empty bars at both ends are left out."""
    named, below = [], 0.0
    for bar in bars:
        upto = bar.get("upto")
        name = f"> {below:g}" if upto is None else f"{below:g}–{number(upto):g}"
        named.append({"ms": name, "answers": number(bar.get("count"))})
        below = number(upto) if upto is not None else below
    full = [n for n, bar in enumerate(named) if bar["answers"]]
    return named[full[0] : full[-1] + 1] if full else []


def histogram_plot(bars: list[Json]) -> Json:
    bar = {
        "data": {"values": bars},
        "mark": {"type": "bar", "color": ACCENT, "cornerRadiusEnd": 3},
        "encoding": {
            "x": {"field": "ms", "type": "ordinal", "sort": None, "title": "ms", "axis": {"labelAngle": 0}},
            "y": axis("answers", tell("answers")),
            "tooltip": [{"field": "ms"}, {"field": "answers"}],
        },
    }
    return plot([bar])


def shade(warm_up: float) -> Json:
    """The warm-up, which does not count."""
    return {
        "data": {"values": [{"from": 0, "to": warm_up}]},
        "mark": {"type": "rect", "color": GREY, "opacity": 0.13},
        "encoding": {"x": {"field": "from", "type": "quantitative"}, "x2": {"field": "to"}},
    }


def axis(field: str, title: str) -> Json:
    return {"field": field, "type": "quantitative", "title": title}


def plot(layers: list[Json]) -> Json:
    return {"height": 220, "layer": layers}


def number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
