"""What is no trace where SQLite rebuilt a table, and no lock where a column grew on PostgreSQL; and what still is."""

import pytest

from runner.evidence.database.schema import Column, Constraint, Shape, Table
from runner.evidence.database.sqlite_walk import differences
from runner.evidence.database.widening import only_widened

BEFORE = """CREATE TABLE books ( id INTEGER NOT NULL, title VARCHAR(20) DEFAULT 'a, b' NOT NULL, at DATETIME DEFAULT
 CURRENT_TIMESTAMP NOT NULL, CONSTRAINT pk_books PRIMARY KEY (id), CONSTRAINT ck_state CHECK (title IN ('a', 'b)')) )"""
REBUILT = """CREATE TABLE "books" ( id INTEGER NOT NULL, title VARCHAR(20) DEFAULT 'a, b' NOT NULL, at DATETIME
 DEFAULT (CURRENT_TIMESTAMP) NOT NULL, CONSTRAINT ck_state CHECK (title IN ('a', 'b)')),
 CONSTRAINT pk_books PRIMARY KEY (id) )"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DEFAULT 'a, b'", "DEFAULT 'b, a'"),
        ("VARCHAR(20)", "VARCHAR(30)"),
        ("'b)'", "'c)'"),
        (", CONSTRAINT pk_books PRIMARY KEY (id)", ""),
        ("id INTEGER NOT NULL, title", "title"),
    ],
)
def test_rules_in_another_order_are_no_trace_and_anything_else_is(before: str, after: str) -> None:
    flat, rebuilt = (" ".join(text.split()) for text in (BEFORE, REBUILT))
    assert list(differences({"table books": flat}, {"table books": rebuilt})) == []
    assert before in rebuilt
    changed = {"table books": rebuilt.replace(before, after)}
    assert list(differences({"table books": flat}, changed)) == ["table books is not what it was"]


def shape(type_: str) -> Shape:
    check = Constraint(name="ck_name", kind="check", columns=("name",), definition="CHECK (length(name) > 0)")
    return Shape(tables=(Table(name="things", columns=(Column(name="name", type=type_),), constraints=(check,)),))


DROP = "ALTER TABLE things DROP CONSTRAINT IF EXISTS ck_name"
GROW = "ALTER TABLE things ALTER COLUMN name TYPE VARCHAR(9)"
ADD = "ALTER TABLE things ADD CONSTRAINT ck_name CHECK (length(name) > 0) NOT VALID"


@pytest.mark.parametrize(
    ("said", "free"),
    [
        ((DROP, GROW, ADD), True),
        ((GROW, DROP, ADD), False),
        ((DROP, ADD, GROW), False),
        ((GROW,), False),
        ((), False),
        ((DROP.replace("things", "others"), GROW, ADD), False),
        ((DROP.replace("ck_name", "ck_other"), GROW, ADD), False),
    ],
)
def test_a_check_looks_at_rows_only_while_it_is_there(said: tuple[str, ...], free: bool) -> None:  # noqa: FBT001 - drawn
    found = only_widened(shape("character varying(8)"), shape("character varying(9)"), said)
    assert found == ((("things", "name"),) if free else ())
