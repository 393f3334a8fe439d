"""Does a made-up header get past a stop, or was the time of the limit up?"""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.access.guessing import Guessing, _held

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
