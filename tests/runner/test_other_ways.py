"""Who is refused asks in another way: by a parameter of a list, by one field of a change alone."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from runner.evidence.access.cells import ANOTHERS
from runner.http.list_questions import most_rows
from runner.http.other_ways import other_ways
from runner.http.requests import Requests
from runner.model import Outcome
from stages.security import checks_access as checks
from tests.runner.test_walk import SECURED, specification, visit, walked

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
CHANGE = {
    "type": "object",
    "required": ["version"],
    "properties": {"version": NUMBER, "note": TEXT, "visit_id": NUMBER, "password": TEXT},
}
ID = {"name": "finding_id", "in": "path", "required": True, "schema": NUMBER}
FILTERS = [{"name": name, "in": "query", "schema": NUMBER} for name in ("visit_id", "limit", "offset", "from")]
DAY = {"name": "since", "in": "query", "schema": {"type": "string", "format": "date"}}
PATHS: dict[str, Any] = {
    "/findings": {"post": SECURED, "get": {**SECURED, "parameters": [*FILTERS, DAY]}},
    "/findings/{finding_id}": {
        "parameters": [ID],
        "get": SECURED,
        "patch": {**SECURED, "requestBody": {"content": {"application/json": {"schema": CHANGE}}}},
    },
}
MAY = {
    "GET /findings": {"doctor": "any"},
    "POST /findings": {"doctor": "any"},
    "GET /findings/{finding_id}": {"doctor": "any"},
    "PATCH /findings/{finding_id}": {"doctor": "own"},
}
Forgets = Callable[[httpx.Request, set[str]], bool]  # a request, and the fields of its body: is nothing asked?


class Findings:
    """Doctors read all findings and change their own; receptionists do nothing, but where the code `forgets`."""

    def __init__(self, forgets: Forgets) -> None:
        self.forgets, self.whose = forgets, list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        who = request.headers.get("authorization", "")
        if not who:
            return httpx.Response(401)
        sent = json.loads(request.content) if request.method == "PATCH" else {}
        if not self.forgets(request, set(sent)) and not who.startswith("doctor"):
            return httpx.Response(403)
        if request.method == "POST":
            self.whose.append(who)
            return httpx.Response(201, json=self.finding(len(self.whose)))
        if request.url.path == "/findings":
            return httpx.Response(200, json=[])
        number = int(request.url.path.rpartition("/")[2])
        if request.method == "PATCH" and self.whose[number - 1] != who and not self.forgets(request, set(sent)):
            return httpx.Response(403)
        return httpx.Response(200, json=self.finding(number))

    def finding(self, number: int) -> dict[str, object]:
        return {"id": number, "version": 1, "note": "x", "visit_id": 7}


def opened(forgets: Forgets) -> set[tuple[str, str, str]]:
    spec = specification(("receptionist", "doctor"), MAY)
    seen = walked(visit(Findings(forgets), PATHS, spec))
    return {(cell.endpoint, cell.role, cell.way) for cell in seen.cells if cell.open}


def test_what_is_refused_in_every_way_stays_refused() -> None:
    assert opened(lambda *_: False) == set()


def test_a_list_that_lets_a_role_in_by_one_filter_is_open() -> None:
    found = opened(lambda request, _: "visit_id" in request.url.params)
    assert found == {("GET /findings", "receptionist", "visit_id")}


def test_a_change_of_one_field_that_asks_for_no_owner_is_open() -> None:
    found = opened(lambda request, fields: request.method == "PATCH" and fields == {"version", "visit_id"})
    assert ("PATCH /findings/{finding_id}", "doctor", "visit_id") in found
    assert {endpoint for endpoint, _, _ in found} == {"PATCH /findings/{finding_id}"}


def test_the_finding_says_how_somebody_got_in() -> None:
    spec = specification(("receptionist", "doctor"), MAY)
    answer = Findings(lambda request, fields: request.method == "PATCH" and fields == {"version", "visit_id"})
    verdict = checks.own_objects_only(walked(visit(answer, PATHS, spec)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].note == f"doctor, {ANOTHERS} object, asked with `visit_id`: 200"


def test_neither_pages_nor_passwords_are_other_ways() -> None:
    requests = Requests({"paths": PATHS})
    listing, change = requests.find("GET /findings"), requests.find("PATCH /findings/{finding_id}")
    assert listing is not None
    assert change is not None
    assert [way for way, _ in other_ways(requests, requests.example(listing), {})] == ["visit_id", "since"]
    ways = dict(other_ways(requests, requests.example(change), {"visit_id": 7}))
    assert {name: request.fields.keys() for name, request in ways.items()} == {"visit_id": {"version", "visit_id"}}
    assert ways["visit_id"].fields["visit_id"] == 7


def test_yes_is_a_word_in_an_address_and_a_value_in_a_body() -> None:
    yes = {"type": "boolean"}
    body = {"type": "object", "properties": {"done": yes, "note": TEXT}}
    requests = Requests(
        {
            "paths": {
                "/things": {
                    "get": {"parameters": [{"name": "all", "in": "query", "schema": yes}]},
                    "patch": {"requestBody": {"content": {"application/json": {"schema": body}}}},
                }
            }
        }
    )
    read, change = requests.operations
    assert [asked.query["all"] for _, asked in other_ways(requests, requests.example(read), {})] == ["true"]
    sent = [asked.fields for _, asked in other_ways(requests, requests.example(change), {})]
    assert [one["done"] for one in sent if "done" in one] == [True]


@pytest.mark.parametrize(
    ("schema", "most"),
    [
        ({"type": "integer", "maximum": 50}, 50),
        ({"type": "integer", "exclusiveMaximum": 50}, 49),
        ({"type": "integer", "enum": [10, 25, 50]}, 50),
        ({"type": "integer", "maximum": 1000}, 100),
        ({"type": "integer", "maximum": "50"}, 100),
        ({"type": "integer", "maximum": None}, 100),
        ({}, 100),
    ],
)
def test_the_largest_page_is_one_that_the_contract_allows(schema: dict[str, Any], most: int) -> None:
    assert most_rows(schema) == most
