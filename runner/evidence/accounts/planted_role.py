"""Which role does an account get that is put into the database? One that the service knows, with the least power."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from runner.evidence.database.schema import Column, Constraint, Shape, Table
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.vocabulary.roles import KIND, by_power
from runner.words import ones

LABELS = ("code", "slug", "key", "name", "title", "role", "role_name")  # columns that say what a role is called
TEXTS = ("character varying", "text", "citext")


class PlantedRole:
    """To be made before the account is: roles that are there by then are the service's own, later ones are made up."""

    def __init__(self, database: Database, shape: Shape, table: Table, key: str, roles: Sequence[str]) -> None:
        """`key`: the column that an account is known by; `roles`: those of the code, that of a new account first."""
        self.database, self.shape, self.table, self.key, self.roles = database, shape, table, key, tuple(roles)
        self.before = {reference.name: self.rows(reference) for reference in self.references()}

    def give(self, name: str) -> None:
        """What a default of the database gives stays as it is."""
        for column in self.table.columns:
            if KIND.fullmatch(column.name) and not column.filled:
                self._in_column(column, name)
        for reference in self.references():
            self._by_reference(reference, name)

    @staticmethod
    def several(column: Column) -> sql.Composed | None:
        """How one role is written into a column that holds several."""
        if column.type.startswith("json"):
            return sql.SQL("{}({}::text)").format(sql.SQL(f"{column.type}_build_array"), sql.Placeholder())
        if not column.type.endswith("[]"):
            return None
        return sql.SQL("ARRAY[{}]::{}").format(sql.Placeholder(), sql.SQL(column.type))

    def _in_column(self, column: Column, name: str) -> None:
        allowed = self.allowed(column)
        usual = [role for role in self.roles[:1] if not allowed or role in allowed]
        for role in [*usual, *by_power(allowed or self.roles)]:
            if self.set(self.table, column.name, role, self.key, name, self.several(column)):
                return

    def allowed(self, column: Column) -> list[str]:
        """The labels of its enum type, else the values of its check; none where it takes any text."""
        kind = column.type.removesuffix("[]")
        enums = (one.definition for one in self.shape.extras if one.kind == "enum type" and one.name == kind)
        checks = (one.definition for one in self.table.of_kind("check") if one.columns == (column.name,))
        labels = next(enums, "")
        return labels.split(", ") if labels else [value for text in checks for value in re.findall(r"'([^']+)'", text)]

    def references(self) -> Iterator[Constraint]:
        """Where it refers to a table of roles."""
        for reference in self.table.of_kind("foreign key"):
            names = ones(str(reference.target).rpartition(".")[2])
            if len(reference.columns) == 1 and any(map(KIND.fullmatch, names)):
                yield reference

    def _by_reference(self, reference: Constraint, name: str) -> None:
        """The weakest of the roles that were there before; one that was made for it is called as the code calls one."""
        before, column = self.before[reference.name], self.table.column(reference.columns[0])
        if before:
            self.set(self.table, reference.columns[0], before[by_power(before)[0]], self.key, name)
            return
        made = next(iter(self.rows(reference).values()), None)
        target = self.shape.table(str(reference.target))
        if made is not None and target is not None and self.roles and column is not None and not column.nullable:
            self.set(target, self.label(reference), self.roles[0], reference.target_columns[0], made)
            self.set(self.table, reference.columns[0], made, self.key, name)

    def rows(self, reference: Constraint) -> Mapping[str, Any]:
        """What each role is called → what an account refers to it by."""
        label = self.label(reference)
        rows = sql.SQL("SELECT {}::text AS called, {} AS id FROM {} ORDER BY 2 LIMIT 200").format(
            sql.Identifier(label or "?"),
            sql.Identifier(reference.target_columns[0]),
            sql.Identifier(*str(reference.target).split(".")),
        )
        with self.database.connect() as connection:
            return {row["called"]: row["id"] for row in connection.execute(rows) if row["called"]} if label else {}

    def label(self, reference: Constraint) -> str:
        target = self.shape.table(str(reference.target))
        enums = {one.name for one in self.shape.extras if one.kind == "enum type"}
        columns = target.columns if target else ()
        texts = {one.name for one in columns if one.type.startswith(TEXTS) or one.type in enums}
        return next((name for name in LABELS if name in texts), "")

    def set(
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
        with suppress(PostgresError), self.database.connect() as connection:
            return connection.execute(change, [value, name]).rowcount > 0
        return False
