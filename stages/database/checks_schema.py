"""Database: are keys, indexes and constraints of the migrated schema what a growing service needs?"""

import re
from collections.abc import Iterator

from runner.evidence.database.models import Models
from runner.evidence.database.schema import Column, Constraint, Index, Schema, Table
from runner.model import Share, Verdict, check, every, failed, in_table, not_applicable, passed, share
from runner.said import say, together
from runner.vocabulary.money import is_amount, is_currency, is_value
from runner.words import for_psql, listed, plural
from stages.database.names import rows_of, words_of

LOOKUPS = {
    *("category", "status", "role", "type", "kind", "country", "currency", "tag", "language", "region", "department"),
    *("genre", "topic", "label", "color", "colour", "priority", "unit", "level", "state", "city", "brand", "plan"),
}
SMALL = 8  # columns of a lookup table
OWN = 2  # columns that a table of mere links may have besides its keys
FLOATS = ("real", "double precision")
MOMENT = re.compile(r"_at$|timestamp|datetime", re.IGNORECASE)
NO_MOMENT = ("text", "character", "integer", "bigint", "double precision", "numeric")
NAIVE = "timestamp without time zone"
MUTE_KEYS = (
    "SELECT conrelid::regclass AS table, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE contype = 'f' AND confdeltype = 'a' ORDER BY 1, 2"
)
NAIVE_COLUMNS = (
    "SELECT table_schema, table_name, column_name FROM information_schema.columns "
    "WHERE data_type = 'timestamp without time zone' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
)


@check("DB010", step="3.1")
def every_table_has_a_primary_key(schema: Schema) -> Verdict:
    """Every table has a primary key.

    Without one a row cannot be named: no safe update, no replication of deletes, duplicates that nobody can tell apart.
    Fix: add an identity column, or make the columns that identify a row the primary key, in a new revision.
    """
    bare = [table.name for table in schema.tables if not table.key]
    if not bare:
        return passed("each has a primary key", every(len(schema.tables), "table"))
    places = [in_table(name, note="no primary key") for name in bare]
    return failed(
        say("{tables} without a primary key: {bare}", tables=plural(len(bare), "table"), bare=together(bare)), at=places
    )


@check("DB011", step="3.1")
def foreign_keys_are_indexed(schema: Schema) -> Verdict:
    """Every foreign key has a usable index.

    PostgreSQL does not make one: deleting the row that is referred to, or listing what refers to it, reads the whole
    table, and holds its locks meanwhile.
    Fix: `op.create_index` on the foreign key's columns in a new revision (on a big table with
    `postgresql_concurrently=True`, inside of `with op.get_context().autocommit_block():`), and
    `index=True` on the model's field.
    """
    keys = list(schema.foreign_keys())
    if not keys and not loose(schema):
        return _no_keys(schema)
    bare = [(table, key) for table, key in keys if not any(usable_for(key, i) for i in table.indexes)]
    if not bare:
        return passed(
            say("each foreign key has an index that starts with its columns{loose}", loose=_loose(schema)),
            _of_all(schema),
        )
    named = [f"{table.name}.{', '.join(key.columns)}" for table, key in bare]
    places = [
        in_table(t.name, k.columns[0], say("refers to {target}; no usable index starts with it", target=k.target))
        for t, k in bare
    ]
    again = [f"\\d {for_psql(table.name)}" for table, _ in bare[:1]]
    return failed(
        say(
            "{bare} of {keys} foreign keys without a usable index: {named}",
            bare=len(bare),
            keys=len(keys),
            named=together(named, "; "),
        ),
        at=places,
        again=again,
    )


@check("DB012", step="3.1")
def delete_rules_are_declared(schema: Schema) -> Verdict:
    """Every foreign key says what happens when its target is deleted.

    Without a rule, whether a user can be deleted at all, and what becomes of the orders, is decided by whoever meets
    the error first: usually by hand, in production.
    Fix: decide, and write `ondelete="CASCADE"`, `"RESTRICT"` or `"SET NULL"` in the model and a revision.
    """
    keys = list(schema.foreign_keys())
    if not keys and not loose(schema):
        return _no_keys(schema)
    mute = [(table, key) for table, key in keys if key.on_delete == "no action"]
    if not mute:
        return passed(say("each foreign key has a delete rule{loose}", loose=_loose(schema)), _of_all(schema))
    named = [f"{table.name}.{', '.join(key.columns)}" for table, key in mute]
    places = [
        in_table(t.name, k.columns[0], say("{name} → {target} has no ON DELETE rule", name=k.name, target=k.target))
        for t, k in mute
    ]
    message = say(
        "{mute} of {keys} foreign keys without a delete rule: {named}",
        mute=len(mute),
        keys=len(keys),
        named=together(named, "; "),
    )
    return failed(message, at=places, again=[MUTE_KEYS])


@check("DB013", step="3.1")
def no_redundant_index(schema: Schema) -> Verdict:
    """No index repeats the beginning of another one.

    Each index slows down every insert and takes memory from those that are used; one that is a prefix of another
    answers no question that the longer one does not.
    Fix: drop the shorter index in a new revision (`DROP INDEX CONCURRENTLY`, or `ALTER TABLE … DROP CONSTRAINT` where
    it belongs to one) and from the model.
    """
    number = sum(len(table.indexes) for table in schema.tables)
    pairs = [(table, short, long) for table in schema.tables for short, long in covered(table)]
    broken = [(table, index) for table in schema.tables for index in table.indexes if not index.valid]
    if not pairs and not broken:
        return passed("none is a prefix of another", every(number, "index"))
    places = [
        in_table(
            t.name,
            note=say(
                "{name} ({columns}) is covered by {name2}", name=s.name, columns=together(s.columns), name2=g.name
            ),
        )
        for t, s, g in pairs
    ]
    places += [
        in_table(t.name, note=say("{name} is invalid: it costs writes and answers nothing", name=i.name))
        for t, i in broken
    ]
    named = [say("{name} by {name2}", name=short.name, name2=long.name) for _, short, long in pairs] + [
        say("{name} is invalid", name=i.name) for _, i in broken
    ]
    return failed(
        say(
            "{places} of {indexes} are of no use: {named}",
            places=len(places),
            indexes=plural(number, "index"),
            named=together(named, "; "),
        ),
        at=places,
    )


@check("DB014", step="3.1")
def money_is_exact(schema: Schema, models: Models) -> Verdict:
    """No money or quantity is stored as a float.

    0.1 + 0.2 is not 0.3 in binary: sums drift by cents, comparisons fail, and the books do not close.
    Fix: `Numeric(12, 2)` (or whole cents in a BIGINT) in the model, and a revision that changes the column's type.
    """
    columns = [(t, c) for t in schema.tables for c in t.columns]
    floats = [(t, c) for t, c in columns if schema.base_type(c).startswith(FLOATS)]
    bad = [(t, c) for t, c in floats if _is_money(t, c) or is_amount(_type_of(models, t, c))]
    if not bad:
        names = listed((f"{table.name}.{column.name}" for table, column in floats), 5)
        told = (
            say("no float has money or a quantity in its name: {names}", names=names)
            if floats
            else say("none is a float")
        )
        return passed(told, every(len(columns), "column"))
    named = [f"{table.name}.{column.name}" for table, column in bad]
    places = [models.place(t.name, c.name, say("{type} cannot hold 0.1", type=c.type)) for t, c in bad]
    return failed(
        say("{amounts} as float: {named}", amounts=plural(len(bad), "amount"), named=together(named)), at=places
    )


def _is_money(table: Table, column: Column) -> bool:
    return is_amount(column.name) or (is_value(column.name) and _has_currency(table))


def _type_of(models: Models, table: Table, column: Column) -> str:
    """What the model calls the column's type: a `Money` of the team's own says what it holds."""
    model = models.table(table.name)
    declared = model.column(column.name) if model else None
    return declared.type if declared else ""


def _has_currency(table: Table) -> bool:
    return any(is_currency(column.name) for column in table.columns)


@check("DB015", step="3.2")
def timestamps_know_their_zone(schema: Schema, models: Models) -> Verdict:
    """Every point in time is stored with its time zone.

    A naive timestamp means another moment on every machine: tokens expire an hour late after the clocks change, and
    comparing it with an aware one is an error 500.
    Fix: `DateTime(timezone=True)` in the model, `datetime.now(UTC)` where it is set, and a revision that changes the
    type with `postgresql_using="… AT TIME ZONE 'UTC'"`.
    """
    columns = [(t, c, schema.base_type(c)) for t in schema.tables for c in t.columns]
    moments = [(t, c, kind) for t, c, kind in columns if kind.startswith("timestamp")]
    other = [f"{t.name}.{c.name}" for t, c, kind in columns if MOMENT.search(c.name) and kind.startswith(NO_MOMENT)]
    if not moments and not other:
        return not_applicable(
            "no timestamps in this schema",
            looked=say("{columns} of the schema", columns=plural(len(columns), "column")),
        )
    naive = [(t, c) for t, c, kind in moments if NAIVE in re.sub(r"\(\d+\)", "", kind)]
    bad = [(t, c) for t, c in naive if not _converts(models, t, c.name)]
    if not bad:
        told = (
            say("; {other} is stored as text or number, so nobody knows its zone", other=listed(other, 5))
            if other
            else ""
        )
        there = share(len(moments), len(moments) + len(other), "moment")
        return passed(say("each timestamp has a time zone or a type that converts{told}", told=told), there)
    named = [f"{table.name}.{column.name}" for table, column in bad]
    places = [models.place(t.name, c.name, f"{c.type}") for t, c in bad]
    message = say(
        "{bad} of {moments} timestamps are naive: {named}", bad=len(bad), moments=len(moments), named=together(named)
    )
    return failed(message, at=places, again=[NAIVE_COLUMNS])


@check("DB016", step="3.1")
def cascades_stay_inside(schema: Schema) -> Verdict:
    """No lookup table takes the rows that merely refer to it along.

    `ON DELETE CASCADE` from a category or a role deletes every product or user in it: one click in an admin page.
    Fix: `ondelete="RESTRICT"` (or `"SET NULL"`) on the named foreign key, in the model and a new revision.
    """
    keys = list(schema.foreign_keys())
    if not keys and not loose(schema):
        return _no_keys(schema)
    bad = [(t, k) for t, k in keys if k.on_delete == "cascade" and takes_content_along(schema, t, k)]
    if not bad:
        cascades = sum(key.on_delete == "cascade" for _, key in keys)
        told = say(
            "{cascades} of {keys} cascade, none from a lookup table to content",
            cascades=cascades or "none",
            keys=plural(len(keys), "foreign key"),
        )
        return passed(say("{told}{loose}", told=told, loose=_loose(schema)), _of_all(schema))
    named = [say("{target} → {name}", target=key.target, name=table.name) for table, key in bad]
    places = [
        in_table(
            t.name, k.columns[0], say("deleting a row of {target} deletes its {name}", target=k.target, name=t.name)
        )
        for t, k in bad
    ]
    return failed(
        say(
            "{cascades} from a lookup table to content: {named}",
            cascades=plural(len(bad), "cascade"),
            named=together(named, "; "),
        ),
        at=places,
    )


def loose(schema: Schema) -> list[str]:
    """Columns that are named after the rows of another table, and that no key keeps: references by word alone."""
    targets = {one for table in schema.tables for one in rows_of(table.name)}
    return [
        f"{table.name}.{column.name}"
        for table in schema.tables
        for column in table.columns
        if (words := words_of(column.name))[1:] and words[-1] == "id" and "_".join(words[:-1]) in targets
        if not any(column.name in key.columns for key in (*table.of_kind("foreign key"), *table.of_kind("primary key")))
    ]


def _loose(schema: Schema) -> str:
    found = loose(schema)
    return say("; no foreign key keeps {found}", found=listed(found, 5)) if found else ""


def _of_all(schema: Schema) -> Share:
    """The foreign keys, of all that refers to another table, by a key or by its name alone."""
    keys = len(list(schema.foreign_keys()))
    return share(keys, keys + len(loose(schema)), "reference")


def _no_keys(schema: Schema) -> Verdict:
    columns = sum(len(table.columns) for table in schema.tables)
    looked = say("{columns} of {tables}", columns=plural(columns, "column"), tables=plural(len(schema.tables), "table"))
    return not_applicable("no foreign keys in this schema", looked=looked)


def usable_for(key: Constraint, index: Index) -> bool:
    """Can the index find rows by the foreign key: its columns come first, and no predicate hides rows."""
    partial = index.predicate is not None and not _only_skips_null(index.predicate, key.columns)
    able = index.valid and index.method in {"btree", "hash"} and not partial
    return able and set(index.columns[: len(key.columns)]) == set(key.columns)


def _only_skips_null(predicate: str, columns: tuple[str, ...]) -> bool:
    return predicate in {f"({column} IS NOT NULL)" for column in columns}


def covered(table: Table) -> Iterator[tuple[Index, Index]]:
    """Plain indexes that are a prefix of another one (of two equal ones, the second)."""
    plain = [i for i in table.indexes if i.method == "btree" and "" not in i.columns and i.plain and i.valid]
    for short, long in _alike([i for i in table.indexes if i not in plain and i.valid]):
        yield short, long
    for place, short in enumerate(plain):
        if short.of_constraint:
            yield from ((short, long) for long in _same_key(table, plain, short))
            continue
        if short.unique and not _twin(plain, short):
            continue
        for other_place, long in enumerate(plain):
            same = short.columns == long.columns
            if short is long or short.predicate != long.predicate or short.included > (long.included if same else 0):
                continue
            first_of_equals = same and not long.of_constraint and not long.unique and place < other_place
            if long.columns[: len(short.columns)] == short.columns and not first_of_equals and _same_order(short, long):
                yield short, long
                break


def _same_key(table: Table, indexes: list[Index], one: Index) -> list[Index]:
    """The constraint before this one that already keeps the same columns unique: the primary key, else the first."""
    primary = {key.name for key in table.constraints if key.kind == "primary key"}
    late = {key.name for key in table.constraints if "DEFERRABLE" in key.definition}  # it promises something else
    keys = [i for i in indexes if i.of_constraint and i.unique and i.name not in late and _same_order(i, i)]
    same = [i for i in keys if i.columns == one.columns] if one in keys else []
    first = min(same, key=lambda index: index.name not in primary, default=one)
    return [] if first is one else [first]


def _alike(indexes: list[Index]) -> Iterator[tuple[Index, Index]]:
    """Indexes that no prefix can be told of (on an expression, GIN), and that are another one but for their names."""
    first: dict[str, Index] = {}
    for index in indexes:
        told = index.definition.replace(index.name, "", 1)
        if told in first:
            yield index, first[told]
        first.setdefault(told, index)


def _twin(indexes: list[Index], one: Index) -> bool:
    """Is a unique index there twice? Only then may one of the two go."""
    return any(i is not one and i.unique and i.columns == one.columns and i.predicate == one.predicate for i in indexes)


def _same_order(short: Index, long: Index) -> bool:
    """DESC and NULLS FIRST make an index its own; only plain orders are compared."""
    return not any(word in i.definition for i in (short, long) for word in (" DESC", " NULLS "))


def takes_content_along(schema: Schema, table: Table, key: Constraint) -> bool:
    """From a lookup table (it owns nothing, others only point at it) to a table with content of its own."""
    target = schema.table(key.target)
    if target is None or target is table or target.of_kind("foreign key") or not _is_lookup(target):
        return False
    own = [c for c in table.columns if c.name not in {name for k in table.of_kind("foreign key") for name in k.columns}]
    return len(own) > OWN and set(key.columns) != set(table.key)


def _is_lookup(table: Table) -> bool:
    """A name that lookups bear, and little else in it."""
    return any(one.rpartition("_")[2] in LOOKUPS for one in rows_of(table.name)) and len(table.columns) <= SMALL


def _converts(models: Models, table: Table, column: str) -> bool:
    model = models.table(table.name)
    found = model.column(column) if model else None
    return bool(found and found.converts and not found.aware)  # meant naive, and made so on the way
