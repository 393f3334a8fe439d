"""The walk through the matrix: a role that can't sign in, and objects that are no longer what they were."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx
import psycopg
import pytest

from runner.errors import ProbeError
from runner.evidence.access.cells import ANOTHERS, OWN, Cell
from runner.evidence.access.matrix import Matrix, Walk, only_outside_production
from runner.evidence.accounts.visit import Visit
from runner.evidence.contract.routes import Routes, routes_of
from runner.evidence.contract.served_app import ServedApp
from runner.http.callers import Callers
from runner.http.identities import Identity
from runner.http.log_ins import Way
from runner.http.objects import Row
from runner.http.requests import Requests
from runner.model import Outcome, weighed
from runner.postgres.database import Database
from runner.postgres.writes import Fingerprint, Watch
from runner.probe import Probe
from runner.specification import Permission, Role, ServiceHead, Specification
from stages.security import checks_access as checks

Answer = Callable[[httpx.Request], httpx.Response]
SECURED: dict[str, Any] = {"security": [{"bearer": []}], "responses": {}}
WHY = "/sessions answered 200 with neither a token nor a cookie"
TEXT = "GET /notes/{note_id}/text"
WHO_MAY = {"GET /notes": {"member": "any", "admin": "any"}, "GET /report": {"admin": "any"}}


class Still:
    """A database in which nothing changes but what a test says."""

    def __init__(self) -> None:
        self.rows = 0

    def look(self) -> Fingerprint:
        return Fingerprint({"notes": str(self.rows)})


def specification(roles: tuple[str, ...], who_may: dict[str, dict[str, str]]) -> Specification:
    return Specification(
        gonogo=1,
        service=ServiceHead(name="x", summary="x", owner="x"),
        roles=tuple(Role(id=role, description=role) for role in roles),
        permissions=tuple(Permission(endpoint=endpoint, allow=cast("Any", may)) for endpoint, may in who_may.items()),
    )


class Planted:
    """Rows that are put into a database: the first of a cake is there, and nobody owns one."""

    def __init__(self, cakes: set[str]) -> None:
        self.cakes = cakes

    def __call__(self, word: str, *_: Any) -> Row | None:
        if word != "cakes":
            return None
        self.cakes.add("planted")
        return Row(value="planted", owned=False, remove=lambda: None)

    def is_shared(self, word: str) -> bool:
        return word == "cakes"


def visit(answer: Answer, paths: dict[str, Any], spec: Specification, absent: tuple[str, ...] = ()) -> Visit:
    requests = Requests({"paths": paths})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    people = Callers(requests, client, Database(port=1, name="nowhere"))
    numbers = iter(range(1000))

    def one(role: str = "user") -> Identity:
        if role in absent:
            raise ProbeError(WHY)
        name = f"{role} {next(numbers)}"
        return Identity(role=role, email=name, headers={"Authorization": name})

    people.one = one  # type: ignore[method-assign]
    facts: dict[str, Any] = {"server": None, "client": client, "database": None, "requests": requests}
    return Visit(
        people=people, specification=spec, _rows=cast("Any", Planted(getattr(answer, "cakes", set()))), **facts
    )


def walked(here: Visit, watch: Still | None = None) -> Matrix:
    cells = tuple(Walk(here, cast("Watch", watch or Still())).cells())
    return Matrix(cells=cells, roles=("anonymous", *here.roles), specified=True, missing=dict(here.missing))


def guarded(request: httpx.Request) -> httpx.Response:
    who = request.headers.get("authorization", "").split()[0:1]
    if who not in (["member"], ["admin"]):
        return httpx.Response(401)
    return httpx.Response(200 if request.url.path == "/notes" or who == ["admin"] else 403, json=[])


def believing(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=[]) if request.headers.get("authorization") else httpx.Response(401)


def matrix(answer: Answer, *absent: str) -> Matrix:
    paths = {"/notes": {"get": SECURED}, "/report": {"get": SECURED}}
    return walked(visit(answer, paths, specification(("member", "admin"), WHO_MAY), absent))


def test_strangers_are_judged_where_one_role_cannot_sign_in() -> None:
    seen = matrix(guarded, "admin")
    verdict = checks.closed_without_sign_in(seen)
    assert verdict.outcome is Outcome.PASSED
    assert [str(one) for one in verdict.shares] == ["4 of 4 requests", "2 of 2 operations"]
    assert {cell.forged for cell in seen.cells if cell.role == "anonymous"} == {True, False}


def test_what_is_half_seen_says_its_share_and_who_is_missing() -> None:
    verdict = checks.roles_get_in(matrix(guarded, "member"))
    assert verdict.outcome is Outcome.PASSED
    assert f"member could not sign in: {WHY}" in verdict.message
    assert "2 of 3 allowed requests" in verdict.message
    assert verdict.message.startswith("let in, as anonymous, admin.")


def test_what_is_seen_of_less_than_half_is_unknown() -> None:
    verdict = checks.roles_get_in(matrix(guarded, "admin"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 of 3 allowed requests" in verdict.message
    assert f"admin could not sign in: {WHY}" in verdict.message


def test_nothing_of_the_missing_role_is_refused() -> None:
    verdict = checks.roles_are_refused(matrix(guarded, "member"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert f"member could not sign in: {WHY}" in verdict.message


def test_where_nobody_signs_in_a_refusal_proves_nothing_and_an_open_operation_is_named() -> None:
    closed = checks.closed_without_sign_in(matrix(guarded, "member", "admin"))
    assert closed.outcome is Outcome.UNKNOWN
    assert f"admin could not sign in: {WHY}" in closed.message
    opened = checks.closed_without_sign_in(matrix(lambda _: httpx.Response(200, json=[]), "member", "admin"))
    assert opened.outcome is Outcome.FAILED


def test_what_the_signed_in_are_told_is_unknown_where_nobody_signs_in() -> None:
    verdict = checks.unknown_or_forbidden(matrix(guarded, "member", "admin"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message.startswith("strangers are told 401; what others are told is not known. member could not")


def test_a_made_up_token_is_a_strangers() -> None:
    verdict = checks.closed_without_sign_in(matrix(believing, "admin"))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].note == "anonymous with a made-up token: 200"


def test_made_up_tokens_are_left_to_the_checks_of_tokens_where_all_sign_in() -> None:
    assert not [cell for cell in matrix(guarded).cells if cell.forged]


class Notes:
    """Notes that everybody may read, and that a DELETE removes, whatever it answers those who are no administrators."""

    def __init__(self, deletes_with: int) -> None:
        self.status, self.made, self.notes, self.watch = deletes_with, 0, dict[str, str](), Still()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        who, number = request.headers.get("authorization", ""), request.url.path.split("/")[2:3]
        if request.method == "POST":
            self.made += 1
            self.notes[str(self.made)] = who
            return httpx.Response(201, json={"id": self.made})
        if not self.notes.pop(number[0], ""):
            return httpx.Response(404)
        if request.method == "DELETE":
            self.watch.rows += 1
            return httpx.Response(204 if who.startswith("admin") else self.status)
        self.notes[number[0]] = "still there"
        return httpx.Response(200, json={"id": int(number[0])})


@pytest.mark.parametrize("status", [204, 303, 403, 500])
def test_a_deleted_object_is_not_used_again_whatever_was_answered(status: int) -> None:
    number = {"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    may = {"DELETE /notes/{note_id}": {"admin": "any"}, TEXT: {"member": "any", "admin": "any"}}
    notes = Notes(status)
    paths = {
        "/notes": {"post": SECURED},
        "/notes/{note_id}": {"delete": SECURED, "parameters": [number]},
        "/notes/{note_id}/text": {"get": SECURED, "parameters": [number]},
    }
    seen = walked(visit(notes, paths, specification(("member", "admin"), may)), notes.watch)
    read: list[Cell] = [cell for cell in seen.cells if cell.endpoint == TEXT]
    assert {cell.owner for cell in read} == {OWN, ANOTHERS}
    assert {cell.status for cell in read if cell.role != "anonymous"} == {200}


def test_nobody_is_signed_in_to_forget_an_object() -> None:
    here = visit(guarded, {"/notes": {"get": SECURED}}, specification(("member",), {}), ("member",))
    here.forget_object(here.requests.operations[0], Identity(role="member"))
    assert here.missing == {}


def test_a_deletion_behind_a_refusal_is_seen_right_after_another_change() -> None:
    number = {"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    paths = {"/notes": {"post": SECURED}, "/notes/{note_id}": {"delete": SECURED, "parameters": [number]}}
    may = {"POST /notes": {"member": "any", "admin": "any"}, "DELETE /notes/{note_id}": {"admin": "any"}}
    notes = Notes(403)
    seen = walked(visit(notes, paths, specification(("admin", "member"), may)), notes.watch)
    hers = [cell for cell in seen.cells if cell.role == "member" and cell.endpoint.startswith("DELETE")]
    assert {(cell.owner, cell.status, cell.written) for cell in hers} == {
        (OWN, 403, ("notes",)),
        (ANOTHERS, 403, ("notes",)),
    }
    assert checks.roles_are_refused(seen).outcome is Outcome.FAILED


def shared(request: httpx.Request) -> httpx.Response:
    """Notes that all who signed in may read; 403 stands for no such note, and only the first account may add any."""
    who, number = request.headers.get("authorization", ""), request.url.path.split("/")[2:3]
    if not who.startswith("member"):
        return httpx.Response(401)
    if request.method == "POST":
        return httpx.Response(201, json={"id": 1}) if who == "member 0" else httpx.Response(429)
    return httpx.Response(200 if number == ["1"] else 403, json={})


def test_a_refusal_of_an_invented_id_is_no_word_on_anothers_object() -> None:
    number = {"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 700}}
    paths = {"/notes": {"post": SECURED}, "/notes/{note_id}": {"get": SECURED, "parameters": [number]}}
    seen = walked(visit(shared, paths, specification(("member",), {"GET /notes/{note_id}": {"member": "own"}})))
    read = {cell.owner: cell for cell in seen.cells if cell.role == "member" and cell.endpoint.startswith("GET")}
    verdict = checks.own_objects_only(seen)
    assert (read[OWN].status, read[ANOTHERS].status) == (200, None), read
    assert verdict.outcome is Outcome.UNKNOWN
    assert "could not POST /notes" in verdict.message


def test_who_could_not_sign_in_for_no_reason_given_is_named_by_the_error() -> None:
    here = visit(guarded, {"/notes": {"get": SECURED}}, specification(("member", "admin"), WHO_MAY))
    one = here.people.one

    def broken(role: str = "user") -> Identity:
        if role == "admin":
            raise psycopg.OperationalError
        return one(role)

    here.people.one = broken  # type: ignore[method-assign]
    assert walked(here).unseen() == "admin could not sign in: OperationalError"


class Emptied(Notes):
    """Notes that are all gone after `DELETE /notes`."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and request.url.path == "/notes":
            self.notes.clear()
            return httpx.Response(204)
        return super().__call__(request)


def test_objects_are_made_anew_after_all_were_deleted() -> None:
    number = {"name": "note_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    change = "PUT /notes/{note_id}/title"
    may = {TEXT: {"member": "any"}, "DELETE /notes": {"member": "any"}, change: {"member": "any"}}
    notes = Emptied(204)
    paths: dict[str, Any] = {
        "/notes/{note_id}/text": {"get": SECURED, "parameters": [number]},
        "/notes": {"delete": SECURED, "post": SECURED},
        "/notes/{note_id}/title": {"put": SECURED, "parameters": [number]},
    }
    seen = walked(visit(notes, paths, specification(("member",), may)), notes.watch)
    changed = [cell for cell in seen.cells if cell.endpoint == change and cell.role == "member"]
    assert {(cell.owner, cell.status) for cell in changed} == {(OWN, 200), (ANOTHERS, 200)}


def test_a_walk_that_takes_too_long_ends_with_what_it_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not asked counts as not seen: less than half is nothing to judge by."""
    monkeypatch.setattr("runner.evidence.access.matrix.LONGEST", -1)
    seen = matrix(guarded)
    assert {cell.status for cell in seen.cells} == {None}
    assert {cell.problem for cell in seen.cells} == {"the 900 s of this look were over"}
    assert weighed(checks.closed_without_sign_in(seen)).outcome is Outcome.UNKNOWN


def test_what_production_does_not_serve_is_no_open_door() -> None:
    """A tool for developers; where production has the same settings, or can't be imported, nothing is taken for one."""
    told = {"kind": "operation", "pattern": "", "prefix": "", "converters": {}, "in_schema": True}
    routes = [told | {"path": path, "methods": ["POST"]} for path in ("/orders", "/dev/users")]
    known = Routes(routes=routes_of(ServedApp(app="x:app", routes=tuple(routes))), models={})

    def probe(*asked: dict[str, Any] | ProbeError, settings: dict[str, str] | None = None) -> Probe:
        def ask(*_: str, env: dict[str, str]) -> dict[str, Any]:
            assert env == settings
            if isinstance(asked[0], ProbeError):
                raise asked[0]
            return asked[0]

        environment = SimpleNamespace(of=lambda production=False: settings if production else {})
        return cast(
            "Probe", SimpleNamespace(environment=environment, ask=ask, target=SimpleNamespace(app="x:app", path=""))
        )

    production = {"ENVIRONMENT": "production"}
    assert only_outside_production(probe({"routes": routes[:1]}, settings=production), known) == ("POST /dev/users",)
    assert only_outside_production(probe({"routes": []}, settings=production), known) == ()
    assert only_outside_production(probe(ProbeError("no"), settings=production), known) == ()
    assert only_outside_production(probe({"routes": routes[:1]}, settings={}), known) == ()


class Shop:
    """Its orders are one's own; what it sells only the administrator makes, and one of both changes is not closed."""

    def __init__(self, *, lists_all: bool) -> None:
        self.lists_all, self.orders, self.cakes = lists_all, dict[str, str](), set[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        who, path, method = request.headers.get("authorization", ""), request.url.path, request.method
        closed = method == "PUT" and "administrator" not in who
        if closed or not who:
            return httpx.Response(403 if who else 401)
        if (method, path) == ("GET", "/orders"):
            seen = [one for one, owner in self.orders.items() if self.lists_all or owner == who]
            return httpx.Response(200, json=[{"id": one} for one in seen])
        if path in {"/orders", "/cakes"}:
            name = str(len(self.orders) + len(self.cakes) + 1)
            self.orders |= {name: who} if path == "/orders" else {}
            self.cakes |= {name} if path == "/cakes" else set()
            return httpx.Response(201, json={"id": name})
        there = path.rpartition("/")[2] in {*self.orders, *self.cakes}
        return httpx.Response(200 if there else 404, json={})


def undeclared(shop: Answer) -> Matrix:
    made = {**SECURED, "responses": {"201": {"description": "made"}}}
    named = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
    paths = {
        "/orders": {"get": SECURED, "post": made},
        "/orders/{id}": {"get": {**SECURED, **named}},
        "/cakes": {"put": made},
        "/cakes/{id}": {"put": {**SECURED, **named}, "delete": {**SECURED, **named}},
    }
    here = visit(shop, paths, cast("Any", None))
    here.people.way = Way(operation=here.requests.operations[0], media="application/json")
    return replace(walked(here), specified=False)


def test_where_nobody_says_whose_it_is_lists_and_refusals_beside_it_do() -> None:
    verdict = checks.own_objects_only(undeclared(Shop(lists_all=False)))
    assert verdict.outcome is Outcome.FAILED
    assert [place.endpoint for place in verdict.places] == ["DELETE /cakes/{id}", "GET /orders/{id}"]
    assert "1 request read what lists show to its owner alone, at GET /orders/{id}" in verdict.message


def test_what_lists_show_to_all_may_be_read_by_all() -> None:
    verdict = checks.own_objects_only(undeclared(Shop(lists_all=True)))
    assert [place.endpoint for place in verdict.places] == ["DELETE /cakes/{id}"]


STEP: dict[str, Any] = {
    **SECURED,
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["state"],
                    "properties": {"state": {"type": "string", "enum": ["asked", "lent", "back"]}},
                }
            }
        }
    },
}


@pytest.mark.parametrize(
    ("guards", "message"),
    [(False, "1 request got in at PUT /till: member: 200"), (True, "requests beyond the caller's role are refused")],
)
def test_a_step_that_can_t_follow_hides_nobody_who_may_not_take_it(guards: bool, message: str) -> None:  # noqa: FBT001
    def till(request: httpx.Request) -> httpx.Response:
        who = request.headers.get("authorization", "").split()[0:1]
        if not who:
            return httpx.Response(401)
        if b"lent" not in request.content:
            return httpx.Response(409)
        return httpx.Response(403 if guards and who != ["admin"] else 200)

    who_may = {"PUT /till": {"admin": "any"}}
    spec = specification(("member", "admin"), who_may)
    verdict = checks.roles_are_refused(walked(visit(till, {"/till": {"put": STEP}}, spec)))
    assert verdict.message == message
