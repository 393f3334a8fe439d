"""One database on a server that the run started. Whoever only names one does not load the driver."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from runner.postgres.driver import Connection, sql

USER = "postgres"
HOST = "127.0.0.1"  # a server of the run's own listens nowhere else


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database on our server."""

    port: int
    name: str
    folder: str = ""  # of the server's socket file, where we can't reach its port
    marker: str = ""  # what `SHOW gonogo.run` says on our server, and on no other
    programs: Path | None = None  # the folder of the server's own `pg_dump`

    @property
    def is_asked(self) -> bool:
        """Can we ask it ourselves: for its tables, and to put rows into it?"""
        return True

    @property
    def dsn(self) -> str:
        """For libpq and psycopg, as we and the run's processes reach it."""
        if self.folder:
            return f"postgresql://{USER}@/{self.name}?host={quote(self.folder, safe='')}&port={self.port}"
        return f"postgresql://{USER}@{HOST}:{self.port}/{self.name}"

    def url(self, driver: str | None) -> str:
        """For SQLAlchemy: `postgresql+psycopg://…`. Some services insist on a password, so there is one."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return f"{scheme}://{USER}:trusted@{HOST}:{self.port}/{self.name}"

    def rows(self, query: "str | sql.Composed", *args: object) -> list[dict[str, Any]]:
        """The rows of a query, each a dictionary."""
        with self.connect() as connection:
            cursor = connection.execute(query.encode() if isinstance(query, str) else query, args or None)
            return cursor.fetchall() if cursor.description else []

    def connect(self) -> "Connection":
        """A connection of our own, whatever PG… variables this machine has set; each statement commits."""
        from runner.postgres.driver import connect, dict_row

        return connect(
            self.dsn,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=10,
            sslmode="disable",
            options="",
            prepare_threshold=None,  # a statement that psycopg keeps knows a table that is gone, and its columns' types
            password="trusted",  # noqa: S106 - the server trusts loopback; nothing is looked up in anyone's .pgpass
        )

    def has_tables(self) -> bool:
        """Any but PostgreSQL's own."""
        own = "('pg_catalog', 'information_schema')"
        return bool(self.rows(f"SELECT 1 FROM pg_tables WHERE schemaname NOT IN {own} LIMIT 1"))  # noqa: S608
