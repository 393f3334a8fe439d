"""Were the migrations really applied? What the database's own version table says, and not how a command ended."""

from collections.abc import Sequence

from runner.postgres.database import Database
from runner.postgres.driver import sql
from runner.said import together

# Alembic's table has one column, whatever `version_table` calls it and in whichever schema it is.
VERSION_TABLES = """
SELECT n.nspname AS schema, c.relname AS table
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
GROUP BY 1, 2 HAVING array_agg(a.attname::text) = ARRAY['version_num'] ORDER BY 1, 2
"""


def version_tables(database: Database) -> tuple[str, ...]:
    """The tables in which Alembic keeps its books, with the schema unless that is `public`."""
    found = ((row["schema"], row["table"]) for row in database.rows(VERSION_TABLES))
    return tuple(table if schema == "public" else f"{schema}.{table}" for schema, table in found)


def applied(database: Database) -> tuple[str, ...]:
    """The revisions that the version table names as applied; empty where there is no such table."""
    found: list[str] = []
    with database.connect() as connection:
        for row in connection.execute(VERSION_TABLES.encode()).fetchall():
            name = sql.Identifier(row["schema"], row["table"])
            kept = connection.execute(sql.SQL("SELECT version_num AS id FROM {}").format(name)).fetchall()
            found += [str(one["id"]) for one in kept]
    return tuple(sorted(set(found)))


def said(revisions: Sequence[str]) -> str:
    """`a1, b2`, for a sentence about the version table; `nothing`."""
    return together(revisions) or "nothing"
