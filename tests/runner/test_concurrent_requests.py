"""Does whoever looks first and writes then lose every time, not only when the machine is quiet? A real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import psycopg

from runner.evidence.accounts.concurrent_requests import AT_ONCE, writes_held
from runner.live.workshop import Workshop
from runner.postgres.database import Database


def look_then_write(database: Database) -> int:
    """How many rows there were before this one was written."""
    with psycopg.connect(database.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM seats").fetchone()
        connection.execute("INSERT INTO seats VALUES (1)")
        return row[0] if row else -1


def test_nobody_writes_before_all_have_looked(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE seats (n int)")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        with writes_held(database) as gather:
            looked = [pool.submit(look_then_write, database) for _ in range(AT_ONCE)]
            gather(AT_ONCE)
        assert [one.result() for one in looked] == [0] * AT_ONCE
    assert database.rows("SELECT count(*) AS n FROM seats") == [{"n": AT_ONCE}]


def test_tables_that_somebody_else_writes_to_are_left_alone(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE seats (n int)")
    with psycopg.connect(database.dsn) as idle:
        idle.execute("INSERT INTO seats VALUES (1)")
        with writes_held(database) as gather:
            database.rows("INSERT INTO seats VALUES (2)")
            gather(0)


def test_a_schema_without_tables_is_no_problem(workshop: Workshop) -> None:
    with writes_held(workshop.new_database()) as gather:
        gather(0)
