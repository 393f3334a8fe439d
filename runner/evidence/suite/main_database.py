"""The database that the service's settings name, while the tests run: do they leave it alone?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from runner.errors import NotThere
from runner.live.postgres import Database
from runner.live.tables import tables_of
from runner.live.writes import Watch
from runner.migrator import Migrator
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.names import words_of

TESTS = frozenset({"test", "tests", "testing", "pytest"})
KEPT_IN = "gonogo_marks"  # a schema of its own, while the tests run
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
class MainDatabase:
    """What tests that are well made never see change."""

    tables: int = 0
    changed: tuple[str, ...] = ()  # "users has other rows", "posts is gone"
    setting: str = ""  # that names it: DATABASE_URL
    beside: str = ""  # that names a database for tests, where there is one


def database_for(probe: Probe) -> Database:
    """A migrated database; an empty one for a service without migrations."""
    try:
        return Migrator(probe).usable_database()
    except NotThere:
        return probe.servers.new_database()


def tests_elsewhere(probe: Probe) -> dict[str, str]:
    """The settings that name a database for tests, each with one that is not the service's own."""
    names = [name for name, value in probe.environment.named().items() if "{database" in value and _of_tests(name)]
    given = probe.environment.of(database_for(probe)) if names else {}
    return {name: given[name] for name in names}


def watched(database: Database) -> Mapping[str, str]:
    """A fingerprint of each table's rows; from now on each table keeps in mind that somebody wrote into it."""
    before = state_of(database)
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        tables = tables_of(database)
        connection.execute(sql.SQL(MARKS).format(**NAMES))
        for table in tables:
            connection.execute(sql.SQL(MARKED).format(table=table.place, **NAMES))
    return before


def main_database(
    probe: Probe, before: Mapping[str, str], database: Database, beside: Mapping[str, str]
) -> MainDatabase:
    """What the tests did to a database that was `watched`, which holds no marks from then on."""
    named = (name for name, value in probe.environment.named().items() if "{database" in value and not _of_tests(name))
    marks = {name: how for name, how in _marks(database) if name in before}
    changed = dict(changed_between(before, state_of(database)))
    return MainDatabase(
        tables=len(before),
        changed=tuple(say("{name} {how}", name=name, how=how) for name, how in (marks | changed).items()),
        setting=next(named, ""),
        beside=next(iter(beside), ""),
    )


def state_of(database: Database) -> Mapping[str, str]:
    """A fingerprint of each table's rows; of none where the database is gone."""
    try:
        with Watch(database) as watch:
            return watch.look().tables
    except psycopg.OperationalError:
        return {}


def _marks(database: Database) -> Iterator[tuple[str, str]]:
    """Tables that hold what they held, though somebody wrote there or made them anew; takes the marks away."""
    try:
        with psycopg.connect(database.dsn, autocommit=True) as connection:
            for table in tables_of(database):
                row = connection.execute(sql.SQL(LEFT).format(**NAMES), [[table.place.as_string()]]).fetchone()
                if row and table.schema != KEPT_IN:
                    _, how, marked = row
                    if not marked:
                        yield str(table), say("was made anew")
                    elif how:
                        yield str(table), say("was written and holds what it held ({how})", how=how)
            connection.execute(sql.SQL("DROP SCHEMA {marks} CASCADE").format(**NAMES))
    except psycopg.Error:  # the tests dropped the marks, or the database, with everything
        return


def changed_between(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each table that differs, and how."""
    for name, rows in before.items():
        if name not in after:
            yield name, "is gone"
        elif after[name] != rows:
            yield name, say("has other rows")
    yield from ((name, say("has rows")) for name, rows in after.items() if name not in before and rows)


def _of_tests(name: str) -> bool:
    return bool(TESTS & set(words_of(name)))
