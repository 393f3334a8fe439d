"""Database: are the models the schema, all of it and nothing else?"""

from collections.abc import Iterator

from runner.evidence.drift import Difference, Drift
from runner.evidence.models import Models, ModelSchema
from runner.evidence.schema import Constraint, Schema, Shape, Table
from runner.evidence.sqlite_keys import SqliteKeys
from runner.model import Place, Verdict, check, failed, named, passed
from runner.words import plural

CHECK = ["alembic upgrade head && alembic check"]


@check("DB020", step="3.2")
def models_are_the_migrated_schema(drift: Drift, models: Models) -> Verdict:
    """Alembic finds nothing to change between models and migrations.

    Code that was written for the models meets another schema in production: a column that is not there, a NOT NULL
    that nobody enforces. The next `--autogenerate` then mixes these leftovers with somebody else's change.
    Fix: `alembic revision --autogenerate -m "…"`, read it, commit it together with the model.
    """
    found = drift.differences
    if not found:
        return passed(f"alembic check sees no difference in {plural(len(drift.tables), 'table')}")
    places = [models.place(one.table, one.column, f"{one.kind}: {one.what}") for one in found]
    return failed(
        f"{plural(len(found), 'difference')}: {'; '.join(_said(one) for one in found[:5])}", at=places, again=CHECK
    )


@check("DB021", step="3.2")
def migrations_enforce_what_models_declare(declared: ModelSchema, schema: Schema, models: Models) -> Verdict:
    """Every constraint and default of the models is in the database.

    `alembic check` compares neither CHECK constraints nor server defaults nor enum labels: the model promises a rule,
    every reader of the code believes it, and the database takes the row nevertheless.
    Fix: add the named constraint or default in a new revision (`op.create_check_constraint`, `op.alter_column`), or
    take it out of the model.
    """
    missing = list(not_in_database(declared.shape, schema.shape))
    if not missing:
        number = sum(len(table.constraints) for table in declared.shape.tables)
        return passed(f"{number} constraints and the defaults of the models are in the database")
    places = [models.place(table, column, note) for table, column, note in missing]
    said = [f"{table}{f'.{column}' if column else ''}: {note}" for table, column, note in missing]
    return failed(f"{len(missing)} not in the database: {'; '.join(said[:5])}", at=places)


@check("DB022", step="3.2")
def alembic_sees_every_model(drift: Drift, models: Models) -> Verdict:
    """Alembic sees every table that the code declares.

    A model that `migrations/env.py` does not import gets no migration, and no drift is reported: the first request that
    uses it answers 500.
    Fix: import the module in `env.py` (or in the package that it imports), then `alembic revision --autogenerate`.
    """
    unseen = [table for table in models.tables if table.name not in drift.tables]
    if not unseen:
        return passed(f"Alembic sees all {plural(len(models.tables), 'table')} that the code declares")
    places = [
        Place(
            path=t.path, line=t.line, table=t.name, note=f"{t.model or 'a Table'} in {t.path} is not what Alembic sees"
        )
        for t in unseen
    ]
    named = [f"{table.model or 'Table'} ({table.name})" for table in unseen]
    return failed(f"{len(unseen)} of {len(models.tables)} tables unseen: {', '.join(named)}", at=places, again=CHECK)


@check("DB023", step="3.2")
def defaults_are_made_for_each_row(models: Models) -> Verdict:
    """No default was computed when the module was imported.

    `default=datetime.now()` is called once: every row gets the moment at which the process started, or the same
    "unique" id.
    Fix: pass the function, `default_factory=…` (`default=now` without the parentheses), or a `server_default`.
    """
    fixed = [(table, column) for table in models.tables for column in table.columns if column.fixed]
    if not fixed:
        number = sum(column.has_default for table in models.tables for column in table.columns)
        return passed(f"{plural(number, 'default')}, none of them a moment or an id that was fixed at import")
    named = [f"{table.name}.{column.name}" for table, column in fixed]
    places = [models.place(t.name, c.name, f"default is {c.fixed} for every row") for t, c in fixed]
    return failed(f"{plural(len(fixed), 'default')} fixed at import: {', '.join(named)}", at=places)


def not_in_database(declared: Shape, real: Shape) -> Iterator[tuple[str, str | None, str]]:
    """What the models declare and the migrated database lacks: table, column, what."""
    for table in declared.tables:
        found = real.table(table.name)
        if found is not None:
            yield from _missing_in(table, found)
    labels = {one.name: one for one in real.extras if one.kind == "enum type"}
    for extra in declared.extras:
        there = labels.get(extra.name)
        if (
            extra.kind == "enum type"
            and there
            and set(extra.definition.split(", ")) - set(there.definition.split(", "))
        ):
            lacking = sorted(set(extra.definition.split(", ")) - set(there.definition.split(", ")))
            yield extra.name, None, f"the enum lacks {', '.join(lacking)}"


def _missing_in(table: Table, found: Table) -> Iterator[tuple[str, str | None, str]]:
    for column in table.columns:
        there = found.column(column.name)
        if there and column.filled and not there.filled and column.default and not column.default.startswith("nextval"):
            yield table.name, column.name, f"no default; the model says {column.default}"
    for constraint in table.constraints:
        if constraint.kind != "primary key" and not any(_is_same(constraint, one) for one in _rules(found)):
            yield table.name, constraint.columns[0] if constraint.columns else None, constraint.definition


def _rules(table: Table) -> tuple[Constraint, ...]:
    """Constraints, and unique indexes, which enforce the same."""
    indexes = (
        Constraint(name=i.name, kind="unique", columns=i.columns, definition="")
        for i in table.indexes
        if i.unique and i.predicate is None
    )
    return (*table.constraints, *indexes)


def _is_same(one: Constraint, other: Constraint) -> bool:
    if one.kind != other.kind:
        return False
    if one.kind == "unique":
        return set(one.columns) == set(other.columns)
    if one.kind == "foreign key":
        same_rule = one.on_delete == other.on_delete
        return (one.columns, one.target, one.target_columns) == (
            other.columns,
            other.target,
            other.target_columns,
        ) and same_rule
    return one.definition.removesuffix(" NOT VALID") == other.definition.removesuffix(" NOT VALID")


def _said(one: Difference) -> str:
    where = f"{one.table}.{one.column}" if one.column else one.table
    return f"{one.kind} {where} {one.what}".strip()


@check("DB024", step="3.2")
def sqlite_keeps_foreign_keys(keys: SqliteKeys) -> Verdict:
    """On SQLite as well, a row can't refer to what is not there.

    SQLite ignores foreign keys unless each connection asks for them, so what PostgreSQL refuses is stored: tests pass
    on rows that production will never take, and deleting leaves orphans.
    Fix: `event.listen(engine, "connect", …)` with a function that executes `PRAGMA foreign_keys=ON`.
    """
    loose = [url for url, kept in keys.engines if not kept]
    if not loose:
        return passed(f"{plural(len(keys.engines), 'engine')} on SQLite, foreign keys kept")
    places = [named(url, "PRAGMA foreign_keys is off") for url in loose]
    again = ["grep -rn 'PRAGMA foreign_keys' --include='*.py' ."]
    return failed(f"foreign keys are not kept on SQLite ({loose[0]})", at=places, again=again)
