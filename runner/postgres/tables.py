"""A service's own tables with their columns, in any schema but PostgreSQL's."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.postgres.database import Database
from runner.postgres.driver import sql

TABLES = """
SELECT t.table_schema AS schema, t.table_name AS name,
  jsonb_object_agg(c.column_name, c.data_type) FILTER (WHERE c.column_name IS NOT NULL) AS columns
FROM information_schema.tables t LEFT JOIN information_schema.columns c USING (table_schema, table_name)
WHERE t.table_type = 'BASE TABLE' AND t.table_schema NOT IN ('pg_catalog', 'information_schema')
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`columns`: name → type, as the standard calls it: `character varying`, `USER-DEFINED` for an enumeration."""

    schema: str
    name: str
    columns: Mapping[str, str]

    @property
    def place(self) -> sql.Identifier:
        """For a statement."""
        return sql.Identifier(self.schema, self.name)

    def __str__(self) -> str:
        """For people: the schema is named where it is not `public`."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


def tables_of(database: Database) -> tuple[Table, ...]:
    """All of them, by schema and name. Raises `PostgresError`."""
    return tuple(
        Table(schema=row["schema"], name=row["name"], columns=row["columns"] or {}) for row in database.rows(TABLES)
    )
