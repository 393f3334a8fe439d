"""What does the team look at while the service runs? A Grafana dashboard of its needs and its own metrics. Pure."""

import json
import re
from collections.abc import Iterable
from typing import Any

from runner.reading.metrics_text import STATUS, Metric
from runner.specification import Quality
from stages.deployment.alerts import PATH, Proposal, rules_for

SCHEMA = 39  # Grafana 10 and newer
WIDE, HIGH, WHOLE = 12, 8, 24  # of a grid with 24 columns
SOURCE = {"type": "prometheus", "uid": "${source}"}
UNITS = {"latency": "s", "error_rate": "percent", "throughput": "reqps"}


def dashboard(service: str, needs: Iterable[Quality], metrics: tuple[Metric, ...]) -> str:
    """Its JSON, as Grafana imports it; the Prometheus is chosen when it is opened."""
    panels = [_need(one) for one in rules_for(needs, metrics) if one.value] + list(_metrics(metrics))
    board = {
        "title": f"{service}: needs and metrics",
        "uid": re.sub(r"[^a-z0-9-]+", "-", f"gonogo-{service}".lower())[:40],
        "schemaVersion": SCHEMA,
        "tags": ["gonogo"],
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "30s",
        "templating": {
            "list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [
            {**panel, "id": n + 1, "gridPos": {"x": n % 2 * WIDE, "y": n // 2 * HIGH, "w": WIDE, "h": HIGH}}
            for n, panel in enumerate(panels)
        ],
    }
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def _need(one: Proposal) -> dict[str, Any]:
    """The value that was promised, with the promise as a line."""
    need = one.need
    limit = (need.limit or 0.0) / (1000 if need.metric == "latency" else 1)
    good, bad = ("red", "green") if need.metric == "throughput" else ("green", "red")
    title = f"{need.id} {need.endpoint or 'all requests'}"
    steps: list[dict[str, Any]] = [{"color": good, "value": None}, {"color": bad, "value": limit}]
    return _panel(title, {one.name: one.value}, UNITS[need.metric], need.text, steps)


def _metrics(metrics: tuple[Metric, ...]) -> Iterable[dict[str, Any]]:
    """Requests and errors by route, and everything else that counts or measures, without what Python itself tells."""
    for metric in metrics:
        if metric.name.startswith(("python_", "process_")) or metric.name.endswith("_created"):
            continue
        by = [label for label in metric.labels if label in (*PATH, *STATUS)][:1] or [
            label for label in metric.labels if label != "le"
        ][:1]
        group = f" by ({by[0]})" if by else ""
        if metric.kind == "counter":
            yield _panel(metric.name, {_legend(by): f"sum{group} (rate({metric.name}[5m]))"}, "ops")
        elif metric.kind == "gauge":
            yield _panel(metric.name, {_legend(by): f"sum{group} ({metric.name})"}, "short")
        elif metric.kind == "histogram":
            inner = ", ".join(["le", *by])
            query = f"histogram_quantile(0.95, sum by ({inner}) (rate({metric.name}_bucket[5m])))"
            unit = "s" if "seconds" in metric.name else "short"
            yield _panel(f"{metric.name}, 95th percentile", {_legend(by): query}, unit)


def _legend(by: list[str]) -> str:
    return f"{{{{{by[0]}}}}}" if by else "value"


def _panel(
    title: str, queries: dict[str, str], unit: str, about: str = "", steps: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    shown: dict[str, Any] = {"unit": unit}
    if steps:
        shown |= {"thresholds": {"mode": "absolute", "steps": steps}, "custom": {"thresholdsStyle": {"mode": "line"}}}
    return {
        "type": "timeseries",
        "title": title,
        "description": about,
        "datasource": SOURCE,
        "targets": [
            {"refId": chr(ord("A") + n), "datasource": SOURCE, "expr": query, "legendFormat": legend}
            for n, (legend, query) in enumerate(queries.items())
        ],
        "fieldConfig": {"defaults": shown, "overrides": []},
    }
