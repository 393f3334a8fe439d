"""Each revision up, down and up again on an empty PostgreSQL: what it runs, and what it leaves behind."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from runner.errors import NotThere, ProbeError, hint_in
from runner.evidence.migrations import Migrations, Revision
from runner.evidence.schema import Shape, changes, read_shape
from runner.live.conversation import Conversation
from runner.live.postgres import Database
from runner.model import Evidence
from runner.probe import TargetProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    sql: str
    alone: bool = False  # outside of a transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One revision: up, down, up."""

    revision: Revision
    trouble: str = ""  # why it does not go up
    down_trouble: str = ""
    again_trouble: str = ""  # up after down
    leftovers: tuple[str, ...] = ()  # how the schema after down differs from the one before up
    differences: tuple[str, ...] = ()  # how the schema differs after the second up
    statements: tuple[Statement, ...] = ()
    seconds: float = 0.0

    @property
    def reversible(self) -> bool:
        return not (self.down_trouble or self.again_trouble or self.leftovers or self.differences)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationWalk(Evidence):
    """Every revision, up and down and up again on PostgreSQL."""

    steps: tuple[Walked, ...]

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        migrations = probe.need(Migrations)
        with stepper(probe) as steps:
            return cls(steps=tuple(_walk(steps, migrations)))


class Stepper:
    """Alembic commands on a database of their own, which can be made anew under the same name."""

    def __init__(self, probe: TargetProbe, conversation: Conversation, database: Database) -> None:
        self._probe, self._conversation, self.database = probe, conversation, database

    def do(self, *words: str, timeout: float = 120) -> Mapping[str, Any]:
        self._probe.note(f"alembic {' '.join(words)}")
        answer = self._conversation.ask(timeout, words=words)
        if answer["error"] and (hint := hint_in(answer["error"])):  # the machine's fault, not the migration's
            raise ProbeError(f"alembic {' '.join(words)}: {answer['error']}. {hint}")
        if answer["error"]:
            self._probe.blame_the_server(answer["error"])
        if answer.get("early"):
            raise ProbeError(f"alembic's env.py fails before the first revision runs: {answer['error']}")
        return answer

    def afresh(self) -> None:
        server = self._probe.postgres()
        server.drop(self.database)
        server.create(self.database.name)
        self._probe.prepare(self.database)

    def shape(self) -> Shape:
        return read_shape(self.database)


@contextmanager
def stepper(probe: TargetProbe) -> Iterator[Stepper]:
    config = probe.target.alembic
    if config is None:
        raise NotThere("this service has no Alembic configuration")
    database = probe.new_database()
    probe.prepare(database)
    with probe.converse("alembic_steps", config, env=probe.environment(database)) as conversation:
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
            if steps.do("upgrade", revision.id)["error"]:
                return
            continue
        done.add(revision.id)
        walked = _one(steps, revision)
        yield walked
        if walked.trouble:
            return
        if not walked.reversible:
            steps.afresh()
            again = steps.do("upgrade", revision.id)
            if again["error"]:
                return


def _one(steps: Stepper, revision: Revision) -> Walked:
    return _there_and_back(steps, revision, up=revision.id, down=revision.down[0] if revision.down else "base")


def _whole(steps: Stepper, migrations: Migrations) -> Walked:
    """The history with branches, as one."""
    last = Revision(id="heads", down=(), message="the whole history", path=migrations.path_of(migrations.heads[0]))
    return _there_and_back(steps, last, up="heads", down="base")


def _there_and_back(steps: Stepper, revision: Revision, *, up: str, down: str) -> Walked:
    before = steps.shape()
    first = steps.do("upgrade", up)
    statements = tuple(Statement(**one) for one in first["statements"])
    if first["error"]:
        return Walked(revision=revision, trouble=first["error"], statements=statements)
    after = steps.shape()
    back = steps.do("downgrade", down)
    known = Walked(revision=revision, statements=statements, seconds=first["seconds"], down_trouble=back["error"] or "")
    if back["error"]:
        return known
    leftovers = tuple(changes(before, steps.shape()))
    again = steps.do("upgrade", up)
    return Walked(
        revision=revision,
        statements=statements,
        seconds=first["seconds"],
        leftovers=leftovers,
        again_trouble=again["error"] or "",
        differences=() if again["error"] else tuple(changes(after, steps.shape())),
    )
