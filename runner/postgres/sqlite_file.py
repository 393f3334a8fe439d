"""A SQLite file of the run's own, for a service that keeps its data in one."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.errors import ProbeError
from runner.postgres.database import Database
from runner.postgres.driver import Connection, PostgresError, sql
from runner.said import say

OWN = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%\"%'"
WAITS = 10.0  # seconds for a service that writes just now


class NotAsked(ProbeError, PostgresError):
    """PostgreSQL was to be asked, and the service keeps its data in SQLite. Who can do without goes on."""

    def __init__(self) -> None:
        super().__init__(
            say(
                "this service keeps its data in SQLite: it is run on a file of the run's own, and what only "
                "PostgreSQL's catalogue, locks and plans tell was not looked at"
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFile(Database):
    """`file` is read and written by the service alone; `scheme` is its own, as `sqlite+aiosqlite`."""

    file: Path
    scheme: str

    @property
    def is_asked(self) -> bool:
        return False

    @property
    def dsn(self) -> str:
        raise NotAsked

    def url(self, driver: str | None) -> str:  # noqa: ARG002 - a file has no driver of PostgreSQL's
        return f"{self.scheme}:///{self.file}"

    def rows(self, query: str | sql.Composed, *args: object) -> list[dict[str, Any]]:  # noqa: ARG002
        raise NotAsked

    def connect(self) -> Connection:
        raise NotAsked

    def has_tables(self) -> bool:
        return bool(self.contents())

    def contents(self) -> dict[str, list[Any]]:
        """Table → all its rows, for files as small as a proof makes them."""
        if not self.file.exists():
            return {}
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=WAITS)) as line:
            names = [name for (name,) in line.execute(OWN)]
            return {name: line.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608


def new_file(folder: Path, name: str, scheme: str, template: str | None = None) -> SqliteFile:
    """An empty one, or a copy of another of this folder that nobody writes to. `name`: as a database's."""
    folder.mkdir(mode=0o777, exist_ok=True)
    folder.chmod(0o777)  # SQLite puts its journal beside the file
    file = folder / f"{name}.db"
    if template is not None and (before := folder / f"{template}.db").exists():
        with closing(sqlite3.connect(before)) as old, closing(sqlite3.connect(file)) as new:
            old.backup(new)
        shutil.copymode(before, file)
    return SqliteFile(port=1, name=name, file=file, scheme=scheme)
