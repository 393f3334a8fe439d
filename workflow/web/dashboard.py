"""How is a dashboard read? A plot for each panel: what it asks, in which unit, and the limit that it draws."""

from typing import Any

import streamlit as st

from runner.said import say, tell
from runner.words import plural
from workflow.web.contract import each, fields
from workflow.web.load import BAD, GREY
from workflow.web.text import esc, legible_name, name, prose

Json = dict[str, Any]
UNITS = {
    "s": say("seconds"),
    "ms": say("milliseconds"),
    "reqps": say("requests per second"),
    "percentunit": say("share"),
    "percent": "%",
}
MOST = 40  # panels
ABOUT = say(
    "Import it into Grafana; the numbers come from the Prometheus that is chosen there. Drawn here is what each panel "
    "asks, and where its limit lies."
)


def is_dashboard(data: object) -> bool:
    return isinstance(data, dict) and "schemaVersion" in data and isinstance(data.get("panels"), list)


def draw_dashboard(data: Json) -> None:
    """Two panels in a row. It holds no measurements: those come from the Prometheus that it is opened with."""
    panels = [one for one in each(data.get("panels")) if one]
    st.html(f'<p class="lead">{tell(plural(len(panels), "panel"))}. {prose(ABOUT)}</p>')
    for begin in range(0, min(len(panels), MOST), 2):
        for column, panel in zip(st.columns(2), panels[begin : begin + 2], strict=False):
            with column:
                draw_panel(panel)


def draw_panel(panel: Json) -> None:
    st.html(
        f'<h4 class="tagname">{name(panel.get("title", "?"))}</h4>'
        f'<p class="told">{esc(panel.get("description", ""))}</p>'
    )
    if limits := thresholds(panel):
        st.vega_lite_chart(None, frame(panel, limits), alt=str(panel.get("title", "?"))[:200])
    for target in each(panel.get("targets")):
        st.html(
            f'<p class="muted told">{name(target.get("legendFormat", ""))}</p>'
            f'<pre class="query">{esc(target.get("expr", ""))}</pre>'
        )


def thresholds(panel: Json) -> list[float]:
    """The limits of a panel; the first step of Grafana's list has none."""
    steps = each(fields(fields(fields(panel.get("fieldConfig")).get("defaults")).get("thresholds")).get("steps"))
    return [float(step["value"]) for step in steps if isinstance(step.get("value"), int | float)]


def unit(panel: Json) -> str:
    said = str(fields(fields(panel.get("fieldConfig")).get("defaults")).get("unit", ""))
    return tell(UNITS.get(said, legible_name(said)))


def frame(panel: Json, limits: list[float]) -> Json:
    """The empty plot of a panel: its axis in its unit, and the limit as a line with its number."""
    rows = [{"limit": limit, "text": tell("limit {limit}", limit=f"{limit:g}")} for limit in limits]
    y = {
        "field": "limit", "type": "quantitative", "title": unit(panel),
        "scale": {"domain": [0, 1.5 * max(limits) or 1]},
    }  # fmt: skip
    return {
        "height": 120,
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "rule", "strokeDash": [4, 4], "color": BAD}, "encoding": {"y": y}},
            {
                "mark": {"type": "text", "align": "left", "dy": -8, "color": GREY, "x": 6},
                "encoding": {"y": y, "text": {"field": "text"}},
            },
        ],
    }
