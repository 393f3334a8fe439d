"""What a service asks of PostgreSQL and Redis, from files of its own."""

from pathlib import Path

import pytest

from runner.discovery.first_sql import scripts_in
from runner.discovery.wanted import commands_in, wanted_commands, wanted_extensions


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def found(*folders: Path) -> dict[str, tuple[str, bool]]:
    return {one.name: (one.path, one.needed) for one in wanted_extensions(scripts_in(folders))}


def test_extensions_of_migrations_and_code_are_needed_and_of_tests_and_neighbours_are_not(tmp_path: Path) -> None:
    root = tmp_path / "backend"
    write(
        root, "alembic/versions/1.py", "def upgrade():\n    op.execute('CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"')"
    )
    write(root, "app/db.py", 'def start():\n    run(text("create extension vector"))')
    write(root, "migrations/first.sql", "CREATE EXTENSION pgcrypto;")
    write(root, "tests/conftest.py", 'run("CREATE EXTENSION hstore")')
    write(tmp_path, "docker/init.sql", "CREATE EXTENSION hypopg;")

    assert found(root, tmp_path) == {
        "uuid-ossp": ("alembic/versions/1.py", True),
        "vector": ("app/db.py", True),
        "pgcrypto": ("migrations/first.sql", True),
        "hstore": ("tests/conftest.py", False),
        "hypopg": ("../docker/init.sql", False),
    }


def test_what_is_commented_out_or_described_is_not_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "migrations/1.py", '"""CREATE EXTENSION postgis"""\n# run("CREATE EXTENSION cube")\nx = 1\n')
    write(tmp_path, "migrations/2.sql", "-- CREATE EXTENSION ltree;\n/* CREATE EXTENSION\n isn; */ SELECT 1;")
    write(tmp_path, "compose.yaml", "# CREATE EXTENSION lo;\nservices: {}\n")
    assert found(tmp_path) == {}


def test_what_is_looked_for_first_is_not_needed(tmp_path: Path) -> None:
    write(
        tmp_path,
        "migrations/1.sql",
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') THEN"
        " CREATE EXTENSION hypopg; END IF; END $$;",
    )
    assert found(tmp_path) == {"hypopg": ("migrations/1.sql", False)}


def test_what_the_settings_prepare_is_needed(tmp_path: Path) -> None:
    (one,) = wanted_extensions(scripts_in([tmp_path]), ["CREATE SCHEMA shop", "CREATE EXTENSION postgis"])
    assert (one.name, one.path, one.needed) == ("postgis", "gonogo.toml, [database] prepare", True)


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        ('client.execute_command("JSON.SET", key, "$", body)', ["JSON.SET"]),
        ('client.ft("idx").search(q)', ["FT.SEARCH"]),
        ('client.json().set("k", "$", {})', ["JSON.SET"]),
        ('client.bf().add("seen", x)', ["BF.ADD"]),
        ("from redis.commands.search.field import TextField", ["FT.SEARCH"]),
        ('client.get("JSON")', []),
        ('httpx.get("/x").json().get("k")', []),
        ('"""Once it was FT.SEARCH."""', []),
    ],
)
def test_commands_of_modules_are_seen_however_they_are_sent(code: str, commands: list[str]) -> None:
    assert list(commands_in(f'"""Cache."""\nimport redis\n\n{code}\n')) == commands


def test_a_file_without_redis_sends_it_nothing(tmp_path: Path) -> None:
    write(tmp_path, "app/search.py", 'def ft(x): ...\nprint(search.ft("x"), "FT.SEARCH")')
    write(tmp_path, "app/cache.py", 'from redis.asyncio import Redis\nR.execute_command("BF.ADD", "a", "b")')
    assert [(one.name, one.path) for one in wanted_commands(tmp_path)] == [("BF.ADD", "app/cache.py")]
