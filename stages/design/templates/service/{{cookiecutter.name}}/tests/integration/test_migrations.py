"""Do the migrations build the models, and take everything away again?"""

from collections.abc import Iterator

import pytest
from alembic import command
from fastapi import FastAPI
from sqlalchemy import Engine, inspect, text
from sqlmodel import Session, create_engine

from {{cookiecutter.package}}.models import {{cookiecutter.made[0].model}}, User
from {{cookiecutter.package}}.settings import Settings
from tests import rows
from tests.conftest import Person, alembic_config

TABLES = {"users", "sessions", {% for r in cookiecutter.made %}"{{r.plural}}", {% endfor %}"alembic_version"}


@pytest.fixture
def empty(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with nothing in it: a new file; on PostgreSQL the test database, taken down."""
    url = settings.url
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(tmp_path_factory.mktemp("migrations") / "empty.db"))
    engine = create_engine(url)
    yield engine
    engine.dispose()
    command.upgrade(alembic_config(settings.database_url), "head")


def traces(engine: Engine) -> set[str]:
    """Everything that a migration could have left."""
    statement = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    if engine.name == "postgresql":
        statement = """
            SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
        """
    with engine.connect() as connection:
        return set(connection.scalars(text(statement)))


@pytest.mark.usefixtures("migrated_app")
def test_up_down_up_leaves_no_trace(empty: Engine) -> None:
    config = alembic_config(empty.url.render_as_string(hide_password=False))
    command.upgrade(config, "head")
    everything = traces(empty)
    assert set(inspect(empty).get_table_names()) == TABLES
    command.check(config)
    command.downgrade(config, "base")
    assert {name for name in traces(empty) if not name.startswith(("alembic", "_alembic"))} == set()
    command.upgrade(config, "head")
    assert traces(empty) == everything


def test_every_update_is_timed(database: Session, app: FastAPI) -> None:
    {% set r = cookiecutter.made[0] %}
    {{r.id}} = rows.{{r.row}}(database)
    with app.state.engine.begin() as connection:
        connection.execute(text("UPDATE {{r.plural}} SET updated_at = '2001-01-01 00:00:00+00:00'"))
    with Session(app.state.engine) as another:
        another.get_one({{r.model}}, {{r.id}}.id).version = 2
        another.commit()
    with Session(app.state.engine) as another:
        found = another.get_one({{r.model}}, {{r.id}}.id)
        assert found.updated_at.year > 2001
        assert found.updated_at.tzinfo is not None


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        {% for r in cookiecutter.made %}
        {% for one in r.breaking %}
        ("{{r.row}}", "{{one}}"),
        {% endfor %}
        {% endfor %}
    ],
)
def test_the_database_refuses_what_the_models_forbid(
    database: Session, app: FastAPI, table: str, wrong: str
) -> None:
    getattr(rows, table)(database)
    with (
        pytest.raises(Exception, match=r"(?i)constraint"),
        app.state.engine.begin() as connection,
    ):
        connection.execute(text(wrong))


def test_an_address_is_kept_in_lower_case_by_the_database({{cookiecutter.me}}: Person, app: FastAPI) -> None:
    with (
        pytest.raises(Exception, match=r"(?i)constraint"),
        app.state.engine.begin() as connection,
    ):
        connection.execute(text("UPDATE users SET email = upper(email)"))
    with Session(app.state.engine) as database:
        assert database.get_one(User, {{cookiecutter.me}}.id).email == {{cookiecutter.me}}.email
