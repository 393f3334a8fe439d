"""How many tables a database has, and how many rows stand in each."""

from runner.postgres.catalog import NOT_BOOKS
from runner.postgres.database import Database
from runner.postgres.driver import UndefinedTable, sql

STORED = frozenset({"r", "p"})  # a table, and a partitioned one
TABLES = f"""
    SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND {NOT_BOOKS.format("pg_class.oid")}
    AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
"""  # noqa: S608 - a constant
ESTIMATED = """
    SELECT relname, reltuples::bigint AS n FROM pg_class WHERE relkind = 'r'
    AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
"""


def count_tables(database: Database) -> int:
    """Alembic's own is not counted."""
    return len(database.rows(TABLES))


def estimated_rows(database: Database) -> dict[str, int]:
    """Table → rows, as the planner believes since the last ANALYZE; 0 where it never looked."""
    return {str(row["relname"]): max(int(row["n"]), 0) for row in database.rows(ESTIMATED)}


def count_rows(database: Database, table: str) -> int:
    """Rows that are stored in a table; -1 where there is none of this name, or only a view that makes some up."""
    name = sql.Identifier(*table.split("."))
    kind = database.rows("SELECT relkind::text AS kind FROM pg_class WHERE oid = to_regclass(%s)", name.as_string())
    if not kind or kind[0]["kind"] not in STORED:
        return -1
    try:
        with database.connect() as connection:
            row = connection.execute(sql.SQL("SELECT count(*) AS n FROM {}").format(name)).fetchone()
    except UndefinedTable:
        return -1
    return int(row["n"]) if row else 0
