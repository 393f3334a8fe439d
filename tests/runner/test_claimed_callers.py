"""Is whoever only says who is calling told from a caller with a token?"""

import ast
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.access.claimed_callers import ClaimedCallers
from runner.evidence.access.token_attack import CLAIMED
from runner.evidence.code.asked_headers import Asked, AskedHeaders
from runner.evidence.code.code_names import Code, Module

TOKEN = {"Authorization": "Bearer good"}
Door = Callable[[Mapping[str, str], Mapping[str, str]], bool]


class Asking:
    """A request that a door lets in or not."""

    def __init__(self, door: Door, headers: Mapping[str, str], query: Mapping[str, str]) -> None:
        self.door, self.headers, self.query = door, headers, query

    def with_headers(self, more: Mapping[str, str]) -> "Asking":
        return Asking(self.door, {**self.headers, **more}, self.query)

    def with_query(self, name: str, value: str) -> "Asking":
        return Asking(self.door, self.headers, {**self.query, name: value})

    def send(self, _client: object, headers: Mapping[str, str] | None = None) -> httpx.Response:
        said = {**self.headers, **(headers or {})}
        return httpx.Response(200 if said.get("Authorization") or self.door(said, self.query) else 401)

    def curl(self) -> str:
        return "curl"


def claimed(door: Door, *asked: Asked) -> list[tuple[str, int, bool]]:
    usual = Asking(door, {}, {})
    here = SimpleNamespace(
        client=None,
        fresh=lambda _role: SimpleNamespace(user_id=7, email="ann@x.org"),
        requests=SimpleNamespace(example=lambda _operation: usual),
    )
    protected = SimpleNamespace(
        here=here,
        role="reader",
        operation=SimpleNamespace(endpoint="GET /me"),
        caller=SimpleNamespace(headers=TOKEN),
        carrier=SimpleNamespace(cookie="session"),
        status=lambda headers: usual.send(None, headers).status_code,
        lets_in=lambda: True,
    )
    attacks = ClaimedCallers(cast(Any, protected), asked).attacks()
    return [(one.what, one.status, one.told) for one in attacks if one.kind == CLAIMED]


@pytest.mark.parametrize(
    ("door", "asked", "what"),
    [
        (lambda h, _: h.get("x-user-id") == "7", (), "the header x-user-id: 7 and no token"),
        (lambda h, _: h.get("x-boss") == "true", (Asked(place="header", name="x-boss"),),
         "the header x-boss: true and no token"),
        (lambda _, q: q.get("as") == "ann@x.org", (Asked(place="query", name="as"),),
         "the query as: ann@x.org and no token"),
        (lambda h, _: "uid=7" in h.get("Cookie", ""), (Asked(place="cookie", name="uid"),),
         "the cookie uid: 7 and no token"),
        (lambda h, _: h.get("x-forwarded-for") == "127.0.0.1", (), "X-Forwarded-For: 127.0.0.1 and no token"),
    ],
)  # fmt: skip
def test_a_claim_that_lets_a_caller_in_is_named(door: Door, asked: tuple[Asked, ...], what: str) -> None:
    assert claimed(door, *asked) == [(what, 200, True)]


def test_claims_that_let_nobody_in_are_one_attack_that_was_refused() -> None:
    assert claimed(lambda _h, _q: False) == [("names of callers and no token", 401, True)]


def test_nothing_is_said_where_strangers_are_let_in_or_of_where_the_token_travels() -> None:
    assert claimed(lambda _h, _q: True) == []
    session = Asked(place="cookie", name="session")
    assert claimed(lambda h, _q: "session=" in h.get("Cookie", ""), session)[0][1] == 401


def test_the_names_are_read_from_the_code() -> None:
    code = """
def caller(request, x_user: Annotated[str | None, Header()], boss: str = Header(None, alias="X-Boss"), uid=Cookie()):
    return request.headers.get("X-Gateway") or request.query_params["as"] or request.cookies.get("who")

def middleware(scope):
    raw = dict(scope["headers"]).get(b"x-inside", b"")
    return raw or Headers(scope=scope).get("x-told") or wanted.get("x-other")
"""
    found = AskedHeaders.of(Code(modules=(Module(name="app.a", path="app/a.py", tree=ast.parse(code)),))).asked
    assert {(one.place, one.name) for one in found} == {
        ("header", "x-user"), ("header", "X-Boss"), ("cookie", "uid"), ("header", "x-gateway"), ("query", "as"),
        ("cookie", "who"), ("header", "x-inside"), ("header", "x-told"),
    }  # fmt: skip
