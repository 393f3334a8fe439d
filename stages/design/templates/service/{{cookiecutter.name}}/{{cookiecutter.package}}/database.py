"""How does the service reach its database, and how long does it wait for it?"""

import sqlite3
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, create_engine

from {{cookiecutter.package}}.settings import Settings


def open_engine(settings: Settings) -> Engine:
    if settings.url.get_backend_name() == "sqlite":
        return open_sqlite(settings)
    return create_engine(
        settings.url,
        pool_size=settings.pool_size,
        max_overflow=settings.pool_overflow,
        pool_timeout=settings.pool_timeout_seconds,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "connect_timeout": settings.connect_timeout_seconds,
            "application_name": "{{cookiecutter.package}}",
            "options": (
                f"-c statement_timeout={settings.statement_timeout_ms}"
                f" -c lock_timeout={settings.lock_timeout_ms}"
                " -c idle_in_transaction_session_timeout=10000"
                " -c timezone=UTC"
            ),
        },
    )


def open_sqlite(settings: Settings) -> Engine:
    engine = create_engine(
        settings.url,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": settings.pool_timeout_seconds},
    )
    event.listen(engine, "connect", enforce_foreign_keys)
    return engine


def enforce_foreign_keys(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """SQLite ignores foreign keys unless each connection asks for them."""
    connection.execute("PRAGMA foreign_keys=ON")


def answers(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT 1")) == 1)


def session_for_request(request: Request) -> Iterator[Session]:
    """Endpoints commit; whatever they did not commit is rolled back here.

    So no client hears "saved" before it is, and a refused request leaves no trace.
    """
    engine: Engine = request.app.state.engine
    with Session(engine, expire_on_commit=False) as session:
        yield session


Database = Annotated[Session, Depends(session_for_request, scope="function")]
