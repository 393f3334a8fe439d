"""An account that signed up as anybody does, given the most power that the service knows, right in the database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from runner.evidence.accounts.all_power import AllPower
from runner.evidence.accounts.planted_account import OFF, TEXTS
from runner.evidence.database.named_keys import with_named_keys
from runner.evidence.database.schema import Column, Shape, Table, read_shape
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.vocabulary.people import known_by
from runner.vocabulary.roles import POWER


def raised(
    database: Database, names: Sequence[str], roles: Sequence[str], permissions: Sequence[str] = ()
) -> tuple[str, ...]:
    """What was given to the account that is known by one of these names: `users.is_admin`, `users.role = admin`.

    `roles`, `permissions`: those that the code names. Empty where its tables know no power.
    """
    shape = with_named_keys(read_shape(database))
    return tuple(one for table in shape.tables for one in _given(database, shape, table, names, (roles, permissions)))


def _given(
    database: Database, shape: Shape, table: Table, names: Sequence[str], known: tuple[Sequence[str], Sequence[str]]
) -> Iterator[str]:
    texts = {one.name for one in table.columns if one.type.startswith(TEXTS)}
    for key in known_by(texts):
        row = _row(database, table, key, names)
        if not row:
            continue
        for column in table.columns:
            mighty = column.type in OFF and POWER.fullmatch(column.name)
            if mighty and _set_on(database, table, column, key, row[key]):
                yield f"{table.name}.{column.name}"
        yield from AllPower(database, shape, table, row, *known).give()
        return


def _row(database: Database, table: Table, key: str, names: Sequence[str]) -> Mapping[str, Any]:
    """The account's, known by this column; empty where it has none."""
    found = sql.SQL("SELECT * FROM {} WHERE {} = ANY(%s)").format(
        sql.Identifier(*table.name.split(".")), sql.Identifier(key)
    )
    with suppress(PostgresError), database.connect() as connection:
        return connection.execute(found, [list(names)]).fetchone() or {}
    return {}


def _set_on(database: Database, table: Table, column: Column, key: str, name: Any) -> bool:
    change = sql.SQL("UPDATE {} SET {} = {} WHERE {} = %s").format(
        sql.Identifier(*table.name.split(".")),
        sql.Identifier(column.name),
        sql.SQL("TRUE" if column.type == "boolean" else "1"),
        sql.Identifier(key),
    )
    with suppress(PostgresError), database.connect() as connection:  # a generated column, a trigger
        return connection.execute(change, [name]).rowcount > 0
    return False
