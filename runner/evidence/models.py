"""Which tables do the service's models declare, wherever they stand, and what would `create_all` make of them?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import psycopg

from runner.declared import declaring_modules
from runner.errors import NotThere, ProbeError
from runner.evidence.schema import Schema, Shape, read_shape
from runner.model import Evidence, Place, in_file
from runner.probe import TargetProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelColumn:
    name: str
    type: str  # the class of its type
    converts: bool = False  # a decorated type that changes values on their way
    aware: bool | None = None  # None: not a point in time
    fixed: str | None = None  # a default that was computed when the module was imported
    doc: str = ""
    nullable: bool = True
    has_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTable:
    name: str
    model: str  # the class; empty for a bare Table
    path: str
    line: int | None = None
    doc: str = ""
    columns: tuple[ModelColumn, ...] = ()

    def column(self, name: str) -> ModelColumn | None:
        return next((column for column in self.columns if column.name == name), None)

    def place(self, note: str = "") -> Place:
        return in_file(self.path, self.line, note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models(Evidence):
    """The tables that the models declare."""

    tables: tuple[ModelTable, ...]
    ddl: tuple[str, ...] = ()
    ddl_trouble: str = ""

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        modules = list(declaring_modules(probe.root))
        app = probe.target.app or ""
        if not modules:
            raise NotThere("no file of this service declares an SQLAlchemy or SQLModel table")
        answer = probe.ask("models", app, *modules)
        if answer["troubles"]:
            name, why = next(iter(answer["troubles"].items()))
            raise ProbeError(f"`import {name}` fails in the service's interpreter: {why}")
        tables = tuple(_table(one) for one in answer["tables"])
        return cls(tables=tables, ddl=tuple(answer["ddl"]), ddl_trouble=answer["ddl_trouble"] or "")

    def table(self, name: str) -> ModelTable | None:
        return next((table for table in self.tables if table.name == name), None)

    def place(self, table: str, column: str | None = None, note: str = "") -> Place:
        """The table or column, with the file and line of its model where there is one."""
        model = self.table(table)
        path, line = (model.path, model.line) if model else (None, None)
        return Place(table=table, column=column, path=path, line=line, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSchema(Evidence):
    """What PostgreSQL would look like if the models alone had made it."""

    shape: Shape

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        models, schema = probe.need(Models), probe.need(Schema)
        if models.ddl_trouble:
            raise ProbeError(f"the models give no SQL: {models.ddl_trouble}")
        database = probe.new_database()
        before = [*probe.target.config.database.prepare, *_surroundings(schema.shape)]
        for statement in [*before, *models.ddl]:
            try:
                database.rows(statement)
            except psycopg.Error as error:
                raise ProbeError(f"the models' own SQL fails on PostgreSQL: {str(error).splitlines()[0]}") from error
        return cls(shape=read_shape(database))


def _surroundings(shape: Shape) -> Iterator[str]:
    for extra in shape.extras:
        if extra.kind in {"schema", "extension"}:
            yield f'CREATE {extra.kind.upper()} IF NOT EXISTS "{extra.name}"'


def _table(answer: dict[str, Any]) -> ModelTable:
    columns = tuple(ModelColumn(**one) for one in answer["columns"])
    return ModelTable(**{**answer, "columns": columns})
