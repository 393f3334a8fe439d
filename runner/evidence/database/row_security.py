"""Which tables let PostgreSQL itself decide who sees a row, and is it really asked?"""

import re
from dataclasses import dataclass
from typing import Self

from runner.live.postgres import Database
from runner.migrator import Migrator
from runner.model import Evidence
from runner.probe import Probe

SECURED = """
SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name,
       c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee NOT IN (c.relowner, 0)) AS granted,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1
"""
POLICIES = """
SELECT CASE schemaname WHEN 'public' THEN tablename ELSE schemaname || '.' || tablename END AS table,
       policyname AS name, permissive = 'PERMISSIVE' AS permissive, coalesce(qual, with_check, 'true') AS condition
FROM pg_policies ORDER BY 1, 2
"""
# The setting of the caller is compared with nothing: who forgets to set it sees all.
UNSET = re.compile(r"current_setting\([^()]*\)(?:::[\w ]+)?\)*\s+(?:IS NULL|= ''(?:::text)?)", re.IGNORECASE)
OF_WHOM = re.compile(r"^\(*(\w+)\)?(?:::[\w ]+)?\)? = ")  # the column at the beginning of a condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    name: str
    condition: str  # as PostgreSQL writes it
    permissive: bool = True

    @property
    def lets_all_in(self) -> bool:
        return self.permissive and (self.condition == "true" or bool(UNSET.search(self.condition)))

    @property
    def column(self) -> str:
        """Whose value says to whom a row belongs."""
        found = OF_WHOM.match(self.condition)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuredTable:
    name: str
    enabled: bool = False
    forced: bool = False  # also for its owner
    granted: bool = False  # another role may use it: the service may be that one
    columns: tuple[str, ...] = ()
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSecurity(Evidence):
    """Row-level security in the migrated database."""

    tables: tuple[SecuredTable, ...]

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        return cls(tables=tuple(secured_tables(Migrator(probe).kept_database())))

    @property
    def with_policies(self) -> tuple[SecuredTable, ...]:
        return tuple(table for table in self.tables if table.policies or table.enabled)

    @property
    def forgotten(self) -> tuple[SecuredTable, ...]:
        """Tables with the column by which the policies of others tell whose a row is, and without a policy."""
        by = {policy.column for table in self.with_policies for policy in table.policies} - {"", "id"}
        return tuple(one for one in self.tables if by & set(one.columns) and not one.policies and not one.enabled)


def secured_tables(database: Database) -> list[SecuredTable]:
    policies: dict[str, list[Policy]] = {}
    for row in database.rows(POLICIES):
        policies.setdefault(row.pop("table"), []).append(Policy(**row))
    return [
        SecuredTable(**{**row, "columns": tuple(row["columns"])}, policies=tuple(policies.get(row["name"], ())))
        for row in database.rows(SECURED)
    ]
