"""Who wrote into which table, whatever stands in it now? Triggers that keep it in mind, in a schema of their own."""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.postgres.tables import tables_of

KEPT_IN = "gonogo_marks"  # a schema
NAMES = {"marks": sql.Identifier(KEPT_IN)}
# A mark stays only where the transaction that wrote does: a test that takes back what it did leaves none.
MARKS = """
DROP SCHEMA IF EXISTS {marks} CASCADE;
CREATE SCHEMA {marks};
CREATE TABLE {marks}.written (place oid, how text, PRIMARY KEY (place, how));
CREATE FUNCTION {marks}.mark() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO {marks}.written VALUES (TG_RELID, lower(TG_OP)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
"""
MARKED = """
CREATE TRIGGER gonogo_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {marks}.mark()
"""
LEFT = """
SELECT c.oid::regclass::text AS name, coalesce(string_agg(w.how, ', ' ORDER BY w.how), '') AS how,
  bool_or(t.oid IS NOT NULL) AS marked
FROM pg_class c LEFT JOIN {marks}.written w ON w.place = c.oid
LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'gonogo_mark'
WHERE c.oid = ANY (%s::text[]::regclass[]) GROUP BY c.oid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    table: str  # as `Table` writes it for people
    made_anew: bool = False
    how: str = ""  # "delete, insert"


def mark_tables(database: Database) -> None:
    """From now on each table keeps in mind that somebody wrote into it."""
    with database.connect() as connection:
        tables = tables_of(database)
        connection.execute(sql.SQL(MARKS).format(**NAMES))
        for table in tables:
            connection.execute(sql.SQL(MARKED).format(table=table.place, **NAMES))


def take_marks(database: Database) -> Iterator[Mark]:
    """The tables that somebody wrote into or made anew; the marks are gone afterwards.

    It ends early where the marks, or the database, were dropped with everything.
    """
    try:
        with database.connect() as connection:
            for table in tables_of(database):
                row = connection.execute(sql.SQL(LEFT).format(**NAMES), [[table.place.as_string()]]).fetchone()
                if row and table.schema != KEPT_IN and (row["how"] or not row["marked"]):
                    yield Mark(table=str(table), made_anew=not row["marked"], how=row["how"])
            connection.execute(sql.SQL("DROP SCHEMA {marks} CASCADE").format(**NAMES))
    except PostgresError:
        return
