"""The migrated PostgreSQL schema, as its catalogue tells it. Frozen and comparable."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.database.applied import applied, said, version_tables
from runner.evidence.database.migrations import Migrations
from runner.evidence.database.schema_queries import COLUMNS, CONSTRAINTS, EXTRAS, INDEXES, TABLES
from runner.live.postgres import Database
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.said import say
from runner.words import listed

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    type: str  # as PostgreSQL writes it: "character varying(80)", "timestamp with time zone"
    nullable: bool = True
    default: str | None = None
    filled: bool = False  # by identity, a generated expression or a default: an insert may leave it out
    comment: str = ""

    @property
    def length(self) -> int | None:
        """Of a character type with a bound."""
        head, _, rest = self.type.partition("(")
        return int(rest.rstrip(")")) if head.startswith("character") and rest.rstrip(")").isdigit() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A primary key, foreign key, unique, check or exclusion constraint."""

    name: str
    kind: str  # primary key, foreign key, unique, check, exclusion
    columns: tuple[str, ...]
    definition: str
    target: str = ""  # of a foreign key
    target_columns: tuple[str, ...] = ()
    on_delete: str = ""  # no action, restrict, cascade, set null, set default
    validated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    name: str
    columns: tuple[str, ...]  # "" for an expression
    definition: str
    unique: bool = False
    predicate: str | None = None
    valid: bool = True
    method: str = "btree"
    of_constraint: bool = False
    included: int = 0  # columns only carried along
    plain: bool = True  # default operator classes and collations


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    name: str  # with its schema unless that is `public`
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str = ""

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def of_kind(self, kind: str) -> tuple[Constraint, ...]:
        return tuple(one for one in self.constraints if one.kind == kind)

    @property
    def key(self) -> tuple[str, ...]:
        return next((one.columns for one in self.of_kind("primary key")), ())

    def is_unique(self, columns: Sequence[str]) -> bool:
        return any(i.unique and i.predicate is None and set(i.columns) <= set(columns) for i in self.indexes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A trigger, function, enum type, view, sequence, extension or schema."""

    kind: str
    name: str
    definition: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A whole schema at one moment."""

    tables: tuple[Table, ...] = ()
    extras: tuple[Extra, ...] = ()

    def table(self, name: str) -> Table | None:
        return next((table for table in self.tables if table.name == name), None)

    def parts(self) -> dict[tuple[str, str], str]:
        """Everything in it by name, with its definition, for comparison."""
        return dict(_parts(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema(Evidence):
    """The migrated schema, read from PostgreSQL's catalogue."""

    shape: Shape

    @classmethod
    def collect(cls, probe: Probe, migrations: Looked[Migrations]) -> Self:
        database = Migrator(probe).kept_database()
        shape = read_shape(database)
        _must_be_applied(probe, migrations, database, shape)
        if not shape.tables:
            looked = say("a new PostgreSQL database, after the service's start")
            raise NotThere("the service's database has no table", looked=looked, absent=Thing.DATABASE)
        return cls(shape=shape)

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.shape.tables

    def table(self, name: str) -> Table | None:
        return self.shape.table(name)

    def base_type(self, column: Column) -> str:
        """Its type; of a domain the one that it stands for."""
        domains = {extra.name: extra.definition for extra in self.shape.extras if extra.kind == "domain"}
        return domains.get(column.type.rpartition(".")[2].strip('"'), column.type)

    def foreign_keys(self) -> Iterator[tuple[Table, Constraint]]:
        for table in self.tables:
            for key in table.of_kind("foreign key"):
                yield table, key


def _must_be_applied(probe: Probe, history: Looked[Migrations], database: Database, shape: Shape) -> None:
    """Raise `ProbeError` where the migrations ended well and the database does not show it.

    That a command ended well says nothing: it counts what Alembic's version table names, and the tables that are there.
    """
    migrations = history.or_none() or Migrations(heads=(), revisions=())
    own = probe.target.config.database.migrate
    known, names = {one.id for one in migrations.revisions}, applied(database)
    command = f"`{own}`" if own else say("`alembic upgrade head`")
    behind = set(names) != set(migrations.heads) if len(migrations.heads) == 1 else not set(names) <= known
    if known and (behind or not names):
        raise ProbeError(
            say(
                "{command} ended well, and the version table names {said} instead of {said2}: does "
                "migrations/env.py run the migrations, on the database that the settings name?",
                command=command,
                said=said(names),
                said2=said(migrations.heads),
            )
        )
    if (known or own) and not shape.tables:
        raise ProbeError(
            say("{command} ended well and left no table in the database: the migrations make nothing", command=command)
        )
    if known and own:
        _must_be_the_revisions(probe, command, shape)


def _must_be_the_revisions(probe: Probe, command: str, shape: Shape) -> None:
    """Raise `ProbeError` where the service's own command makes tables or columns that no revision makes."""
    database = probe.servers.new_database()
    Migrator(probe).prepare(database)
    if (
        Migrator(probe).migrate(database, "upgrade", "head").code
    ):  # that revisions need the command is another check's question
        return
    made = _columns(read_shape(database))
    beside = [name for name in _columns(shape) if name not in made]
    if beside:
        raise ProbeError(
            say(
                "{command} makes what no revision does, so the schema is not the migrations': {beside}",
                command=command,
                beside=listed(beside, 5),
            )
        )


def _columns(shape: Shape) -> list[str]:
    return [f"{table.name}.{column.name}" for table in shape.tables for column in table.columns]


def _parts(shape: Shape) -> Iterator[tuple[tuple[str, str], str]]:
    for table in shape.tables:
        yield ("table", table.name), table.comment
        for column in table.columns:
            nullable = "" if column.nullable else " NOT NULL"
            yield ("column", f"{table.name}.{column.name}"), f"{column.type}{nullable} {column.default or ''}".strip()
        for constraint in table.constraints:
            yield (constraint.kind, f"{table.name}.{constraint.name}"), constraint.definition
        for index in table.indexes:
            yield ("index", index.name), index.definition
    for extra in shape.extras:
        yield (extra.kind, extra.name), extra.definition


def changes(before: Shape, after: Shape) -> list[str]:
    """What is in one and not the same in the other, in words; a table's own parts go with it."""
    old, new = before.parts(), after.parts()
    said = [say("{kind} {name} is left behind", kind=kind, name=name) for kind, name in new if (kind, name) not in old]
    said += [say("{kind} {name} is gone", kind=kind, name=name) for kind, name in old if (kind, name) not in new]
    both = [key for key in old if key in new and old[key] != new[key]]
    said += [
        say("{kind} {name} was `{old}`, is `{new}`", kind=kind, name=name, old=old[kind, name], new=new[kind, name])
        for kind, name in both
    ]
    lone = {name for kind, name in set(old) ^ set(new) if kind == "table"}
    return [line for line in said if not any(f" {name}." in line for name in lone)]


def read_shape(database: Database) -> Shape:
    """The schema of a database, without Alembic's own table."""
    books = set(version_tables(database))
    with database.connect() as connection:
        tables, columns, constraints, indexes, extras = (
            connection.execute(query.encode()).fetchall() for query in (TABLES, COLUMNS, CONSTRAINTS, INDEXES, EXTRAS)
        )
    own = {name: _grouped(rows) for name, rows in (("c", columns), ("k", constraints), ("i", indexes))}
    made = [_table(row, own["c"], own["k"], own["i"]) for row in tables if row["name"] not in books]
    found = [Extra(**row) for row in extras if row["table"] not in books]
    return Shape(tables=tuple(made), extras=tuple(found))


def _grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["table"]].append({name: _frozen(value) for name, value in row.items() if name != "table"})
    return groups


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _table(row: Row, columns: dict[str, list[Row]], keys: dict[str, list[Row]], indexes: dict[str, list[Row]]) -> Table:
    name = row["name"]
    return Table(
        name=name,
        comment=row["comment"],
        columns=tuple(Column(**one) for one in columns.get(name, ())),
        constraints=tuple(Constraint(**one) for one in keys.get(name, ())),
        indexes=tuple(Index(**one) for one in indexes.get(name, ())),
    )
