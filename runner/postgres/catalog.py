"""What is in a PostgreSQL database: its schema as comparable lines, and one made-up row for each table."""

import itertools
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from runner.errors import first_line
from runner.postgres.database import Database
from runner.postgres.driver import Connection, PostgresError, sql

NOT_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_t%%'"
# Not Alembic's table, which has one column, whatever `version_table` calls it.
NOT_BOOKS = """{} NOT IN (SELECT b.attrelid FROM pg_attribute b WHERE b.attnum > 0 AND NOT b.attisdropped
GROUP BY b.attrelid HAVING array_agg(b.attname::text) = ARRAY['version_num'])"""
WHOLE_TABLES = """
SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname NOT LIKE 'pg_toast%'
"""
COLUMNS = f"""
SELECT n.nspname AS schema, c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS required, pg_get_expr(d.adbin, d.adrelid) AS standard, a.attidentity <> '' AS identity,
       a.attgenerated <> '' AS generated, t.typtype::text AS kind, a.atttypmod AS modifier,
       (SELECT min(e.enumlabel) FROM pg_enum e WHERE e.enumtypid = a.atttypid) AS label
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND {NOT_OURS} AND {NOT_BOOKS.format("c.oid")} ORDER BY 1, 2, a.attnum
"""  # noqa: S608 - a constant
OTHERS = f"""
SELECT 'index ' || pg_get_indexdef(i.indexrelid) AS line FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {NOT_OURS} AND {NOT_BOOKS.format("c.oid")} AND NOT i.indisprimary
UNION ALL SELECT 'constraint ' || k.conname || ' on ' || c.relname || ' ' || pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {NOT_OURS} AND {NOT_BOOKS.format("c.oid")} AND k.contype <> 'n'
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal
UNION ALL SELECT 'function ' || p.proname || ' ' || md5(p.prosrc) FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {NOT_OURS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT 'type ' || t.typname || ' ' || string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname
UNION ALL SELECT 'sequence ' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND {NOT_OURS}
UNION ALL SELECT 'view ' || c.relname || ' ' || pg_get_viewdef(c.oid) FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {NOT_OURS}
ORDER BY 1
"""  # noqa: S608 - a constant
REFERENCES = """
SELECT c.relname AS table, a.attname AS column, f.relname AS target, b.attname AS key FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
JOIN pg_attribute b ON b.attrelid = f.oid AND b.attnum = k.confkey[1] WHERE k.contype = 'f'
"""
# Two columns, as PostgreSQL writes a CHECK down: `(ends > begins)`, `((low)::numeric <= high)`.
COMPARED = re.compile(r"\(*\b([a-z_]\w*)\)?(?:::[a-z ]+)? (<=?|>=?) \(?([a-z_]\w*)\b")
MOST_RANKS = 9
CHECKS = """
SELECT c.relname AS table, pg_get_constraintdef(k.oid) AS text FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'c'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    schema: str
    table: str
    column: str
    type: str
    required: bool
    standard: str | None
    identity: bool
    generated: bool
    kind: str
    modifier: int
    label: str | None

    @property
    def line(self) -> str:
        needed = " NOT NULL" if self.required else ""
        return f"column {self.table}.{self.column} {self.type}{needed} {self.standard or ''}".strip()


def columns(database: Database) -> tuple[Column, ...]:
    return tuple(Column(**row) for row in database.rows(COLUMNS.replace("%%", "%")))


def schema_lines(database: Database) -> frozenset[str]:
    """Everything that a migration can leave behind, a line each."""
    others = {str(row["line"]) for row in database.rows(OTHERS.replace("%%", "%"))}
    return frozenset(others | {column.line for column in columns(database)})


def row_counts(database: Database) -> dict[str, int]:
    names = dict.fromkeys((c.schema, c.table) for c in columns(database))
    with database.connect() as connection:
        return {t: _count(connection, s, t) for s, t in names}


def _count(connection: Connection, schema: str, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) AS n FROM {}").format(sql.Identifier(schema, table))).fetchone()
    return int(row["n"]) if row else 0


class Filler:
    """Writes one row into each table, parents first, with the columns that the schema had when it was made."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.columns = columns(database)
        self.references = {(r["table"], r["column"]): (r["target"], r["key"]) for r in database.rows(REFERENCES)}
        self.checks = [(str(r["table"]), str(r["text"])) for r in database.rows(CHECKS)]
        self._numbers = itertools.count(1)

    @property
    def tables(self) -> list[str]:
        """Parents before children; what remains of a cycle comes last."""
        names = list(dict.fromkeys(c.table for c in self.columns))
        needs = {n: {t for (table, _), (t, _k) in self.references.items() if table == n and t != n} for n in names}
        done: list[str] = []
        while len(done) < len(names):
            ready = [n for n in names if n not in done and needs[n] <= set(done)]
            done += ready or [n for n in names if n not in done]
        return done

    def fill(self) -> dict[str, str]:
        """Table → why it took no row; empty where it took one."""
        return {table: self._insert(table) for table in self.tables}

    def _insert(self, table: str) -> str:
        problem = ""
        for attempt in range(4):
            wanted = [c for c in self.columns if c.table == table and not c.generated and not c.identity]
            wanted = [c for c in wanted if not (c.standard or "").startswith("nextval")]
            if attempt % 2 == 0:  # as an ORM does: leave out what has a default or may be empty
                wanted = [c for c in wanted if c.standard is None and c.required]
            try:
                with self.database.connect() as connection:
                    values = [self._value(connection, c, attempt) for c in wanted]
                    connection.execute(_insert_statement(self.columns, table, wanted), values)
            except PostgresError as error:
                problem = problem or first_line(error)
            else:
                return ""
        return problem

    def _value(self, connection: Connection, column: Column, attempt: int) -> object:
        parent = self.references.get((column.table, column.column))
        if parent:
            query = sql.SQL("SELECT {} AS key FROM {} ORDER BY 1 DESC LIMIT 1").format(
                *map(sql.Identifier, (parent[1], parent[0]))
            )
            row = connection.execute(query).fetchone()
            return row["key"] if row else None
        allowed = self._literal(column)
        later = ranks([text for table, text in self.checks if table == column.table]).get(column.column, 0)
        return allowed if allowed is not None else made_up(column, next(self._numbers), attempt, later)

    def _literal(self, column: Column) -> str | None:
        """A text that a CHECK constraint names for the column."""
        for table, text in self.checks:
            if table == column.table and re.search(rf"\b{re.escape(column.column)}\b", text):
                found = re.search(r"'([^'%^]+)'::(?:text|character)", text)
                if found and ("ANY" in text or re.search(r"=\s*'", text)):
                    return found[1]
        return None


def ranks(checks: Sequence[str]) -> dict[str, int]:
    """Which columns must hold more than others, as CHECKs compare them: {"ends": 1, "begins": 0} of `ends > begins`."""
    pairs = [
        (one, other) if sign.startswith("<") else (other, one)
        for text in checks
        for one, sign, other in COMPARED.findall(text)
        if not one.isdigit() and not other.isdigit()
    ]
    found = dict.fromkeys((name for pair in pairs for name in pair), 0)
    for _ in pairs:  # each round carries an order one column further
        for less, more in pairs:
            found[more] = min(max(found[more], found[less] + 1), MOST_RANKS)
    return found


def _insert_statement(known: tuple[Column, ...], table: str, wanted: list[Column]) -> sql.Composed:
    schema = next(c.schema for c in known if c.table == table)
    if not wanted:
        return sql.SQL("INSERT INTO {} DEFAULT VALUES").format(sql.Identifier(schema, table))
    names = sql.SQL(", ").join(sql.Identifier(c.column) for c in wanted)
    marks = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(c.type)) for c in wanted)
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(schema, table), names, marks)


def made_up(column: Column, number: int, attempt: int = 0, later: int = 0) -> object:
    """A plausible value: by the column's type, and for text by its name. `later`: how many others it must be beyond."""
    kind = column.type
    if column.label is not None:
        return column.label
    if kind.endswith("[]"):
        return "{}"
    return _number_or_time(kind, number, attempt, later) or _text(column, number)


def _number_or_time(kind: str, number: int, attempt: int, later: int) -> object:
    """None for what is a text."""
    if kind.startswith("bool"):
        return True
    if kind.startswith(("int", "bigint", "smallint", "numeric", "real", "double")):
        return (number if attempt < 2 else 1) + later * (1000 if attempt < 2 else 1)  # noqa: PLR2004
    if kind.startswith(("timestamp", "date")):
        return f"2031-03-{14 + later} 09:30:00+00"
    if kind.startswith("time"):
        return f"{9 + later:02d}:30:00"
    fixed = {"uuid": str(uuid.UUID(int=number + (1 << 100))), "json": "{}", "jsonb": "{}", "inet": "192.0.2.10"}
    if kind in fixed or kind.startswith(("bytea", "interval")):
        return fixed.get(kind, "1 day" if kind == "interval" else "\\x00")
    return None


def _text(column: Column, number: int) -> str:
    text = f"row{number}@example.com" if "mail" in column.column else f"row{number}"
    length = int(found[1]) if (found := re.search(r"\((\d+)\)", column.type)) else None
    return text if length is None or len(text) <= length else str(number)[-length:]
