"""What does every test start from? A migrated, empty database, and people of each role."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
{% if cookiecutter.limits %}
from fakeredis import FakeRedis
{% endif %}
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import URL, create_engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel

from {{cookiecutter.package}} import sessions
from {{cookiecutter.package}}.main import create_app
from {{cookiecutter.package}}.models import Role, User
{% if cookiecutter.redis %}
from {{cookiecutter.package}}.cache import Cache
from {{cookiecutter.package}}.rate_limits import LIMITS, RateLimits
from {{cookiecutter.package}}.redis_guard import RedisGuard
from {{cookiecutter.package}}.shared_counts import SharedCounts
{% endif %}
from {{cookiecutter.package}}.settings import Settings
from {{cookiecutter.package}}.throttle import Throttle

ROOT = Path(__file__).parent.parent
PASSWORD = "violet-anvil-brook-77"


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A file, or a database of its own on the PostgreSQL server that the environment names."""
    server = os.environ.get("{{cookiecutter.prefix}}_TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{tmp_path_factory.mktemp('database')}/test.db"
        return
    url = Settings(database_url=server).url
    name = f"{{cookiecutter.package}}_test_{uuid4().hex[:12]}"
    on_server(url, f"CREATE DATABASE {name}")
    yield url.set(database=name).render_as_string(hide_password=False)
    on_server(url, f"DROP DATABASE {name} WITH (FORCE)")


def on_server(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def alembic_config(database_url: str) -> Config:
    os.environ["{{cookiecutter.prefix}}_DATABASE_URL"] = database_url
    return Config(str(ROOT / "alembic.ini"))


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    {% if cookiecutter.redis %}
    """Cheap password hashes; no Redis unless a test asks for it."""
    os.environ.pop("{{cookiecutter.prefix}}_REDIS_URL", None)
    os.environ.pop("{{cookiecutter.prefix}}_RATE_LIMIT_FACTOR", None)
    return Settings(database_url=database_url, argon2_memory_kib=8, argon2_passes=1, redis_url=None)
    {% else %}
    """Cheap password hashes."""
    return Settings(database_url=database_url, argon2_memory_kib=8, argon2_passes=1)
    {% endif %}


@pytest.fixture(scope="session")
def migrated_app(settings: Settings) -> FastAPI:
    command.upgrade(alembic_config(settings.database_url), "head")
    app = create_app(settings)
    if app.state.engine.name == "sqlite":
        event.listen(app.state.engine, "connect", never_wait_for_the_disk)
    app.state.password_hash = app.state.passwords.hash(PASSWORD)
    return app


def never_wait_for_the_disk(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture
def app(migrated_app: FastAPI, settings: Settings) -> Iterator[FastAPI]:
    state = migrated_app.state
    engine = state.engine
    state.throttle = Throttle(
        per_account=settings.login_failures_per_account,
        per_address=settings.login_failures_per_address,
        window=settings.login_window_seconds,
    )
    {% if cookiecutter.limits %}
    state.rate_limits = RateLimits(SharedCounts(RedisGuard(None, 0)), 1)
    {% endif %}
    {% if cookiecutter.caches %}
    state.cache = Cache(RedisGuard(None, 0))
    {% endif %}
    yield migrated_app
    state.engine = engine
    migrated_app.dependency_overrides.clear()
    with engine.begin() as connection:
        {% for r in cookiecutter.made %}
        {% for one in r.selfs %}
        connection.execute(text("UPDATE {{r.plural}} SET {{one.column}} = NULL"))
        {% endfor %}
        {% endfor %}
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
def database(app: FastAPI) -> Iterator[Session]:
    with Session(app.state.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session")
def running(migrated_app: FastAPI) -> Iterator[TestClient]:
    """Started once, as uvicorn would, and stopped after the last test."""
    with TestClient(migrated_app) as client:
        yield client


@pytest.fixture
def client(running: TestClient, app: FastAPI) -> TestClient:
    assert running.app is app
    return running


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who calls the service; a visitor has no token."""

    client: TestClient
    id: int = 0
    email: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    refresh_token: str = ""

    def call(self, method: str, path: str, **body: Any) -> Response:
        return self.client.request(method, path, headers=self.headers, **body)

    def get(self, path: str, **query: Any) -> Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Response:
        return self.call("POST", path, json=body)

    def patch(self, path: str, **body: Any) -> Response:
        return self.call("PATCH", path, json=body)

    def put(self, path: str, **body: Any) -> Response:
        return self.call("PUT", path, json=body)

    def delete(self, path: str) -> Response:
        return self.call("DELETE", path)


SignUp = Callable[[Role], Person]
{% if cookiecutter.limits %}
Counted = Callable[[str, Person, str, str], None]


@pytest.fixture
def counted(app: FastAPI) -> Counted:
    """One limit at a time, all but used up: the last call is answered, the one after it is not."""

    def tried(name: str, caller: Person, method: str, path: str) -> None:
        limit = LIMITS[name]
        redis = RedisGuard(FakeRedis(decode_responses=True), 0)
        limits = RateLimits(SharedCounts(redis), 1, {name: limit})
        app.state.rate_limits = limits
        who = f"user {caller.id}" if caller.id else "address testclient"
        for _ in range(limit.calls - 1):
            limits.count(name, who, limit.role)
        assert caller.call(method, path).status_code != 429
        refused = caller.call(method, path)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= limit.seconds

    return tried
{% endif %}


@pytest.fixture
def sign_up(app: FastAPI, client: TestClient, database: Session) -> SignUp:
    """Makes an account and signs it in, without the way through the mail form."""
    numbers = count(1)

    def person(role: Role) -> Person:
        user = User(
            email=f"{role}-{next(numbers)}@example.com",
            display_name=f"A {role}",
            password_hash=app.state.password_hash,
            role=role,
        )
        database.add(user)
        database.commit()
        tokens = sessions.begin(database, app.state.tokens, user.id)
        database.commit()
        return Person(
            client=client,
            id=user.id,
            email=user.email,
            headers={"Authorization": f"Bearer {tokens.access_token}"},
            refresh_token=tokens.refresh_token,
        )

    return person


@pytest.fixture
def visitor(client: TestClient) -> Person:
    return Person(client=client)


{% for role, fixture in cookiecutter.people.items() %}
@pytest.fixture
def {{fixture}}(sign_up: SignUp) -> Person:
    return sign_up(Role.{{role|upper}})


@pytest.fixture
def other_{{fixture}}(sign_up: SignUp) -> Person:
    return sign_up(Role.{{role|upper}})


{% endfor %}
