"""Switch an account off where no operation does: in the database, by the column that says whether it may be used."""

import re
from contextlib import suppress

from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.postgres.tables import Table, tables_of
from runner.said import say
from runner.vocabulary.people import known_by
from runner.vocabulary.secrets import is_password

ON = re.compile(r"(?:is_?)?(?:account_?|user_?)?(?:active|enabled)", re.IGNORECASE)
OFF = re.compile(
    r"(?:is_?)?(?:account_?|user_?)?(?:disabled|blocked|banned|suspended|deactivated|locked)", re.IGNORECASE
)
TEXTS = frozenset({"character varying", "text", "USER-DEFINED"})


def switch_off(database: Database, person: str) -> str:
    """What was changed to disable the account that signs in by this name; empty where accounts have no switch."""
    done: list[str] = []
    for table in tables_of(database):
        parts = table.columns
        names = [name for name in known_by(parts) if parts[name] in TEXTS]
        switches = {name: value for name, kind in parts.items() if (value := _disabled(name, kind))}
        account = any(map(is_password, parts))  # else it may be that of a newsletter
        if names and switches and account and _set(database, table, switches, names, person):
            done += [
                say("{name}.{name2} became {value}", name=table.name, name2=name, value=value)
                for name, value in switches.items()
            ]
    return ", ".join(done)


def _disabled(name: str, kind: str) -> str:
    """What a disabled account has in this column; empty for any other column."""
    if kind != "boolean":
        return ""
    return "FALSE" if ON.fullmatch(name) else "TRUE" if OFF.fullmatch(name) else ""


def _set(database: Database, table: Table, switches: dict[str, str], names: list[str], person: str) -> bool:
    named = sql.SQL(" OR ").join(sql.SQL("lower({}::text) = lower(%s)").format(sql.Identifier(one)) for one in names)
    parts = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value == "TRUE"))
        for name, value in switches.items()
    )
    statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(table.place, parts, named)
    with suppress(PostgresError), database.connect() as connection:  # a generated column, a CHECK, a trigger
        return connection.execute(statement, [person] * len(names)).rowcount > 0
    return False
