"""What a new database must have before the first migration, from the repository's own files."""

import sys
from pathlib import Path

from runner.discovery.config import Config
from runner.discovery.first_sql import created_in, first_statements, missing_in, scripts_in
from runner.discovery.target import Target
from runner.live.workshop import Workshop
from runner.migrator import Migrator
from runner.probe import Probe


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def test_schemas_of_the_database_s_image_are_made_before_the_first_migration(tmp_path: Path) -> None:
    write(tmp_path, "db/init.sql", '\\connect shop;\nCREATE SCHEMA stock;\ncreate extension if not exists "uuid-ossp";')
    write(tmp_path, "tests/conftest.py", 'await c.execute(text("CREATE SCHEMA IF NOT EXISTS archive"))')

    assert first_statements(scripts_in([tmp_path])) == {
        'CREATE SCHEMA IF NOT EXISTS "stock"': "db/init.sql",
        'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"': "db/init.sql",
        'CREATE SCHEMA IF NOT EXISTS "archive"': "tests/conftest.py",
    }


def test_what_a_migration_makes_is_left_to_it(tmp_path: Path) -> None:
    write(tmp_path, "db/init.sql", "CREATE SCHEMA stock; CREATE SCHEMA Billing")
    write(tmp_path, "alembic/versions/1_first.py", 'def upgrade():\n    op.execute("CREATE SCHEMA stock")')

    assert list(first_statements(scripts_in([tmp_path]))) == ['CREATE SCHEMA IF NOT EXISTS "billing"']


def test_a_name_that_is_put_in_while_it_runs_is_no_name() -> None:
    text = 'f"CREATE SCHEMA {name}"; "CREATE SCHEMA IF NOT EXISTS " + name; create schema authorization joe'

    assert list(created_in(text)) == []


def test_a_constant_inside_of_a_string_and_a_ddl_element_are_names() -> None:
    assert list(created_in('run("CREATE SCHEMA \\"Stock\\""); CreateSchema("shop", if_not_exists=True)')) == [
        ("SCHEMA", "Stock"),
        ("SCHEMA", "shop"),
    ]


def test_a_missing_schema_is_answered_with_the_key_that_makes_it() -> None:
    assert missing_in('InvalidSchemaNameError: schema "stock" does not exist').endswith(
        '[database] prepare = ["CREATE SCHEMA stock"]'
    )
    assert missing_in('relation "users" does not exist') == ""


def test_what_the_team_asks_for_comes_before_what_was_found(tmp_path: Path, workshop: Workshop) -> None:
    """Else its own CREATE SCHEMA would meet one that is there already."""
    (tmp_path / "init.sql").write_text("CREATE SCHEMA IF NOT EXISTS shop;", encoding="utf-8")
    config = Config.model_validate({"database": {"prepare": ["CREATE SCHEMA shop"]}})
    target = Target(root=tmp_path, python=Path(sys.executable), config=config)
    probe = Probe(target, workshop)
    database = workshop.new_database()
    Migrator(probe).prepare(database)
    assert database.rows("SELECT 1 AS one FROM pg_namespace WHERE nspname = 'shop'") == [{"one": 1}]
