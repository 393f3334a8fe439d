"""Does a database really refuse every commit, and say when it can't be made to? A real PostgreSQL."""

import psycopg
import pytest

from runner.errors import ProbeError
from runner.evidence.behaviour.late_commits import no_commit
from runner.live.workshop import Workshop


def test_statements_succeed_and_their_commit_fails_also_in_partitions(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE plain (n int)")
    database.rows("CREATE TABLE parted (n int) PARTITION BY RANGE (n)")
    database.rows("CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9)")
    with no_commit(database):
        for table in ("plain", "parted"):
            with psycopg.connect(database.dsn) as connection:
                connection.execute(f"INSERT INTO {table} VALUES (1)")
                with pytest.raises(psycopg.errors.RaiseException, match="lets no change be committed"):
                    connection.commit()
    database.rows("INSERT INTO plain VALUES (1)")
    assert database.rows("SELECT (SELECT count(*) FROM plain) AS a, (SELECT count(*) FROM parted) AS b") == [
        {"a": 1, "b": 0}
    ]


def test_a_transaction_that_never_ends_is_said_and_waited_for_only_briefly(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.evidence.behaviour.late_commits.LONGEST_LOCK", 1)
    database = workshop.new_database()
    database.rows("CREATE TABLE plain (n int)")
    with psycopg.connect(database.dsn) as idle:
        idle.execute("SELECT * FROM plain")
        with pytest.raises(ProbeError, match="in a transaction that it does not end"), no_commit(database):
            pass
