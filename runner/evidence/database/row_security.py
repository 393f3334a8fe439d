"""Which tables let PostgreSQL itself decide who sees a row, and is it really asked?"""

import re
from dataclasses import dataclass
from typing import Self

from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.postgres.schema_queries import POLICIES, SECURED
from runner.probe import Probe

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
