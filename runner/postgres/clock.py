"""A clock of PostgreSQL that can be moved: its own functions, made anew in one database."""

# Replaced in place, so that a column's default, which holds on to the function itself, is moved as well. Their bodies
# are texts and no `RETURN`, which PostgreSQL 13 does not know.
MOVABLE_CLOCK = """
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
