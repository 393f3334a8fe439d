"""Does the revision that follows from two sets of tables lead from one to the other and back, with rows in them?"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text

from runner.errors import WorkflowError
from runner.live.workshop import Workshop
from workflow.service.update.history import head_of, next_id
from workflow.service.update.revision import revision_text
from workflow.service.update.steps import impossible, losses, rewritten, steps_between
from workflow.service.update.tables import tables_of

HEAD = """
import sqlalchemy as sa
from alembic import op
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision = "0001"
down_revision = None
def upgrade():
"""
SUBJECTS = """
    op.create_table("subjects", sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subjects"))
"""
BOOKS = """
    op.create_table("books",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.String(20), nullable=False),
        sa.Column("note", sa.String(9), nullable=True),
        sa.Column("state", sa.String(4), nullable=False),
        sa.Column("subject_id", BIG_ID, nullable=False),
        sa.Column("old", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_books"),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name="fk_books_subject_id_subjects", ondelete="RESTRICT"),
        sa.UniqueConstraint("old", name="uq_books_old"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 20", name=op.f("ck_books_title_length")),
        sa.CheckConstraint("state IN ('new', 'lent')", name=op.f("ck_books_state")))
    op.create_index("ix_books_state_id", "books", ["state", "id"])
    op.create_index("ix_books_subject_id", "books", ["subject_id"])
"""
NEW_BOOKS = """
    op.create_table("books",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.String(30), nullable=False),
        sa.Column("note", sa.String(9), nullable=False),
        sa.Column("state", sa.String(5), nullable=False),
        sa.Column("subject_id", BIG_ID, nullable=True),
        sa.Column("edition", sa.String(40), nullable=False),
        sa.Column("place_id", BIG_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_books"),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name="fk_books_subject_id_subjects", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name="fk_books_place_id_places", ondelete="SET NULL"),
        sa.UniqueConstraint("title", name="uq_books_title"),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 30", name=op.f("ck_books_title_length")),
        sa.CheckConstraint("length(edition) BETWEEN 1 AND 40", name=op.f("ck_books_edition_length")),
        sa.CheckConstraint("state IN ('new', 'lent', 'lost!')", name=op.f("ck_books_state")))
    op.create_index("ix_books_state_edition", "books", ["state", "edition"])
    op.create_index("ix_books_subject_id", "books", ["subject_id"])
    op.create_index("ix_books_place_id", "books", ["place_id"])
"""
LOANS = """
    op.create_table("loans", sa.Column("book_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("book_id", name="pk_loans"),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_loans_book_id_books", ondelete="CASCADE"))
"""
PLACES = """
    op.create_table("places", sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_places"))
"""
FILLS = {("books", "edition"): "'first'", ("books", "note"): "'none'", ("books", "old"): "7"}


def files(*parts: str) -> dict[str, bytes]:
    return {"migrations/versions/0001_first.py": (HEAD + "".join(parts)).encode()}


OLD = files(SUBJECTS, BOOKS, LOANS)
NEW = files(SUBJECTS, PLACES, NEW_BOOKS, LOANS)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, workshop: Workshop) -> Iterator[Engine]:
    if request.param == "sqlite":
        found = create_engine(f"sqlite:///{tmp_path / 'service.db'}")
        event.listen(found, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
    else:
        found = create_engine(workshop.new_database().dsn.replace("postgresql://", "postgresql+psycopg://"))
    yield found
    found.dispose()


def loaded(folder: Path, source: str) -> ModuleType:
    file = folder / f"revision_{len(list(folder.iterdir()))}.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """As `env.py` of a service does, with the naming convention of its models."""
    names = MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"target_metadata": names, "transaction_per_migration": True}
        )
        with Operations.context(context), context.begin_transaction(_per_migration=True):
            yield connection


def shape(engine: Engine) -> dict[str, Any]:
    """Everything of the tables but the defaults, which may stay, and the order of columns."""
    seen = inspect(engine)
    return {
        table: {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)),
            "checks": sorted((c["name"], c["sqltext"]) for c in seen.get_check_constraints(table)),
            "unique": sorted((c["name"], tuple(c["column_names"])) for c in seen.get_unique_constraints(table)),
            "foreign": sorted(
                (k["name"], tuple(k["constrained_columns"]), k["referred_table"], k["options"].get("ondelete"))
                for k in seen.get_foreign_keys(table)
            ),
            "indexes": sorted((i["name"], tuple(i["column_names"])) for i in seen.get_indexes(table)),
        }
        for table in sorted(seen.get_table_names())
    }


def revision_between(old: dict[str, bytes], new: dict[str, bytes]) -> str:
    was, now = tables_of(old), tables_of(new)
    return revision_text("0002", "0001", steps_between(was, now), steps_between(now, was), FILLS)


def source(held: dict[str, bytes]) -> str:
    return next(iter(held.values())).decode()


def fresh_shape(engine: Engine, folder: Path) -> dict[str, Any]:
    """Of the new tables where they are made at once; nothing of them stays."""
    with migrating(engine):
        loaded(folder, source(NEW)).upgrade()
    found = shape(engine)
    say(engine, *(f"DROP TABLE {table}" for table in ("loans", "books", "places", "subjects")))
    return found


def say(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for one in statements:
            connection.execute(text(one))


def asked(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_it_leads_to_the_new_tables_and_back_with_every_row(engine: Engine, tmp_path: Path) -> None:
    wanted = fresh_shape(engine, tmp_path)
    step, first = loaded(tmp_path, revision_between(OLD, NEW)), loaded(tmp_path, source(OLD))
    with migrating(engine):
        first.upgrade()
    before = shape(engine)
    books = "INSERT INTO books (id, title, state, subject_id, old) VALUES (1, 'A', 'new', 1, 3), (2, 'B', 'lent', 1, 7)"
    say(engine, "INSERT INTO subjects (id) VALUES (1)", books, "INSERT INTO loans (book_id) VALUES (1), (2)")
    with migrating(engine):
        step.upgrade()
    assert shape(engine) == wanted
    rows = asked(engine, "SELECT id, title, note, edition, subject_id FROM books ORDER BY id")
    assert rows == [(1, "A", "none", "first", 1), (2, "B", "none", "first", 1)]
    assert asked(engine, "SELECT count(*) FROM loans") == [(2,)], "no row went with the table it refers to"
    say(engine, "INSERT INTO books (id, title, note, state) VALUES (3, 'C', 'x', 'new')")  # a default stays for it
    say(engine, "DELETE FROM books WHERE id > 1")  # so that `old` can be unique again
    say(engine, "UPDATE books SET title = 'a title of twenty-five signs', state = 'lost!'")
    with migrating(engine):
        step.downgrade()
    assert shape(engine) == before
    assert default_of(engine, "books", "old") is None
    assert asked(engine, "SELECT count(*) FROM loans") == [(1,)]
    assert asked(engine, "SELECT title, state FROM books") == [("a title of twenty-fi", "new")]
    with migrating(engine):
        step.upgrade()
    assert shape(engine) == wanted


def default_of(engine: Engine, table: str, column: str) -> object:
    return next(one["default"] for one in inspect(engine).get_columns(table) if one["name"] == column)


def test_it_goes_through_a_second_time_where_the_first_was_interrupted(tmp_path: Path, workshop: Workshop) -> None:
    step, first = loaded(tmp_path, revision_between(OLD, NEW)), loaded(tmp_path, source(OLD))
    engine = create_engine(workshop.new_database().dsn.replace("postgresql://", "postgresql+psycopg://"))
    with migrating(engine):
        first.upgrade()
    for times in range(2):
        with migrating(engine):
            step.upgrade()
        assert "places" in shape(engine), times
    engine.dispose()


def test_what_rows_would_lose_is_said() -> None:
    steps = steps_between(tables_of(OLD), tables_of(NEW))
    assert list(losses(steps, FILLS)) == [
        "books.old is dropped; if it is called edition or place_id now, docs/update.md says how to rename it",
        "books: title is unique now; two rows that are alike stop the migration",
    ]
    back = list(losses(steps_between(tables_of(NEW), tables_of(OLD)), FILLS))
    assert "places: the whole table is dropped, with every row" in back
    assert "books.title: 30 characters becomes 20 characters; a row that does not fit stops the migration" in back


PAIRS = """
    op.create_table("book_{name}s",
        sa.Column("book_id", BIG_ID, nullable=False), sa.Column("{name}_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("book_id", "{name}_id", name="pk_book_{name}s"),
        sa.ForeignKeyConstraint(["book_id"], ["books.id"], name="fk_{name}_book", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["{name}_id"], ["subjects.id"], name="fk_{name}_subject", ondelete="CASCADE"))
    op.create_index("ix_book_{name}s_{name}_id", "book_{name}s", ["{name}_id"])
"""


def test_a_link_comes_goes_and_is_called_otherwise_in_a_table_of_its_own() -> None:
    topics, themes = (files(SUBJECTS, BOOKS, PAIRS.format(name=name)) for name in ("topic", "theme"))
    bare, nothing = files(SUBJECTS, BOOKS), files(SUBJECTS)
    added = steps_between(tables_of(bare), tables_of(topics))
    assert ([one.name for one in added.created], added.changed, added.gone) == (["book_topics"], (), ())
    assert list(losses(added, {})) == []
    gone = steps_between(tables_of(topics), tables_of(nothing))
    assert [one.name for one in gone.gone] == ["book_topics", "books"], "the pairs go before what they refer to"
    assert [one.name for one in steps_between(tables_of(nothing), tables_of(topics)).created] == [
        "books",
        "book_topics",
    ]
    renamed = steps_between(tables_of(topics), tables_of(themes))
    assert [one.name for one in (*renamed.created, *renamed.gone)] == ["book_themes", "book_topics"]
    hint = "if it is called book_themes now, docs/update.md says how to rename it"
    assert list(losses(renamed, {})) == [f"book_topics: the whole table is dropped, with every row; {hint}"]
    assert list(losses(gone, {})) == [
        "book_topics: the whole table is dropped, with every row",
        "books: the whole table is dropped, with every row",
    ]


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            "'new', 'lent'",
            "'new', 'back'",
            "books: state can't be 'lent' any more; a row that does not fit stops the migration",
        ),
        ("'new', 'lent'", "'lent', 'new', 'back'", ""),
        ("length(title) BETWEEN 1 AND 20", "length(title) BETWEEN 2 AND 20", "is stricter than before"),
        ("length(title) BETWEEN 1 AND 20", "length(title) BETWEEN 0 AND 20", ""),
        ("length(title) BETWEEN 1 AND 20", "title > ''", "title > '' is asked now"),
    ],
)
def test_only_a_stricter_rule_is_a_loss(was: str, now: str, said: str) -> None:
    changed = {path: content.replace(was.encode(), now.encode()) for path, content in OLD.items()}
    found = list(losses(steps_between(tables_of(OLD), tables_of(changed)), {}))
    assert [said in one for one in found] == ([True] if said else [])


def test_a_required_column_without_a_value_is_refused_with_what_to_write() -> None:
    steps = steps_between(tables_of(OLD), tables_of(NEW))
    assert list(impossible(steps, FILLS)) == []
    said = (
        "books.edition is required, and no value for rows that are there could be computed. "
        "Make `edition` `optional: true`, update, fill it, and make it required then."
    )
    assert list(impossible(steps, {})) == [said]


def test_what_holds_everybody_up_and_what_nobody_can_compute_is_said() -> None:
    wider = {path: content.replace(b'"old", sa.Integer()', b'"old", sa.BigInteger()') for path, content in OLD.items()}
    assert list(rewritten(steps_between(tables_of(OLD), tables_of(wider)))) == [
        "books.old: PostgreSQL writes the table anew for it, and nobody can use it meanwhile"
    ]
    renamed = {path: content.replace(b"pk_loans", b"pk_lent") for path, content in OLD.items()}
    with pytest.raises(WorkflowError, match="loans: its primary key is made otherwise now"):
        steps_between(tables_of(OLD), tables_of(renamed))
    with pytest.raises(WorkflowError, match="does more than create tables"):
        tables_of(files(SUBJECTS, '    op.execute("SELECT 1")\n'))


def test_a_new_revision_follows_the_one_head() -> None:
    held = {f"migrations/versions/{n}.py": f'revision = "{n}"\ndown_revision = {p}\n'.encode() for n, p in
            (("0001", "None"), ("0002", '"0001"'), ("0003", '"0002"'))}  # fmt: skip
    assert (head_of(held), next_id("0003", held, "x")) == ("0003", "0004")
    held["migrations/versions/b.py"] = b'revision: str = "b1"\ndown_revision: str | None = "0002"\n'
    with pytest.raises(WorkflowError, match=r"2 heads, 0003 and b1.*alembic merge"):
        head_of(held)
    held["migrations/versions/m.py"] = b'revision = "m1"\ndown_revision = ("b1", "0003")\n'
    assert head_of(held) == "m1"
    assert next_id("m1", held, "x") != next_id("m1", held, "y")
