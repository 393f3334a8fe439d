"""Which tables do the service's models declare, wherever they stand, and what would `create_all` make of them?"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from runner.discovery.code_files import python_files
from runner.discovery.declared import declaring_modules
from runner.errors import NotThere, ProbeError, Thing, first_line
from runner.evidence.database.schema import Schema, Shape, read_shape
from runner.migrator import Migrator
from runner.model import Evidence, Place, in_file
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.said import say
from runner.words import listed, plural


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedValue:
    """One value of an enum or a Literal that code may give a column."""

    told: str  # as the code and the contract call it
    stored: str | int | None  # as it goes to the database; None where the column's type refuses it
    problem: str = ""  # why it does


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelColumn:
    name: str
    type: str  # the class of its type
    converts: bool = False  # a decorated type that stores one moment alike, whatever zone it is told in
    aware: bool | None = None  # None: not a point in time
    fixed: str | None = None  # a default that was computed when the module was imported
    made: bool = False  # its default could be asked for: a value, or a function that answers
    doc: str = ""
    nullable: bool = True
    has_default: bool = False  # of SQLAlchemy or the database
    values: tuple[FixedValue, ...] = ()  # of its enum or Literal; none where it is free


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRelation:
    """The rows of another table that a class holds, and what the ORM does to them when one of the class is deleted."""

    name: str  # "posts" of User.posts
    table: str
    columns: tuple[str, ...]  # of that table, which refer to this one
    deletes: bool = False  # `cascade="all"`, `"delete"`, `"all, delete-orphan"`
    passive: str = "False"  # `passive_deletes`: False, True or all

    @property
    def leaves(self) -> bool:
        """Does it leave rows that it has not loaded to the database?"""
        return self.passive != "False"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHook:
    """A listener of the ORM that runs when one of a class is deleted, and the tables that it deletes rows of itself."""

    name: str  # of the function
    path: str | None
    line: int
    answered: bool  # it could be called with a connection that executes nothing
    deletes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTable:
    name: str
    model: str  # the class; empty for a bare Table
    path: str
    line: int | None = None
    doc: str = ""
    columns: tuple[ModelColumn, ...] = ()
    relations: tuple[ModelRelation, ...] = ()
    hooks: tuple[ModelHook, ...] = ()

    def column(self, name: str) -> ModelColumn | None:
        return next((column for column in self.columns if column.name == name), None)

    def place(self, note: str = "") -> Place:
        return in_file(self.path, self.line, note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models(Evidence):
    """The tables that the models declare."""

    tables: tuple[ModelTable, ...]
    ddl: tuple[str, ...] = ()
    ddl_problem: str = ""

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        modules = list(declaring_modules(probe.root))
        app = probe.target.app or ""
        looked = say("{files} of Python", files=plural(sum(1 for _ in python_files(probe.root)), "file"))
        if not modules:
            why = say("no file of this service declares an SQLAlchemy or SQLModel table")
            raise NotThere(why, looked=looked, absent=Thing.MODELS)
        answer, later = _asked(probe, app, modules), _asked(probe, app, modules)
        tables = tuple(_table(one, values_of(later)) for one in answer["tables"])
        if not tables:
            why = say("{modules} can be imported and declares no table", modules=listed(modules))
            raise NotThere(why, looked=looked, absent=Thing.MODELS)
        return cls(tables=tables, ddl=tuple(answer["ddl"]), ddl_problem=answer["ddl_problem"] or "")

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
    def collect(cls, probe: Probe, models: Models, schema: Schema) -> Self:
        if models.ddl_problem:
            raise ProbeError(say("the models give no SQL: {ddl_problem}", ddl_problem=models.ddl_problem))
        database = probe.servers.new_database()
        _run(database, [*probe.target.config.database.prepare, *_surroundings(schema.shape)])
        for statement in _helpers(schema.shape):
            with suppress(PostgresError):  # one that needs a table is no default of another
                database.rows(statement)
        _run(database, models.ddl)
        return cls(shape=read_shape(database))


def _run(database: Database, statements: Sequence[str]) -> None:
    for statement in statements:
        try:
            database.rows(statement)
        except PostgresError as error:
            raise ProbeError(
                say("the models' own SQL fails on PostgreSQL: {error}", error=first_line(error))
            ) from error


def _surroundings(shape: Shape) -> Iterator[str]:
    for extra in shape.extras:
        if extra.kind in {"schema", "extension"}:
            yield f'CREATE {extra.kind.upper()} IF NOT EXISTS "{extra.name}"'


def _helpers(shape: Shape) -> Iterator[str]:
    """Functions, sequences and domains that migrations make, and that defaults of the models may name."""
    for extra in shape.extras:
        if extra.kind == "function" and extra.definition:
            yield f"SET check_function_bodies = off; {extra.definition}"
        if extra.kind == "sequence":
            yield f"CREATE SEQUENCE {quoted(extra.name)}"
        if extra.kind == "domain":
            yield f"CREATE DOMAIN {quoted(extra.name)} AS {extra.definition}"


def quoted(name: str) -> str:
    """`shop.orders` as SQL takes it."""
    return ".".join(f'"{part}"' for part in name.split("."))


def _asked(probe: Probe, app: str, modules: list[str]) -> dict[str, Any]:
    answer = Migrator(probe).ask("models", app, *modules)
    if answer["problems"]:
        name, why = next(iter(answer["problems"].items()))
        raise ProbeError(say("`import {name}` fails in the service's interpreter: {why}", name=name, why=why))
    return answer


def values_of(answer: dict[str, Any]) -> dict[tuple[str, str], str | None]:
    """(table, column) → the value that its default has in this process for every row; None where it has no such."""
    return {(table["name"], one["name"]): one["value"] for table in answer["tables"] for one in table["columns"]}


def _table(answer: dict[str, Any], later: dict[tuple[str, str], str | None]) -> ModelTable:
    columns = tuple(column_of(one, later.get((answer["name"], one["name"]))) for one in answer["columns"])
    relations = tuple(ModelRelation(**{**one, "columns": tuple(one["columns"])}) for one in answer["relations"])
    hooks = tuple(ModelHook(**{**one, "deletes": tuple(one["deletes"])}) for one in answer["hooks"])
    return ModelTable(**{**answer, "columns": columns, "relations": relations, "hooks": hooks})


def column_of(answer: dict[str, Any], later: str | None) -> ModelColumn:
    """The column; its default is fixed where it is one value in a process, and another one in the `later` process."""
    value, rest = answer["value"], {name: one for name, one in answer.items() if name != "value"}
    differs = value is not None and later is not None and value != later
    values = tuple(FixedValue(told=told, stored=stored, problem=why) for told, stored, why in rest.pop("values", ()))
    return ModelColumn(**{**rest, "fixed": rest["fixed"] or (value if differs else None), "values": values})
