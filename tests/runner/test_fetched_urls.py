"""A guard that refuses addresses of its own network is told from an operation that refuses everything."""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.behaviour.fetched_urls import UrlField, fetched, refusal
from runner.evidence.behaviour.hostile_sender import Sender
from runner.http.identities import Identity
from runner.http.requests import Request, Requests
from runner.live.canary import Canary

PREVIEW = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string", "format": "uri"}}}
PATHS: dict[str, Any] = {
    "/previews": {"post": {"requestBody": {"content": {"application/json": {"schema": PREVIEW}}}, "responses": {}}}
}


def field(inner: tuple[int, str], elsewhere: tuple[int, str]) -> UrlField:
    """What comes of a field whose service answers so to addresses of this machine, and so to others."""
    requests = Requests({"paths": PATHS})
    operation = next(iter(requests.operations))

    def send(request: Request, _: str) -> httpx.Response:
        url = str(request.fields["url"])
        status, text = inner if "gonogo" in url else elsewhere
        return httpx.Response(status, text=text.format(url=url))

    here = SimpleNamespace(requests=requests, allowed=lambda _: "user", caller=lambda _: Identity(role="user"))
    sender: Any = SimpleNamespace(here=here, valid=lambda op, _: requests.example(op), send=send)
    canary: Any = SimpleNamespace(port=4321, taken=0, heard_since=lambda _: False)
    return fetched(cast("Sender", sender), cast("Canary", canary), operation, "body.url", many=False)


def test_who_refuses_its_own_network_in_other_words_was_asked() -> None:
    found = field((422, "That page is not public."), (422, "The page does not answer."))
    assert (found.asked, found.reached) == (False, True)
    assert field((403, "no"), (502, "no answer from {url}")).reached
    assert field((422, "no"), (200, "ok")).reached


@pytest.mark.parametrize(
    ("inner", "elsewhere"),
    [
        ((422, "{url} can't be read"), (422, "{url} can't be read")),
        ((422, "request 11"), (422, "request 12")),
        ((401, "Sign in."), (401, "Sign in.")),
        ((429, "Slowly."), (422, "no")),
        ((500, "Sorry."), (422, "no")),
        ((422, "no"), (429, "Slowly.")),
        ((422, "no"), (409, "There is one already.")),
        ((422, "no"), (500, "Sorry.")),
        ((422, "no"), (404, "no such post")),
    ],
)
def test_who_refuses_all_alike_says_nothing(inner: tuple[int, str], elsewhere: tuple[int, str]) -> None:
    assert not field(inner, elsewhere).reached


def test_a_refusal_is_known_whatever_address_it_repeats() -> None:
    answer = httpx.Response(422, text="no page at shop.example:81, 2026-01-02T03:04:05Z")
    assert refusal(answer, "http://shop.example:81/x") == "422 no page at …, …"
    assert refusal(None) == ""
