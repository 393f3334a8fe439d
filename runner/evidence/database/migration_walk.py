"""Each revision up, down and up again on an empty PostgreSQL: what it runs, and what it leaves behind."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

from runner.errors import ProbeError, hint_in
from runner.evidence.code.sql_script import done_in_block, statements_in, words_in
from runner.evidence.database.migrations import Migrations, Revision, no_alembic
from runner.evidence.database.schema import Shape, changes, read_shape
from runner.evidence.database.widening import only_widened
from runner.live.conversation import Conversation
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.postgres.versions import applied, said
from runner.probe import Probe
from runner.said import say, together

WHOLE = "heads"  # the name of a step that is the whole history
BOOKS = {"alembic_version", "version_num"}  # Alembic's table, by its name or by its only column
OF_ROWS = {"insert", "update", "delete", "merge", "copy", "truncate", "grant", "revoke", "comment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    sql: str
    alone: bool = False  # outside of a transaction
    revision: str = ""  # whose code ran it; empty: env.py's, or Alembic's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One revision: up, down, up."""

    revision: Revision
    problem: str = ""  # why it does not go up
    down_problem: str = ""
    again_problem: str = ""  # up after down
    leftovers: tuple[str, ...] = ()  # how the schema after down differs from the one before up
    differences: tuple[str, ...] = ()  # how the schema differs after the second up
    statements: tuple[Statement, ...] = ()
    changed: tuple[str, ...] = ()  # how the schema after up differs from the one before
    altered: tuple[
        tuple[str, ...], ...
    ] = ()  # each table that was there and is not the same: its name, then its parts'
    widened: tuple[tuple[str, str], ...] = ()  # (table, column) whose type grew without a look at any row
    seconds: float = 0.0

    @property
    def acts(self) -> bool:
        """Did it change the schema or rows? One that does nothing shows nothing when it goes up and down."""
        return bool(self.changed) or any(map(changes_rows, self.statements))

    @property
    def reversible(self) -> bool:
        return not (self.down_problem or self.again_problem or self.leftovers or self.differences)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationWalk(Evidence):
    """Every revision, up and down and up again on PostgreSQL."""

    steps: tuple[Walked, ...]
    history: tuple[Revision, ...]  # all that there are, walked or not
    by_env: tuple[str, ...] = ()  # tables that are there as soon as env.py has run, without any revision

    @classmethod
    def collect(cls, probe: Probe, migrations: Migrations) -> Self:
        history = migrations.history()
        with stepper(probe) as steps:
            by_env = _made_by_env(steps)
            return cls(steps=tuple(_walk(steps, migrations)), history=history, by_env=by_env)

    @property
    def open(self) -> tuple[Revision, ...]:
        """The revisions that can still be mended."""
        return tuple(one for one in self.history if not one.released)

    def count(self, steps: Iterable[Walked]) -> int:
        """How many revisions these steps are: a history whose branches meet is walked as one."""
        found = list(steps)
        return len(self.open) if any(one.revision.id == WHOLE for one in found) else len(found)


def apart(step: Walked, history: Iterable[Revision]) -> Iterator[Walked]:
    """A history that was walked as one, as its revisions with what each of them ran; any other step as it is."""
    if step.revision.id != WHOLE:
        yield step
        return
    known, parts, last = {one.id: one for one in history}, dict[str, list[Statement]](), ""
    for one in step.statements:
        last = one.revision or last
        parts.setdefault(last, []).append(one)
    for id, statements in parts.items():
        revision = known.get(id, step.revision)
        yield replace(step, revision=revision, statements=tuple(statements))


class Stepper:
    """Alembic commands on a database of their own, which can be made anew under the same name."""

    def __init__(self, probe: Probe, conversation: Conversation, database: Database) -> None:
        self._probe, self._conversation, self.database = probe, conversation, database
        self.broke = ""  # the revision that raised last

    def do(self, *words: str, timeout: float = 120) -> Mapping[str, Any]:
        self._probe.note(f"alembic {' '.join(words)}")
        answer = self._conversation.ask(timeout, words=words)
        if answer["error"] and (hint := hint_in(answer["error"])):  # the machine's fault, not the migration's
            raise ProbeError(
                say("alembic {words}: {answer}. {hint}", words=together(words, " "), answer=answer["error"], hint=hint)
            )
        self.broke = answer.get("revision") or self.broke
        if answer["error"]:
            self._probe.servers.blame(answer["error"])
        if answer.get("early"):
            raise ProbeError(
                say("alembic's env.py fails before the first revision runs: {answer}", answer=answer["error"])
            )
        return answer

    def afresh(self) -> None:
        server = self._probe.servers.postgres()
        server.drop(self.database)
        server.create(self.database.name)
        Migrator(self._probe).prepare(self.database)

    def shape(self) -> Shape:
        return read_shape(self.database)

    def to(self, *words: str) -> Mapping[str, Any]:
        """`do`, and an error as well where the version table does not say what the command claims to have done."""
        answer = self.do(*words)
        problem = None if answer["error"] else not_done(words, applied(self.database))
        return {**answer, "error": problem} if problem else answer


def not_done(words: Sequence[str], names: Sequence[str]) -> str | None:
    """What is wrong with the version table after `upgrade ID` or `downgrade ID`; None where it says so."""
    command, wanted = words[0], words[1]
    if wanted == "base":
        right = not names
    elif wanted == WHOLE:
        right = bool(names)
    else:
        right = wanted in names
    if right:
        return None
    why = say("does migrations/env.py run the migrations, on the database that the settings name?")
    return say(
        "`alembic {command} {wanted}` ended well, and the version table names {said}: {why}",
        command=command,
        wanted=wanted,
        said=said(names),
        why=why,
    )


def changes_rows(statement: Statement) -> bool:
    """Does it write something other than Alembic's own table?"""
    for one in (inner for block in statements_in(statement.sql) for inner in done_in_block(block)):
        words = words_in(one)
        first = words[0] if words else ""
        writes = first in OF_ROWS or (first == "with" and OF_ROWS & set(words))
        if writes and not BOOKS & set(words):
            return True
    return False


@contextmanager
def stepper(probe: Probe) -> Iterator[Stepper]:
    config = probe.target.alembic
    if config is None:
        raise no_alembic()
    database = probe.servers.new_database()
    Migrator(probe).prepare(database)
    with probe.converse("alembic_steps", config, env=probe.environment.of(database)) as conversation:
        yield Stepper(probe, conversation, database)


def is_linear(revisions: Sequence[Revision]) -> bool:
    """One base, one head, no branch: `revision.down` is the one before."""
    pairs = itertools.pairwise(revisions)
    return bool(revisions) and not revisions[0].down and all(after.down == (before.id,) for before, after in pairs)


def lines(history: Sequence[Revision]) -> tuple[tuple[Revision, ...], ...]:
    """The straight way to each head, where every one is straight; none where branches meet again."""
    below = {down for one in history for down in one.down}
    ways = tuple(tuple(_way(history, one)) for one in history if one.id not in below)
    return ways if all(is_linear(way) for way in ways) else ()


def _way(history: Sequence[Revision], head: Revision) -> Iterator[Revision]:
    """The revisions that a head builds on, and itself, in the order of the history."""
    known, waiting, wanted = {one.id: one for one in history}, [head.id], set[str]()
    while waiting:
        id = waiting.pop()
        if id in known and id not in wanted:
            wanted.add(id)
            waiting += known[id].down
    return (one for one in history if one.id in wanted)


def _made_by_env(steps: Stepper) -> tuple[str, ...]:
    """The tables that a run of env.py makes which applies no revision. They are gone afterwards."""
    before = steps.shape()
    if steps.do("upgrade", "base")["error"]:  # the walk tells what is wrong
        return ()
    if found := tuple(table.name for table in steps.shape().tables if before.table(table.name) is None):
        steps.afresh()
    return found


def _walk(steps: Stepper, migrations: Migrations) -> Iterator[Walked]:
    ways = lines(migrations.history())
    if not ways:
        yield _whole(steps, migrations)
        return
    done: set[str] = set()
    for number, way in enumerate(ways):
        if number:
            steps.afresh()
        yield from _along(steps, way, done)


def _along(steps: Stepper, way: Sequence[Revision], done: set[str]) -> Iterator[Walked]:
    """One straight way; what stands in `done` is applied without a word."""
    for revision in way:
        if revision.id in done:
            if steps.to("upgrade", revision.id)["error"]:
                return
            continue
        done.add(revision.id)
        walked = _one(steps, revision)
        yield walked
        if walked.problem:
            return
        if not walked.reversible:
            steps.afresh()
            if steps.to("upgrade", revision.id)["error"]:
                return


def _one(steps: Stepper, revision: Revision) -> Walked:
    return _there_and_back(steps, revision, up=revision.id, down=revision.down[0] if revision.down else "base")


def _whole(steps: Stepper, migrations: Migrations) -> Walked:
    """The history with branches, as one."""
    whole = Revision(id=WHOLE, down=(), message=say("the whole history"), path=migrations.path_of(migrations.heads[0]))
    walked = _there_and_back(steps, whole, up=WHOLE, down="base")
    broke = migrations.path_of(steps.broke)
    return replace(walked, revision=replace(whole, path=broke)) if broke else walked


def _there_and_back(steps: Stepper, revision: Revision, *, up: str, down: str) -> Walked:
    before = steps.shape()
    first = steps.to("upgrade", up)
    statements = tuple(Statement(**one) for one in first["statements"])
    if first["error"]:
        return Walked(revision=revision, problem=first["error"], statements=statements)
    after = steps.shape()
    back = steps.to("downgrade", down)
    known = Walked(
        revision=revision,
        statements=statements,
        changed=tuple(changes(before, after)),
        altered=tuple(_altered(before, after)),
        widened=only_widened(before, after, [one.sql for one in statements]),
        seconds=first["seconds"],
        down_problem=back["error"] or "",
    )
    if back["error"]:
        return known
    leftovers = tuple(changes(before, steps.shape()))
    again = steps.to("upgrade", up)
    return replace(
        known,
        leftovers=leftovers,
        again_problem=again["error"] or "",
        differences=() if again["error"] else tuple(changes(after, steps.shape())),
    )


def _altered(before: Shape, after: Shape) -> Iterator[tuple[str, ...]]:
    """For each table that was there and is not the same now: its name, and those of its parts and of what it refers to.

    A statement that locks the table names one of them.
    """
    for table in before.tables:
        now = after.table(table.name)
        if now == table:
            continue
        sides = [side for side in (table, now) if side]
        names = [table.name]
        for side in sides:
            names += [index.name for index in side.indexes]
            names += [name for one in side.constraints for name in (one.name, one.target)]
        yield tuple(dict.fromkeys(name.rpartition(".")[2].lower() for name in names if name))
