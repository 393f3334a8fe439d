"""Health is found by the last part of a route's path, wherever it hangs, also when the contract hides it."""

import pytest

from runner.evidence.contract.served_app import (
    ServedApp,
    health_paths,
    live_paths,
    metrics_paths,
    ready_paths,
    routes_called,
    told_apart,
)
from runner.vocabulary.health import HEALTH_WORDS, LIVE_WORDS, READY_WORDS, is_about_itself, is_prometheus


def found(*paths: str, method: str = "GET") -> tuple[tuple[str, ...], ...]:
    served = ServedApp(app="app:app", routes=tuple({"path": path, "methods": [method]} for path in paths))
    return tuple(routes_called(served, words) for words in (READY_WORDS, LIVE_WORDS, HEALTH_WORDS))


def test_health_is_found_at_the_end_of_any_path() -> None:
    paths = ("/api/v1/utils/health-check/", "/probe/live", "/probe/health", "/internal/readyz")
    ready, live, health = found(*paths)
    assert ready == ("/internal/readyz",)
    assert live == ("/api/v1/utils/health-check/", "/probe/live", "/probe/health")
    assert health == ("/api/v1/utils/health-check/", "/probe/health")


def test_other_words_that_contain_one_are_left_alone() -> None:
    assert found("/threads", "/bread", "/alreadyz", "/users/{status}", "/healthcare") == ((), (), ())
    assert found("/health", method="POST") == ((), (), ())


def test_what_the_app_has_comes_before_what_is_usual_and_the_surest_first() -> None:
    paths = ("/orders/status", "/api/health", "/probe/livez", "/probe/readyz", "/internal/metrics")
    served = ServedApp(app="app:app", routes=tuple({"path": path, "methods": ["GET"]} for path in paths))
    assert live_paths(served)[:4] == ("/probe/livez", "/api/health", "/orders/status", "/live")
    assert live_paths(served).count("/api/health") == 1
    assert ready_paths(served)[:2] == ("/probe/readyz", "/ready")
    assert health_paths(served)[:3] == ("/api/health", "/orders/status", "/health")
    assert metrics_paths(served)[:2] == ("/internal/metrics", "/metrics")
    assert live_paths(None)[0] == "/live"
    assert metrics_paths(None)[0] == "/metrics"


def test_what_is_about_the_service_itself_is_told_from_what_it_is_for() -> None:
    own = (
        "/",
        "/healthz",
        "/health/ready",
        "/api/v1/health-check/",
        "/metrics",
        "/-/metrics",
        "/docs",
        "/openapi.json",
    )
    assert all(map(is_about_itself, own))
    assert not any(map(is_about_itself, ("/livestreams", "/healthcare", "/orders", "/users/me", "/threads", "/upload")))


def test_only_prometheus_text_counts_as_metrics() -> None:
    assert is_prometheus("# HELP a b\n# TYPE a counter\na 1\n")
    assert not is_prometheus('{"error": "# TYPE a counter"}')


@pytest.mark.parametrize(
    ("catch_all", "expected"),
    [
        (200, ("/healthz",)),
        (404, ("/healthz", "/ready")),
        (307, ("/healthz", "/ready")),
        (None, ("/healthz", "/ready")),
    ],
)
def test_where_any_path_is_answered_the_apps_own_routes_alone_mean_something(
    catch_all: int | None, expected: tuple[str, ...]
) -> None:
    served = ServedApp(
        app="x:app", routes=({"path": "/healthz", "methods": ["GET"]}, {"path": "/{all:path}", "methods": ["GET"]})
    )
    asked: list[str] = []

    def status(path: str) -> int | None:
        asked.append(path)
        return catch_all

    assert told_apart(served, ("/healthz", "/ready"), status) == expected
    assert len(asked) == 1
    assert asked[0] not in ("/healthz", "/ready")
