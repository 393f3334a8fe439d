"""A new account that waits for somebody to open a mail: what the link in it would store, stored in the database."""

import re
from collections.abc import Iterator
from contextlib import suppress

from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.postgres.tables import Table, tables_of
from runner.said import say
from runner.vocabulary.people import known_by

FLAG = re.compile(
    r"(?:is_?)?(?:e?mail_?|account_?)?(?:verified|confirmed|activated|active|enabled|approved)", re.IGNORECASE
)
MOMENT = re.compile(r"(?:e?mail_?|account_?)?(?:verified|confirmed|activated)_?(?:at|on)", re.IGNORECASE)
WHOLE = frozenset({"smallint", "integer"})
TRUE, ONE, NOW = sql.SQL("TRUE"), sql.SQL("1"), sql.SQL("now()")


def confirm(database: Database, person: str) -> tuple[str, ...]:
    """Mark the account that signs in by this name as confirmed, where it waits for that; what was changed."""
    return tuple(_confirmed(database, person))


def _confirmed(database: Database, person: str) -> Iterator[str]:
    for table in tables_of(database):
        parts = table.columns
        names = [name for name in known_by(parts) if parts[name] in {"character varying", "text", "USER-DEFINED"}]
        waiting = [(name, value) for name, kind in parts.items() if (value := _awaited(name, kind))]
        for column, value in waiting if names else ():
            if _set(database, table, column, value, names, person):
                yield say("{name}.{column} became {value}", name=table.name, column=column, value=value.as_string())


def _awaited(name: str, kind: str) -> sql.SQL | None:
    """What a confirmed account has in this column; None for any other column."""
    if kind == "boolean" and FLAG.fullmatch(name):
        return TRUE
    if kind in WHOLE and FLAG.fullmatch(name):
        return ONE
    return NOW if kind.startswith("timestamp") and MOMENT.fullmatch(name) else None


def _set(database: Database, table: Table, column: str, value: sql.SQL, names: list[str], person: str) -> bool:
    """For the rows of that person that do not have it yet: was there one?"""
    named = sql.SQL(" OR ").join(sql.SQL("lower({}::text) = lower(%s)").format(sql.Identifier(one)) for one in names)
    part = sql.Identifier(column)
    waits = sql.SQL("{} IS NULL" if value is NOW else "{} IS DISTINCT FROM {}").format(part, value)
    statement = sql.SQL("UPDATE {} SET {} = {} WHERE {} AND ({})").format(table.place, part, value, waits, named)
    with suppress(PostgresError), database.connect() as connection:  # a generated column, a CHECK, a trigger
        return connection.execute(statement, [person] * len(names)).rowcount > 0
    return False
