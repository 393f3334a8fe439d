"""An account that signed up as anybody does, given the most power that the service knows, right in the database."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from runner.evidence.accounts.planted_account import POWER, TEXTS
from runner.evidence.accounts.planted_role import PlantedRole
from runner.evidence.database.schema import Shape, Table, read_shape
from runner.live.postgres import Database
from runner.vocabulary.people import known_by
from runner.vocabulary.roles import MIGHTY


def raised(database: Database, names: Sequence[str], roles: Sequence[str]) -> tuple[str, ...]:
    """What was given to the account that is known by one of these names: `users.is_admin`, `users.role = admin`.

    `roles`: those that the code names. Empty where its tables know no power.
    """
    shape = read_shape(database)
    return tuple(one for table in shape.tables for one in _given(database, shape, table, names, roles))


def _given(database: Database, shape: Shape, table: Table, names: Sequence[str], roles: Sequence[str]) -> Iterator[str]:
    texts = {one.name for one in table.columns if one.type.startswith(TEXTS)}
    for key in known_by(texts):
        name = _known(database, table, key, names)
        if name is None:
            continue
        for column in table.columns:
            mighty = column.type == "boolean" and POWER.fullmatch(column.name) and MIGHTY.search(column.name)
            if mighty and _set_true(database, table, column.name, key, name):
                yield f"{table.name}.{column.name}"
        yield from PlantedRole(database, shape, table, key, roles).raise_to_most(name)
        return


def _known(database: Database, table: Table, key: str, names: Sequence[str]) -> Any:
    """What stands in this column of the account's row; None where it has none."""
    column = sql.Identifier(key)
    found = sql.SQL("SELECT {} AS name FROM {} WHERE {} = ANY(%s)").format(
        column, sql.Identifier(*table.name.split(".")), column
    )
    with suppress(psycopg.Error), database.connect() as connection:
        row = connection.execute(found, [list(names)]).fetchone()
        return row["name"] if row else None
    return None


def _set_true(database: Database, table: Table, column: str, key: str, name: Any) -> bool:
    change = sql.SQL("UPDATE {} SET {} = TRUE WHERE {} = %s").format(
        sql.Identifier(*table.name.split(".")), sql.Identifier(column), sql.Identifier(key)
    )
    with suppress(psycopg.Error), database.connect() as connection:  # a generated column, a trigger
        return connection.execute(change, [name]).rowcount > 0
    return False
