"""How is the ledger's database reached? SQLite in a file of its own, or PostgreSQL."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import NullPool
from sqlmodel import create_engine

from runner.errors import WorkflowError


def engine_for(url: str) -> Engine:
    """Raises `WorkflowError` when the folder of an SQLite file can't be made."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    path = url.removeprefix("sqlite:///")
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkflowError(
            f"No ledger can be kept in {Path(path).parent}: {error.strerror}. Name a place that can be written: "
            "GONOGO_LEDGER=sqlite:////path/to/ledger.db"
        ) from error
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 30})
    event.listen(engine, "connect", _sqlite_manners)
    return engine


def _sqlite_manners(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
