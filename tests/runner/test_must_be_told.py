"""No proof runs before the service is told of the proof's own database, whole: half an address leads to somebody's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.errors import ProbeError
from runner.live.workshop import Workshop
from runner.migrator import Migrator
from runner.postgres.database import Database
from runner.probe import Probe

PLACE = Database(port=1, name="gonogo_1")
FIXED = "postgresql+asyncpg://app:app@localhost:5432/app"
POSTGRES = f'from fastapi import FastAPI\napp = FastAPI()\nURL = "{FIXED}"\n'


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


def probe(workshop: Workshop, root: Path, env: str, *, driver: str = "asyncpg", code: str = POSTGRES) -> Probe:
    (root / ".venv/lib/python3.12/site-packages" / driver).mkdir(parents=True)
    (root / ".venv/bin").mkdir()
    (root / ".venv/bin/python").touch()
    (root / "main.py").write_text(code)
    (root / "gonogo.toml").write_text(f"[env]\n{env}\n")
    return Probe(find_target(root), workshop)


@pytest.mark.parametrize(
    "env",
    [
        f'DATABASE_URL = "{FIXED}"\nPOSTGRES_DB = "{{database_name}}"',
        'DB_HOST = "{database_host}"\nDB_NAME = "{database_name}"',
        'DB_PORT = "{database_port}"\nDB_PASSWORD = "{database_password}"',
    ],
)
def test_a_part_of_the_address_is_not_enough(tmp_path: Path, workshop: Workshop, env: str) -> None:
    with pytest.raises(ProbeError, match="which variable carries the database's address"):
        probe(workshop, tmp_path, env).environment.of(PLACE)


@pytest.mark.parametrize(
    "env",
    [
        'DATABASE_URL = "{database_url}"',
        'DB = "postgresql://{database_user}@{database_host}:{database_port}/{database_name}"',
        'DB_HOST = "{database_host}"\nDB_PORT = "{database_port}"',
    ],
)
def test_a_whole_address_is(tmp_path: Path, workshop: Workshop, env: str) -> None:
    assert "127.0.0.1" in " ".join(probe(workshop, tmp_path, env).environment.of(PLACE).values())


def test_an_example_does_not_lead_a_proof_to_the_database_that_gonogo_toml_names(
    tmp_path: Path, workshop: Workshop
) -> None:
    example = f"DATABASE_URL={FIXED}\nPOSTGRES_USER=app\nPOSTGRES_PASSWORD=app\nPOSTGRES_DB=app\n"
    (tmp_path / ".env.example").write_text(example)
    with pytest.raises(ProbeError, match="which variable carries the database's address"):
        probe(workshop, tmp_path, f'DATABASE_URL = "{FIXED}"').environment.of(PLACE)


MYSQL = 'from fastapi import FastAPI\napp = FastAPI()\nURL = "mysql+pymysql://root:root@localhost:3306/blog"\n'


def test_a_service_on_mysql_is_not_started_on_the_address_in_its_code(tmp_path: Path, workshop: Workshop) -> None:
    untold = probe(workshop, tmp_path, 'READY = "yes"', driver="pymysql", code=MYSQL)
    assert untold.environment.of()["READY"] == "yes"  # to be imported it needs nobody
    with pytest.raises(ProbeError, match="which variable carries the database's address"):
        untold.environment.of(Migrator(untold).database_or_nowhere(), production=True)


def test_a_service_on_mysql_that_was_told_is_started_on_nowhere(tmp_path: Path, workshop: Workshop) -> None:
    told = probe(workshop, tmp_path, 'BLOG_DB = "{database_url}"', driver="pymysql", code=MYSQL)
    place = Migrator(told).database_or_nowhere()
    assert told.environment.of(place)["BLOG_DB"] == "mysql+pymysql://gonogo:gonogo@127.0.0.1:1/nowhere"
