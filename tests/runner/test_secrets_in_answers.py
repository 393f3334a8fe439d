"""Is a hash seen wherever it is told: in a list, and in the answer about one account?"""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from runner.evidence.access.sign_in_tries import Tries
from runner.evidence.access.spilt_secrets import spilt
from runner.evidence.accounts.visit import Visit
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.requests import Requests
from runner.postgres.database import Database

READ: dict[str, Any] = {"get": {"security": [{"bearer": []}], "responses": {}}}
TOKEN = "long-enough-a-token"
PATHS: dict[str, Any] = {"/users": READ, "/users/{user_id}": READ, "/login": {"post": {"responses": {}}}}
REQUESTS = Requests({"paths": PATHS})


def tries(answer: Callable[[httpx.Request], httpx.Response]) -> Tries:
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(REQUESTS, client, Database(port=1, name="nowhere"))
    she = Identity(role="user", user_id=7, password="open-sesame-4", headers={"Authorization": "Bearer x"})
    people.one = lambda _role="user": she  # type: ignore[assignment, method-assign]
    people.login_request = lambda *_: SimpleNamespace(operation=None, fields={})  # type: ignore[assignment, method-assign]
    facts: dict[str, Any] = {
        "server": SimpleNamespace(log=lambda: "started\n"),
        "client": client,
        "database": None,
        "requests": REQUESTS,
    }
    return Tries(Visit(people=people, specification=None, _known={"user": she}, **facts))


@pytest.mark.parametrize("path", ["/users", "/users/7"])
def test_a_hash_is_seen_in_lists_and_in_single_answers(path: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        told = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA" if request.url.path == path else "nothing"
        return httpx.Response(200, json={"told": told})

    seen = spilt(tries(answer))
    leaks = [(leak.endpoint, leak.what) for leak in seen.leaks]
    assert leaks == [(f"GET {path.replace('7', '{user_id}')}", "the hash of a password")]
    assert (seen.read, seen.reads, seen.lines) == (2, 2, 1)


def test_what_no_contract_names_is_read_by_strangers_for_secrets() -> None:
    told = {"/debug": {"env": {"SIGN_WITH": "the-secret"}}, "/reset": {"password": "Xy7!"}, "/build": {"version": "1"}}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=told.get(request.url.path, {}))

    hidden = ["GET /debug", "GET /reset", "GET /build", "GET /more/{id}", "POST /debug"]
    leaks = spilt(tries(answer), "the-secret", hidden).leaks
    assert [(leak.endpoint, leak.what) for leak in leaks] == [
        ("GET /reset", "`password`"),
        ("GET /debug", "a secret of its settings"),
    ]


def test_who_is_turned_away_shows_what_a_refusal_writes_down() -> None:
    """Nothing is logged but where a good token's owner is refused: the token."""
    log: list[str] = ["started"]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/users" and request.headers.get("authorization") == f"Bearer {TOKEN}":
            log.append(f"refused {request.headers['authorization']}")
            return httpx.Response(403, json={})
        return httpx.Response(200, json={})

    here = tries(answer)
    here.canary = replace(here.canary, headers={"Authorization": f"Bearer {TOKEN}"}, access_token=TOKEN)
    here.here.server = SimpleNamespace(log=lambda: "\n".join(log))  # type: ignore[assignment]
    assert [(leak.what, leak.where) for leak in spilt(here).leaks] == [("an access token", "the log: refused Bearer …")]
