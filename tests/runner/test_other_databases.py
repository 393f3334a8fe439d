"""A service on MySQL is not asked to run on PostgreSQL: it is said that it was not looked at, and why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.other_databases import other_database
from runner.discovery.target import find_target
from runner.errors import ProbeError
from runner.live.workshop import Workshop
from runner.migrator import Migrator
from runner.probe import Probe

CONFIG = 'class Config(BaseSettings):\n    WRITER_DB_URL: str = "mysql+aiomysql://me:mine@localhost:3306/shop"\n'


def library(root: Path, *modules: str) -> Path:
    for name in modules:
        (root / "lib/python3.11/site-packages" / name).mkdir(parents=True)
    return root


def test_it_is_known_by_a_driver_and_by_what_the_code_says(tmp_path: Path) -> None:
    found = other_database(library(tmp_path, "aiomysql", "pymysql"), [CONFIG])
    assert found is not None
    assert (found.name, found.url) == ("MySQL", "mysql+aiomysql://gonogo:gonogo@127.0.0.1:1/nowhere")
    assert other_database(tmp_path, ["URL = 'sqlite:///x.db'"]) is None


def test_sqlite_alone_is_a_database_that_is_kept_in_memory(tmp_path: Path) -> None:
    said = ["DATABASE_URL: str = 'sqlite+aiosqlite:///./shop.db'"]
    assert other_database(library(tmp_path, "alembic"), said) is None, "no driver for it is installed"
    found = other_database(library(tmp_path, "aiosqlite"), said)
    assert found is not None
    assert (found.name, found.url) == ("SQLite", "sqlite+aiosqlite:///:memory:")
    assert other_database(tmp_path, ["DATABASE_URL = os.environ['DATABASE_URL']"]) is None


def test_an_address_in_words_alone_is_no_database(tmp_path: Path) -> None:
    assert other_database(tmp_path, [CONFIG]) is None


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[Probe]:
    library(tmp_path / ".venv", "aiomysql")
    (tmp_path / ".venv/bin").mkdir()
    (tmp_path / ".venv/bin/python").touch()
    (tmp_path / "config.py").write_text(CONFIG)
    (tmp_path / "alembic.ini").write_text("[alembic]\n")
    with Workshop() as workshop:
        yield Probe(find_target(tmp_path), workshop)


def test_such_a_service_is_imported_with_an_address_of_its_kind(probe: Probe) -> None:
    assert probe.environment.of()["WRITER_DB_URL"] == "mysql+aiomysql://gonogo:gonogo@127.0.0.1:1/nowhere"


def test_what_needs_its_database_says_why_nobody_looked(probe: Probe) -> None:
    with pytest.raises(ProbeError, match=r"keeps its data in MySQL \(aiomysql is installed, and no driver for Postgr"):
        Migrator(probe).migrated_database()
