"""Is what PostgreSQL really has what the evidence says? Real servers, real SQL, real Alembic histories."""

import itertools
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.errors import NotThere, ProbeError
from runner.evidence.database.drift import Drift
from runner.evidence.database.locks import Locks, before, line_of, locks_of, parse, script
from runner.evidence.database.migration_walk import MigrationWalk, Statement, Walked
from runner.evidence.database.migrations import Revision
from runner.evidence.database.models import Models, ModelSchema
from runner.evidence.database.planting import Planter
from runner.evidence.database.populated_migration import PopulatedMigration, counts
from runner.evidence.database.schema import Column, Constraint, Schema, Shape, Table, changes, read_shape
from runner.evidence.database.sqlite_walk import SqliteWalk
from runner.evidence.database.widening import only_widened, table_of, widens
from runner.live.workshop import Workshop
from runner.postgres.catalog import Filler, ranks
from runner.postgres.database import Database
from runner.probe import Probe

SAMPLE = Path(__file__).parents[2] / "sample_service"
SHOP = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE
  CHECK (email = lower(email) AND email LIKE '%@%'), role varchar(10) NOT NULL CHECK (role IN ('admin', 'guest')));
CREATE TABLE profiles (user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE, mood mood NOT NULL, born date,
  stars smallint NOT NULL CHECK (stars BETWEEN 3 AND 5), code char(3) NOT NULL CHECK (code = upper(code)));
CREATE TABLE friends (a bigint REFERENCES users, b bigint REFERENCES users, tags text[], PRIMARY KEY (a, b));
CREATE INDEX ix_born ON profiles (born DESC) INCLUDE (mood) WHERE born IS NOT NULL;
CREATE INDEX ix_lower ON users (lower(email));
CREATE SCHEMA shop;
CREATE TABLE shop.orders (id uuid PRIMARY KEY, data jsonb NOT NULL, total numeric(8, 2) NOT NULL CHECK (total > 0));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
"""


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


@pytest.fixture
def shop(workshop: Workshop) -> Database:
    database = workshop.new_database()
    database.rows(SHOP)
    return database


def test_the_catalogue_is_read_as_it_is(shop: Database) -> None:
    shape = read_shape(shop)
    assert [table.name for table in shape.tables] == ["friends", "profiles", "shop.orders", "users"]
    profiles = shape.table("profiles")
    assert profiles is not None
    assert [(c.name, c.type, c.nullable) for c in profiles.columns][1] == ("mood", "mood", False)
    (key,) = profiles.of_kind("foreign key")
    assert (key.target, key.on_delete, key.columns, key.target_columns) == ("users", "cascade", ("user_id",), ("id",))
    index = next(i for i in profiles.indexes if i.name == "ix_born")
    assert (index.columns, index.predicate, index.included) == (("born",), "(born IS NOT NULL)", 1)
    users = shape.table("users")
    assert users is not None
    assert users.columns[0].filled
    assert [i.columns for i in users.indexes if i.name == "ix_lower"] == [("",)]
    assert {e.kind for e in shape.extras} == {"enum type", "function", "trigger", "schema"}
    assert read_shape(shop) == shape


def test_every_kind_of_leftover_is_named(shop: Database) -> None:
    said = "\n".join(changes(Shape(), read_shape(shop)))
    for left in ("table users", "enum type mood", "function touch()", "schema shop"):
        assert f"{left} is left behind" in said
    assert "column users.id" not in said, "a table's own columns go with it"
    before = read_shape(shop)
    shop.rows(
        "DROP TRIGGER touch ON users; ALTER TABLE users ALTER email TYPE varchar(99), ADD note text; DROP INDEX ix_born"
    )
    said = "\n".join(changes(before, read_shape(shop)))
    assert "column users.note is left behind" in said
    assert "index ix_born is gone" in said
    assert "trigger users.touch is gone" in said
    assert "column users.email was `text NOT NULL`, is `character varying(99) NOT NULL`" in said


def test_rows_are_planted_through_keys_enums_and_checks(shop: Database) -> None:
    shape = read_shape(shop)
    planter = Planter(shop, shape, itertools.count(1))
    planter.plant([table.name for table in shape.tables])
    assert planter.problems == {}
    assert counts(shop, shape) == {"users": 3, "profiles": 3, "friends": 3, "shop.orders": 3}


ORDERED = """
CREATE TABLE bookings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ends timestamptz NOT NULL, begins timestamptz NOT NULL,
  low integer NOT NULL, high integer NOT NULL, opens time NOT NULL, closes time NOT NULL,
  CHECK (ends > begins), CHECK (low < high), CHECK (opens < closes))
"""


def test_rows_are_planted_where_columns_are_compared(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows(ORDERED)
    planter = Planter(database, read_shape(database), itertools.count(1))
    planter.plant(["bookings"])
    assert (planter.problems, counts(database, read_shape(database))) == ({}, {"bookings": 3})
    assert Filler(database).fill() == {"bookings": ""}


def test_what_must_be_beyond_others_is_read_from_checks() -> None:
    told = ["CHECK ((ends > begins))", "CHECK (((low)::numeric <= high))", "CHECK (((a < b) AND (b < c)))"]
    assert ranks([*told, "CHECK ((n > 0))"]) == {
        "begins": 0, "ends": 1, "low": 0, "high": 1, "a": 0, "b": 1, "c": 2
    }  # fmt: skip
    assert set(ranks(["CHECK ((a < b))", "CHECK ((b < a))"]).values()) <= set(range(10)), "a circle ends"


def test_a_table_that_takes_no_row_is_told(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE closed (n int NOT NULL CHECK (n > 7 AND n < 7))")
    planter = Planter(database, read_shape(database), itertools.count(1))
    planter.plant(["closed"])
    assert "violates check constraint" in planter.problems["closed"]


def test_squawk_that_says_nothing_is_no_answer() -> None:
    assert parse("[]") == []
    for answer in ("", "no such file", '{"a": 1}'):
        with pytest.raises(ProbeError, match="squawk gave"):
            parse(answer)


def test_the_script_for_squawk_keeps_transactions_and_leaves_queries_out() -> None:
    ran = (
        Statement(sql="SELECT 1"),
        Statement(sql="CREATE TABLE alembic_version (v text)"),
        Statement(sql="CREATE TABLE t (\n  n int\n)"),
        Statement(sql="CREATE INDEX CONCURRENTLY ix ON t (n)", alone=True),
    )
    text, owners = script(ran)
    assert text.split("\n") == [
        "BEGIN;",
        "CREATE TABLE t (",
        "  n int",
        ");",
        "COMMIT;",
        "CREATE INDEX CONCURRENTLY ix ON t (n);",
        "",
    ]
    assert owners[5].alone
    assert line_of('a\nop.create_index("ix", "t")\n', "CREATE INDEX ix ON t") == 2


def test_what_stands_behind_a_commit_of_the_revisions_own_stands_in_no_transaction() -> None:
    said = ("ALTER TABLE t ADD n int", "COMMIT", "CREATE INDEX CONCURRENTLY ix ON t (n)", "BEGIN", "DROP TABLE s")
    text, _ = script(tuple(Statement(sql=sql) for sql in said))
    assert text.splitlines() == [
        *("BEGIN;", "ALTER TABLE t ADD n int;", "COMMIT;"),
        "CREATE INDEX CONCURRENTLY ix ON t (n);",
        *("BEGIN;", "DROP TABLE s;", "COMMIT;"),
    ]


# --- a history of another shape than the sample's, in its interpreter: plain SQLAlchemy, src layout, PostgreSQL only

ENV = """
from alembic import context
from sqlalchemy import create_engine
import os, sys
sys.path.insert(0, "src")
print("services print while they start")
from shop.tables import Base
engine = create_engine(os.environ["DB"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
TABLES = """
import datetime, uuid
from sqlalchemy import CheckConstraint, DateTime, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Thing(Base):
    \"\"\"A thing that one can have.\"\"\"
    __tablename__ = "things"
    __table_args__ = (CheckConstraint("length(name) > 0", name="name_there"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    mark: Mapped[str] = mapped_column(String(40), default=str(uuid.uuid4()))
    made: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), default=datetime.datetime.now)
"""
LOST = """
from sqlalchemy.orm import Mapped, mapped_column
from shop.tables import Base

class Lost(Base):
    __tablename__ = "lost"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
REVISION = """
\"\"\"{doc}\"\"\"
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = {id!r}, {down!r}, None, None

def upgrade():
    {up}

def downgrade():
    {back}
"""
MAKE = (
    'op.create_table("things", sa.Column("id", sa.Integer(), primary_key=True), '
    'sa.Column("name", sa.String(50), nullable=False), sa.Column("mark", sa.String(40), nullable=False), '
    'sa.Column("made", sa.DateTime(True), nullable=False))'
)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    return folder


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        {
            "gonogo.toml": '[env]\nDB = "{database_url}"\n',
            "alembic.ini": "[alembic]\nscript_location = db\n",
            "db/env.py": ENV,
            "db/versions/a.py": REVISION.format(
                doc="Things.", id="a", down=None, up=MAKE, back='op.drop_table("things")'
            ),
            "db/versions/b.py": REVISION.format(
                doc="Loud.",
                id="b",
                down="a",
                up='op.add_column("things", sa.Column("loud", sa.Text(), nullable=False))',
                back="pass",
            ),
            "src/shop/__init__.py": "",
            "src/shop/tables.py": TABLES,
            "src/shop/lost.py": LOST,
        },
    )


@pytest.mark.skipif(not (SAMPLE / ".venv").exists(), reason="the bundled service has no environment here")
def test_a_strangers_history_is_walked(stranger: Path, workshop: Workshop) -> None:
    shelf = Shelf(find_target(stranger), workshop)

    walk = shelf.get(MigrationWalk).evidence
    assert isinstance(walk, MigrationWalk)
    first, second = walk.steps
    assert first.reversible
    assert second.leftovers == ("column things.loud is left behind",)
    assert "DuplicateColumn" in second.again_problem

    populated = shelf.get(PopulatedMigration).evidence
    assert isinstance(populated, PopulatedMigration)
    assert populated.steps[1].rows == 3
    assert "contains null values" in populated.steps[1].problem

    locks = shelf.get(Locks).evidence
    assert isinstance(locks, Locks)
    assert [(lock.rule, lock.table, lock.line) for lock in locks.found] == [("adding-required-field", "things", 7)]

    drift = shelf.get(Drift).evidence
    assert isinstance(drift, Drift)
    assert [(one.kind, one.table, one.column) for one in drift.differences] == [("remove_column", "things", "loud")]
    assert drift.tables == ("things",)
    assert isinstance(shelf.get(SqliteWalk).problem, NotThere)


ADDED = "ALTER TABLE things ADD CONSTRAINT there CHECK (loud IS NOT NULL) NOT VALID"
SET = "ALTER TABLE things ALTER COLUMN loud SET NOT NULL"
LONGER = "ALTER TABLE things ALTER COLUMN name TYPE VARCHAR(80)"


def walked(stranger: Path, *sql: str, widened: tuple[tuple[str, str], ...] = ()) -> Walked:
    revision = Revision(
        id="a1", down=(), message="", path=next(stranger.rglob("versions/*.py")).relative_to(stranger).as_posix()
    )
    return Walked(revision=revision, statements=tuple(Statement(sql=one) for one in sql), widened=widened)


@pytest.mark.skipif(not (SAMPLE / ".venv").exists(), reason="the bundled service has no environment here")
@pytest.mark.parametrize(
    ("earlier", "statements", "widened", "rules"),
    [
        ([[ADDED], ["ALTER TABLE things VALIDATE CONSTRAINT there"]], [SET], (), []),
        ([["ALTER TABLE things ADD CONSTRAINT there CHECK (loud IS NOT NULL AND loud > 0)"]], [SET], (), []),
        ([[ADDED]], [SET], (), ["adding-not-nullable-field"]),
        (
            [[ADDED, "ALTER TABLE things VALIDATE CONSTRAINT there", "ALTER TABLE things DROP CONSTRAINT there"]],
            [SET],
            (),
            ["adding-not-nullable-field"],
        ),
        ([], [SET], (), ["adding-not-nullable-field"]),
        ([], [LONGER], (("things", "name"),), []),
        ([], ['ALTER TABLE "public"."things" ALTER "name" SET DATA TYPE TEXT'], (("things", "name"),), []),
        ([], [LONGER], (), ["changing-column-type"]),
        ([], [f"{LONGER} USING lower(name)"], (("things", "name"),), ["changing-column-type"]),
        (
            [],
            ["ALTER TABLE things ALTER COLUMN name TYPE INTEGER", LONGER],
            (("things", "name"),),
            ["changing-column-type"] * 2,
        ),
    ],
)
def test_what_looks_at_no_row_blocks_nobody(
    stranger: Path,
    workshop: Workshop,
    earlier: list[list[str]],
    statements: list[str],
    widened: tuple[tuple[str, str], ...],
    rules: list[str],
) -> None:
    steps = [walked(stranger, *sql) for sql in earlier]
    last = walked(stranger, *statements, widened=widened)
    found = locks_of(Probe(find_target(stranger), workshop), last, before([*steps, last], last))
    assert [lock.rule for lock in found if lock.rule in {"adding-not-nullable-field", "changing-column-type"}] == rules


@pytest.mark.parametrize(
    ("old", "new", "wider"),
    [
        ("character varying(80)", "character varying(200)", True),
        ("character varying(80)", "character varying", True),
        ("character varying(80)", "text", True),
        ("text", "character varying", True),
        ("numeric(10,2)", "numeric(12,2)", True),
        ("timestamp(3) with time zone", "timestamp(6) with time zone", True),
        ("character varying(200)", "character varying(80)", False),
        ("text", "character varying(200)", False),
        ("numeric(10,2)", "numeric(12,3)", False),
        ("character(3)", "character(5)", False),
        ("integer", "bigint", False),
        ("timestamp(3) without time zone", "timestamp(6) with time zone", False),
        ("text", "text", False),
    ],
)
def test_which_types_grow_without_a_look_at_the_rows(old: str, new: str, *, wider: bool) -> None:
    assert widens(old, new) is wider


def test_a_check_on_a_wider_column_is_run_again() -> None:
    def shape(type: str, *checked: str) -> Shape:
        check = Constraint(name="c", kind="check", columns=checked, definition="CHECK (true)")
        return Shape(tables=(Table(name="things", columns=(Column(name="name", type=type),), constraints=(check,)),))

    assert only_widened(shape("character varying(8)"), shape("text")) == (("things", "name"),)
    assert only_widened(shape("character varying(8)", "name"), shape("text", "name")) == ()


@pytest.mark.skipif(not (SAMPLE / ".venv").exists(), reason="the bundled service has no environment here")
def test_a_strangers_models_are_understood(stranger: Path, workshop: Workshop) -> None:
    shelf = Shelf(find_target(stranger), workshop)
    models = shelf.get(Models).evidence
    assert isinstance(models, Models)
    assert {(t.name, t.model, t.path) for t in models.tables} == {
        ("things", "Thing", "src/shop/tables.py"),
        ("lost", "Lost", "src/shop/lost.py"),
    }
    things = models.table("things")
    assert things is not None
    assert things.doc == "A thing that one can have."
    assert [column.name for column in things.columns if column.fixed] == ["mark"]

    declared = shelf.get(ModelSchema).evidence
    assert isinstance(declared, ModelSchema)
    table = declared.shape.table("things")
    assert table is not None
    assert [k.definition for k in table.of_kind("check")] == ["CHECK ((length((name)::text) > 0))"]
    assert isinstance(shelf.get(Schema).evidence, Schema)


@pytest.mark.skipif(not (SAMPLE / ".venv").exists(), reason="the bundled service has no environment here")
def test_a_stand_in_that_breaks_when_asked_for_its_class_hides_no_model(stranger: Path, workshop: Workshop) -> None:
    lazy = "class Lazy:\n    @property\n    def __class__(self):\n        raise RuntimeError\nlazy = [Lazy()]\n"
    with (stranger / "src/shop/tables.py").open("a", encoding="utf-8") as stream:
        stream.write(f"\n{lazy}")
    models = Shelf(find_target(stranger), workshop).get(Models).evidence
    assert isinstance(models, Models)
    assert models.table("things") is not None


def test_several_heads_hide_drift(stranger: Path, workshop: Workshop) -> None:
    (stranger / "db/versions/c.py").write_text(REVISION.format(doc="C.", id="c", down="a", up="pass", back="pass"))
    kept = Shelf(find_target(stranger), workshop).get(Drift)
    assert isinstance(kept.problem, ProbeError)
    assert "2 heads hide any drift" in str(kept.problem)


MOMENTS = """
import datetime, itertools, time, uuid
from sqlalchemy import DateTime, String, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator
from shop.tables import Base

class Says(TypeDecorator):
    impl = DateTime
    cache_ok = True
    def process_bind_param(self, value, dialect):
        return value.replace(tzinfo=None)

class Does(Says):
    def process_bind_param(self, value, dialect):
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)

STARTED, ID = datetime.datetime.now(), uuid.uuid4()
EPOCH = datetime.datetime(1970, 1, 1)

class Moment(Base):
    __tablename__ = "moments"
    id: Mapped[int] = mapped_column(primary_key=True)
    says: Mapped[datetime.datetime] = mapped_column(Says)
    does: Mapped[datetime.datetime] = mapped_column(Does)
    started: Mapped[datetime.datetime] = mapped_column(default=lambda: STARTED)
    same: Mapped[str] = mapped_column(String(40), default=lambda: ID.hex)
    told: Mapped[str] = mapped_column(String(40), server_default=text(f"'{ID}'"))
    now: Mapped[datetime.datetime] = mapped_column(default=datetime.datetime.now)
    seconds: Mapped[int] = mapped_column(default=lambda: int(time.time()))
    epoch: Mapped[datetime.datetime] = mapped_column(default=lambda: EPOCH)
    asks: Mapped[int] = mapped_column(default=lambda context: context.get_current_parameters()["id"])
    by_database: Mapped[str] = mapped_column(String(40), server_default=text("'new'"))
"""


@pytest.mark.skipif(not (SAMPLE / ".venv").exists(), reason="the bundled service has no environment here")
def test_defaults_and_decorated_types_are_asked_what_they_do(stranger: Path, workshop: Workshop) -> None:
    (stranger / "src/shop/moments.py").write_text(MOMENTS, encoding="utf-8")
    models = Shelf(find_target(stranger), workshop).get(Models).evidence
    assert isinstance(models, Models)
    table = models.table("moments")
    assert table is not None
    assert [column.name for column in table.columns if column.converts] == ["does"]
    assert [column.name for column in table.columns if column.fixed] == ["started", "same", "told"]
    unasked = [column.name for column in table.columns if column.has_default and not column.made]
    assert unasked == ["asks"]


# What a block puts together is no statement that can be read.
BY_OTHER_MEANS = """op.execute("DO $$ BEGIN EXECUTE 'ALTER TABLE thi' || 'ngs ADD loud text'; END $$")"""
CUSTOM = "context.configure(connection=connection, version_table='books', version_table_schema='public',"


@pytest.mark.skipif(not (SAMPLE / ".venv").exists(), reason="the bundled service has no environment here")
def test_a_change_that_no_statement_tells_is_seen_and_the_version_table_known_by_its_column(
    stranger: Path, workshop: Workshop
) -> None:
    env, second = stranger / "db/env.py", stranger / "db/versions/b.py"
    env.write_text(env.read_text(encoding="utf-8").replace("context.configure(connection=connection,", CUSTOM))
    drop = 'op.drop_column("things", "loud")'
    second.write_text(REVISION.format(doc="Loud.", id="b", down="a", up=BY_OTHER_MEANS, back=drop))
    shelf = Shelf(find_target(stranger), workshop)
    locks, schema = shelf.get(Locks).evidence, shelf.get(Schema).evidence
    assert isinstance(locks, Locks)
    assert locks.unheard == (("b", "things"),)
    assert isinstance(schema, Schema)
    assert [table.name for table in schema.tables] == ["things"]


@pytest.mark.skipif(not (SAMPLE / ".venv").exists(), reason="the bundled service has no environment here")
def test_migrations_that_leave_no_table_are_no_absence(stranger: Path, workshop: Workshop) -> None:
    (stranger / "db/versions/b.py").unlink()
    nothing = REVISION.format(doc="Nothing.", id="a", down=None, up="pass", back="pass")
    (stranger / "db/versions/a.py").write_text(nothing)
    kept = Shelf(find_target(stranger), workshop).get(Schema)
    assert isinstance(kept.problem, ProbeError)
    assert not isinstance(kept.problem, NotThere)
    assert "left no table in the database" in str(kept.problem)


@pytest.mark.skipif(not (SAMPLE / ".venv").exists(), reason="the bundled service has no environment here")
def test_a_default_that_names_a_function_of_the_migrations_is_made(stranger: Path, workshop: Workshop) -> None:
    made = "CREATE FUNCTION mark() RETURNS text LANGUAGE sql AS 'SELECT 1::text'"
    second = REVISION.format(doc="F.", id="b", down="a", up=f'op.execute("{made}")', back='op.execute("DROP FUNCTION")')
    (stranger / "db/versions/b.py").write_text(second)
    tables = stranger / "src/shop/tables.py"
    text = tables.read_text(encoding="utf-8").replace("default=str(uuid.uuid4())", 'server_default=text("mark()")')
    tables.write_text(text.replace("import CheckConstraint", "import text, CheckConstraint"), encoding="utf-8")
    declared = Shelf(find_target(stranger), workshop).get(ModelSchema).evidence
    assert isinstance(declared, ModelSchema)
    things = declared.shape.table("things")
    assert things is not None
    assert [column.default for column in things.columns if column.name == "mark"] == ["mark()"]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("CREATE UNIQUE INDEX i ON ONLY public.orders (a)", "public.orders"),
        ('ALTER TABLE IF EXISTS ONLY "shop"."orders" ADD a int', "shop.orders"),
        ("CREATE TABLE IF NOT EXISTS orders (a int)", "orders"),
        ('ALTER TABLE "my orders" ADD a int', "my orders"),
        ("DROP INDEX i", ""),
    ],
)
def test_the_table_of_a_statement_is_named(statement: str, table: str) -> None:
    assert table_of(statement) == table
