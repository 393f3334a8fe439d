"""What are the service's tables called?"""

from dataclasses import dataclass
from typing import Self

from runner.errors import NotThere
from runner.evidence.database.schema import Schema
from runner.model import Evidence, Looked
from runner.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class TableNames(Evidence):
    """The names of the tables that the migrations make."""

    names: tuple[str, ...]
    problem: str = ""  # why nobody knows them; empty where they are known, or the service has none

    @classmethod
    def collect(cls, probe: Probe, schema: Looked[Schema]) -> Self:  # noqa: ARG003 - the schema says it all
        if schema.evidence is None:
            return cls(names=(), problem="" if isinstance(schema.problem, NotThere) else str(schema.problem))
        return cls(names=tuple(table.name for table in schema.evidence.tables))
