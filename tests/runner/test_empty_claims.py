"""An assertion that no answer of a service can make fail is none."""

import contextlib
import importlib
import sys
import types
import unittest
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


def after_the_end(client: Any) -> None:
    client.get("/things")
    return
    assert client.get("/things").status_code == 200  # type: ignore[unreachable]


def never_taken(client: Any) -> None:
    if False:
        assert client.get("/things").status_code == 200  # type: ignore[unreachable]
    for one in []:  # type: ignore[var-annotated]
        assert one


def in_what_nobody_calls(client: Any) -> None:
    def look() -> None:
        assert client.get("/things").status_code == 200


def after_a_skip(client: Any) -> None:
    pytest.skip("later")
    assert client.get("/things").status_code == 200  # type: ignore[unreachable]


def suppressed(client: Any) -> None:
    with contextlib.suppress(AssertionError):
        assert client.get("/things").status_code == 200


def with_itself(client: Any) -> None:
    answer = client.get("/things")
    assert answer.status_code == answer.status_code
    assert len(answer.json()) >= 0
    assert answer.status_code == 200 or True  # noqa: SIM222 - that is the point
    assert 1 + 1 == 2
    assert [answer]


def assert_fine(answer: Any) -> None:
    """A helper whose name is all that it has."""


def by_a_name_alone(client: Any) -> None:
    assert_fine(client.get("/things"))


def raised_by_hand(client: Any) -> None:
    if client.get("/things").status_code != 200:
        raise RuntimeError("out of date")


def skipped_by_hand(client: Any) -> None:
    if client.get("/things").status_code != 200:
        raise unittest.SkipTest("later")
    if 1 + 1 == 3:
        raise RuntimeError


LIES = [
    there_is_an_answer, printed, after_the_end, never_taken, in_what_nobody_calls, after_a_skip, suppressed,
    with_itself, by_a_name_alone, skipped_by_hand,
]  # fmt: skip


def it_has_a_status(client: Any) -> None:
    assert client.get("/things").status_code


def one_of_them_all(client: Any) -> None:
    answer = client.get("/things")
    assert answer.status_code in (200, 404, 500), answer.text


def either(client: Any) -> None:
    answer = client.get("/things")
    assert answer.status_code == 200 or answer.status_code == 500  # noqa: PLR1714 - as tests do


def below_six_hundred(client: Any) -> None:
    assert client.get("/things").status_code < 600


def no_failure(client: Any) -> None:
    assert client.get("/things").status_code < 500


def one_of_two(client: Any) -> None:
    assert client.get("/things").status_code in {200, 404}


def a_refusal(client: Any) -> None:
    answer = client.get("/things")
    assert answer.status_code >= 400 or answer.json() == []


def the_status_of_a_row(store: Any) -> None:
    assert store.find("thing").status in ("open", "closed")


@pytest.mark.parametrize("test", [it_has_a_status, one_of_them_all, either, below_six_hundred])
def test_any_status_asserts_nothing(test: object) -> None:
    assert in_function(test, {}, None, 0) is False


@pytest.mark.parametrize("test", [no_failure, one_of_two, a_refusal, the_status_of_a_row])
def test_some_statuses_assert(test: object) -> None:
    assert in_function(test, {}, None, 0) is True


@pytest.mark.parametrize("test", LIES)
def test_what_cannot_fail_asserts_nothing(test: object) -> None:
    assert in_function(test, {}, None, 0) is False


def test_an_answer_is_always_true_but_that_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "requests", raising=False)
    assert in_function(it_is_true, {}, None, 0) is False
    monkeypatch.setitem(sys.modules, "requests", types.ModuleType("requests"))
    assert in_function(it_is_true, {}, None, 0) is True


def refused_in_words(status: int) -> tuple[bool, str]:
    return status == 403, f"expected 403, got {status}"


def a_pair_of_a_helper(client: Any) -> None:
    assert refused_in_words(client.get("/things").status_code)


def refused(status: int) -> bool:
    return status == 403


def an_answer_of_a_helper(client: Any) -> None:
    assert refused(client.get("/things").status_code)


def checked(status: int) -> tuple[bool, str]:
    assert status == 403
    return True, "refused"


def a_helper_that_asserts(client: Any) -> None:
    assert checked(client.get("/things").status_code)


def test_what_a_helper_gives_may_be_always_true() -> None:
    assert in_function(a_pair_of_a_helper, {}, None, 0) is False


@pytest.mark.parametrize("test", [told, kept, handed_on, raised_by_hand, an_answer_of_a_helper, a_helper_that_asserts])
def test_what_can_fail_asserts(test: object) -> None:
    assert in_function(test, {}, None, 0) is True
