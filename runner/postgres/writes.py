"""Has anything been written? A fingerprint of every table, for tables as small as a proof makes them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, LiteralString, Self

from runner.postgres.database import Database
from runner.postgres.driver import sql, tuple_row
from runner.postgres.sqlite_file import SqliteFile
from runner.postgres.tables import Table, tables_of

SETTLED = 0.4  # seconds in which a service has stored what it stores after its answer
BOOKKEEPING = ("audit", "log", "session", "token", "attempt", "event", "outbox", "rate", "throttle")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    tables: Mapping[str, str]

    def differs(self, later: "Fingerprint") -> tuple[str, ...]:
        """Tables that were written in between, without those that services keep their books in."""
        names = [name for name, print in later.tables.items() if self.tables.get(name) != print]
        return tuple(name for name in names if not _is_bookkeeping(name))


def _is_bookkeeping(table: str) -> bool:
    """By whole words of its name: `login_attempts` is, `blog_users` and `catalog.customers` are not."""
    words = {word.removesuffix("s") for word in re.split(r"[._]", table.lower())}
    return bool(words & set(BOOKKEEPING)) or any(word.startswith("audit") for word in words)


class Watch:
    """Looks at every table of a database, over one connection. Use as a context manager."""

    def __init__(self, database: Database) -> None:
        self._file = database if isinstance(database, SqliteFile) else None
        if self._file is not None:
            return
        self._connection = database.connect()
        tables = tables_of(database)
        self._query = _of_each("SELECT {}, sum(hashtextextended(t::text, 0))::text FROM {} t", tables)
        self._counts = _of_each("SELECT {}, count(*) FROM {}", tables)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, tb: TracebackType | None) -> None:
        if self._file is None:
            self._connection.close()

    def look(self) -> Fingerprint:
        if self._file is not None:
            return Fingerprint({name: repr(rows) for name, rows in self._file.contents().items()})
        return Fingerprint({name: print or "" for name, print in self._pairs(self._query)})

    def counts(self) -> Mapping[str, int]:
        """How many rows each table has."""
        if self._file is not None:
            return {name: len(rows) for name, rows in self._file.contents().items()}
        return dict(self._pairs(self._counts))

    def rows(self) -> Mapping[str, int]:
        """How many rows each table has, without those that services keep their books in."""
        return {name: count for name, count in self.counts().items() if not _is_bookkeeping(name)}

    def _pairs(self, query: sql.SQL | sql.Composed) -> list[tuple[Any, ...]]:
        return self._connection.cursor(row_factory=tuple_row).execute(query).fetchall()


def _of_each(one: LiteralString, tables: Sequence[Table]) -> sql.SQL | sql.Composed:
    """A query of two columns, asked of each table under its name."""
    parts = [sql.SQL(one).format(sql.Literal(str(table)), table.place) for table in tables]
    return sql.SQL(" UNION ALL ").join(parts) if parts else sql.SQL("SELECT '', NULL WHERE false")
