"""Does the database take every value that the enums of the code and of the contract know? It is asked with each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from runner.errors import first_line
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.contract import Schema as Json
from runner.evidence.database.models import Models
from runner.evidence.database.schema import Column, Schema, Table
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.driver import CheckViolation, Connection, PostgresError, sql
from runner.probe import Probe
from runner.said import say

DEEPEST = 8
Value = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedValue:
    """One value for one column, and what the database said."""

    table: str
    column: str
    told: str  # as the code or the contract calls it
    by_model: bool  # the column's model declares it; else it stands in a body of the contract
    refused_by: str = ""  # the constraint or type; empty where it was taken
    why: str = ""
    sent_by: tuple[str, ...] = ()  # the operations in whose bodies it stands under the column's name
    asked: bool = True  # False: the database could not be asked
    path: str | None = None  # of the model, …
    line: int | None = None  # … with its line


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedValues(Evidence):
    """The database asked with each value of an enum, inside of a transaction that is rolled back."""

    values: tuple[AskedValue, ...]

    @classmethod
    def collect(cls, probe: Probe, schema: Schema, models: Models | None, contract: Contract | None) -> Self:
        wanted = list(wished(schema, models, contract))
        if not wanted:
            return cls(values=())
        database = Migrator(probe).kept_database()
        with database.connect() as connection, connection.transaction(force_rollback=True):
            found = tuple(one for wish in wanted for one in wish.ask(connection, schema))
        probe.note(
            say(
                "{found} values of enums, each given to a table with its column's type and constraints",
                found=len(found),
            )
        )
        return cls(values=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A column, with the values that it is to take."""

    table: Table
    column: Column
    by_model: bool
    values: Mapping[str, tuple[Value | None, str]]  # by what they are called: (what is stored, why nothing can be)
    sent_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by what they are called: the operations
    path: str | None = None
    line: int | None = None

    def ask(self, connection: Connection, schema: Schema) -> Iterator[AskedValue]:
        ready = self._made(connection)
        for told, (stored, problem) in self.values.items():
            by, why = (say("the type of the model's column"), problem) if stored is None else ("", "")
            if stored is not None and ready:
                by, why = self._refusal(connection, schema, stored)
            yield AskedValue(
                table=self.table.name,
                column=self.column.name,
                told=told,
                by_model=self.by_model,
                refused_by=by,
                why=why,
                sent_by=self.sent_by.get(told, ()),
                asked=ready or stored is None,
                path=self.path,
                line=self.line,
            )

    def _made(self, connection: Connection) -> bool:
        """A table of its own with this column alone, its type, and the rules that speak of nothing else."""
        name = sql.Identifier(self.column.name)
        rules = [one for one in self.table.of_kind("check") if set(one.columns) == {self.column.name}]
        try:
            with connection.transaction():
                connection.execute("DROP TABLE IF EXISTS pg_temp.gonogo_asked")
                kind = sql.SQL(self.column.type)  # as the catalogue writes it
                connection.execute(sql.SQL("CREATE TEMP TABLE gonogo_asked ({} {})").format(name, kind))
                for rule in rules:
                    text = sql.SQL(rule.definition)
                    connection.execute(
                        sql.SQL("ALTER TABLE pg_temp.gonogo_asked ADD CONSTRAINT {} {}").format(
                            sql.Identifier(rule.name), text
                        )
                    )
        except PostgresError:
            return False
        return True

    def _refusal(self, connection: Connection, schema: Schema, value: Value) -> tuple[str, str]:
        """(what refuses it, in which words); empty where it is taken."""
        try:
            with connection.transaction():
                connection.execute("INSERT INTO pg_temp.gonogo_asked VALUES (%s)", [value])
        except CheckViolation as error:
            return error.diag.constraint_name or self.column.type, first_line(error)
        except PostgresError as error:
            return self.column.type, first_line(error)
        return self._not_listed(connection, schema, value)

    def _not_listed(self, connection: Connection, schema: Schema, value: Value) -> tuple[str, str]:
        """A foreign key to a table of allowed values, which the migrations fill."""
        for key in self.table.of_kind("foreign key"):
            if key.columns != (self.column.name,) or schema.table(key.target) is None:
                continue
            target = sql.Identifier(*key.target.split("."))
            query = sql.SQL("SELECT count(*) AS rows, count(*) FILTER (WHERE {}::text = %s) AS same FROM {}").format(
                sql.Identifier(key.target_columns[0]), target
            )
            row = connection.execute(query, [str(value)]).fetchone()
            if row and row["rows"] and not row["same"]:
                return key.name, say("{target} has no row for it", target=key.target)
        return "", ""


def wished(schema: Schema, models: Models | None, contract: Contract | None) -> Iterator[Wish]:
    """What the models' enums and Literals say of their columns, then what bodies of the contract say of their names."""
    sent = sent_values(contract) if contract else {}
    declared: dict[tuple[str, str], Mapping[str, tuple[Value | None, str]]] = {}
    for model in models.tables if models else ():
        for one in model.columns:
            found = schema.table(model.name)
            kept = found.column(one.name) if found else None
            if found and kept and one.values and _is_scalar(schema, kept):
                values = {value.told: (value.stored, value.problem) for value in one.values}
                declared[found.name, kept.name] = values
                yield Wish(
                    table=found, column=kept, by_model=True, values=values, path=model.path, line=model.line,
                    sent_by={str(one): by for one, by in sent.get(kept.name, {}).items()},
                )  # fmt: skip
    for table in schema.tables:
        for column in table.columns:
            known = declared.get((table.name, column.name), {})
            told = {one: by for one, by in sent.get(column.name, {}).items() if str(one) not in known}
            sent_by = {str(one): by for one, by in told.items()}
            if told and _is_scalar(schema, column):
                plain: Mapping[str, tuple[Value | None, str]] = {str(one): (one, "") for one in told}
                yield Wish(table=table, column=column, by_model=False, values=plain, sent_by=sent_by)


def _is_scalar(schema: Schema, column: Column) -> bool:
    """A text, an enum or a whole number: what holds one value of an enum as it is told."""
    kind = schema.base_type(column)
    enums = {extra.name for extra in schema.shape.extras if extra.kind == "enum type"}
    named = column.type.rpartition(".")[2].strip('"') in enums
    return named or kind.startswith(("character", "text", "citext", "smallint", "integer", "bigint"))


def sent_values(contract: Contract) -> dict[str, dict[Value, tuple[str, ...]]]:
    """By the name of a field in snake case: the values of the enums under that name, each with who takes it.

    Two operations may each call something else `role`.
    """
    found: dict[str, dict[Value, tuple[str, ...]]] = {}
    for operation in contract.operations:
        if operation.changes and operation.body is not None:
            for name, value in _values_in(contract, operation.body, DEEPEST):
                values = found.setdefault(_snake(name), {})
                values[value] = (*values.get(value, ()), operation.endpoint)
    return found


def _values_in(contract: Contract, schema: Json, depth: int) -> Iterator[tuple[str, Value]]:
    for name, one in contract.properties(schema).items() if depth else ():
        yield from ((name, value) for value in enum_of(contract, one))
        yield from _values_in(contract, one, depth - 1)


def enum_of(contract: Contract, schema: Json, depth: int = DEEPEST) -> tuple[Value, ...]:
    """The fixed values of a field, also of its alternatives; none where one of them is free."""
    schema = contract.resolve(schema)
    for word in ("anyOf", "oneOf", "allOf"):
        branches: Sequence[Json] = [contract.resolve(one) for one in schema.get(word, ())]
        branches = [one for one in branches if one.get("type") != "null"]
        if branches and depth:
            parts = [enum_of(contract, one, depth - 1) for one in branches]
            return tuple(value for part in parts for value in part) if all(parts) else ()
    fixed = [schema["const"]] if "const" in schema else schema.get("enum", ())
    return tuple(one for one in fixed if isinstance(one, str | int) and not isinstance(one, bool))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
