"""`assert mock.called_once()` can never fail: a mock answers it with another mock."""

import importlib
import inspect
from unittest.mock import Mock

import pytest

in_function = importlib.import_module("runner.guest.plugin.gonogo_asserts").in_function
shared = Mock()


class Spy:
    def called_once(self) -> bool:
        return False


@pytest.fixture
def service() -> Mock:
    return shared


def misspelt() -> None:
    assert shared.user_exists_called_once()
    assert shared.create.called_once_with(1)  # noqa: PGH005 - that is the point


def by_fixture(service: Mock) -> None:
    assert service.create_called_once()


def right(service: Mock) -> None:
    assert service.create.called
    assert not service.remove.called


def a_spy_of_its_own(spy: Spy) -> None:
    assert spy.called_once()  # noqa: PGH005


def spies() -> Spy:
    return Spy()


@pytest.mark.parametrize(
    ("test", "can_fail"), [(misspelt, False), (by_fixture, False), (right, True), (a_spy_of_its_own, True)]
)
def test_what_a_mock_always_answers_asserts_nothing(test: object, can_fail: bool) -> None:  # noqa: FBT001
    fixtures = {"service": inspect.unwrap(service.__wrapped__), "spy": spies}  # type: ignore[attr-defined]
    assert in_function(test, fixtures, None, 0) is can_fail
