"""What would the models make otherwise than the migrations did? Read from PostgreSQL's catalogue on both sides."""

import re
from collections.abc import Iterator

from runner.evidence.database.drift import Difference
from runner.evidence.database.schema import Column, Constraint, Index, Shape, Table
from runner.said import say, together

NUMBER = re.compile(r"'(-?\d+(?:\.\d+)?)'::(?:numeric(?:\(\d+,\d+\))?|integer|bigint|smallint|double precision|real)")
TO_TEXT = re.compile(r"::(?:text|bpchar|character(?: varying)?(?:\(\d+\))?)(\[\])?")
LONE = re.compile(r"(?<!\w)\((\w+)\)")  # `(email)`, which a cast leaves behind
ALIKE = (
    (re.compile(r"\b(?:CURRENT_TIMESTAMP|transaction_timestamp\(\))"), "now()"),
    (re.compile(r"\buuid_generate_v4\(\)"), "gen_random_uuid()"),
)
MANNER = re.compile(
    r"ON UPDATE (?:CASCADE|RESTRICT|SET NULL|SET DEFAULT)|MATCH FULL|NULLS NOT DISTINCT|DEFERRABLE|INITIALLY DEFERRED"
)
AUTOMATIC = ("identity", "nextval")  # numbers that the database counts


def not_in_database(declared: Shape, real: Shape) -> Iterator[tuple[str, str | None, str]]:
    """What the models declare and the migrated database lacks or has otherwise: table, column, what."""
    for table in declared.tables:
        found = real.table(table.name)
        if found is not None:
            yield from _columns_otherwise(table, found)
            yield from _rules_otherwise(table, found)
    labels = {one.name: one for one in real.extras if one.kind == "enum type"}
    for extra in declared.extras:
        there = labels.get(extra.name) if extra.kind == "enum type" else None
        lacking = set(extra.definition.split(", ")) - set(there.definition.split(", ")) if there else set()
        if lacking:
            yield extra.name, None, say("the enum lacks {lacking}", lacking=together(sorted(lacking)))


def _columns_otherwise(table: Table, found: Table) -> Iterator[tuple[str, str | None, str]]:
    for column in table.columns:
        there = found.column(column.name)
        if there is None:
            continue
        if promised(column) and not there.filled:
            yield table.name, column.name, say("no default; the model says {default}", default=column.default)
        elif promised(column) and not _same_default(column, there):
            said = say("default {default}; the model says {default2}", default=there.default, default2=column.default)
            yield table.name, column.name, said
        if _counts_otherwise(column, there):
            said = say("{made}; the model says {made2}", made=there.generated, made2=column.generated)
            yield table.name, column.name, said


def _same_default(column: Column, there: Column) -> bool:
    """Also where one of both is counted by the database, or made by something that is no default."""
    if not there.default or any(str(one.default).startswith(AUTOMATIC) for one in (column, there)):
        return True
    return plain_sql(column.default) == plain_sql(there.default)


def _counts_otherwise(column: Column, there: Column) -> bool:
    """`GENERATED ALWAYS`, or in steps of ten, where the model says otherwise; a serial stands for any identity."""
    meant = column.generated and (there.generated or column.default != "identity")
    return bool(meant) and column.generated != there.generated


def _rules_otherwise(table: Table, found: Table) -> Iterator[tuple[str, str | None, str]]:
    rules = _rules(found)
    for constraint in table.constraints:
        if constraint.kind == "primary key":
            continue
        first = constraint.columns[0] if constraint.columns else None
        if not any(_is_same(constraint, one) for one in rules):
            yield table.name, first, constraint.definition
            continue
        for other in rules:
            if _refers_alike(constraint, other) and not _is_same(constraint, other):
                yield table.name, first, say("beside the model's key {other}", other=other.definition)


def _rules(table: Table) -> tuple[Constraint, ...]:
    """Constraints, and unique indexes, which enforce the same."""
    indexes = (
        Constraint(name=i.name, kind="unique", columns=i.columns, definition=i.definition)
        for i in table.indexes
        if i.unique and i.predicate is None and not i.of_constraint
    )
    return (*table.constraints, *indexes)


def _is_same(one: Constraint, other: Constraint) -> bool:
    if one.kind != other.kind:
        return False
    if one.kind == "unique":
        return set(one.columns) == set(other.columns) and _manner(one) == _manner(other)
    if one.kind == "foreign key":
        return _refers_alike(one, other) and one.on_delete == other.on_delete and _manner(one) == _manner(other)
    return _definition(one) == _definition(other)


def _refers_alike(one: Constraint, other: Constraint) -> bool:
    """Are both a foreign key of the same columns to the same ones?"""
    if {one.kind, other.kind} != {"foreign key"}:
        return False
    return (one.columns, one.target, one.target_columns) == (other.columns, other.target, other.target_columns)


def _manner(one: Constraint) -> tuple[str, ...]:
    """How a key or a uniqueness is kept: on an update, when it is looked at, which nulls are alike."""
    return tuple(sorted(MANNER.findall(one.definition)))


def _definition(one: Constraint) -> str:
    return plain_sql(one.definition.removesuffix(" NOT VALID"))


def plain_sql(text: str | None) -> str:
    """An expression as PostgreSQL writes it, without what the column's type alone puts there; synonyms as one."""
    found = TO_TEXT.sub("", NUMBER.sub(r"\1", text or ""))
    for pattern, word in ALIKE:
        found = pattern.sub(word, found)
    while (shorter := LONE.sub(r"\1", found)) != found:
        found = shorter
    return found


def promised(column: Column) -> bool:
    """Does the model give the database a default of its own?"""
    return column.filled and bool(column.default) and not str(column.default).startswith("nextval")


def differences(declared: Shape, real: Shape) -> Iterator[Difference]:
    """What the models would make otherwise than the migrations did, in Alembic's words, so that both can be compared.

    What only migrations make is left to Alembic, unless it is a column that wants a value: the models' `INSERT` leaves
    it out.
    """
    views = {extra.name for extra in real.extras if extra.kind.endswith("view")}
    for table in declared.tables:
        found = real.table(table.name)
        if found is not None:
            yield from _column_differences(table, found)
            yield from _index_differences(table, found)
        elif table.name not in views:
            yield Difference(kind="add_table", table=table.name, what=say("no migration makes it"))


def _column_differences(table: Table, found: Table) -> Iterator[Difference]:
    for column in table.columns:
        there = found.column(column.name)
        if there is None:
            yield Difference(kind="add_column", table=table.name, column=column.name, what=column.type)
            continue
        if there.type != column.type:
            what = say("database {type}, model {type2}", type=there.type, type2=column.type)
            yield Difference(kind="modify_type", table=table.name, column=column.name, what=what)
        if there.nullable != column.nullable:
            what = say("database {nullable}, model {nullable2}", nullable=there.nullable, nullable2=column.nullable)
            yield Difference(kind="modify_nullable", table=table.name, column=column.name, what=what)
    for column in found.columns:
        if table.column(column.name) is None and not (column.nullable or column.filled):
            yield Difference(kind="remove_column", table=table.name, column=column.name, what=column.type)


def _index_differences(table: Table, found: Table) -> Iterator[Difference]:
    """Indexes of the models that the database lacks or has otherwise; those of constraints are DB021's."""
    made = {_work(one) for one in found.indexes}
    for index in table.indexes:
        if index.of_constraint or _work(index) in made:
            continue
        alike = [one for one in found.indexes if one.columns == index.columns and "" not in index.columns]
        if alike:
            what = say(
                "{name}: database {made}, model {made2}", name=index.name, made=_how(alike[0]), made2=_how(index)
            )
            yield Difference(kind="modify_index", table=table.name, what=what)
        else:
            yield Difference(kind="add_index", table=table.name, what=f"{index.name} ({_keys(index)})")


def _work(index: Index) -> tuple[object, ...]:
    """What an index does: for which rows, in which order, by which method, and whether it refuses equal ones."""
    return index.unique, index.method, index.columns, plain_sql(index.predicate), plain_sql(_order(index))


def _order(index: Index) -> str:
    """`(lower(email) DESC)`, of what stands behind USING; what is only carried along, or stored how, left out."""
    used = index.definition.partition(" USING ")[2]
    return re.split(r" (?:INCLUDE|WITH|WHERE|TABLESPACE) ", used.partition(" ")[2])[0]


def _keys(index: Index) -> str:
    return ", ".join(index.columns) if "" not in index.columns else _order(index).removeprefix("(").removesuffix(")")


def _how(index: Index) -> str:
    """`unique btree (user_id) WHERE active`."""
    words = ("UNIQUE" if index.unique else "", index.method, _order(index) or f"({_keys(index)})")
    rows = f"WHERE {index.predicate}" if index.predicate else ""
    return " ".join(filter(None, (*words, rows)))
