"""Does an account that has to belong to an organisation get one, and sign in by it?"""

import itertools
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from runner.errors import ProbeError
from runner.http.callers import Callers
from runner.http.objects import Row, Rows
from runner.http.requests import Requests
from runner.postgres.database import Database


def body(**fields: str) -> Mapping[str, Any]:
    schema = {"type": "object", "required": [*fields], "properties": {n: {"type": t} for n, t in fields.items()}}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


ACCOUNT = body(org_id="integer", email="string", password="string")
GUARD: dict[str, Any] = {"security": [{"bearer": []}]}


class Tenants:
    """Each account belongs to an organisation, which its sign-up and its sign-in have to name."""

    def __init__(self, *, open_orgs: bool = True) -> None:
        self.open_orgs, self.orgs, self.numbers = open_orgs, [1], itertools.count(7)
        self.accounts: list[tuple[int, str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        sent, path = json.loads(request.content or b"{}"), request.url.path
        if path == "/orgs" and self.open_orgs:
            self.orgs.append(next(self.numbers))
            return httpx.Response(201, json={"id": self.orgs[-1]})
        if path in {"/register", "/login"}:
            key = (sent["org_id"], sent["email"], sent["password"])
            if path == "/login":
                return httpx.Response(200 if key in self.accounts else 401, json={"access_token": "t"})
            if sent["org_id"] not in self.orgs:
                return httpx.Response(404, json={"detail": "Organization not found"})
            self.accounts.append(key)
            return httpx.Response(201, json={"id": len(self.accounts), "org_id": sent["org_id"]})
        known = request.headers.get("authorization") == "Bearer t"
        return httpx.Response(200 if known and path == "/me" else 401, json={"id": 1})


def people(service: Tenants, *, whole: bool = False, rows: Rows | None = None) -> Callers:
    """`whole`: the contract calls all of it protected."""
    orgs = {**body(name="string"), "responses": {"201": {"description": "made"}}}
    paths = {
        "/register": {"post": ACCOUNT},
        "/login": {"post": ACCOUNT},
        "/orgs": {"post": orgs},
        "/me": {"get": dict(GUARD)},
    }
    document = {"paths": paths, **(GUARD if whole else {})}
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(service))
    found = Callers(Requests(document), client, Database(port=1, name="nowhere"))
    found.sign_ups.rows = rows
    return found


@pytest.mark.parametrize("whole", [False, True])
def test_each_account_gets_an_organisation_of_its_own(*, whole: bool) -> None:
    service = Tenants()
    callers = people(service, whole=whole)
    one, other = callers.one(), callers.one()
    assert (one.signed_in, other.signed_in) == (True, True)
    assert [org for org, _, _ in service.accounts] == [7, 8]
    assert (one.value_of("org_id"), other.value_of("org_id")) == (7, 8)


def test_what_no_stranger_may_make_is_put_into_the_database() -> None:
    asked: list[str] = []

    def rows(word: str, name: str, above: Mapping[str, Any], owner: Any) -> Row:  # noqa: ARG001 - as it is called
        asked.append(word)
        return Row(value=1, owned=False, remove=lambda: None)

    service = Tenants(open_orgs=False)
    assert people(service, rows=rows).one().signed_in
    assert (asked, [org for org, _, _ in service.accounts]) == (["org"], [1])


def test_without_one_the_service_s_own_refusal_is_told() -> None:
    service = Tenants(open_orgs=False)
    service.orgs.clear()
    with pytest.raises(ProbeError, match="Organization not found"):
        people(service).one()
