"""Do several replicas come up that start at once, where each start brings the schema up to date?"""

import contextlib
import re
import shlex
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.errors import NotThere, ProbeError, first_line
from runner.evidence.database.migrations import Migrations
from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.image_words import start_words
from runner.live.server import DidNotStart, Server
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.postgres.database import Database
from runner.postgres.driver import Connection, PostgresError
from runner.postgres.sessions import lock_catalogue, waiting
from runner.postgres.versions import applied, version_tables
from runner.probe import Probe
from runner.reading.shell import script_of
from runner.said import say

REPLICAS = 3
ROUNDS = 3
GATHERED = 1.2  # seconds that a migration is held, less than the lock_timeout that env.py may set
PATIENCE = 40  # seconds until somebody writes
PAUSE = 0.02
LOCK_WITHIN = 2  # seconds
MIGRATES = re.compile(r"\balembic\b.*\bupgrade\b")
SAYS = frozenset({"echo", "printf"})
FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+), in (\S+)', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """A replica that did not come up."""

    said: str
    path: str | None = None  # where the service's own code migrates, …
    line: int | None = None
    caller: str = ""  # … `migrate() in lifespan`


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The command of a start that migrates, and where it stands."""

    command: str
    path: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas(Evidence):
    """Several starts at once, on a database that is one revision behind."""

    revision: str  # that the database was on; empty: it was empty
    started: int  # replicas that were started at once, in all rounds
    fallen: tuple[Fallen, ...]
    command: str = ""  # of one replica

    @classmethod
    def collect(cls, probe: Probe, migrations: Looked[Migrations], image: Looked[ImageFile]) -> Self:
        before = revision_before(migrations.or_none())
        replicas = _Replicas(probe, before)
        step = starts_with_migration(image.evidence)
        if step is None and not replicas.a_start_migrates():
            looked = say(
                "a database {before}, before and after a start",
                before=say("on {before}", before=before) if before else say("without a table"),
            )
            raise NotThere("the service migrates nothing when it starts", looked=looked)
        fallen: list[Fallen] = []
        for _ in range(ROUNDS):
            if not fallen:
                fallen = replicas.by_command(step) if step else replicas.at_once()
        return cls(
            revision=before,
            started=replicas.started,
            fallen=tuple(fallen),
            command=step.command if step else replicas.command,
        )


def revision_before(migrations: Migrations | None) -> str:
    """The revision below the head; empty where there is none, or several."""
    if migrations is None or len(migrations.heads) != 1:
        return ""
    head = next((one for one in migrations.revisions if one.id == migrations.heads[0]), None)
    return head.down[0] if head is not None and len(head.down) == 1 else ""


def starts_with_migration(image: ImageFile | None) -> Step | None:
    """What of the image's command, or of the script that it starts, migrates before it serves."""
    for path, line, text in started(image) if image is not None else ():
        found = [one for one in script_of(text).commands if one.runs is not False and one.name not in SAYS]
        steps = [(n, one) for n, one in enumerate(found) if one.runs and MIGRATES.search(one.text)]
        if steps and steps[0][0] + 1 < len(found):
            return Step(command=steps[0][1].text, path=path, line=line or steps[0][1].line)
    return None


def started(image: ImageFile) -> Iterator[tuple[str, int | None, str]]:
    """(file, line, text) of the shells that a start goes through: the image's command, and the scripts it names."""
    words = start_words(image)
    at = image.effective("CMD") or image.effective("ENTRYPOINT")
    if words:
        yield image.path, at.line if at else None, words[-1] if words[-2:-1] == ["-c"] else shlex.join(words)
    yield from ((path, None, text) for path, text in image.scripts)


class _Replicas:
    def __init__(self, probe: Probe, before: str) -> None:
        self.probe, self.before = probe, before
        self.started = 0
        self.command = ""
        self.template = self._one_behind()

    def _one_behind(self) -> Database:
        database = self.probe.servers.new_database()
        migrator = Migrator(self.probe)
        migrator.prepare(database)
        if self.before:
            ran = migrator.migrate(database, "upgrade", self.before)
            if ran.code:
                raise ProbeError(
                    say(
                        "the database does not come to {before}: {complaint}",
                        before=self.before,
                        complaint=ran.complaint(self.probe.root),
                    )
                )
        return database

    def _copy(self) -> Database:
        return self.probe.servers.new_database(self.template.name)

    def a_start_migrates(self) -> bool:
        database = self._copy()
        before, empty = applied(database), not database.has_tables()
        server = self.probe.start_service(database)
        self.command = server.command.replace(str(self.probe.target.python), "python")
        self._end(server)
        return set(applied(database)) != set(before) or (empty and database.has_tables())

    def at_once(self) -> list[Fallen]:
        """Those that did not come up of several starts, each of which had looked before the first one wrote."""
        database = self._copy()
        with ThreadPoolExecutor(REPLICAS) as pool, writes_held(database) as gather:
            starts = [pool.submit(copy_context().run, self._start, database) for _ in range(REPLICAS)]
            gather(REPLICAS)
        found = [one.result() for one in starts]
        self.started += REPLICAS
        fallen = [one for one in found if isinstance(one, Fallen)]
        for one in found:
            if isinstance(one, Server):
                self._end(one)
        return fallen

    def by_command(self, step: Step) -> list[Fallen]:
        database = self._copy()
        migrator = Migrator(self.probe)
        with ThreadPoolExecutor(REPLICAS) as pool, writes_held(database) as gather:
            runs = [
                pool.submit(copy_context().run, migrator.migrate, database, "upgrade", "head") for _ in range(REPLICAS)
            ]
            gather(REPLICAS)
        self.started += REPLICAS
        return [
            Fallen(said=ran.complaint(self.probe.root), path=step.path, line=step.line)
            for ran in (one.result() for one in runs)
            if ran.code
        ]

    def _start(self, database: Database) -> Server | Fallen:
        try:
            return self.probe.start_service(database)
        except DidNotStart as error:
            return fallen(error, self.probe.workshop.fence.view(self.probe.root), self.probe.root)

    def _end(self, server: Server) -> None:
        server.stop()
        self.probe.workshop.runner.forget(server.process)


def fallen(problem: DidNotStart, *roots: Path) -> Fallen:
    """What its log says: the exception, and where the service's own code called for the migration."""
    last = problem.log.rpartition("Traceback (most recent call last):")[2]
    said = next(
        (line for line in last.splitlines() if re.match(r"[\w.]+(?:Error|Violation|Exception|Table)\b", line)), ""
    )
    own = [
        (file.resolve().relative_to(root).as_posix(), int(line), function)
        for name, line, function in FRAME.findall(last)
        for root in dict.fromkeys(roots)
        if (file := Path(name)).resolve().is_relative_to(root) and "site-packages" not in file.parts
    ]
    code = [one for one in own if "versions" not in one[0].split("/") and not one[0].endswith("env.py")]
    if not code:
        return Fallen(said=said.strip() or first_line(problem))
    path, line, function = code[-1]
    outer = f" in {code[-2][2]}" if len(code) > 1 else ""
    return Fallen(said=said.strip() or first_line(problem), path=path, line=line, caller=f"{function}(){outer}")


@contextlib.contextmanager
def writes_held(database: Database) -> Iterator[Callable[[int], None]]:
    """Whoever makes a table or writes a version waits until so many have come so far, or the first one for too long."""
    with (
        database.connect() as watcher,
        database.connect() as connection,
        connection.transaction(force_rollback=True),
    ):
        with contextlib.suppress(PostgresError), connection.transaction():
            lock_catalogue(connection, version_tables(database), LOCK_WITHIN)

        def gather(count: int) -> None:
            _wait(watcher, count)

        yield gather
        # the transaction ends here, and all go on


def _wait(watcher: Connection, count: int) -> None:
    until = time.monotonic() + PATIENCE
    first = 0.0
    while time.monotonic() < until:
        held = waiting(watcher)
        if held and not first:
            first, until = time.monotonic(), time.monotonic() + GATHERED
        if held >= count:
            return
        time.sleep(PAUSE)
