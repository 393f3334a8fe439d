"""Which columns of the service's own tables hold numbers that name nothing?"""

from collections.abc import Mapping

from runner.postgres.database import Database

# Whole numbers of the service's own tables that name nothing: no key, and nothing that the database gives out.
NUMBERS = """
SELECT n.nspname AS schema, c.relname AS table, a.attname AS column
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''
  AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k
                  WHERE k.conrelid = c.oid AND k.contype IN ('p', 'f') AND a.attnum = ANY (k.conkey))
ORDER BY 1, 2, 3
"""


def number_columns(database: Database) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """(schema, table) → its whole numbers and decimals that are no key and that the database does not give out."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in database.rows(NUMBERS):
        found.setdefault((row["schema"], row["table"]), []).append(row["column"])
    return {table: tuple(columns) for table, columns in found.items()}
