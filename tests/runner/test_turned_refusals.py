"""Is a refusal taken back in memory, and told whether a test of the service notices?"""

import asyncio
import importlib
import json
import re
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

PLUGIN = Path(__file__).parents[2] / "runner" / "guest" / "plugin"
ONE = {"method": "DELETE", "path": "/things/[^/]+", "status": 403, "tests": ["t"]}
Answer = tuple[int, dict[bytes, bytes], bytes]


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLUGIN))
    for name in ("gonogo_turned", "gonogo_tables"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("gonogo_turned")


def sent(turned: ModuleType, method: str, path: str, status: int, body: bytes) -> Answer:
    """What the caller gets of an answer in two pieces."""
    got: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        got.append(message)

    async def answer() -> None:
        out = turned.turning(method, path, send)
        headers = [(b"content-length", b"99"), (b"www-authenticate", b"Bearer"), (b"x-id", b"7")]
        await out({"type": "http.response.start", "status": status, "headers": headers})
        await out({"type": "http.response.body", "body": body[:5], "more_body": True})
        await out({"type": "http.response.body", "body": body[5:]})

    asyncio.run(answer())
    text = b"".join(one.get("body", b"") for one in got[1:])
    return got[0]["status"], dict(got[0]["headers"]), text


def test_a_refusal_becomes_a_success_with_the_same_keys_and_no_words(turned: ModuleType) -> None:
    turned.NOW.update(method="DELETE", path=re.compile("/things/[^/]+"), status=403, turned=0)
    body = json.dumps({"title": "Forbidden", "status": 403, "errors": [{"code": "no"}]}).encode()
    status, headers, text = sent(turned, "DELETE", "/things/5", 403, body)
    assert (status, json.loads(text)) == (200, {"title": "", "status": 0, "errors": [{"code": ""}]})
    assert headers == {b"x-id": b"7", b"content-length": str(len(text)).encode()}
    assert sent(turned, "DELETE", "/things/5", 403, b"Not allowed")[::2] == (200, b"")
    assert sent(turned, "DELETE", "/things/5", 401, b"Who?")[::2] == (401, b"Who?")


def test_other_answers_stay_as_they_are(turned: ModuleType) -> None:
    turned.NOW.update(method="DELETE", path=re.compile("/things/[^/]+"), status=403, turned=0)
    for method, path, status in (("DELETE", "/things/5", 404), ("GET", "/things/5", 403), ("DELETE", "/others/5", 403)):
        assert sent(turned, method, path, status, b"a body")[::2] == (status, b"a body")


class Sent:
    """A test of the service, as the plugin runs it: what its refusal is when it is taken back, and what it says."""

    nodeid = "t"

    def __init__(self, turned: ModuleType, says: list[str], *, reads: bool = False, asks_rows: bool = False) -> None:
        self.turned, self.says, self.reads, self.asks_rows = turned, says, reads, asks_rows

    def run(self) -> list[str]:
        if not self.turned.NOW["path"]:
            return []
        sent(self.turned, "DELETE", "/things/5", 403, b"{}")
        if self.reads:
            sent(self.turned, "GET", "/things/5", 200, b"{}")
        if self.asks_rows:
            self.turned.gonogo_tables.BESIDE[0] += 1
        self.turned.ended()
        return self.says


@pytest.mark.parametrize(
    ("says", "more", "state"),
    [
        (["AssertionError: assert 200 == 403"], {}, "noticed"),
        ([], {}, "unnoticed"),
        (["KeyError: 'title'"], {}, "unnoticed"),
        ([], {"reads": True}, "not tried"),
        ([], {"asks_rows": True}, "not tried"),
        (["AssertionError: 404"], {"reads": True}, "noticed"),
    ],
)
def test_a_test_that_passes_when_it_is_let_in_is_told(
    turned: ModuleType, monkeypatch: pytest.MonkeyPatch, says: list[str], more: dict[str, bool], state: str
) -> None:
    monkeypatch.setattr(turned, "crashes", lambda item: item.run())
    said = turned.verdict(ONE, [Sent(turned, says, **more)], time.monotonic() + 9)
    assert said["state"] == state


def test_nothing_is_turned_outside_of_a_plan(turned: ModuleType) -> None:
    assert sent(turned, "DELETE", "/things/5", 403, b"a body")[::2] == (403, b"a body")
    assert turned.why_of(SimpleNamespace(longrepr="boom")) == "boom"
