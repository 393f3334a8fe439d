"""Does who signed in choose an organisation where the service gives a second token for one, and only there?"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from runner.evidence.accounts.own_group import OwnGroups
from runner.http.identities import Identity, identity_of
from runner.http.requests import Requests
from runner.http.second_step import SecondStep, find_choice
from runner.live.workshop import Workshop

LOGIN = httpx.Request("POST", "http://shop/login")
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def contract(
    path: str = "/auth/select-tenant", sent: str = "tenant_id", answered: str = "access_token", query: str = ""
) -> Requests:
    token = {"type": "object", "properties": {answered: TEXT, "refresh_token": TEXT}}
    body = {"type": "object", "required": [sent], "properties": {sent: NUMBER}}
    one: dict[str, Any] = {"responses": {"200": {"content": {"application/json": {"schema": token}}}}}
    if sent:
        one["requestBody"] = {"content": {"application/json": {"schema": body}}}
    if query:
        one["parameters"] = [{"name": query, "in": "query", "required": True, "schema": NUMBER}]
    return Requests({"paths": {path: {"post": one}}})


@pytest.mark.parametrize(
    ("requests", "name"),
    [
        (contract(), "tenant_id"),
        (contract("/orgs/{org_id}/switch", ""), "org_id"),
        (contract("/auth/switch-workspace", "", query="workspaceId"), "workspaceId"),
        (contract(answered="accessToken"), "tenant_id"),
    ],
)
def test_what_gives_a_token_for_one_organisation_is_the_second_step(requests: Requests, name: str) -> None:
    found = find_choice(requests)
    assert found is not None
    assert found[1] == name


@pytest.mark.parametrize(
    "requests",
    [
        contract("/auth/refresh", "refresh_token"),
        contract("/auth/switch-user", "user_id"),  # who acts in another's name
        contract("/tenants/select", answered="token"),  # any key may be called so
        contract("/devices/register", "device_id"),
        contract("/auth/select-tenant", answered="name"),
    ],
)
def test_what_gives_no_such_token_is_none(requests: Requests) -> None:
    assert find_choice(requests) is None


def test_the_second_token_is_the_one_that_is_sent() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        good = request.headers["authorization"] == "Bearer first" and request.content == b'{"tenant_id": 7}'
        return httpx.Response(200 if good else 401, json={"access_token": "second", "refresh_token": "r2"})

    first = identity_of("user", "ann@x.com", "pw", httpx.Response(200, json={"access_token": "first"}, request=LOGIN))
    notes: list[str] = []
    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://shop")

    def step(group: int | None, identity: Identity = first) -> Identity:
        return SecondStep(contract(), client, lambda _, kind: group if kind == "tenant" else None, notes.append)(
            identity
        )

    second = step(7)
    assert (second.access_token, second.refresh_token) == ("second", "r2")
    assert second.headers["Authorization"] == "Bearer second"
    assert notes == ["POST /auth/select-tenant gives ann@x.com a second token, for an organisation of its own"]
    assert step(8) == first, "refused"
    before = len(asked)
    assert step(None) == first, "it belongs to none"
    assert step(7, Identity(role="user", headers={"Cookie": "a=b"})).access_token == "", "a session has no token"
    assert len(asked) == before


TABLES = """
CREATE TYPE rank AS ENUM ('owner', 'admin', 'staff');
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE tenants (id serial PRIMARY KEY, slug varchar(20) NOT NULL UNIQUE);
CREATE TABLE cash_shifts (
    id serial PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, user_id int REFERENCES users
);
CREATE TABLE user_tenants (
    id serial PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, user_id int NOT NULL REFERENCES users,
    role rank NOT NULL
);
INSERT INTO users (email) VALUES ('ann@x.com'), ('bob@x.com');
"""


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop() as made:
        yield made


def test_each_account_owns_an_organisation(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows(TABLES)
    groups = OwnGroups(database, lambda: ("staff", "platform_admin"))
    ann, bob = groups.of(["ann@x.com"], "tenant"), groups.of(["bob@x.com"], "tenant")
    assert ann != bob
    assert groups.of(["ann@x.com"], "tenant") == ann, "the one that it is in"
    rows = database.rows("SELECT tenant_id AS t, user_id AS u, role::text AS r FROM user_tenants ORDER BY 2")
    assert [(one["t"], one["u"], one["r"]) for one in rows] == [(ann, 1, "owner"), (bob, 2, "owner")]
    assert database.rows("SELECT count(*) AS n FROM cash_shifts")[0]["n"] == 0
    assert groups.of(["eve@x.com"], "tenant") is None
    assert groups.of(["ann@x.com"], "team") is None
