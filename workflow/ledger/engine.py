"""How is the ledger's database reached? SQLite in a file of its own, or PostgreSQL."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool
from sqlmodel import create_engine

from runner.errors import WorkflowError
from runner.said import say

SUPPORTED = say(
    "GONOGO_LEDGER=postgresql://user:password@host:5432/database or GONOGO_LEDGER=sqlite:////path/to/ledger.db"
)


def engine_for(url: str) -> Engine:
    """Raises `WorkflowError` for an address that is none, another kind of database, or a folder that can't be made."""
    address = address_of(url)
    if address.get_backend_name() == "postgresql":
        return create_engine(address, pool_pre_ping=True)
    path = address.database or ""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkflowError(
            say(
                "No ledger can be kept in {parent}: {strerror}. Name a place that can be written: "
                "GONOGO_LEDGER=sqlite:////path/to/ledger.db",
                parent=Path(path).parent,
                strerror=error.strerror,
            )
        ) from error
    engine = create_engine(address, poolclass=NullPool, connect_args={"timeout": 30})
    event.listen(engine, "connect", _sqlite_manners)
    return engine


def address_of(url: str) -> URL:
    """The address of a ledger with the driver that is used. Raises `WorkflowError` for one that can be none."""
    address = _address(url)
    kind = address.get_backend_name()
    if kind == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise WorkflowError(
            say(
                "GONOGO_LEDGER names a {kind} database; a ledger is kept in PostgreSQL or SQLite: {supported}",
                kind=kind,
                supported=SUPPORTED,
            )
        )
    path = address.database or ""
    if path in {"", ":memory:"}:
        raise WorkflowError(
            say("GONOGO_LEDGER names no file, so nothing would be kept. Name one: {supported}", supported=SUPPORTED)
        )
    if Path(path).is_dir():
        raise WorkflowError(
            say("GONOGO_LEDGER names the folder {path}. Name a file in it: sqlite:///{path}/ledger.db", path=path)
        )
    return address.set(drivername="sqlite")


def _address(url: str) -> URL:
    """The address as it is read by SQLAlchemy; its text is never told, as a password may stand anywhere in it."""
    if url.startswith("postgres://"):  # as hosting providers write it
        url = url.replace("postgres://", "postgresql://", 1)
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise WorkflowError(
            say("GONOGO_LEDGER is no address of a database. Write it like this: {supported}", supported=SUPPORTED)
        ) from error


def _sqlite_manners(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
