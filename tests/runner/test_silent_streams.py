"""An answer that goes on and is silent: its beginning is the answer, unless somebody follows it."""

import time
from collections.abc import Iterator

import httpx
import pytest

from runner.live import client as clients
from runner.live import pace
from runner.live.client import FOLLOWED, Bounded


class Silent(httpx.SyncByteStream):
    """One event, then nothing until the reader has had enough."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request

    def __iter__(self) -> Iterator[bytes]:
        yield b"data: 1\n\n"
        time.sleep(min(self.request.extensions["timeout"]["read"], 0.2))
        raise httpx.ReadTimeout("silent")


def ask(kind: str, *, followed: bool = False) -> tuple[httpx.Response, float]:
    """The answer, and the seconds that a read may take by then."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": kind}, stream=Silent(request))

    inner = httpx.MockTransport(answer)
    with httpx.Client(base_url="http://x", transport=Bounded(inner, 10), timeout=10) as client:
        found = client.request("GET", "/", extensions={FOLLOWED: True} if followed else {})
        return found, found.request.extensions["timeout"]["read"]


@pytest.mark.parametrize(
    "kind", ["text/event-stream; charset=utf-8", "application/x-ndjson", "application/stream+json"]
)
def test_what_goes_on_is_left_when_it_is_silent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "slowness", lambda: 1.0)
    found, seconds = ask(kind)
    assert (found.status_code, found.text) == (200, "data: 1\n\n")
    assert seconds == clients.SILENT
    monkeypatch.setattr(pace, "slowness", lambda: 3.0)
    assert ask(kind)[1] == 3 * clients.SILENT


def test_an_ordinary_answer_that_stops_halfway_is_none() -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask("application/json")


def test_who_follows_a_stream_is_told_that_it_was_cut() -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask("text/event-stream", followed=True)
