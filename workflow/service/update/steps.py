"""What is different between two sets of tables, and what would that do to rows that are there? Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.errors import WorkflowError
from runner.said import say, together
from workflow.service.update.tables import Column, Constraint, Index, Table

SIZED = re.compile(r"sa\.String\((\d[\d_]*)\)")
WHOLE = {"sa.Integer()": 1, "sa.BigInteger()": 2}
BETWEEN = re.compile(r"(.+) BETWEEN (-?\d+) AND (-?\d+)")
AMONG = re.compile(r"(\w+) IN \((.*)\)")
Fills = Mapping[tuple[str, str], str]  # (table, column) → SQL for what rows that are there get


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A table that is there before and after."""

    name: str
    old: Table
    new: Table

    @property
    def replaced(self) -> tuple[str, ...]:
        """Columns whose values can't be taken over: dropped, and added anew."""
        return tuple(name for name, one in self._both() if not _kin(self.old.columns[name].type, one.type))

    @property
    def added(self) -> tuple[Column, ...]:
        return tuple(c for n, c in self.new.columns.items() if n not in self.old.columns or n in self.replaced)

    @property
    def dropped(self) -> tuple[Column, ...]:
        return tuple(c for n, c in self.old.columns.items() if n not in self.new.columns or n in self.replaced)

    @property
    def altered(self) -> tuple[tuple[Column, Column], ...]:
        """Columns of another length, default, or readiness to hold nothing."""
        return tuple(
            (self.old.columns[name], one)
            for name, one in self._both()
            if name not in self.replaced and one != self.old.columns[name]
        )

    @property
    def constraints_gone(self) -> tuple[Constraint, ...]:
        return tuple(one for one in self.old.constraints.values() if self._goes(one, self.new.constraints))

    @property
    def constraints_new(self) -> tuple[Constraint, ...]:
        return tuple(one for one in self.new.constraints.values() if self._goes(one, self.old.constraints))

    @property
    def indexes_gone(self) -> tuple[Index, ...]:
        return tuple(one for one in self.old.indexes.values() if self._index_goes(one, self.new.indexes))

    @property
    def indexes_new(self) -> tuple[Index, ...]:
        return tuple(one for one in self.new.indexes.values() if self._index_goes(one, self.old.indexes))

    @property
    def rebuilt(self) -> bool:
        """More changes than indexes, so that SQLite has to build the table anew."""
        return bool(self.added or self.dropped or self.altered or self.constraints_gone or self.constraints_new)

    def _both(self) -> list[tuple[str, Column]]:
        return [(name, one) for name, one in self.new.columns.items() if name in self.old.columns]

    def _goes(self, one: Constraint, others: Mapping[str, Constraint]) -> bool:
        about = one.columns or re.findall(r"\w+", one.sql)
        return others.get(one.name) != one or bool(set(about) & set(self.replaced))

    def _index_goes(self, one: Index, others: Mapping[str, Index]) -> bool:
        return others.get(one.name) != one or bool(set(one.columns) & set(self.replaced))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """From one set of tables to another."""

    created: tuple[Table, ...]
    changed: tuple[Changed, ...]
    gone: tuple[Table, ...]  # in the order in which they can be dropped

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.gone)


def steps_between(old: Mapping[str, Table], new: Mapping[str, Table]) -> Steps:
    """Raises `WorkflowError` for a change that nobody can compute."""
    both = [Changed(name=name, old=old[name], new=table) for name, table in new.items() if name in old]
    changed = tuple(one for one in both if one.rebuilt or one.indexes_gone or one.indexes_new)
    for one in changed:
        _refuse(one)
    return Steps(
        created=tuple(table for name, table in new.items() if name not in old),
        changed=changed,
        gone=tuple(reversed([table for name, table in old.items() if name not in new])),
    )


def _refuse(one: Changed) -> None:
    primary = [c for c in (*one.constraints_gone, *one.constraints_new) if c.kind == "primary"]
    inside = [new.name for old, new in one.altered if old.rest != new.rest]
    if primary or inside:
        raise WorkflowError(
            say(
                "{name}: {primary} is made otherwise now, and no revision can be computed for that. "
                "Nothing was written: write that revision by hand.",
                name=one.name,
                primary=say("its primary key") if primary else inside[0],
            )
        )


def impossible(steps: Steps, fills: Fills) -> Iterator[str]:
    """Required columns for which rows that are there can get no value, each with what to write instead."""
    for one in steps.changed:
        for column in one.added:
            if not column.nullable and not column.default and (one.name, column.name) not in fills:
                yield _without(one.name, column.name)


def _without(table: str, column: str) -> str:
    if column == "owner_id":
        return say(
            "{table} would belong to somebody now, and of rows that are there nobody knows to "
            "whom. Leave `own` out of its permissions, update, and bring owners in by a revision "
            "and code of your own.",
            table=table,
        )
    return say(
        "{table}.{column} is required, and no value for rows that are there could be "
        "computed. Make `{column2}` `optional: true`, update, fill it, and make it required "
        "then.",
        table=table,
        column=column,
        column2=column.removesuffix("_id"),
    )


def losses(steps: Steps, fills: Fills) -> Iterator[str]:
    """What rows that are there would lose, or what they may not fit into."""
    for table in steps.gone:
        if like := [one.name for one in steps.created if _refers(one) and _refers(one) == _refers(table)]:
            yield say(
                "{name}: the whole table is dropped, with every row; if it is called {new} now, docs/update.md says "
                "how to rename it",
                name=table.name,
                new=together(like, " or "),
            )
        else:
            yield say("{name}: the whole table is dropped, with every row", name=table.name)
    for one in steps.changed:
        new = [column.name for column in one.added]
        for column in one.dropped:
            named = {"name": one.name, "column": column.name}
            if column.name in one.replaced:
                yield say("{name}.{column} is of another kind now: its values are dropped", **named)
            elif new:
                yield say(
                    "{name}.{column} is dropped; if it is called {new} now, docs/update.md says how to rename it",
                    **named,
                    new=together(new, " or "),
                )
            else:
                yield say("{name}.{column} is dropped", **named)
        yield from _stricter(one, fills)


def _refers(table: Table) -> tuple[str, ...]:
    """The tables that it refers to, in the order of its key: what a link keeps when it is called otherwise."""
    return tuple(one.refers[0] for one in table.constraints.values() if one.kind == "foreignkey")


def _stricter(one: Changed, fills: Fills) -> Iterator[str]:
    stops = say("a row that does not fit stops the migration")
    for old, new in one.altered:
        if narrower(old.type, new.type):
            yield say(
                "{name}.{name2}: {type} becomes {type2}; {stops}",
                name=one.name,
                name2=old.name,
                type=_said(old.type),
                type2=_said(new.type),
                stops=stops,
            )
        if old.nullable and not new.nullable and (one.name, new.name) not in fills:
            yield say(
                "{name}.{name2} is required now; a row without it stops the migration", name=one.name, name2=old.name
            )
    added = {column.name for column in one.added}
    narrowed = {old.name for old, new in one.altered if narrower(old.type, new.type)}
    for constraint in one.constraints_new:
        about = set(constraint.columns) or set(re.findall(r"\w+", constraint.sql))
        if about & (added | narrowed):
            continue
        before = one.old.constraints.get(constraint.name)
        if constraint.kind == "unique":
            twins = say(
                "{columns} is unique now; two rows that are alike stop the migration",
                columns=together(constraint.columns, " and "),
            )
            yield say("{name}: {twins}", name=one.name, twins=twins)
        elif constraint.kind == "check" and (tight := tighter(before.sql if before else "", constraint.sql)):
            yield say("{name}: {tight}; {stops}", name=one.name, tight=tight, stops=stops)


def tighter(old: str, new: str) -> str:
    """How a check refuses what it let in before; empty where it does not."""
    spans = BETWEEN.fullmatch(old), BETWEEN.fullmatch(new)
    if spans[0] and spans[1] and spans[0][1] == spans[1][1]:
        looser = int(spans[1][2]) <= int(spans[0][2]) and int(spans[0][3]) <= int(spans[1][3])
        return "" if looser else say("{new} is stricter than before", new=new)
    lists = AMONG.fullmatch(old), AMONG.fullmatch(new)
    if lists[0] and lists[1] and lists[0][1] == lists[1][1]:
        gone = [value for value in lists[0][2].split(", ") if value not in lists[1][2].split(", ")]
        return say("{name} can't be {gone} any more", name=lists[0][1], gone=together(gone, " or ")) if gone else ""
    return say("{new} is asked now", new=new)


def _kin(old: str, new: str) -> bool:
    """Values of one type can be taken over into the other."""
    return old == new or bool(SIZED.fullmatch(old) and SIZED.fullmatch(new)) or {old, new} <= set(WHOLE)


def narrower(old: str, new: str) -> bool:
    sizes = SIZED.fullmatch(old), SIZED.fullmatch(new)
    if sizes[0] and sizes[1]:
        return int(sizes[1][1]) < int(sizes[0][1])
    return WHOLE.get(new, 0) < WHOLE.get(old, 0)


def _said(type_: str) -> str:
    found = SIZED.fullmatch(type_)
    return (
        say("{found} characters", found=found[1])
        if found
        else {"sa.Integer()": "32 bits", "sa.BigInteger()": "64 bits"}.get(type_, type_)
    )


def rewritten(steps: Steps) -> Iterator[str]:
    """Columns for which PostgreSQL writes the whole table anew, and lets nobody in meanwhile."""
    for one in steps.changed:
        for old, new in one.altered:
            if {old.type, new.type} == set(WHOLE):
                yield say(
                    "{name}.{name2}: PostgreSQL writes the table anew for it, and nobody can use it meanwhile",
                    name=one.name,
                    name2=old.name,
                )


def told(steps: Steps) -> str:
    """The revision in a sentence, for its head."""
    parts = [f"{table.name} created" for table in steps.created]
    parts += [f"{one.name}: {', '.join(_changes(one))}" for one in steps.changed]
    parts += [f"{table.name} dropped" for table in steps.gone]
    whole = "; ".join(parts)
    return whole[:1].upper() + whole[1:] + "."


def _changes(one: Changed) -> Iterator[str]:
    yield from (f"{column.name} added" for column in one.added)
    yield from (f"{column.name} dropped" for column in one.dropped if column.name not in one.replaced)
    yield from (f"{new.name} changed" for _, new in one.altered)
    seen = {column.name for column in one.added} | {new.name for _, new in one.altered}
    rules = [
        c for c in (*one.constraints_new, *one.constraints_gone) if not seen & {*c.columns, *re.findall(r"\w+", c.sql)}
    ]
    yield from dict.fromkeys(f"{' '.join(_about(c))} under other rules" for c in rules)
    if not (seen or rules or one.dropped):
        yield "other indexes"


def _about(constraint: Constraint) -> tuple[str, ...]:
    found = BETWEEN.fullmatch(constraint.sql) or AMONG.fullmatch(constraint.sql)
    if constraint.columns or not found:
        return constraint.columns or (constraint.name,)
    return (re.sub(r"length\((\w+)\)", r"\1", found[1]),)
