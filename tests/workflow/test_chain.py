"""Is every alteration of a ledger named, and refused where the database can refuse it?"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from runner.model import Outcome
from runner.reuse.pieces import Piece, seal
from tests.workflow.forging import forging
from tests.workflow.records import a_document, a_finding, a_run
from workflow.ledger import Ledger, RunState, StageResult, open_ledger
from workflow.ledger.digest import KEYS, RENEWED

TABLES = [*KEYS, "link"]


def filled(ledger: Ledger) -> int:
    """Two runs with something of everything, and one that has not ended; returns the first."""
    ids = [ledger.begin(a_run(by="Bo <bo@example.org>")) for _ in range(3)]
    for id in ids:
        ledger.add_finding(id, a_finding(outcome=Outcome.PASSED))
        ledger.add_finding(id, a_finding(check="DB004"))
        ledger.add_document(id, a_document(f"# {id}\n".encode()))
        ledger.add_note(id, "The migration history", "collected", 1)
        ledger.kept("/srv/shop").keep("Kind", id, Piece(trace="{}", content=b"[]", seal=seal("{}", b"[]")))
        ledger.kept("/srv/shop").keep_text(f"a listing of run {id}")
        ledger.add_stage(id, StageResult(slug="database", verdict="NO-GO", seconds=1))
    for id in ids[:2]:
        ledger.end(id, RunState.FINISHED, "NO-GO")
    return ids[0]


def test_what_was_written_is_verified_and_the_head_is_known_again(ledger: Ledger) -> None:
    filled(ledger)
    found = ledger.verify()
    assert (found.altered, found.known) == ((), True)
    assert found.links > 20
    ledger.add_note(ledger.begin(a_run()), "more", "collected")
    assert ledger.verify(found.head).known
    assert not ledger.verify("f" * 64).known


def test_a_kept_piece_that_had_its_time_may_go(ledger: Ledger) -> None:
    id = filled(ledger)
    for number in range(8):
        content = f"[{number}]".encode()
        ledger.kept("/srv/shop").keep("Kind", id, Piece(trace="{}", content=content, seal=seal("{}", content)))
    assert ledger.verify().altered == ()


def test_the_database_itself_refuses_to_change_what_was_written(ledger: Ledger, url: str) -> None:
    filled(ledger)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    for table in ("run", "finding", "stage", "artifact", "content", "note", "link", "service"):
        first = next(iter(SQLModel.metadata.tables[table].columns)).name
        changes = [f"DELETE FROM {table}"] + ([f"UPDATE {table} SET {first} = {first}"] if table != "service" else [])
        for change in changes:
            with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
                connection.execute(text(change))
    engine.dispose()
    assert ledger.verify().altered == ()


def test_an_altered_outcome_is_named_by_verify_and_its_run_proves_nothing(ledger: Ledger, url: str) -> None:
    id = filled(ledger)
    with forging(url) as connection:
        connection.execute(text("UPDATE finding SET outcome = 'passed' WHERE \"check\" = 'DB004' AND run_id = 1"))
        connection.execute(text("UPDATE run SET verdict = 'GO' WHERE id = 2"))
    first = ledger.verify().altered[0]
    assert "of run 1 (DB004) was altered" in first
    assert ledger.run(id).altered == first
    assert ledger.run(2).verdict is None
    assert [run.altered for run in ledger.runs("/srv/shop")] == ["", "run 2 was altered", ""]


def test_a_link_that_was_made_to_fit_an_altered_row_breaks_the_chain(ledger: Ledger, url: str) -> None:
    """Who knows how links are made alters the row and its link; the next link tells."""
    from workflow.ledger.digest import digest_of, hash_of  # noqa: PLC0415 - the forger's tools

    id = filled(ledger)
    with forging(url) as connection:
        findings, links = (SQLModel.metadata.tables[name] for name in ("finding", "link"))
        row = dict(connection.execute(select(findings).where(findings.c.run_id == id)).mappings().first() or {})
        row["outcome"] = "passed"
        connection.execute(update(findings).where(findings.c.id == row["id"]).values(outcome="passed", step="3.4"))
        digest = digest_of("finding", row | {"step": "3.4"})
        mine = (links.c.kind == "finding") & (links.c.key == str(row["id"]))
        link = connection.execute(select(links).where(mine)).mappings().one()
        forged = hash_of(link["before"], "finding", link["key"], digest, id)
        connection.execute(update(links).where(mine).values(digest=digest, hash=forged))
    assert "was removed or altered" in ledger.verify().altered[0]
    assert "was removed or altered" in ledger.run(id).altered


def test_an_older_ledger_is_linked_when_it_is_opened(url: str) -> None:
    from alembic import command  # noqa: PLC0415 - slow

    from workflow.ledger.schema import alembic_config  # noqa: PLC0415

    ledger = open_ledger(url)
    filled(ledger)
    ledger.close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0003")
    engine.dispose()
    again = open_ledger(url)
    assert again.verify().altered == ()
    assert again.run(1).altered == ""
    again.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "ledger.db"
    ledger = open_ledger(f"sqlite:///{path}")
    filled(ledger)
    ledger.close()
    return path


@settings(max_examples=80, deadline=None)
@given(data=some.data())
def test_any_edit_of_any_row_is_named(whole: Path, data: some.DataObject) -> None:
    copy = whole.with_name("copy.db")
    copyfile(whole, copy)
    with forging(f"sqlite:///{copy}") as connection:
        kind, name = an_edit(connection, data)
    ledger = open_ledger(f"sqlite:///{copy}")
    altered = ledger.verify().altered
    ledger.close()
    assert altered
    assert kind in altered[0]
    assert name in altered[0]


def an_edit(connection: Connection, data: some.DataObject) -> tuple[str, str]:
    """Makes one, and returns what a sentence about it must say."""
    kind = data.draw(some.sampled_from([name for name in TABLES if name != "decision"]))
    table = Table(kind, MetaData(), autoload_with=connection)  # its values as the database has them
    rows = [dict(row) for row in connection.execute(select(table)).mappings()]
    row = data.draw(some.sampled_from(rows))
    mine = [table.c[name] == row[name] for name in KEYS.get(kind, ("id",))]
    if kind != "kept" and data.draw(some.booleans()):
        connection.execute(delete(table).where(*mine))
        if kind == "link":
            return "", "run 2 was altered" if row == rows[-1] else f"link {row['id'] + 1} ("
    else:
        free = RENEWED.get(kind, set()) if row.get("ended") is None else set()
        keys = {*KEYS.get(kind, ("id",))}
        column = data.draw(some.sampled_from([c for c in table.columns if c.name not in free | keys]))
        connection.execute(update(table).where(*mine).values({column.name: another(column, row[column.name])}))
    return kind, f"{row['id']} (" if kind == "link" else str(row[KEYS[kind][-1]])


def another(column: Column[Any], value: Any) -> Any:  # noqa: PLR0911 - one for each kind
    """A value that the column can hold, and that is not this one."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case datetime():
            return value + timedelta(seconds=1)
        case bytes():
            return bytes([value[0] ^ 255]) + value[1:]
        case list():
            return [*value, "more"]
        case dict():
            return value | {"message": "another"}
        case str():
            return value + "!"
        case _:
            return datetime(2026, 1, 1, tzinfo=UTC) if "DATE" in str(column.type).upper() else "7"
