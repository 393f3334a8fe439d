"""Each revision on tables with rows in them: does it apply, do the rows survive, up and down?"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

from runner.errors import ProbeError
from runner.evidence.database.migration_walk import MigrationWalk, Stepper, lines, stepper
from runner.evidence.database.migrations import Migrations, Revision
from runner.evidence.database.moved_values import not_given_back, values_in
from runner.evidence.database.planting import Planter
from runner.evidence.database.schema import Shape
from runner.model import Evidence, Looked
from runner.postgres.database import Database
from runner.postgres.driver import sql
from runner.probe import Probe
from runner.said import say

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Populated:
    """One revision on populated tables."""

    revision: Revision
    rows: int = 0  # there before it
    planted: int = 0  # there after it, before it goes down
    problem: str = ""  # why it does not go up
    down_problem: str = ""
    alone: bool = False  # it does not go down without rows either
    again_problem: str = ""
    lost: tuple[str, ...] = ()  # what did not survive
    unplanted: tuple[str, ...] = ()  # tables that took no row, and why
    seconds: float = 0.0

    @property
    def clear(self) -> bool:
        """Did it meet rows, up or down, and is what came of them its own doing?"""
        return bool(self.rows or self.planted) and not self.alone


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulatedMigration(Evidence):
    """Every revision on tables that have rows."""

    steps: tuple[Populated, ...]
    history: tuple[Revision, ...]  # all that there are, followed or not

    @property
    def open(self) -> tuple[Revision, ...]:
        """The revisions that can still be mended."""
        return tuple(one for one in self.history if not one.released)

    @classmethod
    def collect(cls, probe: Probe, migrations: Migrations, walk: Looked[MigrationWalk]) -> Self:
        revisions = migrations.history()
        ways = lines(revisions)
        if not ways:
            raise ProbeError("the migration history has branches that meet: rows are followed along straight ones only")
        without = {one.revision.id: one.down_problem for one in walk.must().steps}
        with stepper(probe) as steps:
            found = tuple(_ways(steps, ways))
        alone = (replace(one, alone=bool(one.down_problem and without.get(one.revision.id))) for one in found)
        return cls(steps=tuple(alone), history=revisions)


def _ways(steps: Stepper, ways: tuple[tuple[Revision, ...], ...]) -> Iterator[Populated]:
    """Each straight way from its beginning; a revision that lies on two is told of once."""
    told: set[str] = set()
    for number, way in enumerate(ways):
        if number:
            steps.afresh()
        for step in _walk(steps, way):
            if step.revision.id not in told:
                told.add(step.revision.id)
                yield step


def _walk(steps: Stepper, revisions: tuple[Revision, ...]) -> Iterator[Populated]:
    numbers = itertools.count(1)
    before = steps.shape()
    for revision in revisions:
        step = _one(steps, revision, before, numbers)
        yield step
        if step.problem or step.down_problem or step.again_problem:
            steps.afresh()
            if steps.to("upgrade", revision.id)["error"]:
                return
            plant(steps.database, Shape(), steps.shape(), numbers)
        before = steps.shape()


def _one(steps: Stepper, revision: Revision, before: Shape, numbers: Iterator[int]) -> Populated:
    there = counts(steps.database, before)
    values, old = _filled(steps.database, before), values_in(steps.database, before)
    up = steps.to("upgrade", revision.id)
    known = Populated(revision=revision, rows=sum(there.values()), problem=up["error"] or "", seconds=up["seconds"])
    if up["error"]:
        return known
    after = steps.shape()
    lost = [*_fewer(there, counts(steps.database, after), say("{id} up", id=revision.id))]
    now = _filled(steps.database, after)
    lost += [*_emptied(before, after, values, now), *_left_empty(before, after, there, counts(steps.database, after))]
    applied = values_in(steps.database, after)
    unplanted = plant(steps.database, before, after, numbers)
    planted = counts(steps.database, after)
    down = steps.to("downgrade", revision.down[0] if revision.down else "base")
    if not down["error"]:
        base = steps.shape()
        lost += _fewer(planted, counts(steps.database, base), say("{id} down", id=revision.id))
        lost += not_given_back(before, after, (old, applied, values_in(steps.database, base)), revision.id)
    again = {"error": None} if down["error"] else steps.to("upgrade", revision.id)
    if not (down["error"] or again["error"]):
        _replant(steps.database, after, numbers)
    return Populated(
        revision=revision,
        rows=known.rows,
        planted=sum(planted.values()),
        seconds=known.seconds,
        lost=tuple(lost),
        unplanted=unplanted,
        down_problem=down["error"] or "",
        again_problem=again["error"] or "",
    )


def plant(database: Database, before: Shape, after: Shape, numbers: Iterator[int]) -> tuple[str, ...]:
    """Rows in every table that is new or changed; the tables that took none, and why."""
    changed = [t.name for t in after.tables if before.table(t.name) != t]
    planter = Planter(database, after, numbers)
    planter.plant(changed)
    took_none = {
        name: say("its INSERT ends well and leaves no row") for name, n in counts(database, after).items() if not n
    }
    problems = {name: why for name, why in took_none.items() if name in changed} | planter.problems
    return tuple(say("{table}: {why}", table=table, why=why) for table, why in problems.items())


def _replant(database: Database, shape: Shape, numbers: Iterator[int]) -> None:
    """Rows for the tables that went down and came up again without any."""
    Planter(database, shape, numbers).plant([table for table, rows in counts(database, shape).items() if not rows])


def counts(database: Database, shape: Shape) -> Counts:
    with database.connect() as connection:
        found = {}
        for table in shape.tables:
            name = sql.SQL(".").join(sql.Identifier(part) for part in table.name.split("."))
            row = connection.execute(sql.SQL("SELECT count(*) AS n FROM {}").format(name)).fetchone()
            found[table.name] = int(row["n"]) if row else 0
    return found


def _filled(database: Database, shape: Shape) -> Counts:
    """How many different values each column holds, as `table.column`."""
    with database.connect() as connection:
        found: dict[str, int] = {}
        for table in shape.tables:
            name = sql.SQL(".").join(sql.Identifier(part) for part in table.name.split("."))
            wanted = [sql.SQL("count(DISTINCT {}::text)").format(sql.Identifier(c.name)) for c in table.columns]
            if not wanted:
                continue
            query = sql.SQL("SELECT ARRAY[{}] AS n FROM {}").format(sql.SQL(", ").join(wanted), name)
            row = connection.execute(query).fetchone()
            found |= {f"{table.name}.{c.name}": n for c, n in zip(table.columns, row["n"] if row else (), strict=False)}
    return found


def _fewer(before: Counts, after: Counts, when: str) -> Iterator[str]:
    for table, number in before.items():
        if after.get(table, number) < number:
            yield say(
                "{table}: {number} rows before, {after} after {when}",
                table=table,
                number=number,
                after=after[table],
                when=when,
            )


def _emptied(before: Shape, after: Shape, old: Counts, new: Counts) -> Iterator[str]:
    """A column that lost all its values, or that was dropped with them while another of its type appears empty."""
    for table in before.tables:
        now = after.table(table.name)
        if now is None:
            continue
        gone = [c for c in table.columns if now.column(c.name) is None and old.get(f"{table.name}.{c.name}", 0) > 1]
        come = [c for c in now.columns if table.column(c.name) is None and new.get(f"{now.name}.{c.name}", 0) <= 1]
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if now.column(column.name) and old.get(name, 0) > 1 and not new.get(name, 0):
                yield say("{name} held {old} values and holds none", name=name, old=old[name])
        for column in gone:
            twin = next((c for c in come if c.type.partition("(")[0] == column.type.partition("(")[0]), None)
            if twin:
                yield say(
                    "{name}.{name2} was dropped with its values; {name3} holds none of them",
                    name=table.name,
                    name2=column.name,
                    name3=twin.name,
                )


def _left_empty(before: Shape, after: Shape, old: Counts, new: Counts) -> Iterator[str]:
    """A table dropped with its rows while another with its columns appears empty: a rename that forgets."""
    gone = [t for t in before.tables if after.table(t.name) is None and old.get(t.name)]
    come = [t for t in after.tables if before.table(t.name) is None and not new.get(t.name)]
    for table in gone:
        names = {column.name for column in table.columns}
        twin = next((t for t in come if len(names & {c.name for c in t.columns}) * 2 > len(names)), None)
        if twin:
            yield say(
                "{name} was dropped with its {old} rows; {name2} holds none of them",
                name=table.name,
                old=old[table.name],
                name2=twin.name,
            )
