"""Health is found by the last part of a route's path, wherever it hangs, also when the contract hides it."""

from runner.evidence.contract.served_app import HEALTH_WORDS, LIVE_WORDS, READY_WORDS, ServedApp, routes_called


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
