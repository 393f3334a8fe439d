"""Rows for any table: made from its columns' types, keys and check constraints, full, sparse, and alike."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.errors import first_line
from runner.evidence.database.schema import Column, Shape, Table
from runner.postgres.database import Database
from runner.postgres.driver import CheckViolation, Connection, PostgresError, UniqueViolation, sql

ATTEMPTS = 80
LONGEST = 20_000
Values = dict[str, Any]
WHOLE = {"smallint", "integer", "bigint"}
FLAG = re.compile(r"is_|has_|enabled|active", re.IGNORECASE)  # yes and no, counted
FIXED = {  # by the beginning of the type's name
    "boolean": True,
    "timestamp": "2024-05-06 07:08:09",
    "date": "2024-05-06",
    "time": "07:08:09",
    "interval": "1 hour",
    "json": "{}",
    "bytea": b"\x00\x01",
    "inet": "127.0.0.1",
    "cidr": "10.0.0.0/8",
    "macaddr": "08:00:2b:01:02:03",
    "tsvector": "word",
    "point": "(1,2)",
}
# After and before those, by the beginning of the type's name.
BESIDE = {
    "timestamp": ("2024-05-07 07:08:09", "2024-05-05 07:08:09", "2031-03-14 07:08:09"),
    "date": ("2024-05-07", "2024-05-05", "2031-03-14"),
    "time": ("09:08:09", "05:08:09"),
    "interval": ("2 hours", "1 minute"),
}


@dataclass(slots=True)
class Planter:
    """Plants three rows a table: every column filled to its length, only the required ones, and a twin of the first."""

    database: Database
    shape: Shape
    number: Iterator[int]
    problems: dict[str, str] = field(default_factory=dict)

    def plant(self, tables: Sequence[str]) -> None:
        with self.database.connect() as connection:
            for table in in_order([t for t in self.shape.tables if t.name in set(tables)]):
                self._plant(connection, table)

    def _plant(self, connection: Connection, table: Table) -> None:
        first = next(self.number)
        wishes = ((first, False), (next(self.number), True), (first, False))
        done = 0
        for twin, (seed, sparse) in enumerate(wishes):
            problem = self._insert(connection, table, seed, next(self.number), sparse=sparse)
            done += not problem
            if problem and not done and twin == len(wishes) - 1:
                self.problems[table.name] = problem

    def _insert(self, connection: Connection, table: Table, seed: int, own: int, *, sparse: bool) -> str:
        """Try until the table takes a row; why it never did, or nothing."""
        row = self._tried(connection, table, seed, own, {}, sparse=sparse)
        return row if isinstance(row, str) else ""

    def one(self, table: Table, given: Values) -> Values | None:
        """A row with what is given and what the table demands beside, as it is stored; None where it takes none."""
        with self.database.connect() as connection:
            row = self._tried(connection, table, next(self.number), next(self.number), given, sparse=True)
        return None if isinstance(row, str) else row

    def _tried(
        self,
        connection: Connection,
        table: Table,
        seed: int,
        own: int,
        given: Values,
        *,
        sparse: bool,
    ) -> Values | str:
        """The row that the table took at last, or why it took none."""
        turns = dict.fromkeys((column.name for column in table.columns), 0)
        problem = ""
        for attempt in range(ATTEMPTS):
            values = self._row(connection, table, seed, own, turns, sparse=sparse) | given
            try:
                row = connection.execute(_statement(table, values), list(values.values())).fetchone()
            except CheckViolation as error:
                problem = first_line(error)
                _turn(turns, table, error.diag.constraint_name, attempt)
            except UniqueViolation as error:
                problem = first_line(error)
                own += 1
            except PostgresError as error:
                return first_line(error)
            else:
                return row or {}
        return problem

    def _row(
        self,
        connection: Connection,
        table: Table,
        seed: int,
        own: int,
        turns: Mapping[str, int],
        *,
        sparse: bool,
    ) -> Values:
        unique = {name for index in table.indexes if index.unique for name in index.columns}
        values: Values = {}
        for key in table.of_kind("foreign key"):
            optional = all((c := table.column(name)) is not None and c.nullable for name in key.columns)
            if not (sparse and optional):
                values |= _referred(connection, key.columns, key.target, key.target_columns, own)
        for column in table.columns:
            wanted = not column.nullable if sparse else True
            if column.name in values or column.filled or not wanted:
                continue
            options = list(self._options(table, column, own if column.name in unique else seed, full=not sparse))
            values[column.name] = options[turns[column.name] % len(options)]
        return values

    def _options(self, table: Table, column: Column, number: int, *, full: bool) -> Iterator[Any]:
        """What a column might take, the likeliest first."""
        labels = next(
            (e.definition for e in self.shape.extras if e.kind == "enum type" and e.name == column.type), None
        )
        if labels is not None:
            yield from itertools.chain(labels.split(", "))
            return
        if column.type.endswith("[]"):
            yield "{}"
            return
        checks = " ".join(k.definition for k in table.of_kind("check") if column.name in k.columns)
        literals = re.findall(r"'((?:[^']|'')*)'", checks)
        if column.type in WHOLE or column.type.startswith(("numeric", "double", "real")):
            bounds = [int(float(n)) for n in re.findall(r"(?<![\w'])-?\d+(?:\.\d+)?", checks)]
            yield from (
                *((1,) if FLAG.match(column.name) else ()),
                number % 90 + 1,
                *(b + d for b in bounds for d in (0, 1, -1)),
                0,
                -1,
            )
        elif column.type.startswith(("character", "text", "citext")):
            words = (w.replace("''", "'") for w in literals if not w.startswith(("^", "%")))
            yield from (w[: column.length] for w in (_text(column, number, full=full), *words, *_styles(number)))
        else:
            yield _of_type(column, number)
            # a CHECK may compare it with another one: `ends > begins`
            yield from next((others for start, others in BESIDE.items() if column.type.startswith(start)), ())


def in_order(tables: Sequence[Table]) -> list[Table]:
    """Tables after those that they refer to, as far as there is such an order."""
    left, done = list(tables), list[Table]()
    while left:
        names = {table.name for table in left}
        free = [t for t in left if not any(k.target in names - {t.name} for k in t.of_kind("foreign key"))] or left[:1]
        done += free
        left = [table for table in left if table not in free]
    return done


def _statement(table: Table, values: Values) -> sql.Composed:
    name = sql.SQL(".").join(sql.Identifier(part) for part in table.name.split("."))
    if not values:
        return sql.SQL("INSERT INTO {} DEFAULT VALUES RETURNING *").format(name)
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in values)
    marks = sql.SQL(", ").join(sql.Placeholder() for _ in values)
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(name, columns, marks)


def _referred(
    connection: Connection,
    columns: Sequence[str],
    target: str,
    target_columns: Sequence[str],
    number: int,
) -> Values:
    """A row of the other table to refer to; NULL when it has none."""
    name = sql.SQL(".").join(sql.Identifier(part) for part in target.split("."))
    wanted = sql.SQL(", ").join(sql.Identifier(column) for column in target_columns)
    found = connection.execute(sql.SQL("SELECT {} FROM {} ORDER BY 1 LIMIT 50").format(wanted, name)).fetchall()
    row = found[number % len(found)] if found else dict.fromkeys(target_columns)
    return dict(zip(columns, (row[column] for column in target_columns), strict=True))


def _turn(turns: dict[str, int], table: Table, constraint: str | None, attempt: int) -> None:
    """Try the next value in one of the columns that a violated constraint speaks of."""
    columns = next((k.columns for k in table.constraints if k.name == constraint), ()) or tuple(turns)
    turns[columns[attempt % len(columns)]] += 1


def _text(column: Column, number: int, *, full: bool) -> str:
    text = f"{number}x"
    if "mail" in column.name:
        text = f"u{number}@example.com"
    elif "url" in column.name:
        text = f"https://example.com/{number}"
    elif full and column.length and column.length <= LONGEST:
        text = text.ljust(column.length, "x")
    return text


def _styles(number: int) -> Iterator[str]:
    yield from (
        f"u{number}@example.com",
        f"X{number}",
        str(number),
        f"{number:08d}",
        f"{number:032x}",
        f"{number:064x}",
    )
    yield from (
        f"https://example.com/{number}",
        f"+4930{number:07d}",
        f"00000000-0000-4000-8000-{number:012x}",
        "EUR",
        "de",
    )


def _of_type(column: Column, number: int) -> Any:
    if column.type == "uuid":
        return f"00000000-0000-4000-8000-{number:012x}"
    return next((value for start, value in FIXED.items() if column.type.startswith(start)), None)
