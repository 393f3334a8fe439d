"""Where nobody signs up, an account is put into the database: of nobody special, and known by its name."""

import json
from collections.abc import Iterator

import httpx
import pytest

from runner.errors import ProbeError
from runner.evidence.accounts.planted_account import planted
from runner.http.callers import Callers
from runner.http.requests import Requests
from runner.live.postgres import Database
from runner.live.workshop import Workshop

TABLES = """
CREATE TABLE teams (id serial PRIMARY KEY, title text NOT NULL);
CREATE TABLE staff_members (
    id serial PRIMARY KEY, email varchar(80) NOT NULL UNIQUE, username varchar(8),
    hashed_password varchar(200) NOT NULL,
    is_active boolean NOT NULL, is_superuser boolean NOT NULL, team_id int NOT NULL REFERENCES teams, boss_id int
);
"""
FIELDS = {name: {"type": "string"} for name in ("email", "password")}
LOGIN = {"type": "object", "required": ["email", "password"], "properties": FIELDS}
DOCUMENT = {
    "paths": {
        "/login": {"post": {"requestBody": {"content": {"application/json": {"schema": LOGIN}}}}},
        "/me": {"get": {"security": [{"b": []}]}},
    }
}


@pytest.fixture
def database() -> Iterator[Database]:
    with Workshop() as workshop:
        made = workshop.new_database()
        made.rows(TABLES)
        yield made


def test_an_account_is_made_with_what_the_table_demands(database: Database) -> None:
    turns = planted(database, "ann@example.com", "secret", ["$hash"])
    assert next(turns) == "staff_members"
    (row,) = database.rows("SELECT * FROM staff_members")
    assert (row["email"], row["username"], row["hashed_password"]) == ("ann@example.com", None, "$hash")
    assert (row["is_active"], row["is_superuser"], row["boss_id"]) == (True, False, None)
    assert next(turns) == "staff_members"
    assert database.rows("SELECT hashed_password AS p FROM staff_members")[0]["p"] == "secret", "as it is, at last"
    assert next(turns, None) is None


def test_without_a_table_of_people_there_is_nobody(database: Database) -> None:
    database.rows("DROP TABLE staff_members")
    assert list(planted(database, "ann@example.com", "secret", ["$hash"])) == []


@pytest.mark.parametrize("taken", [0, 2])
def test_the_way_of_storing_passwords_that_lets_her_in_is_taken(taken: int) -> None:
    tried: list[str] = []

    def service(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/me":
            return httpx.Response(200, json={"id": 7})
        good = len(tried) == taken + 1
        return httpx.Response(200, json={"access_token": json.loads(request.content)["email"]}) if good else NO

    def put_in(name: str, password: str) -> Iterator[str]:
        for _ in range(3):
            tried.append(password)
            yield name

    client = httpx.Client(transport=httpx.MockTransport(service), base_url="http://service")
    people = Callers(Requests(DOCUMENT), client, Database(port=1, name="nowhere"), planted=put_in)
    assert people.one().user_id == 7
    with pytest.raises(ProbeError, match="an account put into the database could not sign in"):
        people.one()


NO = httpx.Response(400, json={"detail": "no"})


def test_a_hash_that_is_too_long_for_its_column_is_left_out(database: Database) -> None:
    database.rows("ALTER TABLE staff_members ALTER hashed_password TYPE varchar(60)")
    turns = planted(database, "ann@example.com", "secret", ["x" * 97, "$hash"])
    assert next(turns) == "staff_members"
    assert database.rows("SELECT hashed_password AS p FROM staff_members")[0]["p"] == "$hash"


def test_what_can_not_be_set_is_no_trouble(database: Database) -> None:
    database.rows("ALTER TABLE staff_members ADD confirmed boolean GENERATED ALWAYS AS (is_active) STORED")
    database.rows("ALTER TABLE staff_members ADD is_admin boolean GENERATED ALWAYS AS (is_superuser) STORED")
    assert next(planted(database, "ann@example.com", "secret", ["$hash"])) == "staff_members"
