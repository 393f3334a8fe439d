"""Is just one thing wrong in each bad request, in every place there is?"""

from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.access.cells import Cell
from runner.evidence.access.hardening import _cookie
from runner.evidence.access.matrix import optional
from runner.evidence.access.sign_in import faster
from runner.evidence.access.stored_passwords import HASHES
from runner.evidence.accounts.visit import Visit, roles_of
from runner.evidence.behaviour.attacks import INSIDES, VALID, Answered, Attempt, bad_values, same_twice
from runner.evidence.behaviour.hostile_input import Found
from runner.evidence.behaviour.hostile_sender import Sender
from runner.http.budget import Budget
from runner.http.hostile import privileged, spoilt, with_unknown_field
from runner.http.identities import Identity
from runner.http.requests import Request, Requests
from runner.http.sessions import with_own_secrets
from runner.postgres.writes import Watch
from runner.specification import Specification

SCHEMA = {
    "type": "object",
    "required": ["title", "size"],
    "properties": {"title": {"type": "string"}, "size": {"type": "integer"}, "tags": {"type": "array"}},
}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/things/{thing_id}": {
            "put": {
                "parameters": [
                    {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": SCHEMA}}},
            }
        }
    }
}


def test_every_place_is_spoilt_alone() -> None:
    requests = Requests(DOCUMENT)
    good = requests.example(requests.operations[0], {"thing_id": 5})
    bad = list(spoilt(DOCUMENT, good))
    assert {one.place for one in bad} == {"path.thing_id", "query.page", "body", "body.title", "body.size", "body.tags"}
    for one in (b for b in bad if b.place == "body.title"):
        assert one.request.path == good.path
        assert {k: v for k, v in one.request.body.items() if k != "title"} == {
            k: v for k, v in good.body.items() if k != "title"
        }


def test_half_a_character_travels_as_its_escape() -> None:
    requests = Requests(DOCUMENT)
    good = requests.example(requests.operations[0])
    half = next(one for one in spoilt(DOCUMENT, good) if one.what == "half a character")
    assert b'"\\ud800"' in (half.request.content or b"")


def test_an_unknown_field_is_added_to_a_valid_body() -> None:
    requests = Requests(DOCUMENT)
    changed = with_unknown_field(requests.example(requests.operations[0]))
    assert changed is not None
    assert changed.body["gonogo_unknown"] == "x"


def test_owners_are_only_tried_where_something_is_made() -> None:
    put = Requests(DOCUMENT).operations[0]
    assert ("role", "admin") in list(privileged(put, "admin", 7))
    assert "owner_id" not in dict(privileged(put, "admin", 7))


def test_a_caller_fills_in_what_only_she_knows() -> None:
    requests = Requests(DOCUMENT)
    request = (
        requests.example(requests.operations[0]).with_field("current_password", "?").with_field("refresh_token", "?")
    )
    filled = with_own_secrets(request, Identity(role="r", password="mine", refresh_token="token"))
    assert (filled.body["current_password"], filled.body["refresh_token"]) == ("mine", "token")


def test_roles_are_ordered_by_what_they_may_do() -> None:
    raw = {
        "gonogo": 1,
        "service": {"name": "s", "summary": "s", "owner": "o"},
        "roles": [{"id": "admin", "description": "a"}, {"id": "reader", "description": "r"}],
        "permissions": [{"endpoint": "GET /x", "allow": {"admin": "any"}}],
    }
    assert roles_of(Specification.model_validate(raw)) == ("reader", "admin")
    assert roles_of(None) == ("user",)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"detail": "(psycopg.errors.UniqueViolation) duplicate key"}', True),
        ("Traceback (most recent call last):", True),
        ('{"detail": "INSERT INTO users (email) VALUES"}', True),
        ('{"detail": "Please select a value from the list"}', False),
        ('{"detail": "The post was changed meanwhile: update it again from the start."}', False),
        ('{"detail": "UnmappedInstanceError(\\"Class is not mapped\\")"}', True),
        ('{"title": "HTTPValidationError", "errors": 1}', False),
    ],
)
def test_insides_are_told_from_plain_words(text: str, shown: bool) -> None:  # noqa: FBT001
    assert bool(INSIDES.search(text)) is shown


def test_cookies_hashes_and_clocks() -> None:
    assert _cookie("sid=1; Path=/; HttpOnly", "POST /login").missing == ("Secure", "SameSite")
    assert HASHES.search("$argon2id$v=19$m=19456")
    assert not HASHES.search('"hash": "abc"')
    assert faster((1, 2), (3, 4)) == 1.0
    assert faster((1, 4), (2, 3)) == 0.5


class Shop(Sender):
    """A service that takes everything once, and breaks on what it has already."""

    def __init__(self, requests: Requests) -> None:
        here = SimpleNamespace(
            requests=requests,
            roles=("user",),
            fresh=lambda role: Identity(role=role),
            people=SimpleNamespace(made=0),
            missing={},
            sign_in_all=lambda: None,
        )
        super().__init__(cast("Visit", here), cast("Watch", SimpleNamespace(look=SimpleNamespace)))
        self.taken: set[str] = set()

    def valid(self, operation: Any, role: str) -> Request:  # noqa: ARG002 - as the one it stands for
        return self.here.requests.example(operation)

    def send(self, request: Request, role: str) -> httpx.Response:  # noqa: ARG002
        name = str(request.body.get("title")) if isinstance(request.body, dict) else ""
        broken = name in self.taken
        self.taken.add(name)
        return httpx.Response(500 if broken else 201, json={})


def crashed(tried: Iterable[Attempt]) -> list[Answered]:
    return [one.answered for one in tried if one.crashed]


def posts() -> Requests:
    return Requests(
        {"paths": {"/things": {"post": DOCUMENT["paths"]["/things/{thing_id}"]["put"] | {"parameters": []}}}}
    )


def test_what_was_taken_is_not_sent_again_with_another_thing_wrong() -> None:
    shop = Shop(posts())
    tried = bad_values(shop, shop.here.requests.operations[0], "user")
    assert {one.place for one in crashed(tried)} <= {
        "body",
        "body.title",
    }  # texts that are bad twice, no used-up titles


class Spent:
    """A look's budget of so many questions whether it is spent."""

    def __init__(self, questions: int) -> None:
        self.questions = questions

    @property
    def part_spent(self) -> bool:
        self.questions -= 1
        return self.questions < 0


@pytest.mark.parametrize(("questions", "cut"), [(0, ["POST /things"]), (10_000, [])])
def test_when_its_time_is_up_each_place_still_gets_one_bad_value(questions: int, cut: list[str]) -> None:
    shop = Shop(posts())
    shop.budget = cast("Budget", Spent(questions))
    tried = [one.answered.place for one in bad_values(shop, shop.here.requests.operations[0], "user")]
    assert ({"body", "body.title"} <= {*tried}, shop.cut) == (True, cut)
    assert (len(tried) == len({*tried})) is bool(cut)


def test_an_operation_that_did_not_get_all_of_its_bad_values_is_counted() -> None:
    shop = Shop(posts())
    wanted = len([*bad_values(shop, shop.here.requests.operations[0], "user")])
    shop.budget = cast("Budget", Spent(wanted - 5))
    assert len([*bad_values(shop, shop.here.requests.operations[0], "user")]) < wanted
    assert (shop.cut, shop.short) == ([], ["POST /things"])


class Broken(Shop):
    """A service that fails whatever it is sent."""

    def send(self, request: Request, role: str) -> httpx.Response:  # noqa: ARG002
        return httpx.Response(500, json={})


def test_where_a_valid_request_breaks_it_no_field_is_blamed() -> None:
    shop = Broken(posts())
    tried = bad_values(shop, shop.here.requests.operations[0], "user")
    assert [(one.place, one.what, "twice" in one.curl) for one in crashed(tried)] == [("request", VALID, False)]


def test_the_same_request_a_second_time_is_to_be_refused() -> None:
    shop = Shop(posts())
    tried = same_twice(shop, shop.here.requests.operations[0], "user")
    assert [(one.place, one.what, one.curl.endswith("# twice")) for one in crashed(tried)] == [
        ("request", "the same a second time", True)
    ]


def test_the_fields_in_an_envelope_are_spoilt_where_they_are() -> None:
    inner = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
    schema = {"type": "object", "required": ["article"], "properties": {"article": inner}}
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    requests = Requests({"paths": {"/articles": {"post": body}}})
    operation = requests.operations[0]
    found = [one for one in spoilt(requests.document, requests.example(operation)) if "title" in one.place]
    assert {one.place for one in found} == {"body.article.title"}
    assert all(set(one.request.body) == {"article"} for one in found)


def test_a_read_whose_sign_in_is_optional_was_not_declared_closed() -> None:
    read = Cell(endpoint="GET /articles", role="anonymous", owner="", declared=False, by="security", status=200)
    lenient = frozenset({"GET /articles", "POST /articles"})
    assert optional(read, lenient).declared is None
    assert optional(read, frozenset()).open
    assert optional(replace(read, status=401), lenient).declared is False
    assert optional(replace(read, endpoint="POST /articles"), lenient).open


@pytest.mark.parametrize(
    ("endpoint", "status", "crashes"),
    [
        ("GET /health/ready", 503, 0),
        ("GET /api/v1/healthz", 503, 0),
        ("GET /health/ready", 500, 1),
        ("POST /health", 503, 1),
        ("GET /orders/{order_id}/status", 503, 1),
        ("GET /items", 503, 1),
    ],
)
def test_what_is_there_to_say_that_a_server_is_gone_may_say_so(endpoint: str, status: int, crashes: int) -> None:
    found = Found()
    found.add([Attempt(answered=Answered(endpoint=endpoint, place="request", what=VALID, status=status))])
    assert len(found.crashed) == crashes


def test_each_of_several_moments_is_sent_alone_far_from_the_others() -> None:
    moment = {"type": "string", "format": "date-time"}
    properties = {"version": {"type": "integer"}, "begins": moment, "ends": {"anyOf": [moment, {"type": "null"}]}}
    schema = {"type": "object", "required": ["version"], "properties": properties}
    operation = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    requests = Requests({"paths": {"/stays/{id}": {"patch": operation, "put": operation}}})
    sent = {op.method: list(spoilt(requests.document, requests.example(op))) for op in requests.operations}
    alone = [one for one in sent["PATCH"] if "alone" in one.what]
    assert [(one.place, one.what) for one in alone] == [
        ("body.ends", "the year 2001, sent alone"),
        ("body.begins", "the year 2090, sent alone"),
    ]
    assert [set(one.request.fields) for one in alone] == [{"version", "ends"}, {"version", "begins"}]
    assert not [one for one in sent["PUT"] if "alone" in one.what]


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        ({"type": "string", "maxLength": 12}, "\ufb03" * 12),
        ({"type": "string", "maxLength": 50_000}, None),
        ({"type": "string"}, None),
        ({"type": "string", "maxLength": 60, "format": "email"}, None),
        ({"type": "string", "maxLength": None}, None),
        ({"type": "string", "maxLength": "12"}, None),
    ],
)
def test_a_text_that_just_fits_is_sent_in_letters_that_become_more(schema: dict[str, Any], sent: str | None) -> None:
    body = {"type": "object", "properties": {"name": schema}}
    content = {"application/json": {"schema": body}}
    document = {"paths": {"/people": {"post": {"requestBody": {"content": content}}}}}
    requests = Requests(document)
    grown = [
        one.request.fields["name"]
        for one in spoilt(document, requests.example(requests.operations[0]))
        if one.what == "letters that become more in upper case"
    ]
    assert grown == ([sent] if sent else [])
    assert all(len(one.upper()) > schema["maxLength"] >= len(one) for one in grown)
