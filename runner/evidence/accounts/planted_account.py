"""An account put right into the database, for a service in which nobody signs up: there an administrator makes them."""

import itertools
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from runner.evidence.accounts.planted_role import PlantedRole
from runner.evidence.database.planting import Planter
from runner.evidence.database.schema import Shape, Table, read_shape
from runner.http.confirmation import confirm
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.vocabulary.names import words_of
from runner.vocabulary.people import PEOPLE, account_names, known_by
from runner.vocabulary.roles import POWER
from runner.vocabulary.secrets import is_password

GONE = re.compile(
    r"(?:is_?)?(?:deleted|disabled|blocked|banned|locked|archived|deactivated)|del(?:eted?)?_flag", re.IGNORECASE
)
OFF = {"boolean": False, "smallint": 0, "integer": 0}  # also flags that are counted
TEXTS = ("character varying", "text", "citext")


def planted(
    database: Database, name: str, forms: Sequence[str], roles: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Yield after the account has each of these for its stored password: does it sign in now? The table, and which.

    `roles`: those that the code names, the one of a new account first.
    """
    shape = read_shape(database)
    table = next(_of_people(shape), None)
    if table is None or not _inserted(database, shape, table, name, roles):
        return
    confirm(database, name)
    for stored in forms:
        if _stored(database, table, stored, name):
            yield table.name, stored


def take_away(database: Database, table: str, name: str) -> None:
    """An account that nobody gets in with: a password that the service can't read would break its sign-in."""
    one = read_shape(database).table(table)
    if one is not None:
        place, key = sql.Identifier(*one.name.split(".")), sql.Identifier(_key(one))
        with suppress(PostgresError), database.connect() as connection:  # something may refer to it already
            connection.execute(sql.SQL("DELETE FROM {} WHERE {} = %s").format(place, key), [name])


def called(database: Database, table: str, name: str) -> dict[str, str]:
    """By which names the account is known there: `email`, `username`."""
    columns = _names(one) if (one := read_shape(database).table(table)) else []
    told = _row(database, table, name, columns) if columns else {}
    return {column: value for column, value in told.items() if isinstance(value, str)}


def belongs(database: Database, table: str, name: str) -> dict[str, Any]:
    """To what the account belongs there: `org_id`."""
    one = read_shape(database).table(table)
    keys = [key.columns[0] for key in one.of_kind("foreign key") if len(key.columns) == 1] if one else []
    told = _row(database, table, name, keys) if keys else {}
    return {column: str(value) if isinstance(value, uuid.UUID) else value for column, value in told.items() if value}


def _row(database: Database, table: str, name: str, columns: Sequence[str]) -> Mapping[str, Any]:
    one = read_shape(database).table(table)
    if one is None or not _names(one):
        return {}
    rows = sql.SQL("SELECT {} FROM {} WHERE {} = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(*table.split(".")), sql.Identifier(_key(one))
    )
    with database.connect() as connection:
        return connection.execute(rows, [name]).fetchone() or {}


def _stored(database: Database, table: Table, password: str, name: str) -> bool:
    """False where the column does not take it: it may be too short for this kind of hash."""
    with suppress(PostgresError), database.connect() as connection:
        for column in _passwords(table):
            connection.execute(_update(table, column, _key(table)), [password, name])
        return True
    return False


def holds_people(table: Table) -> bool:
    return bool(_passwords(table)) and bool(account_names(_texts(table)))


def _of_people(shape: Shape) -> Iterator[Table]:
    """Those with passwords and what people sign in with, the likeliest first: a `name` alone is one in `users`."""
    yield from (one for one in shape.tables if holds_people(one))
    for one in shape.tables:
        if _passwords(one) and _names(one) and PEOPLE & set(words_of(one.name)):
            yield one


def _passwords(table: Table) -> list[str]:
    return [name for name in _texts(table) if is_password(name) and not name.lower().endswith("salt")]


def _names(table: Table) -> list[str]:
    """The columns that a person is known by, likeliest first; the last one may be a `name` to sign in with."""
    return known_by(_texts(table))


def _texts(table: Table) -> list[str]:
    return [one.name for one in table.columns if one.type.startswith(TEXTS)]


def _key(table: Table) -> str:
    return _names(table)[0]


def _inserted(database: Database, shape: Shape, table: Table, name: str, roles: Sequence[str]) -> bool:
    """A row with what the table demands and no more, of nobody special, under this name; and what it refers to."""
    planter = Planter(database, shape, itertools.count(1))
    role = PlantedRole(database, shape, table, _key(table), roles)
    planter.plant([one for one in demanded(shape, table) if one != table.name])
    with database.connect() as connection:
        if planter._insert(connection, table, 1, 1, sparse=True):  # noqa: SLF001 - one row instead of three
            return False
        place = sql.Identifier(*table.name.split("."))
        newest = sql.SQL("SELECT ctid::text AS place FROM {} ORDER BY ctid DESC LIMIT 1").format(place)
        row = connection.execute(newest).fetchone()
        at = row["place"] if row else ""
        called = sql.SQL("UPDATE {} SET {} = %s WHERE ctid = %s::tid").format(place, sql.Identifier(_key(table)))
        try:
            connection.execute(called, [name, at])
        except PostgresError:  # too long, or kept by a trigger
            return False
        for column in _names(table)[1:]:
            with suppress(PostgresError):  # too long for a user name
                connection.execute(_update(table, column, _key(table)), [name, name])
        for one in table.columns:
            if one.type in OFF and (POWER.fullmatch(one.name) or GONE.fullmatch(one.name)):
                with suppress(PostgresError):  # a generated column
                    connection.execute(_update(table, one.name, _key(table)), [OFF[one.type], name])
    role.give(name)
    return True


def demanded(shape: Shape, table: Table) -> list[str]:
    """The tables that its rows cannot be without, theirs included."""
    found = [table.name]
    for name in found:
        for key in one.of_kind("foreign key") if (one := shape.table(name)) else ():
            columns = [one.column(part) for part in key.columns] if (one := shape.table(name)) else []
            if key.target not in found and all(column is not None and not column.nullable for column in columns):
                found.append(str(key.target))
    return found


def _update(table: Table, column: str, key: str) -> sql.Composed:
    return sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(
        sql.Identifier(*table.name.split(".")), sql.Identifier(column), sql.Identifier(key)
    )
