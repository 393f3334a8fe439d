"""Does a list tell of what is hidden from its caller? Against a service by hand: drafts, their list and its filter."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.hidden_children import HiddenChildren, hidden_children
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.objects import Objects
from runner.http.requests import Requests
from runner.postgres.database import Database

SECURED: dict[str, Any] = {"security": [{"bearer": []}], "responses": {}}
POSTS: dict[str, Any] = {
    "/posts": {
        "post": SECURED,
        "get": {"responses": {}, "parameters": [{"name": "author", "in": "query", "schema": {"type": "string"}}]},
    },
    "/posts/latest": {"get": {"responses": {}}},
    "/posts/{post_id}": {
        "get": {"responses": {}, "parameters": [{"name": "post_id", "in": "path", "schema": {"type": "integer"}}]}
    },
}
MAKER, OTHER = (Identity(role="member", email=name, headers={"Authorization": name}) for name in "mo")
Row = dict[str, Any]
Lists = Callable[[list[Row], str], Any]  # all rows, and the author that is asked for


def told(lists: Lists, latest: Callable[[list[Row]], Any] | None = None) -> HiddenChildren:
    rows: list[Row] = []

    def answer(request: httpx.Request) -> httpx.Response:
        who = request.headers.get("authorization", "")
        if request.method == "POST":
            rows.append({"id": len(rows) + 11, "author_id": "m", "open": "open" in request.headers})
            return httpx.Response(201, json=rows[-1])
        if request.url.path == "/posts":
            return httpx.Response(200, json=lists(rows, request.url.params.get("author", "")))
        if request.url.path == "/posts/latest" and latest:
            return httpx.Response(200, json=latest(rows))
        found = next((row for row in rows if request.url.path == f"/posts/{row['id']}"), None)
        seen = found is not None and (found["open"] or who == found["author_id"])
        return httpx.Response(200, json=found) if seen else httpx.Response(404)

    requests = Requests({"paths": POSTS})
    transport = httpx.MockTransport(answer)
    client = httpx.Client(base_url="http://press", transport=transport)
    opening = httpx.Client(base_url="http://press", transport=transport, headers={"open": "yes"})
    people = Callers(requests, client, Database(port=1, name="nowhere"))
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    here = Visit(people=people, specification=None, _known={"member": MAKER, "user": MAKER}, **facts)
    return hidden_children(here, Objects(requests, client), Objects(requests, opening), OTHER)


def page(rows: list[Row], total: int) -> Any:
    return {"items": rows[::-1], "total": total}


def open_ones(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["open"]]


def test_a_list_of_what_everybody_may_read_tells_nothing() -> None:
    found = told(lambda rows, _: page(open_ones(rows), len(open_ones(rows)))).listed
    assert {one.query for one in found} == {"", "author"}, "the list was asked as it is, and by its filter"
    assert not any(one.told for one in found)


def test_one_filter_that_shows_drafts_is_told() -> None:
    found = told(lambda rows, author: page(rows if author else open_ones(rows), 0)).listed
    assert {(one.query, one.signed_in) for one in found if one.shown} == {("author", False), ("author", True)}


def test_a_total_that_counts_drafts_is_told() -> None:
    found = told(lambda rows, _: page(open_ones(rows), len(rows))).listed
    assert {(one.endpoint, one.parent) for one in found if one.counted} == {("GET /posts", "GET /posts/{post_id}")}


@pytest.mark.parametrize("shown", [[], {"items": []}])
def test_a_list_that_shows_nothing_proves_nothing(shown: object) -> None:
    assert told(lambda *_: shown).listed == ()


def test_a_list_below_that_shows_drafts_is_told() -> None:
    found = told(lambda rows, _: open_ones(rows), lambda rows: rows).listed
    assert {one.endpoint for one in found if one.shown} == {"GET /posts/latest"}


@pytest.mark.parametrize(
    "others",
    [
        [{"id": id, "name": "news"} for id in range(40)],
        [{"id": id} for id in range(40)],
        list(range(40)),
        {"months": list(range(40))},
    ],
)
def test_a_list_of_other_things_below_that_have_the_same_numbers_is_no_leak(others: Any) -> None:
    found = told(lambda rows, _: open_ones(rows), lambda _: others).listed
    assert not any(one.told for one in found)
    assert {one.endpoint for one in found} == {"GET /posts"}


def test_a_total_that_grows_is_told_beside_the_size_of_the_page() -> None:
    found = told(lambda rows, _: {"items": open_ones(rows), "total": len(rows), "page": 1, "size": 100}).listed
    assert {one.endpoint for one in found if one.counted} == {"GET /posts"}
