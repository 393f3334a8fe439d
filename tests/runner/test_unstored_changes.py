"""Is a success that stored nothing told from one that stored, that is still to come, or that waits for a mail?"""

import json
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from runner.evidence.behaviour import unstored_changes
from runner.evidence.behaviour.unstored_changes import _Look
from runner.http.identities import NOBODY
from runner.http.openapi import Operation, operations_of
from runner.http.requests import Request
from runner.postgres.writes import Fingerprint

PATHS: dict[str, dict[str, dict[str, Any]]] = {
    "/posts": {"post": {}},
    "/posts/{post_id}": {"get": {}, "patch": {}, "put": {}, "delete": {}},
    "/posts/{post_id}/publish": {"post": {}},
    "/posts/{post_id}/comments": {"get": {}, "post": {}},
    "/messages": {
        "get": {"parameters": [{"name": "thread", "in": "query", "required": True, "schema": {"type": "integer"}}]},
        "post": {},
    },
}
OPERATIONS = {one.endpoint: one for one in operations_of({"paths": PATHS})}
SAY = "POST /posts/{post_id}/comments"
CHANGE, DELETE, MAKE = "PATCH /posts/{post_id}", "DELETE /posts/{post_id}", "POST /posts"


class Service:
    """Holds one post, and does with a change what it was told to. Its tables and its postbox are looked at, too."""

    def __init__(self, does: str, status: int, beside: int = 0, shows: Any = None) -> None:
        self.does, self.status, self.rows, self.shows = does, status, 0, shows
        self.taken = 0  # mails
        self.post: dict[str, Any] | None = {"id": 1, "title": "old", "body": "old"}
        self.comments = [{"id": 90 + number} for number in range(beside)]

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith("/comments"):
            return httpx.Response(200, json={"items": self.comments} if self.shows is None else self.shows)
        if request.method == "GET":
            there = self.post if request.url.path == "/posts/1" else None
            return httpx.Response(200, json=there) if there else httpx.Response(404)
        if self.does == "stores":
            self.rows += 1
        if self.does in {"stores", "elsewhere"}:
            self.post = None if request.method == "DELETE" else {**(self.post or {}), **json.loads(request.content)}
            self.comments.append({"id": 2})
        self.taken += self.does == "mails"
        return httpx.Response(self.status, json={"id": 2})

    def look(self) -> Fingerprint:
        return Fingerprint({"posts": str(self.rows)})


def asked(endpoint: str, does: str, status: int = 200, beside: int = 0, shows: Any = None) -> _Look:
    service = Service(does, status, beside, shows)
    operation = OPERATIONS[endpoint]
    here: Any = SimpleNamespace(
        requests=SimpleNamespace(
            operations=tuple(OPERATIONS.values()),
            document={},
            example=lambda op, _: Request(operation=op, path=op.path),
        ),
        people=SimpleNamespace(login=None, register=None, log_ins=()),
        client=httpx.Client(transport=httpx.MockTransport(service.answer), base_url="http://service"),
        sign_in_all=lambda: None,
        present=("reader",),
        allowed=lambda _: "reader",
        caller=lambda _: NOBODY,
        objects=SimpleNamespace(request=lambda op, _: request_of(op)),
    )
    look = _Look(here, service, service)  # type: ignore[arg-type]
    look.at(operation)
    return look


def request_of(operation: Operation) -> Request:
    body = None if operation.method == "DELETE" else {"title": "new", "body": "old"}
    path = operation.path.replace("{post_id}", "1")
    return Request(operation=operation, path=path, body=body, media_type="application/json" if body else None)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unstored_changes, "SETTLED", 0)
    monkeypatch.setattr(unstored_changes, "SOON", 0)


@pytest.mark.parametrize(
    ("endpoint", "status", "why"),
    [
        (CHANGE, 200, "title is still 'old'"),
        ("PUT /posts/{post_id}", 204, "title is still 'old'"),
        (DELETE, 204, "it can still be read"),
        (MAKE, 201, "/posts/2 answers 404"),
    ],
)
def test_a_success_that_stored_nothing_is_named(endpoint: str, status: int, why: str) -> None:
    look = asked(endpoint, "nothing", status)
    assert [(one.endpoint, one.role, one.status, one.why) for one in look.unstored] == [
        (endpoint, "reader", status, why)
    ]
    assert look.judged == {endpoint}


@pytest.mark.parametrize("does", ["stores", "elsewhere"])
@pytest.mark.parametrize("endpoint", [CHANGE, DELETE])
def test_what_was_stored_is_not_wherever_it_is(endpoint: str, does: str) -> None:
    look = asked(endpoint, does)
    assert (look.unstored, look.judged, look.told) == ([], {endpoint}, 1)


@pytest.mark.parametrize(
    ("endpoint", "does", "status"),
    [
        (CHANGE, "nothing", 202),
        (CHANGE, "nothing", 403),
        (CHANGE, "mails", 200),
        (MAKE, "nothing", 200),
    ],
)
def test_what_is_still_to_come_was_refused_or_waits_for_a_mail_is_not_judged(
    endpoint: str, does: str, status: int
) -> None:
    look = asked(endpoint, does, status)
    assert (look.unstored, look.judged) == ([], set())


def test_only_what_another_operation_shows_is_asked() -> None:
    here: Any = SimpleNamespace(
        requests=SimpleNamespace(operations=tuple(OPERATIONS.values())),
        people=SimpleNamespace(login=None, register=None, log_ins=()),
    )
    read = {endpoint for endpoint, one in OPERATIONS.items() if unstored_changes._read_by(here, one)}
    assert read == {CHANGE, DELETE, MAKE, SAY, "PUT /posts/{post_id}"}


def test_what_is_made_for_a_list_alone_is_looked_for_there() -> None:
    said = [(one.status, one.why) for one in asked(SAY, "nothing", 201, beside=3).unstored]
    assert said == [(201, "/posts/1/comments does not list 2")]
    for does in ("stores", "elsewhere"):
        found = asked(SAY, does, 201)
        assert (found.unstored, found.judged) == ([], {SAY})


def test_a_list_that_may_have_it_on_another_page_tells_nothing() -> None:
    found = asked(SAY, "nothing", 201, beside=10)
    assert (found.unstored, found.judged) == ([], set())


@pytest.mark.parametrize(
    "shows",
    [
        {"id": 5, "name": "Anna"},
        {"up": 3, "down": 1},
        ["python", "sql"],
        [{"name": "python"}],
        {"items": [{"id": 90}, {"name": "pinned"}]},
    ],
)
def test_what_is_no_list_of_such_things_tells_nothing(shows: Any) -> None:
    found = asked(SAY, "nothing", 201, shows=shows)
    assert (found.unstored, found.judged) == ([], set())


def test_a_list_that_is_empty_does_not_hold_it() -> None:
    assert [one.why for one in asked(SAY, "nothing", 201, shows=[]).unstored] == ["/posts/1/comments does not list 2"]
