"""An assertion that no answer of a service can make fail is none."""

import importlib
import sys
import types
from typing import Any

import pytest

in_function = importlib.import_module("runner.guest.plugin.gonogo_asserts").in_function


def there_is_an_answer(client: Any) -> None:
    answer = client.post("/things", json={})
    assert answer is not None


def it_is_true(client: Any) -> None:
    answer = client.post("/things", json={})
    assert answer, "no answer"


def printed(client: Any) -> None:
    try:
        assert client.get("/things").status_code == 200
    except Exception as error:  # noqa: BLE001 - that is the point
        print(error)  # noqa: T201 - as tests do


def told(client: Any) -> None:
    answer = client.get(f"/things/{1}")
    assert answer is not None
    assert answer.status_code == 200


def kept(store: dict[str, object], repository: Any) -> None:
    assert store.get("thing") is not None
    found = repository.get(7)
    assert found is not None


def handed_on(client: Any) -> None:
    try:
        assert client.get("/things").status_code == 200
    except Exception as error:  # noqa: BLE001 - that is the point
        pytest.fail(str(error))


@pytest.mark.parametrize("test", [there_is_an_answer, printed])
def test_what_cannot_fail_asserts_nothing(test: object) -> None:
    assert in_function(test, {}, None, 0) is False


def test_an_answer_is_always_true_but_that_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "requests", raising=False)
    assert in_function(it_is_true, {}, None, 0) is False
    monkeypatch.setitem(sys.modules, "requests", types.ModuleType("requests"))
    assert in_function(it_is_true, {}, None, 0) is True


@pytest.mark.parametrize("test", [told, kept, handed_on])
def test_what_can_fail_asserts(test: object) -> None:
    assert in_function(test, {}, None, 0) is True
