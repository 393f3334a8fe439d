"""The text of one Alembic revision that brings tables from one shape to another and back, while a service works. Pure.

On PostgreSQL each statement commits by itself and can be run again: none holds a lock while the next one works. SQLite
has to build a changed table anew, and must not take along the rows that refer to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workflow.service.update.fitting import fitting
from workflow.service.update.steps import Changed, Fills, Steps, told
from workflow.service.update.tables import Column, Constraint, Index, Table

CONSTANTS = {
    "BIG_ID": 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")',
    "MOMENT": "sa.DateTime(timezone=True)",
}
STAY = '''
@contextmanager
def rows_stay() -> Iterator[None]:
    """SQLite builds a changed table anew; rows that refer to it would go with the old one."""
    switch("OFF")
    yield
    switch("ON")


def switch(word: str) -> None:
    with op.get_context().autocommit_block():  # inside of a transaction SQLite does not listen
        op.execute(f"PRAGMA foreign_keys={word}")
'''
INDEX = """
def build_index(name: str, table: str, columns: list[str], **options: Any) -> None:
    drop_index(name, table)  # one that an interrupted run left half-built would pass for a good one
    op.create_index(name, table, columns, postgresql_concurrently=True, **options)


def drop_index(name: str, table: str) -> None:
    op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One direction. `stays`: rows that are there get a default that stays, for a version that runs on beside it."""

    steps: Steps
    fills: Fills
    stays: bool


def revision_text(id: str, parent: str, up: Steps, down: Steps, fills: Fills) -> str:
    """The file, still to be formatted."""
    ways = {
        "upgrade": Way(steps=up, fills=fills, stays=True),
        "downgrade": Way(steps=down, fills=fills, stays=False),
    }
    body = [line for name, way in ways.items() for line in _functions(name, way)]
    text = "\n".join(body)
    helpers = (STAY if "rows_stay" in text else "") + (INDEX if "_index(" in _online(text) else "")
    constants = "".join(f"{name} = {value}\n" for name, value in CONSTANTS.items() if re.search(rf"\b{name}\b", text))
    imports = (
        "from collections.abc import Iterator\nfrom contextlib import contextmanager\n" if "rows_stay" in text else ""
    )
    imports += "from typing import Any\n" if INDEX in helpers else ""
    return (
        f'"""{told(up)}"""\n\n{imports}\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{id}"\ndown_revision = "{parent}"\nbranch_labels = None\ndepends_on = None\n\n'
        f"{constants}\n{helpers}\n{text}\n"
    )


def _online(text: str) -> str:
    """Without the calls of Alembic's own."""
    return text.replace("op.create_index(", "").replace("op.drop_index(", "")


def _functions(name: str, way: Way) -> Iterator[str]:
    steps = way.steps
    changed = bool(steps.changed)
    yield f"\ndef {name}() -> None:"
    yield from (f"    create_{table.name}()" for table in steps.created)
    if changed:
        yield '    if op.get_context().dialect.name == "postgresql":'
        yield "        with op.get_context().autocommit_block():"
        yield f"            {name}_postgresql()"
        yield "    else:"
        yield f"        {name}_sqlite()"
    for table in steps.gone:
        yield from (
            f'    op.drop_index("{index.name}", table_name="{table.name}"{", if_exists=True" if changed else ""})'
            for index in reversed(table.indexes.values())
        )
        yield f'    op.drop_table("{table.name}"{", if_exists=True" if changed else ""})'
    if changed:
        yield f"\n\ndef {name}_postgresql() -> None:"
        yield from (f"    {line}" for one in steps.changed for line in _postgresql(one, way))
        yield f"\n\ndef {name}_sqlite() -> None:"
        yield from (f"    {line}" for one in steps.changed for line in _sqlite(one, way))
    for table in steps.created:
        yield from _creating(table, again=changed)


def _creating(table: Table, *, again: bool) -> Iterator[str]:
    """`again`: what follows may be interrupted, and the whole be run once more."""
    yield f"\n\ndef create_{table.name}() -> None:"
    source = table.source.rstrip().removesuffix(")").rstrip().rstrip(",")
    yield f"    {source}{', if_not_exists=True' if again else ''},\n)"
    for index in table.indexes.values():
        yield f"    op.create_index({_indexed(index)}{', if_not_exists=True' if again else ''})"


def _fitted(one: Changed, way: Way) -> Iterator[str]:
    statements = () if way.stays else tuple(fitting(one, way.fills))
    if statements:
        yield "# what the version before can't hold is cut or replaced, so that a release can always be taken back"
    yield from (f'op.execute("{statement}")' for statement in statements)


def _postgresql(one: Changed, way: Way) -> Iterator[str]:
    table = one.name
    yield from (f'drop_index("{index.name}", "{table}")' for index in one.indexes_gone)
    gone = dict.fromkeys(c.name for c in (*one.constraints_gone, *one.constraints_new))
    yield from (f'op.drop_constraint("{name}", "{table}", if_exists=True)' for name in gone)
    yield from _fitted(one, way)
    if one.replaced:
        yield from (f'op.drop_column("{table}", "{name}", if_exists=True)' for name in one.replaced)
    for column in one.added:
        yield f'op.add_column("{table}", {_column(column, one, way)}, if_not_exists=True)'
        yield from _default_goes(column, one, way, f'op.alter_column("{table}", ')
    for old, new in one.altered:
        yield from _altered_postgresql(one, old, new, way)
    yield from (
        f'op.drop_column("{table}", "{c.name}", if_exists=True)' for c in one.dropped if c.name not in one.replaced
    )
    for constraint in one.constraints_new:
        yield from _constrained(table, constraint)
    yield from (f"build_index({_indexed(index)})" for index in one.indexes_new)


def _altered_postgresql(one: Changed, old: Column, new: Column, way: Way) -> Iterator[str]:
    start = f'op.alter_column("{one.name}", "{new.name}", '
    if old.type != new.type:
        yield f"{start}existing_type={old.type}, type_={new.type})"
    if old.default != new.default:
        yield f"{start}server_default={new.default or None})"
    if new.nullable and not old.nullable:
        yield f"{start}nullable=True)"
    elif old.nullable and not new.nullable:
        yield from _filled(one, new, way)
        proof = f"ck_{one.name}_{new.name}_there"
        yield f'op.drop_constraint("{proof}", "{one.name}", if_exists=True)'
        words = f'"{one.name}", "{new.name} IS NOT NULL", postgresql_not_valid=True'
        yield f'op.create_check_constraint(op.f("{proof}"), {words})'
        yield _validated(one.name, proof)
        yield f"{start}nullable=False)"
        yield f'op.drop_constraint("{proof}", "{one.name}")'


def _constrained(table: str, one: Constraint) -> Iterator[str]:
    if one.kind == "unique":
        yield f'build_index("{one.name}", "{table}", {_listed(one.columns)}, unique=True)'
        yield f'op.execute("ALTER TABLE {table} ADD CONSTRAINT {one.name} UNIQUE USING INDEX {one.name}")'
    elif one.kind == "check":
        yield f'op.create_check_constraint(op.f("{one.name}"), "{table}", "{one.sql}", postgresql_not_valid=True)'
        yield _validated(table, one.name)
    else:
        words = _reference(one)
        yield f'op.create_foreign_key("{one.name}", "{table}", {words}, postgresql_not_valid=True)'
        yield _validated(table, one.name)


def _sqlite(one: Changed, way: Way) -> Iterator[str]:
    yield from (f'op.drop_index("{index.name}", table_name="{one.name}")' for index in one.indexes_gone)
    for old, new in one.altered:
        if old.nullable and not new.nullable:
            yield from _filled(one, new, way)
    yield from _fitted(one, way)
    if one.rebuilt:
        yield f'with rows_stay(), op.batch_alter_table("{one.name}", recreate="always") as batch:'
        yield from (f"    {line}" for line in _batch(one, way))
        later = [line for c in one.added for line in _default_goes(c, one, way, "batch.alter_column(")]
        if later:
            yield f'with rows_stay(), op.batch_alter_table("{one.name}", recreate="always") as batch:'
            yield from (f"    {line}" for line in later)
    yield from (f"op.create_index({_indexed(index)})" for index in one.indexes_new)


def _batch(one: Changed, way: Way) -> Iterator[str]:
    for constraint in one.constraints_gone:
        yield f'batch.drop_constraint(op.f("{constraint.name}"), type_="{constraint.kind}")'
    yield from (f'batch.drop_column("{column.name}")' for column in one.dropped)
    yield from (f"batch.add_column({_column(column, one, way)})" for column in one.added)
    for old, new in one.altered:
        words = [f'"{new.name}"', f"existing_type={old.type}", f"nullable={new.nullable}"]
        words += [f"type_={new.type}"] if old.type != new.type else []
        words += [f"server_default={new.default or None}"] if old.default != new.default else []
        yield f"batch.alter_column({', '.join(words)})"
    for constraint in one.constraints_new:
        if constraint.kind == "check":
            yield f'batch.create_check_constraint(op.f("{constraint.name}"), "{constraint.sql}")'
        elif constraint.kind == "unique":
            yield f'batch.create_unique_constraint("{constraint.name}", {_listed(constraint.columns)})'
        else:
            yield f'batch.create_foreign_key("{constraint.name}", {_reference(constraint)})'


def _column(column: Column, one: Changed, way: Way) -> str:
    fill = way.fills.get((one.name, column.name), "")
    words = [f'"{column.name}"', column.type, *column.rest]
    if column.default or (fill and not column.nullable):
        words.append(f"server_default={column.default or _default(fill)}")
    return f"sa.Column({', '.join(words)}, nullable={column.nullable})"


def _default(fill: str) -> str:
    return f'sa.text("{fill}")'


def _default_goes(column: Column, one: Changed, way: Way, start: str) -> Iterator[str]:
    if not way.stays and not column.nullable and not column.default and (one.name, column.name) in way.fills:
        yield f'{start}"{column.name}", existing_type={column.type}, server_default=None)'


def _filled(one: Changed, column: Column, way: Way) -> Iterator[str]:
    fill = way.fills.get((one.name, column.name))
    if fill:
        words = f"SET {column.name} = {fill} WHERE {column.name} IS NULL"
        yield f'op.execute("UPDATE {one.name} {words}")'


def _validated(table: str, name: str) -> str:
    return f'op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")'


def _reference(one: Constraint) -> str:
    tables = {place.partition(".")[0] for place in one.refers}
    columns = tuple(place.partition(".")[2] for place in one.refers)
    rule = f', ondelete="{one.on_delete}"' if one.on_delete else ""
    return f'"{min(tables)}", {_listed(one.columns)}, {_listed(columns)}{rule}'


def _indexed(index: Index) -> str:
    return ", ".join((f'"{index.name}"', f'"{index.table}"', _listed(index.columns), *index.rest))


def _listed(columns: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{one}"' for one in columns) + "]"
