"""Which role does an account get that is put into the database? One that the service knows, with the least power."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from runner.evidence.database.schema import Column, Constraint, Shape, Table
from runner.live.postgres import Database
from runner.vocabulary.roles import KIND, by_power, most
from runner.words import ones

LABELS = ("code", "slug", "key", "name", "title", "role", "role_name")  # columns that say what a role is called
TEXTS = ("character varying", "text", "citext")


class PlantedRole:
    """To be made before the account is: roles that are there by then are the service's own, later ones are made up."""

    def __init__(self, database: Database, shape: Shape, table: Table, key: str, roles: Sequence[str]) -> None:
        """`key`: the column that an account is known by; `roles`: those of the code, that of a new account first."""
        self.database, self.shape, self.table, self.key, self.roles = database, shape, table, key, tuple(roles)
        self.before = {reference.name: self._rows(reference) for reference in self._references()}

    def give(self, name: str) -> None:
        """What a default of the database gives stays as it is."""
        for column in self.table.columns:
            if KIND.fullmatch(column.name) and not column.filled:
                self._in_column(column, name)
        for reference in self._references():
            self._by_reference(reference, name)

    def raise_to_most(self, name: str) -> Iterator[str]:
        """Give the account the mightiest role in each place that holds one: what it was given there."""
        for column in self.table.columns:
            role = most(self._allowed(column) or self.roles) if KIND.fullmatch(column.name) else ""
            if role and self._set(self.table, column.name, role, self.key, name, self._several(column)):
                yield f"{self.table.name}.{column.name} = {role}"
        for reference in self._references():
            role = most(self.before[reference.name])
            if role and self._set(self.table, reference.columns[0], self.before[reference.name][role], self.key, name):
                yield f"{self.table.name}.{reference.columns[0]} = {role}"
        for link in self.shape.tables:
            yield from self._linked(link, name)

    def _linked(self, link: Table, name: str) -> Iterator[str]:
        """Where a table of its own says who has which role: one more row."""
        keys = [key for key in link.of_kind("foreign key") if len(key.columns) == 1]
        people = [key for key in keys if str(key.target) == self.table.name]
        kinds = [key for key in keys if any(map(KIND.fullmatch, ones(str(key.target).rpartition(".")[2])))]
        for whose, which in zip(people, kinds, strict=False):
            rows = self._rows(which)
            role = most(rows)
            if role and self._link(link, whose, which, rows[role], name):
                yield f"{link.name} = {role}"

    def _link(self, link: Table, whose: Constraint, which: Constraint, role: Any, name: str) -> bool:
        insert = sql.SQL("INSERT INTO {} ({}, {}) SELECT {}, %s FROM {} WHERE {} = %s").format(
            sql.Identifier(*link.name.split(".")),
            sql.Identifier(whose.columns[0]),
            sql.Identifier(which.columns[0]),
            sql.Identifier(whose.target_columns[0]),
            sql.Identifier(*self.table.name.split(".")),
            sql.Identifier(self.key),
        )
        with suppress(psycopg.Error), self.database.connect() as connection:
            return connection.execute(insert, [role, name]).rowcount > 0
        return False

    @staticmethod
    def _several(column: Column) -> sql.Composed | None:
        """How one role is written into a column that holds several."""
        if not column.type.endswith("[]"):
            return None
        return sql.SQL("ARRAY[{}]::{}").format(sql.Placeholder(), sql.SQL(column.type))

    def _in_column(self, column: Column, name: str) -> None:
        allowed = self._allowed(column)
        usual = [role for role in self.roles[:1] if not allowed or role in allowed]
        for role in [*usual, *by_power(allowed or self.roles)]:
            if self._set(self.table, column.name, role, self.key, name, self._several(column)):
                return

    def _allowed(self, column: Column) -> list[str]:
        """The labels of its enum type, else the values of its check; none where it takes any text."""
        kind = column.type.removesuffix("[]")
        enums = (one.definition for one in self.shape.extras if one.kind == "enum type" and one.name == kind)
        checks = (one.definition for one in self.table.of_kind("check") if one.columns == (column.name,))
        labels = next(enums, "")
        return labels.split(", ") if labels else [value for text in checks for value in re.findall(r"'([^']+)'", text)]

    def _references(self) -> Iterator[Constraint]:
        """Where it refers to a table of roles."""
        for reference in self.table.of_kind("foreign key"):
            names = ones(str(reference.target).rpartition(".")[2])
            if len(reference.columns) == 1 and any(map(KIND.fullmatch, names)):
                yield reference

    def _by_reference(self, reference: Constraint, name: str) -> None:
        """The weakest of the roles that were there before; one that was made for it is called as the code calls one."""
        before, column = self.before[reference.name], self.table.column(reference.columns[0])
        if before:
            self._set(self.table, reference.columns[0], before[by_power(before)[0]], self.key, name)
            return
        made = next(iter(self._rows(reference).values()), None)
        target = self.shape.table(str(reference.target))
        if made is not None and target is not None and self.roles and column is not None and not column.nullable:
            self._set(target, self._label(reference), self.roles[0], reference.target_columns[0], made)
            self._set(self.table, reference.columns[0], made, self.key, name)

    def _rows(self, reference: Constraint) -> Mapping[str, Any]:
        """What each role is called → what an account refers to it by."""
        label = self._label(reference)
        rows = sql.SQL("SELECT {}::text AS called, {} AS id FROM {} ORDER BY 2 LIMIT 200").format(
            sql.Identifier(label or "?"),
            sql.Identifier(reference.target_columns[0]),
            sql.Identifier(*str(reference.target).split(".")),
        )
        with self.database.connect() as connection:
            return {row["called"]: row["id"] for row in connection.execute(rows) if row["called"]} if label else {}

    def _label(self, reference: Constraint) -> str:
        target = self.shape.table(str(reference.target))
        enums = {one.name for one in self.shape.extras if one.kind == "enum type"}
        columns = target.columns if target else ()
        texts = {one.name for one in columns if one.type.startswith(TEXTS) or one.type in enums}
        return next((name for name in LABELS if name in texts), "")

    def _set(
        self, table: Table, column: str, value: Any, key: str, name: Any, place: sql.Composed | None = None
    ) -> bool:
        """False where the column does not take it."""
        change = sql.SQL("UPDATE {} SET {} = {} WHERE {} = {}").format(
            sql.Identifier(*table.name.split(".")),
            sql.Identifier(column),
            place or sql.Placeholder(),
            sql.Identifier(key),
            sql.Placeholder(),
        )
        with suppress(psycopg.Error), self.database.connect() as connection:
            connection.execute(change, [value, name])
            return True
        return False
