"""Is a service on SQLite run on a file of the run's own, and nothing asked there that only PostgreSQL tells?"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from runner.discovery.other_databases import other_database
from runner.discovery.target import find_target
from runner.errors import ProbeError
from runner.evidence.accounts.planted_objects import PlantedObjects
from runner.live.workshop import Workshop
from runner.migrator import Migrator
from runner.postgres.sqlite_file import NotAsked, SqliteFile, new_file
from runner.postgres.writes import Watch
from runner.probe import Probe

CONFIG = 'class Settings(BaseSettings):\n    database_url: str = "sqlite:///./app.db"\n'
MAKES = "CREATE TABLE notes (id integer PRIMARY KEY)"


def make_tables(file: Path) -> None:
    with closing(sqlite3.connect(file)) as line:
        line.execute(MAKES)
        line.commit()


@pytest.fixture
def file(tmp_path: Path) -> SqliteFile:
    return new_file(tmp_path / "files", "gonogo_1", "sqlite+aiosqlite")


def test_its_address_is_the_service_s_own_scheme_and_the_run_s_file(file: SqliteFile, tmp_path: Path) -> None:
    assert file.url("asyncpg") == f"sqlite+aiosqlite:///{tmp_path}/files/gonogo_1.db"


def test_a_copy_has_the_tables_and_is_another_file(file: SqliteFile) -> None:
    assert not file.has_tables()
    make_tables(file.file)
    copy = new_file(file.file.parent, "gonogo_2", file.scheme, file.name)
    assert copy.has_tables()
    copy.file.unlink()
    assert file.has_tables()
    assert not new_file(file.file.parent, "gonogo_3", file.scheme).has_tables()


def test_what_is_asked_of_postgresql_says_why_it_was_not_looked_at(file: SqliteFile) -> None:
    asked = (file.connect, lambda: file.rows("SELECT 1"), lambda: file.dsn)
    for ask in asked:
        with pytest.raises(ProbeError, match="keeps its data in SQLite"):
            ask()
        with suppress(psycopg.Error):  # who can do without a row in the database goes on
            ask()
    assert issubclass(NotAsked, ProbeError)


def test_no_row_is_put_into_it(file: SqliteFile) -> None:
    make_tables(file.file)
    rows = PlantedObjects(file)
    assert rows("notes", "note_id", {}, 7) is None
    assert not rows.is_shared("notes")


def test_what_is_written_in_it_is_noticed(file: SqliteFile) -> None:
    make_tables(file.file)
    with Watch(file) as watch:
        before = watch.look()
        assert before.differs(watch.look()) == ()
        with closing(sqlite3.connect(file.file)) as line:
            line.execute("INSERT INTO notes VALUES (1)")
            line.commit()
        assert before.differs(watch.look()) == ("notes",)
        assert watch.counts() == {"notes": 1}


@pytest.mark.parametrize(
    ("package", "code", "scheme"),
    [
        ("sqlalchemy", CONFIG, "sqlite"),
        ("aiosqlite", CONFIG.replace("sqlite:", "sqlite+aiosqlite:"), "sqlite+aiosqlite"),
        ("aiosqlite", CONFIG, "sqlite"),
    ],
)
def test_it_is_known_by_what_the_code_says(tmp_path: Path, package: str, code: str, scheme: str) -> None:
    (tmp_path / "lib/python3.11/site-packages" / package).mkdir(parents=True)
    found = other_database(tmp_path, [code])
    assert found is not None
    assert (found.scheme, found.is_file) == (scheme, True)


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[Probe]:
    (tmp_path / ".venv/lib/python3.11/site-packages/sqlalchemy").mkdir(parents=True)
    (tmp_path / ".venv/bin").mkdir()
    (tmp_path / ".venv/bin/python").touch()
    (tmp_path / "config.py").write_text(CONFIG)
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    with Workshop() as workshop:
        yield Probe(find_target(tmp_path), workshop)


def test_each_process_of_the_service_is_told_of_a_file_of_the_run(probe: Probe) -> None:
    made = probe.servers.new_database()
    assert isinstance(made, SqliteFile)
    assert probe.workshop.run_folder in made.file.parents
    assert probe.environment.of(made)["DATABASE_URL"] == f"sqlite:///{made.file}"
    assert probe.environment.of()["DATABASE_URL"] == "sqlite:///:memory:"


def test_nothing_is_prepared_in_it(probe: Probe) -> None:
    Migrator(probe).prepare(probe.servers.new_database())
