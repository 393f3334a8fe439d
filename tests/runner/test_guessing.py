"""Does a made-up header get past a stop, or was the time of the limit up?"""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.access import guessing_current
from runner.evidence.access.guessing import Guessing, _held, _respelled

SEEN = Guessing(guesses=5, statuses=(401, 429), stopped=True, seconds=1, opened=True, still=429, curl="")


@pytest.mark.parametrize(("after", "sidestepped"), [(429, 401), (401, 0)])
def test_a_stop_that_ended_by_itself_was_not_sidestepped(after: int, sidestepped: int) -> None:
    def wrong(*, claims: bool) -> Any:
        return SimpleNamespace(
            with_headers=lambda _: wrong(claims=True),
            send=lambda _: httpx.Response(401 if claims else after),
            curl=lambda: "curl",
        )

    here = SimpleNamespace(client=None, requests=SimpleNamespace(examples=None))
    found = _held(cast(Any, SimpleNamespace(here=here)), SEEN, wrong(claims=False))
    assert found.sidestepped == sidestepped


@pytest.mark.parametrize(
    ("typed", "same", "after", "spelled"),
    [
        (401, {"SAMPLE@X.ORG"}, 429, "in capitals"),
        (401, {" sample@x.org"}, 429, "with a space before it"),
        (401, set(), 429, ""),  # to the service it is another account
        (429, {"SAMPLE@X.ORG"}, 429, ""),
        (401, {"SAMPLE@X.ORG"}, 401, ""),  # the time of the limit was up
    ],
)
def test_a_stop_holds_for_the_account_however_it_is_written(
    typed: int, same: set[str], after: int, spelled: str
) -> None:
    def login_request(_name: str, _password: str) -> Any:
        return SimpleNamespace(send=lambda _: httpx.Response(typed), curl=lambda: "curl")

    here = SimpleNamespace(
        client=None,
        people=SimpleNamespace(login_request=login_request),
        requests=SimpleNamespace(examples=SimpleNamespace(password=lambda: "wrong")),
    )
    tries = SimpleNamespace(here=here, account=lambda: ("sample@x.org", "right"), opens=lambda name, _: name in same)
    wrong = SimpleNamespace(send=lambda _: httpx.Response(after))
    found = _respelled(cast(Any, tries), SEEN, "ann@x.org", cast(Any, wrong))
    assert (found.spelled, bool(found.sidestepped)) == (spelled, bool(spelled))


class Asks:
    """Asks for the current password, and stops after so many wrong ones; None: never."""

    def __init__(self, most: int | None) -> None:
        self.most, self.wrong, self.sent = most, 0, "right"
        self.operation = SimpleNamespace(endpoint="POST /password")
        self.fields, self.endpoint = {"current_password": "right", "new_password": "other"}, "POST /password"

    def with_field(self, name: str, value: str) -> "Asks":
        assert name == "current_password"
        self.sent = value
        return self

    def send(self, *_: object) -> httpx.Response:
        sent, self.sent = self.sent, "right"
        self.wrong += sent != "right"
        stopped = self.most is not None and self.wrong > self.most
        return httpx.Response(429 if stopped else 200 if sent == "right" else 401)

    def curl(self, **_: object) -> str:
        return "curl"


@pytest.mark.parametrize(("most", "guesses", "goes_on"), [(None, 30, True), (5, 6, False)])
def test_the_current_password_is_guessed_until_it_is_enough(
    monkeypatch: pytest.MonkeyPatch,
    most: int | None,
    guesses: int,
    goes_on: bool,  # noqa: FBT001
) -> None:
    asks = Asks(most)
    monkeypatch.setattr(guessing_current, "password_change", lambda *_: asks)
    examples = SimpleNamespace(password=lambda: "wrong")
    here = SimpleNamespace(client=None, requests=SimpleNamespace(examples=examples))
    caller = SimpleNamespace(password="right", headers={})
    seen = guessing_current.guess_current(cast(Any, SimpleNamespace(here=here)), cast(Any, caller))
    assert seen is not None
    assert (len(seen.statuses), seen.goes_on) == (guesses, goes_on)
    monkeypatch.setattr(guessing_current, "password_change", lambda *_: None)
    assert guessing_current.guess_current(cast(Any, SimpleNamespace(here=here)), cast(Any, caller)) is None
