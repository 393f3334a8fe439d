"""Does a made-up header get past a stop, or was the time of the limit up?"""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

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
