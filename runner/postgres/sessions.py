"""A database's sessions: which of them wait for a lock, what a transaction of ours holds, and who may come in."""

from collections.abc import Sequence
from typing import LiteralString

from runner.postgres.catalog import WHOLE_TABLES
from runner.postgres.database import Database
from runner.postgres.driver import Connection, sql

WAITING = """
SELECT count(DISTINCT l.pid) AS waiting FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE NOT l.granted AND d.datname = current_database()
"""
LOCKED_OUT = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
ITS_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
CATALOGUE = sql.SQL("pg_catalog.pg_class")  # whoever makes, changes or drops a table writes there


def waiting(connection: Connection) -> int:
    """How many sessions of the connection's database wait for a lock."""
    row = connection.execute(WAITING.encode()).fetchone()
    return int(row["waiting"]) if row else 0


def locked_out(database: Database) -> tuple[int, ...]:
    """The sessions whose statement waits for a lock, by their process numbers."""
    return tuple(int(row["pid"]) for row in database.rows(LOCKED_OUT))


def end_locked_out(database: Database) -> None:
    """The statements that waited end with their client, as when its machine is gone."""
    database.rows(f"SELECT pg_terminate_backend(pid) FROM ({LOCKED_OUT}) AS waiting")  # noqa: S608 - ours


def end_all(admin: Database, database: Database) -> None:
    """`admin`: another database of the same server."""
    admin.rows(ITS_SESSIONS, database.name)


def let_in(admin: Database, database: Database, *, allowed: bool) -> None:
    """May anybody open a new session? `admin`: another database of the same server."""
    words = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}").format(
        sql.Identifier(database.name), sql.SQL("true" if allowed else "false")
    )
    with admin.connect() as connection:
        connection.execute(words)


def lock_all(connection: Connection, mode: LiteralString, within: float) -> None:
    """Every table of the service, until the transaction ends. Raises `PostgresError` where one can't be had.

    `mode`: as `LOCK TABLE` names it; `within`: seconds.
    """
    names = [row["name"] for row in connection.execute(WHOLE_TABLES.encode())]
    if names:
        _lock(connection, [sql.SQL(name) for name in names], mode, within)


def lock_catalogue(connection: Connection, tables: Sequence[str], within: float) -> None:
    """Nobody makes a table, nor writes into one of `tables`, until the transaction ends. As `lock_all`."""
    others = [sql.Identifier(*name.split(".")) for name in tables]
    _lock(connection, [CATALOGUE, *others], "SHARE", within)


def _lock(connection: Connection, tables: Sequence[sql.Composable], mode: LiteralString, within: float) -> None:
    connection.execute(f"SET LOCAL lock_timeout = '{within:g}s'".encode())
    statement = sql.SQL("LOCK TABLE {} IN {} MODE").format(sql.SQL(", ").join(tables), sql.SQL(mode))
    connection.execute(statement)
