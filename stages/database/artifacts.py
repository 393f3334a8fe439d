"""Documents of the database stage: evidence → text."""

import re
from collections.abc import Iterable, Iterator, Sequence

from runner import markdown
from runner.evidence.database.locks import Lock, Locks, schema_statements
from runner.evidence.database.migration_walk import MigrationWalk, Statement, Walked
from runner.evidence.database.models import Models
from runner.evidence.database.populated_migration import Populated, PopulatedMigration
from runner.evidence.database.schema import Column, Schema, Table
from runner.markdown import Marked, bold, code
from runner.model import artifact
from runner.said import tell, together, told
from runner.words import plural

LONGEST = 160


@artifact("er-diagram.md", step="3.1")
def er_diagram(schema: Schema) -> str:
    """Entity-relationship diagram."""
    keys = list(schema.foreign_keys())
    summary = tell(
        "{tables} and {relationships}, as the migrations make them in PostgreSQL. "
        "On each line stands what happens when the row on the left is deleted.",
        tables=plural(len(schema.tables), "table"),
        relationships=plural(len(keys), "relationship"),
    )
    lines = [f"# {tell('Entity-relationship diagram')}", "", summary, "", "```mermaid", "erDiagram"]
    for table, key in keys:
        one = "|o" if any((c := table.column(name)) and c.nullable for name in key.columns) else "||"
        many = "o|" if table.is_unique(key.columns) else "o{"
        lines.append(f'    {_entity(key.target)} {one}--{many} {_entity(table.name)} : "{key.on_delete}"')
    for table in schema.tables:
        lines += [f"    {_entity(table.name)} {{", *(f"        {_attribute(table, c)}" for c in table.columns), "    }"]
    return "\n".join([*lines, "```", ""])


@artifact("data-dictionary.md", step="3.1")
def data_dictionary(schema: Schema, models: Models) -> str:
    """Data dictionary."""
    rows = [
        (Marked(f"[{t.name}](#{t.name})"), len(t.columns), ", ".join(t.key) or bold("none"), _meaning(t, models))
        for t in schema.tables
    ]
    head = [f"# {tell('Data dictionary')}", "", *_table(("table", "columns", "primary key", "meaning"), rows)]
    parts = [line for table in schema.tables for line in _chapter(table, schema, models)]
    others = [e for e in schema.shape.extras if e.kind != "trigger"]
    if others:
        parts += [f"## {tell('Beside the tables')}", ""]
        parts += _table(("kind", "name", "what it is"), [(e.kind, code(e.name), _brief(e.definition)) for e in others])
    return "\n".join([*head, *parts])


@artifact("model-map.md", step="3.2")
def model_map(schema: Schema, models: Models) -> str:
    """Which model is which table."""
    rows: list[tuple[object, ...]] = []
    for table in schema.tables:
        model = models.table(table.name)
        where = f"{model.path}:{model.line}" if model and model.line else model.path if model else ""
        rows.append((model.model if model else "–", table.name, where, len(table.columns)))
    rows += [(m.model, bold("not in the database"), m.path, "") for m in models.tables if not schema.table(m.name)]
    lines = _table(("model", "table", "declared in", "columns"), rows)
    return "\n".join([f"# {tell('Models and tables')}", "", *lines])


@artifact("migration-report.md", step="3.3")
def migration_report(walk: MigrationWalk, locks: Locks, populated: PopulatedMigration) -> str:
    """Migration report."""
    filled = {step.revision.id: step for step in populated.steps}
    reversible = sum(step.reversible for step in walk.steps)
    rows = [_summary(step, _locks_of(locks, step), filled.get(step.revision.id)) for step in walk.steps]
    summary = tell(
        "{revisions}; {reversible} go up, down and up again without a trace; "
        "{statements} would block a running service.",
        revisions=plural(len(walk.steps), "revision"),
        reversible=reversible,
        statements=plural(len(locks.found), "statement"),
    )
    overview = _table(("revision", "what", "reversible", "blocking locks", "with rows", "time"), rows)
    lines = [f"# {tell('Migration report')}", "", summary, "", *overview]
    for step in walk.steps:
        lines += _revision(step, _locks_of(locks, step))
    return "\n".join(lines)


def _entity(name: str) -> str:
    return name.replace(".", "_")


def _attribute(table: Table, column: Column) -> str:
    refers = any(column.name in key.columns for key in table.of_kind("foreign key"))
    marks = [*(["PK"] if column.name in table.key else []), *(["FK"] if refers else [])]
    if table.is_unique([column.name]) and column.name not in table.key:
        marks.append("UK")
    kind = re.sub(r"[^A-Za-z0-9_()]+", "_", _short_type(column.type)).replace("(", "_").replace(")", "").strip("_")
    optional = f'"{tell("may be null")}"' if column.nullable else ""
    return " ".join(filter(None, [kind, column.name, ", ".join(marks), optional]))


def _short_type(name: str) -> str:
    for long, short in (("character varying", "varchar"), ("timestamp with time zone", "timestamptz")):
        name = name.replace(long, short)
    return name.replace("timestamp without time zone", "timestamp")


def _meaning(table: Table, models: Models) -> str:
    model = models.table(table.name)
    return _brief(table.comment or (model.doc if model else "")) or "–"


def _brief(text: str) -> str:
    line = together(text.split(), " ")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _chapter(table: Table, schema: Schema, models: Models) -> Iterator[str]:
    model = models.table(table.name)
    yield from (f"## {table.name}", "")
    meaning = _meaning(table, models)
    if meaning != "–":
        yield from (markdown.plain(meaning), "")
    rows = []
    for column in table.columns:
        declared = model.column(column.name) if model else None
        note = column.comment or (declared.doc if declared else "")
        must = "" if column.nullable else tell("yes")
        rows.append((column.name, _short_type(column.type), must, code(column.default or ""), _brief(note)))
    yield from _table(("column", "type", "required", "default", "meaning"), rows)
    if table.constraints:
        rules = [(c.kind, c.name, code(_brief(c.definition))) for c in table.constraints]
        yield from _table(("constraint", "name", "rule"), rules)
    if table.indexes:
        yield from _table(
            ("index", "on", "unique", "only rows"),
            [
                (
                    i.name,
                    ", ".join(c or tell("an expression") for c in i.columns),
                    tell("yes") if i.unique else "",
                    code(i.predicate or ""),
                )
                for i in table.indexes
            ],
        )
    triggers = [e for e in schema.shape.extras if e.kind == "trigger" and e.table == table.name]
    if triggers:
        yield from _table(
            ("trigger", "does"),
            [(e.name.rpartition(".")[2], code(_brief(e.definition.partition(" TRIGGER ")[2]))) for e in triggers],
        )


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [markdown.table(heads, rows), ""]


def _locks_of(locks: Locks, step: Walked) -> list[Lock]:
    return [lock for lock in locks.found if lock.revision.id == step.revision.id]


def _summary(step: Walked, locks: Sequence[Lock], filled: Populated | None) -> tuple[object, ...]:
    back = tell("yes") if step.reversible else bold("no")
    if filled is None:
        with_rows = "–"
    elif filled.problem or filled.down_problem or filled.again_problem or filled.lost:
        with_rows = bold("fails")
    else:
        with_rows = tell("{rows} rows survive", rows=filled.rows) if filled.rows else tell("no rows yet")
    seconds = max(step.seconds, filled.seconds if filled else 0)
    return step.revision.id, _brief(step.revision.message), back, len(locks) or tell("none"), with_rows, _time(seconds)


def _time(seconds: float) -> str:
    """By class, so that the same facts give the same document."""
    under = next((limit for limit in (10, 60, 600) if seconds < limit), 0)
    return tell("under {limit} s", limit=under) if under else tell("over 600 s")


def _revision(step: Walked, locks: Sequence[Lock]) -> Iterator[str]:
    yield from (
        f"## {step.revision.id}: {markdown.plain(_brief(step.revision.message))}",
        "",
        f"`{step.revision.path}`",
        "",
    )
    problem = (
        step.problem or step.down_problem or step.again_problem or together((*step.leftovers, *step.differences), "; ")
    )
    if problem:
        yield from (f"{bold('Not reversible:')} {markdown.plain(_brief(told(problem)))}", "")
    for lock in locks:
        yield f"- **{lock.rule}** {told(lock.message)} {told(lock.help)}"
    if locks:
        yield ""
    yield from ("```sql", *_sql(schema_statements(step.statements)), "```", "")


def _sql(statements: Sequence[Statement]) -> Iterator[str]:
    for one in statements:
        yield from ([] if not one.alone else [f"-- {tell('outside of a transaction')}"])
        yield f"{one.sql.strip().replace(chr(9), '    ').rstrip(';')};"
