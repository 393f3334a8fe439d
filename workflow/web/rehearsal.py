"""How is the rehearsal of a release read? A timeline of its steps, the smoke test, and what the restart did."""

from typing import Any

import streamlit as st

from runner.said import say, tell
from workflow.web.contract import each, fields
from workflow.web.load import ACCENT, BAD, number
from workflow.web.text import esc, facts, heads, label, name, table

Json = dict[str, Any]
OK = range(200, 500)


def is_rehearsal(data: object) -> bool:
    return isinstance(data, dict) and isinstance(data.get("steps"), list) and "smoke" in data


def draw_rehearsal(data: Json) -> None:
    st.html(summary(data))
    if steps := each(data.get("steps")):
        st.html(label("Timeline"))
        st.vega_lite_chart(None, timeline(steps), alt=tell("Timeline"))
        st.html(steps_table(steps))
    st.html(smoke(data) + restart(fields(data.get("restart"))))


def summary(data: Json) -> str:
    steps = each(data.get("steps"))
    broken = next((one for one in steps if one.get("problem")), None)
    whole = sum(number(one.get("seconds")) for one in steps)
    if broken:
        step = f"<b>{name(broken.get('step', '?'))}</b>"
        told = tell("It ended early at {step}: {problem}", step=step, problem=esc(broken.get("problem")))
    else:
        told = tell(
            "{number} steps in {seconds} s, in an environment {environment}.",
            number=len(steps), seconds=f"{whole:.1f}", environment=esc(data.get("environment", "")),
        )  # fmt: skip
    return f'<p class="lead">{told}</p>'


def timeline(steps: list[Json]) -> Json:
    """One bar for each step, each beginning where the one before ended."""
    bars, at = [], 0.0
    for place, one in enumerate(steps, 1):
        took = number(one.get("seconds"))
        bars.append(
            {
                "step": f"{place}. {str(one.get('step', '?'))[:60]}", "from": round(at, 2), "to": round(at + took, 2),
                "seconds": took, "end": "failed" if one.get("problem") else "done",
            }
        )  # fmt: skip
        at += took
    return {
        "height": {"step": 28},
        "data": {"values": bars},
        "mark": {"type": "bar", "cornerRadius": 3},
        "encoding": {
            "y": {"field": "step", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 260}},
            "x": {"field": "from", "type": "quantitative", "title": "s"},
            "x2": {"field": "to"},
            "color": {
                "field": "end", "type": "nominal", "legend": None,
                "scale": {"domain": ["done", "failed"], "range": [ACCENT, BAD]},
            },
            "tooltip": [{"field": "step"}, {"field": "seconds"}],
        },
    }  # fmt: skip


def steps_table(steps: list[Json]) -> str:
    rows = [
        (
            str(place),
            name(one.get("step", "?")),
            f"<code>{esc(one.get('command', ''), 300)}</code>",
            f"{number(one.get('seconds')):.1f} s",
            f'<span class="outcome failed">✕ {tell("failed")}</span>'
            if one.get("problem")
            else f'<span class="outcome passed">✓ {tell("done")}</span>',
        )
        for place, one in enumerate(steps, 1)
    ]
    return table(heads("", "Step", "Command", "Took", ""), rows, "plain stack")


def smoke(data: Json) -> str:
    asked = each(data.get("smoke"))
    if not asked:
        return ""
    rows = [
        (f"<code>{name(one.get('endpoint', '?'))}</code>", f"<b>{name(one.get('status', '?'))}</b>", _word(one))
        for one in asked
    ]
    return label("Smoke test") + table(heads("Endpoint", "Answer", ""), rows)


def _word(one: Json) -> str:
    well = isinstance(status := one.get("status"), int) and status in OK
    word = tell("✓ answers") if well else tell("✕ fails")
    return f'<span class="outcome {"passed" if well else "failed"}">{word}</span>'


def restart(found: Json) -> str:
    if not found:
        return ""
    requests, flight, failed = fields(found.get("requests")), fields(found.get("in_flight")), found.get("failed") or []
    sent = " · ".join(f"{esc(number_)} {name(when)}" for when, number_ in requests.items())
    code = found.get("exit_code")
    return label("Restart under load") + facts(
        {
            say("Requests"): sent,
            say("Failed"): f"{len(failed)}" if isinstance(failed, list) else esc(failed),
            say("In flight"): tell(
                "{answered} of {sent} answered, {endpoint}",
                answered=esc(flight.get("answered", "?")), sent=esc(flight.get("sent", "?")),
                endpoint=f"<code>{name(flight.get('endpoint', ''))}</code>",
            ) if flight else "",
            say("Stopped after"): f"{number(found.get('stop_seconds')):.1f} s",
            say("Exit code"): tell("had to be killed") if code is None else esc(code),
        }
    )  # fmt: skip
