"""Which lists have a cursor, what leads to their next page, and what comes of a walk? Services by hand."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from runner.errors import ProbeError
from runner.evidence.behaviour.cursor_walks import CursorWalk, _Walk, cursor_of, page_of
from runner.http.identities import NOBODY
from runner.http.objects import Objects
from runner.http.openapi import Operation, Parameter
from runner.http.requests import Requests

TEXT = {"type": "string"}


def read(*names: str, schema: dict[str, Any] | None = None) -> Operation:
    given = tuple(Parameter(name=name, place="query", required=False, schema=schema or TEXT) for name in names)
    return Operation(method="GET", path="/notes", parameters=given)


@pytest.mark.parametrize(
    ("names", "cursor"),
    [
        (("limit", "cursor"), "cursor"),
        (("page_token", "page_size"), "page_token"),
        (("starting_after",), "starting_after"),
        (("nextToken",), "nextToken"),
        (("after_id",), "after_id"),
        (("before",), "before"),
        (("limit", "offset"), None),
        (("page", "size"), None),
        (("token",), None),
        (("created_after_days",), None),
    ],
)
def test_a_cursor_is_told_by_its_name(names: tuple[str, ...], cursor: str | None) -> None:
    found = cursor_of(read(*names))
    assert (found.name if found else None) == cursor


def test_a_filter_by_time_is_no_cursor() -> None:
    assert cursor_of(read("after", schema={"type": "string", "format": "date-time"})) is None


@pytest.mark.parametrize(
    ("cursor", "body", "headers", "following"),
    [
        ("cursor", {"items": [{"id": 1}], "next_cursor": "c2"}, {}, "c2"),
        ("cursor", {"data": [{"id": 1}], "meta": {"next": "/notes?limit=2&cursor=c3"}}, {}, "c3"),
        ("cursor", {"items": [{"id": 1}], "next_cursor": None}, {}, ""),
        ("page_token", {"notes": [{"id": 1}], "nextPageToken": "t"}, {}, "t"),
        ("cursor", [{"id": 1}], {"link": '</notes?cursor=c4>; rel="next"'}, "c4"),
        ("starting_after", {"data": [{"id": 7}, {"id": 9}], "has_more": True}, {}, "9"),
        ("cursor", [{"id": 7}], {}, ""),
    ],
)
def test_what_leads_to_the_next_page(cursor: str, body: Any, headers: dict[str, str], following: str) -> None:
    operation = read(cursor)
    answer = httpx.Response(200, content=json.dumps(body), headers={"content-type": "application/json", **headers})
    assert page_of(answer, operation, operation.parameters[0]).next == following


class Notes:
    """Rows by id, newest first, behind the operations of a list."""

    def __init__(self, behind: Callable[["Notes", str], int]) -> None:
        self.rows, self.number, self.behind = list[int](), 0, behind

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.number += 1
            self.rows.insert(0, self.number)
            return httpx.Response(201, json={"id": self.number})
        if request.method == "DELETE":
            self.rows.remove(int(request.url.path.rpartition("/")[2]))
            return httpx.Response(204)
        if request.method == "PATCH":
            return httpx.Response(200, json={"id": int(request.url.path.rpartition("/")[2])})
        start = self.behind(self, request.url.params.get("cursor", ""))
        if start < 0:
            return httpx.Response(404)
        size = int(request.url.params["limit"])
        shown = self.rows[start : start + size]
        more = start + size < len(self.rows)
        told = {"row": shown[-1], "number": start + size} if shown else {}
        return httpx.Response(
            200, json={"items": [{"id": id} for id in shown], "next_cursor": json.dumps(told) if more else None}
        )


class Stamped(Notes):
    """Rows in the order of their last change, the newest first or last, behind a cursor that names its moment."""

    def __init__(self, *, newest_first: bool) -> None:
        super().__init__(self.start)
        self.stamps, self.shown = dict[int, int](), dict[int, int]()
        self.moment, self.newest_first = 0, newest_first

    def __call__(self, request: httpx.Request) -> httpx.Response:
        last = request.url.path.rpartition("/")[2]
        if request.method == "PATCH" and request.content != b"{}":
            self.touch(int(last))
            return httpx.Response(200, json={"id": int(last)})
        answer = super().__call__(request)
        if request.method == "POST":
            self.touch(self.number)
        if request.method == "DELETE":
            del self.stamps[int(last)]
        return answer

    def touch(self, row: int) -> None:
        self.moment += 1
        self.stamps[row] = self.moment
        self.rows.sort(key=self.stamps.__getitem__, reverse=self.newest_first)

    def start(self, _: Notes, cursor: str) -> int:
        """Behind the moment that the last row had when it was shown."""
        before, self.shown = self.shown, dict(self.stamps)
        if not cursor:
            return 0
        last = before.get(row := json.loads(cursor)["row"], self.stamps.get(row, 0))
        behind = [
            last > stamp if self.newest_first else last < stamp for stamp in map(self.stamps.__getitem__, self.rows)
        ]
        return behind.index(True) if True in behind else len(self.rows)


def by_number(_: Notes, cursor: str) -> int:
    return int(json.loads(cursor)["number"]) if cursor else 0


def by_value(notes: Notes, cursor: str) -> int:
    last = json.loads(cursor)["row"] if cursor else 10_000
    return next((n for n, row in enumerate(notes.rows) if row < last), len(notes.rows))


def by_row(notes: Notes, cursor: str) -> int:
    last = json.loads(cursor)["row"] if cursor else None
    return 0 if last is None else notes.rows.index(last) + 1 if last in notes.rows else -1


def walked(service: Notes, *, deletes: bool = True) -> CursorWalk:
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {}}}}}
    texts = {"content": {"application/json": {"schema": {"type": "object", "properties": {"text": TEXT}}}}}
    names = [{"in": "query", "name": name, "schema": TEXT} for name in ("cursor", "limit")]
    paths: dict[str, Any] = {"/notes": {"get": {"parameters": names}, "post": {"requestBody": body}}}
    if deletes:
        paths["/notes/{note_id}"] = {"delete": {}, "patch": {"requestBody": texts}}
    requests = Requests({"paths": paths})
    with httpx.Client(base_url="http://here", transport=httpx.MockTransport(service)) as client:
        here = SimpleNamespace(
            requests=requests,
            client=client,
            objects=Objects(requests, client),
            allowed=lambda _: "anonymous",
            sign_in_all=lambda: None,
            caller=lambda _: NOBODY,
            missing={},
            roles=("user",),
            people=SimpleNamespace(register=None),
        )
        operation = requests.operations[0]
        cursor = cursor_of(operation)
        assert cursor is not None
        walk = CursorWalk(endpoint=operation.endpoint, cursor=cursor.name)
        return _Walk(here, operation, cursor).judged(walk)  # type: ignore[arg-type]


def test_a_cursor_that_holds_values_holds() -> None:
    assert (walked(Notes(by_value)).walked, walked(Notes(by_value)).fault) == (True, "")


def test_a_cursor_that_is_a_number_shows_rows_twice() -> None:
    assert walked(Notes(by_number)).fault == "shows 6 twice while rows are made and deleted before it"


def test_a_cursor_that_needs_its_row_is_lost_with_it() -> None:
    assert walked(Notes(by_row)).fault == "answers 404 to the next page when rows are deleted"


def test_a_cursor_along_the_last_change_skips_what_is_changed_before_its_page() -> None:
    walk = walked(Stamped(newest_first=True))
    assert (walk.walked, walk.fault.partition(" ")[0]) == (True, "skips")
    assert walk.fault.endswith("which somebody changes before its page comes")


def test_a_feed_of_changes_shows_what_is_changed_once_more() -> None:
    assert (walked(Stamped(newest_first=False)).walked, walked(Stamped(newest_first=False)).fault) == (True, "")


def test_a_list_that_repeats_itself_in_peace_is_named_so() -> None:
    assert "though nobody wrote" in walked(Notes(lambda notes, cursor: max(0, by_number(notes, cursor) - 1))).fault


def test_a_list_without_a_maker_is_not_walked() -> None:
    requests = Requests(
        {"paths": {"/notes": {"get": {"parameters": [{"in": "query", "name": "cursor", "schema": TEXT}]}}}}
    )
    operation = requests.operations[0]
    with pytest.raises(ProbeError, match="no operation makes what GET /notes lists"):
        _Walk(SimpleNamespace(requests=requests), operation, operation.parameters[0])  # type: ignore[arg-type]
