"""Database: are the models the schema, all of it and nothing else?"""

from collections.abc import Iterator
from dataclasses import replace

from runner.evidence.code.frozen_defaults import FrozenDefaults
from runner.evidence.database.drift import Difference, Drift
from runner.evidence.database.models import ModelHook, ModelRelation, Models, ModelSchema
from runner.evidence.database.schema import Constraint, Schema, Table
from runner.evidence.database.sqlite_keys import SqliteKeys
from runner.model import Place, Verdict, check, every, failed, in_file, named, not_applicable, passed, share
from runner.said import say, together
from runner.words import for_psql, listed, plural
from stages.database.model_differences import differences, not_in_database, promised

CHECK = ["alembic upgrade head && alembic check"]
KEEPS = frozenset({"restrict", "set null", "set default"})  # rules by which a key's rows outlive what they refer to


@check("DB020", step="3.2")
def models_are_the_migrated_schema(drift: Drift, models: Models, declared: ModelSchema, schema: Schema) -> Verdict:
    """Alembic finds nothing to change between models and migrations.

    Code that was written for the models meets another schema in production: a column that is not there, a NOT NULL
    that nobody enforces. The next `--autogenerate` then mixes these leftovers with somebody else's change.
    Fix: `alembic revision --autogenerate -m "…"`, read it, commit it together with the model.
    """
    told = {(one.kind, one.table, one.column) for one in drift.differences}
    hidden = [one for one in differences(declared.shape, schema.shape) if (one.kind, one.table, one.column) not in told]
    found = [*drift.differences, *hidden]
    ours, real = {table.name for table in declared.shape.tables}, {table.name for table in schema.tables}
    if not found:
        beside = sorted(real - ours)
        more = say("; no model declares {beside}", beside=listed(beside, 5)) if beside else ""
        return passed(
            say(
                "neither alembic check nor the catalogue shows a difference{more}{beside}",
                more=more,
                beside=_silenced(drift) if beside else "",
            ),
            share(len(ours & real), len(ours | real), "table"),
        )
    places = [models.place(one.table, one.column, say("{kind}: {what}", kind=one.kind, what=one.what)) for one in found]
    number = say("all hidden") if len(hidden) == len(found) else say("{hidden} of them hidden", hidden=len(hidden))
    count = say(
        "{differences}{hidden}",
        differences=plural(len(found), "difference"),
        hidden=say(", {number} from alembic check", number=number) if hidden else "",
    )
    said = listed((_said(one) for one in [*hidden, *drift.differences]), 5, "; ")
    return failed(
        say("{count}: {said}{hidden}", count=count, said=said, hidden=_silenced(drift) if hidden else ""),
        at=places,
        again=_shown(schema, found),
    )


@check("DB021", step="3.2")
def migrations_enforce_what_models_declare(declared: ModelSchema, schema: Schema, models: Models) -> Verdict:
    """Every constraint and default of the models is in the database.

    `alembic check` compares neither CHECK constraints nor server defaults nor enum labels, and env.py may hide a key
    whose delete rule raw SQL has changed: the model promises a rule, every reader of the code believes it, and the
    database takes the row nevertheless, or takes others along.
    Fix: add the named constraint or default in a new revision (`op.create_check_constraint`, `op.alter_column`), or
    take it out of the model.
    """
    missing = list(not_in_database(declared.shape, schema.shape))
    if not missing:
        there = sum(map(_promises, declared.shape.tables))
        judged = sum(_promises(table) for table in declared.shape.tables if schema.table(table.name))
        return passed("each is in the database as well", share(judged, there, "rule of the models"))
    places = [models.place(table, column, note) for table, column, note in missing]
    said = [
        say("{table}{column}: {note}", table=table, column=f".{column}" if column else "", note=note)
        for table, column, note in missing
    ]
    return failed(
        say("{missing} not in the database: {said}", missing=len(missing), said=listed(said, 5, "; ")), at=places
    )


@check("DB022", step="3.2")
def alembic_sees_every_model(drift: Drift, models: Models) -> Verdict:
    """Alembic sees every table that the code declares.

    A model that `migrations/env.py` does not import gets no migration, and no drift is reported: the first request that
    uses it answers 500.
    Fix: import the module in `env.py` (or in the package that it imports), then `alembic revision --autogenerate`.
    """
    unseen = [table for table in models.tables if table.name not in drift.tables]
    if not unseen:
        return passed("Alembic sees all that the code declares", every(len(models.tables), "table"))
    places = [
        Place(
            path=t.path,
            line=t.line,
            table=t.name,
            note=say("{model} in {path} is not what Alembic sees", model=t.model or say("a Table"), path=t.path),
        )
        for t in unseen
    ]
    named = [say("{model} ({name})", model=table.model or "Table", name=table.name) for table in unseen]
    blind = say("; migrations/env.py gives Alembic no metadata at all") if not drift.tables else ""
    message = say(
        "{unseen} of {tables} unseen: {named}{blind}",
        unseen=len(unseen),
        tables=plural(len(models.tables), "table"),
        named=together(named),
        blind=blind,
    )
    return failed(message, at=places, again=CHECK)


@check("DB023", step="3.2")
def defaults_are_made_for_each_row(models: Models, frozen: FrozenDefaults) -> Verdict:
    """No default was computed when the module was imported.

    `default=datetime.now()` is called once: every row gets the moment at which the process started, or the same
    "unique" id. So do a request without that field, and a function that is called without that parameter, or falls
    back on a day that its module worked out.
    Fix: pass the function, `default_factory=…` (`default=now` without the parentheses), or a `server_default`; for a
    parameter take None and make the moment inside.
    """
    fixed = [(table, column) for table in models.tables for column in table.columns if column.fixed]
    if not fixed and not frozen.found:
        columns = [column for table in models.tables for column in table.columns]
        made = [column for column in columns if column.has_default or column.made]
        if columns and not made:
            looked = say(
                "the {columns} of {tables}",
                columns=plural(len(columns), "column"),
                tables=plural(len(models.tables), "table"),
            )
            return not_applicable("no column of the models has a default", looked=looked)
        return passed(
            "none of them is a moment or an id that was fixed at import",
            share(sum(column.made for column in made), len(made), "default"),
            *([share(frozen.read, frozen.there, "file")] if frozen.there else []),
        )
    named = [f"{table.name}.{column.name}" for table, column in fixed]
    named += [f"{one.owner}.{one.name}" for one in frozen.found]
    places = [models.place(t.name, c.name, say("default is {fixed} for every row", fixed=c.fixed)) for t, c in fixed]
    places += [
        in_file(
            one.path,
            one.line,
            say(
                "{owner}.{name}: {made_by}() is called once, at import",
                owner=one.owner,
                name=one.name,
                made_by=one.made_by,
            ),
        )
        for one in frozen.found
    ]
    return failed(
        say("{defaults} fixed at import: {named}", defaults=plural(len(named), "default"), named=together(named)),
        at=places,
    )


def _promises(table: Table) -> int:
    """How many constraints and defaults a table of the models declares."""
    return len(table.constraints) + sum(map(promised, table.columns))


def _silenced(drift: Drift) -> str:
    """What migrations/env.py tells Alembic to leave out; empty where it leaves out nothing that we know of."""
    if not drift.tables:
        return say("; migrations/env.py gives Alembic no metadata")
    return (
        say("; migrations/env.py keeps Alembic from seeing it by {hooks}", hooks=together(drift.hooks))
        if drift.hooks
        else ""
    )


def _shown(schema: Schema, found: list[Difference]) -> list[str]:
    """`alembic check`, and the tables themselves, which no setting hides."""
    tables = dict.fromkeys(one.table for one in found if schema.table(one.table))
    return [*CHECK, *(rf"\d {for_psql(name)}" for name in list(tables)[:2])]


def _said(one: Difference) -> str:
    where = f"{one.table}.{one.column}" if one.column else one.table
    return together(filter(None, (one.kind, where, one.what)), " ")


@check("DB024", step="3.2")
def sqlite_keeps_foreign_keys(keys: SqliteKeys) -> Verdict:
    """On SQLite as well, a row can't refer to what is not there.

    SQLite ignores foreign keys unless each connection asks for them, so what PostgreSQL refuses is stored: tests pass
    on rows that production will never take, and deleting leaves orphans.
    Fix: `event.listen(engine, "connect", …)` with a function that executes `PRAGMA foreign_keys=ON`.
    """
    loose = [url for url, kept in keys.engines if not kept]
    if not loose:
        return passed("a row that refers to nothing is refused on SQLite", every(len(keys.engines), "engine"))
    places = [named(url, "PRAGMA foreign_keys is off: a row that refers to nothing is taken") for url in loose]
    again = ["grep -rn 'PRAGMA foreign_keys' --include='*.py' ."]
    return failed(say("foreign keys are not kept on SQLite ({loose})", loose=loose[0]), at=places, again=again)


@check("DB070", step="3.2")
def orm_and_schema_delete_alike(models: Models, schema: Schema) -> Verdict:
    """What a delete takes along is the same by the ORM as by the schema.

    `cascade="all, delete-orphan"`, or a listener of `before_delete`, deletes rows that the foreign key promises to
    keep, and no migration shows it.
    Without it, SQLAlchemy first empties the column of each row that refers, which a NOT NULL column refuses; with
    `passive_deletes` it leaves them to a key that has no rule. Each is a delete that works on the first day and
    answers 500, or takes too much, as soon as there are rows.
    Fix: for rows that go along, `ondelete="CASCADE"` on the key, and `cascade="all, delete-orphan"` with
    `passive_deletes=True` on the relationship; for rows that stay, `"RESTRICT"` or `"SET NULL"` and no delete cascade.
    """
    held = [(table, relation) for table in models.tables for relation in table.relations]
    hooks = [(table, hook) for table in models.tables for hook in table.hooks]
    if not held and not hooks:
        looked = say("the relationships of {models}", models=plural(len(models.tables), "model"))
        return not_applicable("no model holds the rows of another table", looked=looked)
    keyed = [(table, one, key) for table, one in held if (key := _key_of(schema, table.name, one))]
    wrong = [
        (say("{model}.{name}", model=table.model, name=one.name), why, table.place())
        for table, one, key in keyed
        if (why := _contradiction(schema, one, key))
    ]
    wrong += [
        (hook.name, why, in_file(hook.path or table.path, hook.line))
        for table, hook in hooks
        for why in _swept(schema, table.name, hook)
    ]
    if wrong:
        places = [replace(at, note=say("{name}: {why}", name=name, why=why)) for name, why, at in wrong]
        return failed(listed((say("{name} {why}", name=name, why=why) for name, why, _ in wrong), 3, "; "), at=places)
    gone = sum(one.deletes for _, one, _ in keyed)
    said = say("each as its foreign key says, {gone} with the rows that refer", gone=gone or "none")
    asked = sum(hook.answered for _, hook in hooks)
    what = "deletion" if hooks else "relationship"
    return passed(said, share(len(keyed) + asked, len(held) + len(hooks), what))


def _key_of(schema: Schema, target: str, relation: ModelRelation) -> Constraint | None:
    table = schema.table(relation.table)
    keys = table.of_kind("foreign key") if table else ()
    return next((key for key in keys if key.target == target and set(key.columns) == set(relation.columns)), None)


def _swept(schema: Schema, target: str, hook: ModelHook) -> Iterator[str]:
    """What a listener deletes although the key that refers to the target keeps it."""
    for name in hook.deletes:
        table = schema.table(name)
        keys = table.of_kind("foreign key") if table else ()
        rules = {key.on_delete for key in keys if key.target == target} & KEEPS
        if rules:
            yield say("deletes the rows of {table}, which ON DELETE {rule} keeps", table=name, rule=min(rules).upper())


def _contradiction(schema: Schema, relation: ModelRelation, key: Constraint) -> str:
    """What the ORM does against the key; empty where both do the same."""
    rule, rows = key.on_delete.upper(), f"{relation.table}.{', '.join(key.columns)}"
    if relation.deletes and key.on_delete in KEEPS:
        return say("deletes the rows of {table}, which ON DELETE {rule} keeps", table=relation.table, rule=rule)
    if relation.leaves and key.on_delete in {"no action", "restrict"}:
        return say(
            "leaves the rows of {table} to the key of {rows}, which refuses (ON DELETE {rule})",
            table=relation.table,
            rows=rows,
            rule=rule,
        )
    table = schema.table(relation.table)
    tight = [column for name in key.columns if table and (column := table.column(name)) and not column.nullable]
    if key.on_delete == "cascade" and not relation.deletes and not relation.leaves and tight:
        return say(
            "empties {rows} before a delete, which is NOT NULL, where ON DELETE CASCADE would take the rows along",
            rows=rows,
        )
    return ""
