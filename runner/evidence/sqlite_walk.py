"""The whole history up, down and up again on SQLite, for a service that runs on it."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.errors import NotThere, ProbeError
from runner.evidence.migration_walk import is_linear
from runner.evidence.migrations import Migrations, Revision
from runner.live.conversation import Conversation
from runner.model import Evidence
from runner.probe import TargetProbe
from runner.target import python_files

OBJECTS = "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1"
ASYNC = {"asyncpg"}
Objects = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteStep:
    revision: Revision
    trouble: str = ""
    down_trouble: str = ""
    again_trouble: str = ""
    leftovers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteWalk(Evidence):
    """The migrations, up and down and up again on SQLite."""

    steps: tuple[SqliteStep, ...]

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        config, migrations = probe.target.alembic, probe.need(Migrations)
        if config is None:
            raise NotThere("this service has no Alembic configuration")
        if not mentions_sqlite(probe.root):
            raise NotThere("PostgreSQL only: neither the code nor the migrations of this service mention SQLite")
        if not is_linear(migrations.history()):
            raise ProbeError("the migration history has branches: only a straight one is walked on SQLite")
        file = probe.workshop.scratch("sqlite") / "walk.db"
        with probe.converse("alembic_steps", config, env=environment(probe, file)) as steps:
            found = tuple(_walk(steps, migrations.revisions, file))
        if not file.exists():
            raise ProbeError(
                "the migrations wrote nothing to the SQLite file: is the address taken from {database_url}?"
            )
        return cls(steps=found)


def mentions_sqlite(root: Path) -> bool:
    return any("sqlite" in path.read_text(encoding="utf-8", errors="replace") for path in python_files(root))


def environment(probe: TargetProbe, file: Path) -> dict[str, str]:
    """The service's environment with a SQLite file for its database."""
    database = probe.new_database()
    driver = probe.driver()
    scheme = "sqlite+aiosqlite" if driver in ASYNC else "sqlite"
    env = probe.environment(database)
    url = database.url(driver)
    if not any(url in value for value in env.values()):
        raise NotThere("PostgreSQL only: no setting of this service takes a whole database address")
    return {name: value.replace(url, f"{scheme}:///{file}") for name, value in env.items()}


def _walk(steps: Conversation, revisions: tuple[Revision, ...], file: Path) -> Iterator[SqliteStep]:
    for revision in revisions:
        step = _one(steps, revision, file)
        yield step
        if step.trouble or step.down_trouble or step.again_trouble:
            return


def _one(steps: Conversation, revision: Revision, file: Path) -> SqliteStep:
    before = objects(file)
    up = steps.ask(words=["upgrade", revision.id])["error"]
    if up:
        return SqliteStep(revision=revision, trouble=up)
    down = steps.ask(words=["downgrade", revision.down[0] if revision.down else "base"])["error"]
    if down:
        return SqliteStep(revision=revision, down_trouble=down)
    left = tuple(differences(before, objects(file)))
    again = steps.ask(words=["upgrade", revision.id])["error"]
    return SqliteStep(revision=revision, again_trouble=again or "", leftovers=left)


def objects(file: Path) -> Objects:
    """Everything in a SQLite file with its SQL, without Alembic's own table."""
    if not file.exists():
        return {}
    connection = sqlite3.connect(file)
    try:
        found = connection.execute(OBJECTS).fetchall()
    finally:
        connection.close()
    return {name: " ".join(text.split()) for name, text in found if "alembic_version" not in name}


def differences(before: Objects, after: Objects) -> Iterator[str]:
    yield from (f"{name} is left behind" for name in after if name not in before)
    yield from (f"{name} is gone" for name in before if name not in after)
    for name in before:
        if name in after and _words(before[name]) != _words(after[name]):
            yield f"{name} is not what it was"


def _words(text: str) -> str:
    """SQLite keeps the text it was given: a rebuilt table may quote its name."""
    return text.replace('"', "").replace(" (", "(").replace(", ", ",").lower()
