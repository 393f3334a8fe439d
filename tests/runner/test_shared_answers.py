"""Is a list that one caller left in a cache told from a list that all see alike?"""

from collections.abc import Callable
from typing import Any, cast

import httpx
import pytest

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.shared_answers import SharedAnswer, _Pairs, without_size
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.requests import Requests
from runner.postgres.database import Database

NOTES: dict[str, Any] = {
    "/notes": {
        "post": {"security": [{"bearer": []}], "responses": {"201": {"description": "a note"}}},
        "get": {
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 50}}],
            "security": [{"bearer": []}],
            "responses": {"200": {"description": "notes"}},
        },
    }
}


def shared(answer: Callable[[httpx.Request], httpx.Response]) -> list[SharedAnswer]:
    requests = Requests({"paths": NOTES})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(requests, client, Database(port=1, name="nowhere"))
    numbers = iter(range(100))

    def one(role: str = "user") -> Identity:
        name = f"{role}-{next(numbers)}"
        return Identity(role=role, email=name, headers={"Authorization": name})

    people.one = one  # type: ignore[method-assign]
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    here = Visit(people=people, specification=None, **facts)
    pairs = _Pairs(here, None)
    pairs.at(next(one for one in requests.operations if one.method == "GET"))
    return pairs.shared


class Notes:
    """Lists the notes of each caller who made one, and keeps each list for ever by what `key` makes of the request."""

    def __init__(self, key: Callable[[httpx.Request], object], whose: Callable[[str], str]) -> None:
        self.key, self.whose = key, whose
        self.kept: dict[object, dict[str, Any]] = {}
        self.made = {"everybody's"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        who = request.headers.get("authorization", "")
        if not who:
            return httpx.Response(401)
        if request.method == "POST":
            self.made.add(who)
            return httpx.Response(201, json={"id": 1})
        limit = int(request.url.params.get("limit", 20))
        found = {
            "items": [self.whose(who)] if self.made & {who, self.whose("")} else [],
            "limit": limit,
            "next": f"/notes?limit={limit}&offset=1",
        }
        return httpx.Response(200, json=self.kept.setdefault(self.key(request), found))


def test_a_list_that_a_process_keeps_by_its_parameters_alone_is_named() -> None:
    found = shared(Notes(lambda request: str(request.url), str))
    assert {(one.endpoint, one.caller) for one in found} == {("GET /notes", "another user")}


@pytest.mark.parametrize("whose", [str, lambda _: "everybody's"], ids=["own", "public"])
def test_a_list_that_is_kept_by_its_caller_or_public_is_not(whose: Callable[[str], str]) -> None:
    assert not shared(Notes(lambda request: (request.headers.get("authorization"), str(request.url)), whose))
    assert not shared(Notes(lambda _: object(), whose))


def test_what_an_answer_repeats_of_the_page_size_is_left_out() -> None:
    body = {"items": [{"id": 7, "pages": 97}], "limit": 97, "next": "/notes?limit=97&offset=97"}
    assert without_size(body, cast("Any", {"limit": 97, "q": "x"})) == {
        "items": [{"id": 7}],
        "next": "/notes?&offset=97",
    }
