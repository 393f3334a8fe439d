"""What does a caller of one tenant get of another's? Every route is asked with the other one's ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from runner.errors import NotThere
from runner.evidence.access.tenant_crossing import Crossed, Crossing
from runner.evidence.access.tenants import tenancy_of
from runner.evidence.accounts.visit import ends_session, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.model import Evidence
from runner.postgres.writes import Watch
from runner.probe import Probe
from runner.said import say
from runner.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRows(Evidence):
    """Ways into another tenant. One is judged where the tenant's own member gets through."""

    column: str
    planted: bool = False  # the tenants were put into the database, as no sign-up makes one
    reads: tuple[Crossed, ...] = ()
    writes: tuple[Crossed, ...] = ()
    bodies: tuple[Crossed, ...] = ()
    there: Mapping[str, int] = field(default_factory=dict)  # operations of each kind
    problem: str = ""  # why one was not judged

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        with visit(probe, contract, agreed) as here:
            tables = here.rows.shape.tables
            tenancy = tenancy_of(here.rows.shape)
            if tenancy is None:
                looked = say(
                    "the {tables} of the migrated database, and who belongs to a tenant there",
                    tables=plural(len(tables), "table"),
                )
                raise NotThere("no table has rows of tenants that people belong to", looked=looked)
            with Watch(here.database) as watch:
                return cls._seen(Crossing(here, tenancy, watch))

    @classmethod
    def _seen(cls, crossing: Crossing) -> Self:
        operations = [one for one in crossing.here.requests.operations if not ends_session(one)]
        reads = [one for one in operations if one.method == "GET" and crossing.concerns(one)]
        writes = [one for one in operations if one.changes and crossing.below(one)]
        bodies = [one for one in operations if one.changes and crossing.references(one)]
        read, told = list(crossing.each(reads, crossing.read)), list(crossing.each(bodies, crossing.told))
        # what deletes comes last: it may take away what others are asked about
        written = list(crossing.each(sorted(writes, key=lambda one: one.method == "DELETE"), crossing.written))
        kinds = {"reads": reads, "writes": writes, "bodies": bodies}
        return cls(
            column=crossing.tenancy.column,
            planted=crossing.tenants.planted,
            reads=tuple(read),
            writes=tuple(written),
            bodies=tuple(told),
            there={kind: sum(one.endpoint not in crossing.left_out for one in of) for kind, of in kinds.items()},
            problem=crossing.problem,
        )
