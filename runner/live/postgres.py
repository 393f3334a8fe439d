"""A PostgreSQL server of our own: the machine's binaries or a wheel's, a fresh data folder, a free port."""

import errno
import os
import re
import secrets
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.errors import ProbeError, hint_in
from runner.live.binaries import as_nobody, open_to_nobody, reachable
from runner.live.candidates import HOW_TO_GET, Candidate, candidates
from runner.live.origin import origin_asked_for
from runner.live.ports import LOOPBACK, free_port, wait_until
from runner.live.scratch import drop_scratch, make_scratch
from runner.postgres.database import USER, Database
from runner.postgres.driver import ObjectInUse, PostgresError, sql
from runner.processes.fence import Kind
from runner.processes.process import Background, Reach, Runner, clean_environment
from runner.processes.ran import how_it_ended
from runner.said import say

MARKER = "gonogo.run"
PORTS_TRIED = 3
LAST_MOMENTS = 2.0  # seconds that a server whose process panicked takes to end
NEXT_TO_NOTHING = 1 << 20  # bytes
ERROR = re.compile(r"\b(error|fatal|panic): ", re.IGNORECASE)
PATIENCE = 5  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a server of ours is, and how it is told from any other."""

    port: int
    folder: str  # of its socket file, where we can't reach its port
    marker: str  # what `SHOW gonogo.run` says here, and nowhere else
    programs: Path

    def database(self, name: str) -> Database:
        return Database(port=self.port, name=name, folder=self.folder, marker=self.marker, programs=self.programs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    place: Place
    version: str
    process: Background
    candidate: Candidate

    @property
    def port(self) -> int:
        return self.place.port

    def end(self) -> str:
        """How it ended by itself, in its own words; empty while it lives.

        A full disk takes the server's log with it: then the disk says why.
        """
        if self.process.wait(LAST_MOMENTS) is None:
            return ""
        lines = self.process.log.read_text(encoding="utf-8", errors="replace").splitlines()
        words = [line for line in lines if hint_in(line)] or [line for line in lines if ERROR.search(line)]
        said = words[-1].strip() if words else how_it_ended(self.process.wait(0) or 0)
        hint = hint_in(said)
        if not hint and shutil.disk_usage(self.process.log.parent).free < NEXT_TO_NOTHING:
            said, hint = f"{said}; {os.strerror(errno.ENOSPC)}", hint_in(os.strerror(errno.ENOSPC))
        return say("the run's own PostgreSQL ended: {said}. {hint}", said=said, hint=hint).rstrip()

    def create(self, name: str, template: str | None = None) -> Database:
        """A new database, empty or a copy of another one that nobody is connected to."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        deadline = time.monotonic() + PATIENCE
        with self.place.database(USER).connect() as connection:
            while True:
                try:
                    connection.execute(statement)
                    return self.place.database(name)
                except ObjectInUse:  # whoever used the template is still saying goodbye
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.05)

    def drop(self, database: Database) -> None:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name))
        with self.place.database(USER).connect() as connection:
            connection.execute(statement)


def start_postgres(runner: Runner, among: Sequence[Candidate] | None = None) -> Postgres:
    """Start a server in a fresh folder, which goes away with it. Raises `ProbeError` where there is none.

    The first of these, by default of all that may be started. One that does not work is passed over for the next.
    """
    problem = ProbeError(
        say("no PostgreSQL server found{limit}: {how_to_get}", limit=origin_asked_for().limit, how_to_get=HOW_TO_GET)
    )
    for candidate in candidates() if among is None else among:
        for _ in range(PORTS_TRIED):
            try:
                return _start(runner, candidate)
            except ProbeError as error:
                problem = error
                if runner.closed or "bind" not in str(error):
                    break
    raise problem


def _start(runner: Runner, candidate: Candidate) -> Postgres:
    folder = make_scratch("pg-", parent=runner.run_folder if runner.fence.keeps_files() else open_to_nobody())
    try:
        prefix = as_nobody(folder)
        binaries = reachable(candidate.binaries, folder) if prefix else candidate.binaries
        data = folder / "data"
        env = clean_environment({"LC_ALL": "C", "HOME": str(folder), "PGTZ": "UTC"})
        words = ["-D", str(data), "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        _initdb(runner, [*prefix, str(binaries / "initdb"), *words], folder, env)
        port = free_port(runner.fence)
        socket = str(folder) if _is_inside(runner) else ""
        server = Place(port=port, folder=socket, marker=secrets.token_hex(16), programs=candidate.binaries)
        serve = [*prefix, str(binaries / "postgres"), "-D", str(data), *_options(server, candidate)]
        process = runner.start(serve, cwd=folder, env=env, stop_signal=signal.SIGQUIT, remove=folder, reach=Reach.OWN)
    except Exception:
        drop_scratch(folder)
        raise
    return _ready(server, process, data, candidate)


def _initdb(runner: Runner, argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
    made = runner.run(argv, cwd=folder, env=env, timeout=60, reach=Reach.OWN)
    if made.code:
        said = next((line for line in made.err.splitlines() if ERROR.search(line)), made.last_words)
        raise ProbeError(
            say(
                "initdb failed: {said}{it}",
                said=said,
                it=say(". {hint}", hint=hint) if (hint := hint_in(made.err)) else "",
            )
        )


def _is_inside(runner: Runner) -> bool:
    """Are the run's processes in a network of their own? Then we talk to the server through a socket file."""
    return runner.fence.kind is Kind.NAMESPACES


def _ready(place: Place, process: Background, data: Path, candidate: Candidate) -> Postgres:
    admin = place.database(USER)

    def answers() -> bool:
        try:
            found = str(admin.rows("SHOW data_directory")[0]["data_directory"])
        except PostgresError:  # not yet, or somebody else's server on this port
            return False
        return Path(found).resolve() == data.resolve()

    try:
        wait_until(answers, process, what="PostgreSQL", seconds=30)
    except ProbeError:
        process.stop(2)
        raise
    version = str(admin.rows("SHOW server_version")[0]["server_version"]).split()[0]
    return Postgres(place=place, version=version, process=process, candidate=candidate)


def _options(server: Place, candidate: Candidate) -> list[str]:
    fixed = {
        "port": str(server.port),
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": server.folder,  # a socket's path may not be longer than 107 bytes
        MARKER: server.marker,
        "dynamic_shared_memory_type": "mmap",  # in the data folder: nothing is left in /dev/shm
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "300",
        "shared_buffers": "128MB",
        "timezone": "UTC",
    }
    if "pg_stat_statements" in candidate.extensions:
        fixed |= {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_planning": "on"}
    return [word for name, value in fixed.items() for word in ("-c", f"{name}={value}")]


def dump_command(database: Database, *options: str) -> Sequence[str]:
    """argv of the server's own `pg_dump` for a database; raises `ProbeError` where there is none."""
    tool = database.programs / "pg_dump" if database.programs else None
    if tool is None or not tool.exists():
        raise ProbeError(say("no pg_dump found: {how_to_get}", how_to_get=HOW_TO_GET))
    return [str(tool), *options, database.dsn]
