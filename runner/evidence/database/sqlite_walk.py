"""The whole history up, down and up again on SQLite, for a service that runs on it."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.discovery.code_files import python_files
from runner.discovery.env_files import shown_env_files
from runner.discovery.usual_places import shown
from runner.errors import NotThere, ProbeError
from runner.evidence.database.migration_walk import is_linear, not_done
from runner.evidence.database.migrations import Migrations, Revision, no_alembic
from runner.live.conversation import Conversation
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.walk import folders_above
from runner.said import say
from runner.words import plural

OBJECTS = "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%\"%'"
ASYNC = {"asyncpg"}
ADDRESS = re.compile(r"[\"']sqlite(?:\+\w+)?://")
RULE = re.compile(r"(?:constraint|primary key|unique|check|foreign key)\b")  # of a table, behind its columns
DEFAULT = re.compile(r"\bdefault\(([\w.]+|'[^']*')\)")  # the same value without brackets
Objects = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteStep:
    revision: Revision
    problem: str = ""
    down_problem: str = ""
    again_problem: str = ""
    leftovers: tuple[str, ...] = ()
    changes: bool = False  # something in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteWalk(Evidence):
    """The migrations, up and down and up again on SQLite."""

    steps: tuple[SqliteStep, ...]
    revisions: int  # that there are

    @classmethod
    def collect(cls, probe: Probe, migrations: Migrations) -> Self:
        config = probe.target.alembic
        if config is None:
            raise no_alembic()
        must_mention_sqlite(probe)
        if not is_linear(migrations.history()):
            raise ProbeError("the migration history has branches: only a straight one is walked on SQLite")
        file = probe.workshop.scratch("sqlite") / "walk.db"
        with probe.converse("alembic_steps", config, env=environment(probe, file)) as steps:
            found = tuple(_walk(steps, migrations.revisions, file))
        if not file.exists():
            raise ProbeError(
                "the migrations wrote nothing to the SQLite file: is the address taken from {database_url}?"
            )
        return cls(steps=found, revisions=len(migrations.revisions))


def must_mention_sqlite(probe: Probe) -> None:
    """Raise `NotThere` where no file that could lead to SQLite names it."""
    root, config = probe.root, probe.target.alembic
    code = list(python_files(root))
    settings = [*shown_env_files(root, folders_above(root)), *([root / config] if config else [])]
    wanted = [*((path, "sqlite") for path in code), *((path, "sqlite:") for path in settings)]
    if any(word in _text(path) for path, word in wanted if path.is_file()):
        return
    looked = say("{files} of Python, alembic.ini, and files of settings", files=plural(len(code), "file"))
    raise NotThere("PostgreSQL only: neither code nor migrations nor settings mention SQLite", looked=looked)


def environment(probe: Probe, file: Path) -> dict[str, str]:
    """The service's environment with a SQLite file for its database."""
    database = probe.servers.new_database()
    driver = probe.servers.driver()
    scheme = "sqlite+aiosqlite" if driver in ASYNC else "sqlite"
    env = probe.environment.of(database)
    url = database.url(driver)
    if not any(url in value for value in env.values()):
        if named := next((path for path in python_files(probe.root) if ADDRESS.search(_text(path))), None):
            raise ProbeError(
                say(
                    "{shown} goes to a SQLite file of its own, and no setting takes a whole address of a "
                    "database: its migrations can't be turned to another file",
                    shown=shown(probe.root, named),
                )
            )
        looked = say(
            "the {settings} of gonogo.toml, [env], and the code",
            settings=plural(len(probe.target.config.env), "setting"),
        )
        raise NotThere("no setting takes a whole database address, and no code names a SQLite file", looked=looked)
    return {name: value.replace(url, f"{scheme}:///{file}") for name, value in env.items()}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _walk(steps: Conversation, revisions: tuple[Revision, ...], file: Path) -> Iterator[SqliteStep]:
    for revision in revisions:
        step = _one(steps, revision, file)
        yield step
        if step.problem or step.down_problem or step.again_problem:
            return


def _one(steps: Conversation, revision: Revision, file: Path) -> SqliteStep:
    before = objects(file)
    if up := _problem(steps, file, "upgrade", revision.id):
        return SqliteStep(revision=revision, problem=up)
    changes = objects(file) != before
    if down := _problem(steps, file, "downgrade", revision.down[0] if revision.down else "base"):
        return SqliteStep(revision=revision, changes=changes, down_problem=down)
    left = tuple(differences(before, objects(file)))
    again = _problem(steps, file, "upgrade", revision.id)
    return SqliteStep(revision=revision, changes=changes, again_problem=again, leftovers=left)


def _problem(steps: Conversation, file: Path, command: str, wanted: str) -> str:
    """Why it failed, or that the version table does not say that it was done; empty where all is well."""
    if problem := steps.ask(words=[command, wanted])["error"]:
        return str(problem)
    return not_done((command, wanted), applied(file)) or ""


def applied(file: Path) -> list[str]:
    """The revisions that the version table names: Alembic's, which has one column. Empty where there is none."""
    if not file.exists():
        return []
    with closing(sqlite3.connect(file)) as connection:
        return [
            str(row[0])
            for table in _books(connection)
            for row in connection.execute(f'SELECT version_num FROM "{table}"')  # noqa: S608 - a name from the catalogue
        ]


def _books(connection: sqlite3.Connection) -> list[str]:
    """Alembic's tables: those with its one column, whatever `version_table` calls them."""
    tables = [row[0] for row in connection.execute(TABLES).fetchall()]
    columns = {one: [row[1] for row in connection.execute(f'PRAGMA table_info("{one}")')] for one in tables}
    return [one for one, found in columns.items() if found == ["version_num"]]


def objects(file: Path) -> Objects:
    """Everything in a SQLite file with its SQL, without Alembic's own table."""
    if not file.exists():
        return {}
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute(OBJECTS).fetchall()
        books = {f"table {name}" for name in _books(connection)}
    return {name: " ".join(text.split()) for name, text in found if name not in books}


def differences(before: Objects, after: Objects) -> Iterator[str]:
    yield from (say("{name} is left behind", name=name) for name in after if name not in before)
    yield from (say("{name} is gone", name=name) for name in before if name not in after)
    for name in before:
        if name in after and _meaning(before[name]) != _meaning(after[name]):
            yield say("{name} is not what it was", name=name)


def _meaning(text: str) -> tuple[str, ...]:
    """SQLite keeps the text it was given: a rebuilt table may quote its name, and list its rules in another order."""
    said = text.replace('"', "").replace(" (", "(").replace(", ", ",").lower()
    if not said.startswith("create table"):
        return (said,)
    head, _, body = said.partition("(")
    inside, _, behind = body.rpartition(")")
    parts = [DEFAULT.sub(r"default \1", one.strip()) for one in _parts(inside)]
    rules = sorted(one for one in parts if RULE.match(one))
    return (head, *(one for one in parts if not RULE.match(one)), *rules, behind)


def _parts(inside: str) -> Iterator[str]:
    """What stands between commas, those inside of brackets and quotes apart."""
    depth, quoted, begins = 0, False, 0
    for place, sign in enumerate(inside):
        quoted ^= sign == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth and not quoted:
            yield inside[begins:place]
            begins = place + 1
    yield inside[begins:]
