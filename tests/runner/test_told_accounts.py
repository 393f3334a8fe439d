"""Does an answer about an account that was switched off tell that there is one?"""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.access import told_accounts
from runner.evidence.access.told_accounts import ToldAccounts

REQUEST = SimpleNamespace(endpoint="POST /login", curl=lambda: "curl")


def closed(answers: dict[str, str], *, opens: bool = True) -> list[tuple[str, str]]:
    """What is told of a closed account and of an address without one."""
    examples = SimpleNamespace(email=lambda: "nobody@x.org", password=lambda: "wrong")
    tries = SimpleNamespace(
        here=SimpleNamespace(database=None, requests=SimpleNamespace(examples=examples)),
        account=lambda: ("ann@x.org", "right"),
        opens=lambda _name, _password: opens,
        one=lambda name, _password: (REQUEST, httpx.Response(401, text=answers[name])),
    )
    return [(k.told, n.told) for k, n in ToldAccounts(cast(Any, tries))._closed()]


@pytest.fixture(autouse=True)
def switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told_accounts, "switch_off", lambda _database, _name: "users.active became FALSE")


def test_a_closed_account_that_is_told_differs() -> None:
    ((known, nobody),) = closed({"ann@x.org": "This account was closed.", "nobody@x.org": "Wrong."})
    assert known != nobody


def test_one_answer_for_both_tells_nothing() -> None:
    ((known, nobody),) = closed({"ann@x.org": "No ann@x.org here.", "nobody@x.org": "No nobody@x.org here."})
    assert known == nobody


def test_nothing_is_compared_where_the_account_never_opened_or_has_no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"ann@x.org": "a", "nobody@x.org": "b"}
    assert closed(answers, opens=False) == []
    monkeypatch.setattr(told_accounts, "switch_off", lambda _database, _name: "")
    assert closed(answers) == []
