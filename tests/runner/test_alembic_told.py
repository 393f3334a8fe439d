"""Alembic's configuration may name a database of somebody's own: no proof may ever reach it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.target import Target, find_target
from runner.errors import ProbeError
from runner.evidence.contract.served_app import ServedApp
from runner.evidence.database.migration_walk import _walk, apart, lines, stepper
from runner.evidence.database.migrations import Migrations, Revision
from runner.live.workshop import Workshop
from runner.migrator import DoNotApply, Migrator
from runner.postgres.catalog import schema_lines
from runner.probe import Probe

INI = "[alembic]\nscript_location = migrations\nsqlalchemy.url = {url}\n"
FIXED = "postgresql+asyncpg://me:mine@db.invalid:5432/precious"
ENV = """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import async_engine_from_config

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def online():
    engine = async_engine_from_config(context.config.get_section("alembic"), prefix="sqlalchemy.")
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()

asyncio.run(online())
"""
REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{id}", {down!r}
def upgrade():
    op.create_table("{table}", sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("{table}")
"""

MODELS = """
from fastapi import FastAPI
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

app = FastAPI()

class Base(DeclarativeBase): ...

class Tune(Base):
    __tablename__ = "tune"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
ASKS = """
import asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

async def counted():
    async with create_async_engine(URL).connect() as connection:
        return (await connection.execute(text("SELECT count(*) FROM song"))).scalar()

count = asyncio.run(counted())

@app.get(f"/tunes/{count}")
def tunes() -> int:
    return count
"""


@pytest.fixture
def service(tmp_path: Path, bookshop: Path) -> Path:
    """A service whose migrations ask Alembic's configuration alone, with the bookshop's interpreter."""
    (tmp_path / "migrations/versions").mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text(INI.format(url=FIXED))
    (tmp_path / "migrations/env.py").write_text(ENV)
    (tmp_path / "migrations/versions/a1.py").write_text(REVISION.format(id="a1", down=None, table="song"))
    (tmp_path / "app.py").write_text('import os\nURL = os.environ["DATABASE_URL"]\n')
    python = find_target(bookshop).python
    (tmp_path / "gonogo.toml").write_text(f'[service]\npython = "{python}"\n')
    return tmp_path


@pytest.fixture
def probe(service: Path) -> Iterator[Probe]:
    with Workshop() as workshop:
        yield Probe(find_target(service), workshop)


def test_the_proofs_own_database_takes_its_place_on_the_command_line(probe: Probe) -> None:
    database = probe.workshop.new_database()
    ran = Migrator(probe).migrate(database)
    assert ran.code == 0, ran.err
    assert any(line.startswith("column song.id") for line in schema_lines(database))
    assert probe.commands == ["alembic -c alembic.ini upgrade head"]


def test_the_proofs_own_database_takes_its_place_in_each_step(probe: Probe) -> None:
    with stepper(probe) as steps:
        assert steps.do("upgrade", "a1")["error"] is None
        assert [table.name for table in steps.shape().tables] == ["song"]
        assert steps.do("downgrade", "base")["error"] is None


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("sqlalchemy.url = postgresql://a@b/c", "postgresql://a@b/c"),
        ("sqlalchemy.url: sqlite:///./app.db", "sqlite:///./app.db"),
        ("sqlalchemy.url = driver://user:pass@localhost/dbname", ""),
        ("sqlalchemy.url =", ""),
        ("# sqlalchemy.url = postgresql://a@b/c", ""),
    ],
)
def test_what_alembics_configuration_names_itself(tmp_path: Path, line: str, url: str) -> None:
    (tmp_path / "alembic.ini").write_text(f"[alembic]\n{line}\n[loggers]\n")
    assert Target(root=tmp_path, python=Path()).alembic_url == url


def test_of_several_heads_the_newest_that_applies_is_taken(service: Path, probe: Probe) -> None:
    (service / "migrations/versions/z9.py").write_text(
        '"""older\n\nCreate Date: 2020-01-01 00:00:00\n"""\n' + REVISION.format(id="z9", down=None, table="song")
    )
    (service / "migrations/versions/a1.py").write_text(
        '"""newer\n\nCreate Date: 2024-01-01 00:00:00\n"""\n' + REVISION.format(id="a1", down=None, table="song")
    )
    database = Migrator(probe).migrated_database()
    assert [row["version_num"] for row in database.rows("SELECT version_num FROM alembic_version")] == ["a1"]


def test_where_migrations_fail_the_service_is_asked_with_the_tables_that_its_models_declare(
    service: Path, probe: Probe
) -> None:
    (service / "migrations/versions/a1.py").write_text(
        REVISION.format(id="a1", down=None, table="song").replace("op.create_table", "op.nothing_of_the_kind")
    )
    (service / "app.py").write_text(f"{(service / 'app.py').read_text()}{MODELS}")
    with pytest.raises(DoNotApply, match="nothing_of_the_kind"):
        Migrator(probe).migrated_database()
    assert Migrator(probe).usable_database().rows("SELECT id FROM tune") == []
    assert any("do not apply" in one for one in probe.commands)


def test_an_app_that_turns_to_its_database_while_it_is_imported_gets_one(service: Path, probe: Probe) -> None:
    (service / "app.py").write_text(f"{(service / 'app.py').read_text()}{MODELS}{ASKS}")
    assert "/tunes/0" in ServedApp.asked(probe).documents[0][1]["paths"]


def test_each_branch_is_walked_by_itself(service: Path, probe: Probe) -> None:
    (service / "migrations/versions/z9.py").write_text(REVISION.format(id="z9", down=None, table="song"))
    with stepper(probe) as steps:
        found = list(_walk(steps, Migrations(heads=("a1", "z9"), revisions=(_revision("a1"), _revision("z9")))))
    assert [(one.revision.id, one.problem, one.reversible) for one in found] == [("a1", "", True), ("z9", "", True)]


def test_what_branches_that_meet_do_is_told_of_each_revision(service: Path, probe: Probe) -> None:
    broken = REVISION.format(id="z9", down=None, table="verse").replace('op.drop_table("verse")', "1 / 0")
    (service / "migrations/versions/z9.py").write_text(broken)
    (service / "migrations/versions/m1.py").write_text(REVISION.format(id="m1", down=("a1", "z9"), table="line"))
    history = (_revision("a1"), _revision("z9"), _revision("m1", "a1", "z9"))
    with stepper(probe) as steps:
        (whole,) = _walk(steps, Migrations(heads=("m1",), revisions=history))
    assert (whole.revision.id, whole.revision.path) == ("heads", "migrations/versions/z9.py"), "where it broke"
    assert "ZeroDivisionError" in whole.down_problem
    made = {one.revision.path: " ".join(s.sql for s in one.statements) for one in apart(whole, history)}
    assert {path for path, sql in made.items() if "CREATE TABLE verse" in sql} == {"migrations/versions/z9.py"}
    assert {path for path, sql in made.items() if "CREATE TABLE line" in sql} == {"migrations/versions/m1.py"}


def test_an_env_that_fails_is_no_fault_of_a_revision(service: Path, probe: Probe) -> None:
    (service / "migrations/env.py").write_text("raise ValueError('no setting')\n")
    with stepper(probe) as steps, pytest.raises(ProbeError, match=r"env\.py fails before the first revision runs: Val"):
        steps.do("upgrade", "a1")


def test_a_revision_that_cannot_be_read_is_its_own_fault(service: Path, probe: Probe) -> None:
    (service / "migrations/versions/a1.py").write_text("import nowhere_at_all\n")
    with stepper(probe) as steps:
        assert "nowhere_at_all" in steps.do("upgrade", "head")["error"]


def _revision(id: str, *down: str) -> Revision:
    return Revision(id=id, down=down, message="", path=f"migrations/versions/{id}.py")


def test_the_straight_ways_of_a_history() -> None:
    root, left, right = _revision("root"), _revision("left", "root"), _revision("right", "root")
    assert lines([root, left]) == ((root, left),)
    assert lines([root, left, right]) == ((root, left), (root, right))
    assert lines([root, left, right, _revision("merge", "left", "right")]) == ()
