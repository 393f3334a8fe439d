"""The newest migration taken back and applied again, with rows in the tables, and the old code's writes in between."""

from contextlib import closing
from dataclasses import dataclass, replace
from typing import Self, TypeVar

from runner.errors import ProbeError
from runner.evidence.code.lock_file import LockFile
from runner.evidence.database.migration_walk import not_done
from runner.evidence.database.migrations import Migrations
from runner.evidence.release.clean_room import CleanRoom, room_of
from runner.live.conversation import Conversation
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.postgres.catalog import Column, Filler, columns, row_counts, schema_lines
from runner.postgres.database import Database
from runner.postgres.versions import applied
from runner.probe import BOOT, GUESTS, Probe
from runner.said import say, together


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Something that the code before the newest migration does, and that the schema after it refuses."""

    table: str
    column: str | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback(Evidence):
    """The newest migration, taken back."""

    head: str
    path: str  # of the head's file
    previous: str | None  # None: the head is the first
    refused: str = ""  # why the downgrade ended with an error
    left: tuple[str, ...] = ()  # in the schema after the downgrade, not before the upgrade
    lost: tuple[str, ...] = ()  # in the schema before the upgrade, gone after the downgrade
    rows_lost: tuple[tuple[str, int, int], ...] = ()  # table, rows before, rows after
    again: str = ""  # why the migration could not be applied once more
    filled: tuple[str, ...] = ()  # tables that had rows, of …
    tables: int = 0  # … those that there were before the newest migration
    breaks: tuple[Break, ...] = ()  # what the old code can no longer do

    @classmethod
    def collect(cls, probe: Probe, history: Migrations, lock: LockFile, clean: Looked[CleanRoom]) -> Self:
        history.history()
        if len(history.heads) != 1:
            raise ProbeError(
                say(
                    "{heads} heads: which one a release applies is not decided; merge them first",
                    heads=len(history.heads),
                )
            )
        head = next(r for r in history.revisions if r.id == history.heads[0])
        if len(head.down) > 1:
            raise ProbeError(
                say("the newest revision, {id}, is a merge: there is no single step to take back", id=head.id)
            )
        clean.must()
        room = room_of(probe, lock)
        database = probe.servers.new_database()
        Migrator(probe).prepare(database)
        plan = cls(head=head.id, path=head.path, previous=head.down[0] if head.down else None)
        argv = [str(room.python), "-c", BOOT, str(GUESTS / "alembic_steps.py")]
        env = room.environment(probe, database)
        with closing(Conversation(probe.workshop.runner, argv, [str(probe.target.alembic)], room.release, env)) as talk:
            return _try(plan, _Alembic(probe, talk, database), database)


VERSIONS = "alembic_version"
R = TypeVar("R", bound=Rollback)


@dataclass(frozen=True, slots=True)
class _Alembic:
    """Alembic in the clean environment: one process for all the steps."""

    probe: Probe
    talk: Conversation
    database: Database

    def problem(self, *words: str) -> str:
        """Why a command failed; empty when it did not."""
        self.probe.note(f"alembic {' '.join(words)}")
        return str(self.talk.ask(120, words=words)["error"] or "")

    def must(self, *words: str) -> None:
        problem = self.problem(*words)
        if problem:
            said = together(words, " ")
            raise ProbeError(
                say(
                    "`alembic {said}` does not apply, so nothing could be taken back: {problem}",
                    said=said,
                    problem=problem,
                )
            )

    def stands_at(self, command: str, wanted: str) -> None:
        """Raise `ProbeError` where the version table does not say what a command claims to have done."""
        if problem := not_done((command, wanted), applied(self.database)):
            raise ProbeError(say("{problem} So nothing could be taken back.", problem=problem))


def _try(plan: R, alembic: _Alembic, database: Database) -> R:
    if plan.previous:
        alembic.must("upgrade", plan.previous)
        alembic.stands_at("upgrade", plan.previous)
    before, old = schema_lines(database), columns(database)
    filler = Filler(database)
    filled = tuple(table for table, problem in filler.fill().items() if not problem)
    rows = row_counts(database)
    plan = replace(plan, tables=len({column.table for column in old} - {VERSIONS}))
    filled = tuple(table for table in filled if table != VERSIONS)
    alembic.must("upgrade", "head")
    alembic.stands_at("upgrade", plan.head)
    breaks = tuple(_breaks(database, filler, old, filled))
    refused = alembic.problem("downgrade", "-1")
    if refused:
        return replace(plan, refused=refused, breaks=breaks, filled=filled)
    alembic.stands_at("downgrade", plan.previous or "base")
    after, kept = schema_lines(database), row_counts(database)
    gone = tuple((t, n, kept.get(t, 0)) for t, n in rows.items() if t in {c.table for c in old} and kept.get(t, 0) < n)
    again = alembic.problem("upgrade", "head")
    return replace(
        plan,
        left=tuple(sorted(after - before)),
        lost=tuple(sorted(before - after)),
        rows_lost=gone,
        again=again,
        filled=filled,
        breaks=breaks,
    )


def _breaks(database: Database, filler: Filler, old: tuple[Column, ...], filled: tuple[str, ...]) -> list[Break]:
    """What the old code did before and can't do now: read its columns, write its rows."""
    now = {(c.table, c.column): c for c in columns(database)}
    tables = {c.table for c in now.values()}
    found = [
        Break(table=t, column=None, what="the table is gone")
        for t in dict.fromkeys(c.table for c in old)
        if t not in tables
    ]
    found += [
        Break(table=c.table, column=c.column, what="the column is gone")
        for c in old
        if c.table in tables and (c.table, c.column) not in now
    ]
    broken = {one.table for one in found}
    for table, problem in filler.fill().items():
        if problem and table in filled and table not in broken:
            found.append(
                Break(
                    table=table, column=_named(problem), what=say("its INSERT is refused: {problem}", problem=problem)
                )
            )
    return found


def _named(problem: str) -> str | None:
    """The column in PostgreSQL's `null value in column "x" of relation …`."""
    _, marker, rest = problem.partition('column "')
    return rest.partition('"')[0] if marker else None
