"""Does a list show what another made? Ids of every shape, counts, short answers, and a POST on another path."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from runner.evidence.access.cells import ANOTHERS, Cell
from runner.evidence.access.list_leaks import watch_list
from runner.evidence.accounts.visit import Visit
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.listed import ids_of, listed
from runner.http.requests import Requests
from runner.postgres.database import Database

Shape = Callable[[int], Any]
SECURED: dict[str, Any] = {"security": [{"bearer": []}], "responses": {}}
A, B = (Identity(role="member", email=name, headers={"Authorization": name}) for name in "ab")
SHAPES: Mapping[str, Shape] = {
    "id": lambda n: {"id": n},
    "uuid": lambda n: {"uuid": f"00000000-0000-4000-8000-{n:012}"},
    "slug": lambda n: {"slug": f"note-{n}"},
    "of its thing": lambda n: {"taskId": n},
    "nested": lambda n: {"task": {"meta": {"id": n}}, "title": "x"},
    "envelope": lambda n: {"data": {"id": n}},
}


def seen(
    shown: Callable[[str, Mapping[str, list[int]]], Any], made: Shape, path: str = "/tasks", *, filtered: bool = False
) -> Cell:
    """The cell of GET /tasks as `a`, where `shown` says what a caller is answered, and `made` what a POST is.

    `filtered`: asked by `state`, it answers what everybody made.
    """
    owned: dict[str, list[int]] = defaultdict(list)
    numbers = iter(range(100, 200))

    def answer(request: httpx.Request) -> httpx.Response:
        who = request.headers["authorization"]
        if request.method == "GET" and filtered and request.url.params.get("state") == "new":
            return httpx.Response(200, content=json.dumps([made(n) for n in everybodys(owned)]))
        if request.method == "GET":
            return httpx.Response(200, content=json.dumps(shown(who, owned)))
        owned[who].append(next(numbers))
        return httpx.Response(201, content=json.dumps(made(owned[who][-1])))

    paths: dict[str, Any] = defaultdict(dict)
    by_state = [{"name": "state", "in": "query", "schema": {"type": "string"}}]
    paths["/tasks"]["get"] = {**SECURED, "parameters": by_state}
    paths[path]["post"] = SECURED
    requests = Requests({"paths": paths})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(requests, client, Database(port=1, name="nowhere"))
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    here = Visit(people=people, specification=None, _known={"member": A, "user": A}, **facts)
    operation = requests.find("GET /tasks")
    assert operation is not None
    cell = Cell(endpoint="GET /tasks", role="member", owner=ANOTHERS, declared=False)
    return watch_list(here, operation, cell, [B])


def everybodys(owned: Mapping[str, list[int]]) -> list[int]:
    return sorted(number for numbers in owned.values() for number in numbers)


@pytest.mark.parametrize("path", ["/tasks", "/tasks/new", "/task", "/create-task"])
@pytest.mark.parametrize("shape", SHAPES)
def test_ids_of_every_shape_decide(shape: str, path: str) -> None:
    form = SHAPES[shape]
    own = seen(lambda who, owned: [form(n) for n in owned[who]], form, path)
    assert (own.leaked, own.problem, own.undecided) == (False, "", False)
    newest = seen(lambda _, owned: [form(n) for n in everybodys(owned)[::-1][:1]], form, path)
    assert newest.leaked, "a page that is full shows the new one, and grows no longer"


def test_short_answers_are_counted() -> None:
    assert not seen(lambda who, owned: [{"title": "x"} for _ in owned[who]], lambda _: "ok").undecided
    assert seen(lambda _, owned: [{"title": "x"} for _ in everybodys(owned)], lambda _: "ok").leaked


def test_plain_values_are_ids() -> None:
    assert not seen(lambda who, owned: {"ids": owned[who]}, lambda n: {"id": n}).undecided
    assert seen(lambda _, owned: {"ids": everybodys(owned)}, lambda n: {"id": n}).leaked


def test_a_number_alone_is_judged_by_how_it_grows() -> None:
    own = seen(lambda who, owned: {"total": len(owned[who])}, lambda _: "ok")
    assert (own.leaked, own.undecided) == (False, False)
    assert seen(lambda _, owned: {"total": len(everybodys(owned))}, lambda _: "ok").leaked


@pytest.mark.parametrize("name", ["total", "totalCount", "total_items", "count"])
def test_a_total_beside_the_list_that_counts_what_others_made_leaks(name: str) -> None:
    def beside(who: str, owned: Mapping[str, list[int]]) -> Any:
        return {"items": [{"id": n} for n in owned[who]], "page": {name: len(everybodys(owned))}}

    cell = seen(beside, lambda n: {"id": n})
    assert (cell.leaked, cell.counted, cell.problem) == (True, True, "")
    own = seen(
        lambda who, owned: {"items": [{"id": n} for n in owned[who]], name: len(owned[who])}, lambda n: {"id": n}
    )
    assert (own.leaked, own.counted, own.undecided) == (False, False, False)
    shown = seen(lambda _, owned: {"items": [{"id": n} for n in everybodys(owned)], name: 9}, lambda n: {"id": n})
    assert (shown.leaked, shown.counted) == (True, False)


def test_a_full_page_of_the_oldest_proves_nothing() -> None:
    """Nobody's new object is on it, the caller's neither."""
    cell = seen(lambda _, owned: [{"id": n} for n in [1, 2, 3, *everybodys(owned)][:3]], lambda n: {"id": n})
    assert cell.undecided
    assert cell.problem == "GET /tasks does not show member what it made itself"


def test_a_list_that_is_always_empty_proves_nothing() -> None:
    assert seen(lambda *_: [], lambda n: {"id": n}).undecided
    assert seen(lambda *_: {"total": 0}, lambda n: {"id": n}).undecided


def test_a_list_that_nothing_makes_proves_nothing() -> None:
    assert "no operation was found" in seen(lambda *_: [], lambda n: {"id": n}, "/orders").problem


def test_the_id_of_an_owner_is_not_the_objects() -> None:
    assert ids_of({"id": 1, "owner": {"id": 9}, "owner_id": 9}, "task") == {"1"}
    assert listed(200, {"items": [{"id": 1}], "total": 7}, "task").count == 1


def test_a_filter_that_forgets_whose_the_things_are_leaks() -> None:
    def own(who: str, owned: Mapping[str, list[int]]) -> Any:
        return [{"id": n, "state": "new"} for n in owned[who]]

    cell = seen(own, lambda n: {"id": n, "state": "new"}, filtered=True)
    assert (cell.leaked, cell.filtered, cell.curl.count("state=new")) == (True, "state", 1)
    kept = seen(own, lambda n: {"id": n, "state": "new"})
    assert (kept.leaked, kept.filtered, kept.undecided) == (False, "", False)
