"""Does the dashboard show what was promised, on metrics that the service has?"""

import json

from runner.reading.metrics_text import Metric
from runner.specification import LoadShape, Quality
from stages.deployment.dashboard import dashboard

METRICS = (
    Metric(name="http_request_duration_seconds", kind="histogram", labels=("le", "method", "route", "status")),
    Metric(name="http_requests_total", kind="counter", labels=("method", "route", "status")),
    Metric(name="cache_reads_total", kind="counter", labels=("outcome",)),
    Metric(name="process_open_fds", kind="gauge"),
)
LOAD = LoadShape(users=5, seconds=10)
FAST = Quality(
    id="QN-1", text="Fast", metric="latency", endpoint="GET /posts", percentile=95, limit=250, unit="ms", load=LOAD
)
MUCH = Quality(id="QN-2", text="Much", metric="throughput", limit=15, unit="req/s", load=LOAD)


def panels(*metrics: Metric) -> dict[str, dict[str, object]]:
    board = json.loads(dashboard("shop", (FAST, MUCH), metrics))
    assert [panel["id"] for panel in board["panels"]] == list(range(1, len(board["panels"]) + 1))
    return {panel["title"]: panel for panel in board["panels"]}


def test_a_need_is_drawn_with_its_limit_as_a_line() -> None:
    panel = panels(*METRICS)["QN-1 GET /posts"]
    target = panel["targets"][0]  # type: ignore[index]
    expected = 'http_request_duration_seconds_bucket{method="GET", route="/posts"}[5m]'
    assert expected in target["expr"]
    assert ">" not in target["expr"]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]  # type: ignore[index]
    assert steps[1] == {"color": "red", "value": 0.25}


def test_too_little_throughput_is_red_below_its_limit() -> None:
    steps = panels(*METRICS)["QN-2 all requests"]["fieldConfig"]["defaults"]["thresholds"]["steps"]  # type: ignore[index]
    assert [step["color"] for step in steps] == ["red", "green"]


def test_the_services_own_metrics_follow_without_those_of_python() -> None:
    shown = panels(*METRICS)
    assert "process_open_fds" not in shown
    assert shown["cache_reads_total"]["targets"][0]["expr"] == "sum by (outcome) (rate(cache_reads_total[5m]))"  # type: ignore[index]


def test_a_need_that_no_metric_measures_has_no_panel() -> None:
    assert panels(METRICS[2]).keys() == {"cache_reads_total"}
