"""Which locks does each revision take that would block a running service? squawk reads the SQL that it really ran."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Self

from runner.errors import ProbeError
from runner.evidence.code.sql_script import done_in_block, statements_in, words_in
from runner.evidence.database.migration_walk import MigrationWalk, Statement, Walked, apart
from runner.evidence.database.migrations import Revision
from runner.evidence.database.widening import ADDED, DROPPED, RETYPED, table_of
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say

# Rules about locks that stop readers or writers, or rows that make the statement fail; not about taste.
BLOCKING = {
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "adding-required-field",
    "adding-serial-primary-key-field",
    "ban-concurrent-index-creation-in-transaction",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
    "require-concurrent-reindex",
}
SCHEMA_WORDS = {
    *("create", "alter", "drop", "truncate", "reindex", "lock", "cluster", "vacuum", "refresh", "set", "rename"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    revision: Revision
    rule: str
    message: str
    help: str
    statement: str
    table: str
    line: int | None = None  # in the revision's file, where the statement's object is named


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks(Evidence):
    """The locks that each revision takes."""

    found: tuple[Lock, ...]
    revisions: int  # that there are
    judged: int  # whose statements were read
    released: int = 0  # of those that there are: left out
    unheard: tuple[tuple[str, str], ...] = ()  # (revision, a table that it changes by no statement that squawk reads)

    @classmethod
    def collect(cls, probe: Probe, walk: MigrationWalk) -> Self:
        failed = next((step for step in walk.steps if step.problem), None)
        if failed:
            raise ProbeError(
                say(
                    "revision {id} does not go up, so nobody knows its locks: {problem}",
                    id=failed.revision.id,
                    problem=failed.problem,
                )
            )
        steps = [step for step in walk.steps if not step.revision.released]
        parts = [part for step in walk.steps for part in apart(step, walk.history)]
        asked = [part for part in parts if not part.revision.released]
        found = [lock for part in asked for lock in locks_of(probe, part, before(parts, part))]
        there = len(walk.history)
        return cls(
            found=tuple(found),
            revisions=there,
            judged=walk.count(steps),
            released=there - len(walk.open),
            unheard=tuple((step.revision.id, table) for step in steps for table in unheard(step)[:1]),
        )


def schema_statements(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Those that change the schema, each by itself and without comments; Alembic's own table is left out."""
    told = ((one, block) for one in statements for block in statements_in(one.sql))
    apart = (replace(one, sql=text) for one, block in told for text in done_in_block(block))
    return tuple(
        one
        for one in _in_transactions(apart)
        if words_in(one.sql)[:1] and words_in(one.sql)[0] in SCHEMA_WORDS and not _of_books(one.sql)
    )


def _in_transactions(statements: Iterable[Statement]) -> Iterator[Statement]:
    """What stands behind a revision's own COMMIT stands alone, until it begins another transaction."""
    ended = False
    for one in statements:
        first = next(iter(words_in(one.sql)), "")
        ended = first == "commit" or (ended and first not in {"begin", "start"})
        yield replace(one, alone=one.alone or ended)


def unheard(step: Walked) -> list[str]:
    """Tables that the revision changes, as the catalogue shows, by no statement that squawk reads.

    What a DO block puts together, a function or a connection below SQLAlchemy changes them so; nobody knows the locks
    that it takes.
    """
    said = {word for one in schema_statements(step.statements) for word in words_in(one.sql)}
    return [names[0] for names in step.altered if not said & set(names)]


def _of_books(statement: str) -> bool:
    """CREATE, ALTER or DROP TABLE of Alembic's own table, and nothing beside it."""
    words = [word for word in words_in(statement) if word not in {"if", "not", "exists", "public"}]
    made_here = words[:2] == ["create", "table"] and "version_num" in words and not {"alter", "index"} & set(words)
    return words[1:3] == ["table", "alembic_version"] or made_here


def script(statements: tuple[Statement, ...]) -> tuple[str, list[Statement]]:
    """The SQL as squawk shall read it, and which statement stands on each line."""
    lines: list[str] = []
    owners: list[Statement] = []
    inside = False
    for one in schema_statements(statements):
        if inside != (not one.alone):
            inside = not one.alone
            lines.append("BEGIN;" if inside else "COMMIT;")
            owners.append(one)
        text = f"{one.sql.strip().rstrip(';')};".splitlines()
        lines += text
        owners += [one] * len(text)
    return "\n".join([*lines, *(["COMMIT;"] if inside else [])]) + "\n", owners


def parse(answer: str) -> list[dict[str, Any]]:
    """squawk's JSON. Raises `ProbeError` for anything else."""
    try:
        found = json.loads(answer)
    except json.JSONDecodeError as error:
        raise ProbeError(
            say("squawk gave no JSON: {answer}", answer=answer.strip()[:200] or say("it said nothing"))
        ) from error
    if not isinstance(found, list) or not all(isinstance(one, dict) and "rule_name" in one for one in found):
        raise ProbeError(say("squawk gave JSON of another shape: {answer}", answer=answer[:200]))
    return found


def before(steps: Sequence[Walked], step: Walked) -> tuple[Statement, ...]:
    """The checks that stand on a table when a revision begins, as earlier ones add and validate them.

    A validated `CHECK (x IS NOT NULL)` is why SET NOT NULL looks at no row.
    """
    kept: list[Statement] = []
    earlier = takewhile(lambda one: one is not step, steps)
    for one in (one for walked in earlier for one in schema_statements(walked.statements)):
        words = words_in(one.sql)
        if words[:2] != ["alter", "table"] or "constraint" not in words:
            continue
        gone = {name.strip('"').lower() for name in DROPPED.findall(one.sql)}
        kept = [known for known in kept if not gone & set(words_in(known.sql))]
        kept += [Statement(sql=sql, alone=True) for sql in _in_two_steps(one.sql, words)] if not gone else []
    return tuple(kept)


def _in_two_steps(sql: str, words: list[str]) -> Iterator[str]:
    """A check that is added, or validated; squawk takes it for valid only where that was said by itself."""
    added = ADDED.search(sql) if "check" in words else None
    if added and words[-2:] != ["not", "valid"]:
        yield f"{sql} NOT VALID"
        yield f"ALTER TABLE {table_of(sql)} VALIDATE CONSTRAINT {added[1]}"
    elif added or "validate" in words:
        yield sql


def locks_of(probe: Probe, step: Walked, earlier: tuple[Statement, ...] = ()) -> Iterator[Lock]:
    """What squawk finds in a revision, which also reads the `earlier` checks that it may lean on."""
    text, owners = script(step.statements)
    if not owners:
        return
    known, lines = script(earlier)
    text = known + text if earlier else text
    folder = probe.workshop.scratch("squawk")
    file = folder / f"{re.sub(r'[^A-Za-z0-9_]', '_', step.revision.id)}.sql"
    file.write_text(text, encoding="utf-8")
    settings = folder / "squawk.toml"  # ours: one in the service's folder could leave out the very rules
    settings.write_text("excluded_rules = []\n", encoding="utf-8")
    ran = probe.tool("squawk", "--config", str(settings), "--reporter", "json", str(file), cwd=folder)
    found = parse(ran.out)
    broken = next((one for one in found if one["rule_name"] == "syntax-error"), None)
    if broken:
        raise ProbeError(
            say("squawk cannot read the SQL of revision {id}: {broken}", id=step.revision.id, broken=broken["message"])
        )
    source = probe.read(step.revision.path, what="revision")
    for one in found:
        line = one["line"] - len(lines)
        statement = owners[min(max(line, 0), len(owners) - 1)].sql
        if one["rule_name"] in BLOCKING and line >= 0 and not _only_widens(one["rule_name"], statement, step):
            yield _lock(step.revision, one, statement, source)


def _only_widens(rule: str, statement: str, step: Walked) -> bool:
    """Does it give columns a wider type of the same kind, once in this revision? squawk knows no types of before."""
    if rule != "changing-column-type" or re.search(r"\busing\b", statement, re.IGNORECASE):
        return False
    found, others = (
        retyped(statement),
        [one for text in schema_statements(step.statements) for one in retyped(text.sql)],
    )
    return bool(found) and all(one in step.widened and others.count(one) == 1 for one in found)


def retyped(statement: str) -> list[tuple[str, str]]:
    """(table, column) of each `ALTER COLUMN … TYPE` in a statement."""
    table = table_of(statement).removeprefix("public.")
    return [(table, name.strip('"')) for name in RETYPED.findall(statement)] if table else []


def _lock(revision: Revision, found: dict[str, Any], statement: str, source: str) -> Lock:
    flat = re.sub(r"\s+", " ", statement).strip()
    return Lock(
        revision=revision,
        rule=found["rule_name"],
        message=found["message"],
        help=found.get("help") or "",
        statement=flat,
        table=table_of(flat),
        line=line_of(source, flat),
    )


def line_of(source: str, statement: str) -> int | None:
    """The 1-based line of the revision's file that names what the statement makes or changes."""
    words = [w for w in re.findall(r"\w+", statement) if f'"{w}"' in source or f"'{w}'" in source]
    for word in words:
        return next(n for n, line in enumerate(source.splitlines(), start=1) if re.search(rf"[\"']{word}[\"']", line))
    return None
