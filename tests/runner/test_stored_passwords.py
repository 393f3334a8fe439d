"""Are stored passwords without a salt told from good ones? A table in memory, filled by signing up."""

import hashlib
import json
import secrets
from typing import Any, cast

import httpx
import pytest
from psycopg import sql

from runner.evidence.access.stored_passwords import Store
from runner.http.callers import Callers
from runner.http.requests import Requests
from runner.postgres.database import Database

FIELDS = {"email": {"type": "string", "format": "email"}, "password": {"type": "string"}}
BODY = {"type": "object", "properties": FIELDS, "required": ["email", "password"]}
SIGNING_UP = {
    "requestBody": {"content": {"application/json": {"schema": BODY}}},
    "responses": {"201": {"description": "made"}},
}
DOCUMENT: dict[str, Any] = {"paths": {"/register": {"post": SIGNING_UP}, "/login": {"post": SIGNING_UP}}}


class Shop:
    """Signs people up, and keeps them as a database would."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.users: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        salt = secrets.token_hex(8) if self.kind == "salted" else "pepper"
        kept = hashlib.sha512((salt + body["password"]).encode()).hexdigest()
        self.users.append({"email": body["email"], "kept": f"{salt}:{kept}", "since": "2031-01-01T00:00:00+00:00"})
        return httpx.Response(201, json={})

    def rows(self, query: str | sql.Composed, *held: str) -> list[dict[str, Any]]:
        text = query if isinstance(query, str) else query.as_string()
        if "information_schema" in text:
            return [{"schema": "public", "name": "people", "columns": {}}]
        if "t::text AS row" in text:
            return [{"row": str(user)} for user in self.users]
        return [{"row": user} for user in self.users if user["email"] in held]


@pytest.mark.parametrize(("kind", "places"), [("salted", []), ("peppered", ["people.kept"])])
def test_equal_passwords_are_not_stored_alike(kind: str, places: list[str]) -> None:
    shop = Shop(kind)
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(shop))
    database = cast("Database", shop)
    people = Callers(Requests(DOCUMENT), client, database)
    leaks, hashed = Store(people, client, database).look("the password of somebody")
    assert ([leak.where for leak in leaks], hashed) == (places, ())


def test_a_password_in_clear_is_found() -> None:
    shop = Shop("salted")
    shop.users.append({"email": "a@example.com", "kept": "open-sesame-44", "since": ""})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(shop))
    database = cast("Database", shop)
    leaks, _ = Store(Callers(Requests(DOCUMENT), client, database), client, database).look("open-sesame-44")
    assert [(leak.what, leak.where) for leak in leaks] == [("in clear", "people")]


@pytest.mark.parametrize(
    ("kept", "what"),
    [
        (hashlib.sha256(b"open-sesame-44").hexdigest(), "as SHA-256 without salt"),
        (hashlib.md5(b"open-sesame-44").hexdigest().upper(), "as MD5 without salt"),
        (
            "salt7$" + hashlib.sha256(b"salt7open-sesame-44").hexdigest(),
            "as SHA-256 with a salt, which is fast to guess",
        ),
        ("salt7$" + hashlib.sha256(b"salt7another one").hexdigest(), ""),
        (hashlib.pbkdf2_hmac("sha256", b"open-sesame-44", b"salt7", 1000).hex() + ",salt7", ""),
    ],
)
def test_a_fast_digest_of_a_known_password_is_found_salted_or_not(kept: str, what: str) -> None:
    shop = Shop("salted")
    shop.users.append({"email": "a@example.com", "kept": kept, "since": ""})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(shop))
    database = cast("Database", shop)
    store = Store(Callers(Requests(DOCUMENT), client, database), client, database)
    assert [leak.what for leak in store.readable("open-sesame-44")] == ([what] if what else [])
