"""A PostgreSQL server whose clock can be moved: `now()` and its likes, in every database that is made on it.

`CURRENT_TIMESTAMP` is grammar and no function: it goes on telling the real time, as does what a database is made from
`template0` for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from runner.live.postgres import USER, Database, Postgres

# Replaced in place, so that a column's default, which holds on to the function itself, is moved as well. Their bodies
# are texts and no `RETURN`, which PostgreSQL 13 does not know.
MOVABLE = """
CREATE FUNCTION pg_catalog.gonogo_clock() RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(pg_catalog.current_setting('gonogo.clock', true), '0')::pg_catalog.interval $$;
CREATE FUNCTION pg_catalog.gonogo_now() RETURNS timestamptz LANGUAGE internal STABLE PARALLEL SAFE AS 'now';
CREATE FUNCTION pg_catalog.gonogo_statement() RETURNS timestamptz LANGUAGE internal STABLE PARALLEL SAFE
    AS 'statement_timestamp';
CREATE FUNCTION pg_catalog.gonogo_moment() RETURNS timestamptz LANGUAGE internal VOLATILE PARALLEL SAFE
    AS 'clock_timestamp';
CREATE OR REPLACE FUNCTION pg_catalog.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT pg_catalog.gonogo_now() + pg_catalog.gonogo_clock() $$;
CREATE OR REPLACE FUNCTION pg_catalog.transaction_timestamp() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT pg_catalog.gonogo_now() + pg_catalog.gonogo_clock() $$;
CREATE OR REPLACE FUNCTION pg_catalog.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT pg_catalog.gonogo_statement() + pg_catalog.gonogo_clock() $$;
CREATE OR REPLACE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $$ SELECT pg_catalog.gonogo_moment() + pg_catalog.gonogo_clock() $$;
CREATE OR REPLACE FUNCTION pg_catalog.age(timestamptz) RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE STRICT
    AS $$ SELECT pg_catalog.age(pg_catalog.date_trunc('day', pg_catalog.now()), $1) $$;
CREATE OR REPLACE FUNCTION pg_catalog.age(timestamp) RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE STRICT
    AS $$ SELECT pg_catalog.age(pg_catalog.date_trunc('day', pg_catalog.now())::timestamp, $1) $$;
"""
TEMPLATE = "template1"  # what CREATE DATABASE copies where it is not told otherwise


@dataclass(frozen=True, slots=True)
class MovedServer:
    server: Postgres
    number: Callable[[], int]  # one that the run has not used

    def __post_init__(self) -> None:
        for name in (TEMPLATE, USER):
            with self.server.place.database(name).connect() as connection:
                connection.execute(MOVABLE.encode())

    def move(self, by: timedelta) -> None:
        """From now on: for every new connection, whoever opens it."""
        seconds = f"{by.total_seconds():.0f} seconds"
        self.server.place.database(USER).rows(f"ALTER ROLE ALL SET gonogo.clock = '{seconds}'")

    def new_database(self, template: Database | None = None) -> Database:
        return self.server.create(f"gonogo_{self.number()}", template.name if template else TEMPLATE)

    def stop(self) -> None:
        self.server.process.stop(2)
