"""How is a ledger read where nothing may be written? As it lies there, else a copy of it."""

import os
import sqlite3
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

from sqlalchemy import URL, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool, StaticPool
from sqlmodel import create_engine

from workflow.ledger.engine import engine_for
from workflow.ledger.schema import HEAD, ensure_schema
from workflow.ledger.tables import ServiceRow

PATIENCE = 30.0  # seconds for somebody who is writing


def reader_for(address: URL) -> Engine:
    """An engine that only reads a ledger in a file, at today's schema; an empty one where there is no file.

    What can't be read in its place (written by an older gonogo, or left by a process that died where no other file can
    be made) is read from a copy. Raises SQLAlchemy's and the system's errors.
    """
    path = Path(address.database or "").absolute()
    if not path.is_file():
        return _empty(address)
    for options in (*(["mode=rw"] if _writable(path) else []), "mode=ro", "mode=ro&immutable=1"):
        engine = create_engine(address, creator=_opener(path, options), poolclass=NullPool)
        if _version(engine) == HEAD and not ("immutable" in options and _unsettled(path)):
            return engine
    return _copied(path)


def _writable(path: Path) -> bool:
    """May SQLite make its files beside it, and so remove them again when it is closed?"""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _opener(path: Path, options: str) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.as_uri()}?{options}", uri=True, timeout=PATIENCE, check_same_thread=False)
        connection.execute("PRAGMA query_only=ON")
        return connection

    return connect


def _version(engine: Engine) -> str | None:
    """The schema's version; None where it can't be read this way."""
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except (sqlite3.OperationalError, OperationalError):
        return None
    return str(found)


def _unsettled(path: Path) -> bool:
    """Is something written beside the file that is not yet in it?"""
    beside = path.with_name(f"{path.name}-wal")
    return beside.is_file() and beside.stat().st_size > 0


def _copied(path: Path) -> Engine:
    """A copy that is migrated; it goes with its engine."""
    folder = tempfile.TemporaryDirectory(prefix="gonogo-ledger-")
    copy = Path(folder.name) / path.name
    for end in ("", "-wal"):
        if (one := path.with_name(path.name + end)).is_file():
            copyfile(one, copy.with_name(copy.name + end))
    engine = engine_for(f"sqlite:///{copy}")
    weakref.finalize(engine, folder.cleanup)
    ensure_schema(engine)
    return engine


def _empty(address: URL) -> Engine:
    engine = create_engine(
        address, creator=lambda: sqlite3.connect(":memory:", check_same_thread=False), poolclass=StaticPool
    )
    ServiceRow.metadata.create_all(engine)
    return engine
