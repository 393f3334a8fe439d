"""A database that tests must leave alone: what they write is noticed, also where they take it away again."""

from typing import TYPE_CHECKING, cast

import psycopg
import pytest

from runner.evidence.suite.main_database import main_database, state_of, watched
from runner.live.workshop import Workshop
from runner.postgres.database import Database

if TYPE_CHECKING:
    from runner.probe import Probe

pytestmark = pytest.mark.servers
HELD = "was written and holds what it held"


class NoSettings:
    """A probe of a service whose settings name no database."""

    environment = property(lambda self: self)

    def named(self) -> dict[str, str]:
        return {}


@pytest.fixture
def database(workshop: Workshop) -> Database:
    made = workshop.new_database()
    with psycopg.connect(made.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (id int); CREATE SCHEMA shop; CREATE TABLE shop.carts (id int)")
        connection.execute("INSERT INTO shop.carts VALUES (1)")
    return made


@pytest.mark.parametrize(
    ("statements", "changed"),
    [
        (["INSERT INTO users VALUES (1); DELETE FROM users"], (f"users {HELD} (delete, insert)",)),
        (["TRUNCATE users"], (f"users {HELD} (truncate)",)),
        (["DROP TABLE users", "CREATE TABLE users (id int)"], ("users was made anew",)),
        (["UPDATE shop.carts SET id = 2"], ("shop.carts has other rows",)),
        (["DROP TABLE shop.carts"], ("shop.carts is gone",)),
        (["BEGIN; INSERT INTO users VALUES (1); TRUNCATE shop.carts; ROLLBACK"], ()),
        (["BEGIN; SAVEPOINT s; INSERT INTO users VALUES (1); ROLLBACK TO s; COMMIT"], ()),
        (["SELECT * FROM users"], ()),
        (["DROP SCHEMA shop CASCADE", "CREATE TABLE new (id int)"], ("shop.carts is gone",)),
    ],
)  # fmt: skip
def test_what_stays_and_what_was_taken_away_again_is_noticed(
    database: Database, statements: list[str], changed: tuple[str, ...]
) -> None:
    before = watched(database)
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
    main = main_database(cast("Probe", NoSettings()), before, database, {})
    assert (main.tables, main.changed) == (2, changed)
    assert not any("gonogo" in name for name in state_of(database))
