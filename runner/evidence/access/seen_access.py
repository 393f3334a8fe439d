"""Who gets in, where no specification says who may? Every operation, asked by every role that could be signed in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from runner.errors import NotThere, ProbeError, first_line
from runner.evidence.access.cells import NONE, Cell
from runner.evidence.access.matrix import Walk
from runner.evidence.accounts.role_names import in_contract, in_database, least_first
from runner.evidence.accounts.scene import Strangers, scene
from runner.evidence.accounts.visit import Visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.evidence.database.schema import Schema
from runner.http.identities import NOBODY, PLAIN
from runner.http.objects import CannotMake, Objects
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError
from runner.postgres.writes import Watch
from runner.probe import Probe
from runner.said import say, together
from runner.specification import ANONYMOUS, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAccess(Evidence):
    """Who gets in, as seen."""

    cells: tuple[Cell, ...]
    roles: tuple[str, ...]  # that were signed in, least powerful first; empty: nobody could be
    named: tuple[str, ...] = ()  # that the contract or the database lists
    problems: tuple[str, ...] = ()  # why a role was not asked

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None, schema: Looked[Schema]) -> Self:
        with scene(probe, contract, agreed, _database(probe)) as here:
            if isinstance(here.people, Strangers):
                return cls(cells=tuple(_passers_by(here)), roles=())
            named = in_contract(contract) or _in_schema(probe, schema.evidence)
            roles, problems = _signed_in(here, _wanted(here, named))
            if not roles:
                return cls(cells=tuple(_passers_by(here)), roles=(), named=named, problems=problems)
            here.specification = _only_roles(roles)
            with Watch(here.database) as watch:
                cells = tuple(Walk(here, watch).cells())
            probe.note(
                say("{cells} requests: every operation × {what}", cells=len(cells), what=together((ANONYMOUS, *roles)))
            )
            return cls(cells=cells, roles=roles, named=named, problems=problems)

    def of(self, endpoint: str, role: str) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.endpoint == endpoint and cell.role == role)


def _database(probe: Probe) -> Database:
    """Migrated; an empty one for a service without migrations, which may make its tables itself."""
    try:
        return Migrator(probe).usable_database()
    except NotThere:
        return probe.servers.new_database()


def _in_schema(probe: Probe, schema: Schema | None) -> tuple[str, ...]:
    return in_database(schema, probe.target.config.identities.promote) if schema else ()


def _wanted(here: Visit, named: tuple[str, ...]) -> tuple[str, ...]:
    """All roles where gonogo.toml says how to give one; else the one that a new account has."""
    first = _first(here)
    if named and here.people.config.promote:
        return least_first(named, first)
    return (first if first in named else PLAIN,)


def _first(here: Visit) -> str:
    """The role of a new account, as the service tells it; nothing where it does not, or nobody can sign up."""
    me = here.people.me
    if me is None:
        return ""
    try:
        about = here.requests.example(me).send(here.client, here.caller(PLAIN).headers).json()
    except (ProbeError, ValueError):
        return ""
    role = about.get("role") if isinstance(about, dict) else None
    return role if isinstance(role, str) else ""


def _signed_in(here: Visit, wanted: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roles of which somebody could be signed in, and why others could not."""
    roles, problems = [], []
    for role in wanted:
        try:
            here.caller(role)
        except (ProbeError, PostgresError) as error:
            problems.append(say("{role}: {error}", role=role, error=first_line(error)))
        else:
            roles.append(role)
    return tuple(roles), tuple(problems)


def _only_roles(roles: tuple[str, ...]) -> AgreedAccess:
    """What the walk needs to know: who is there. It declares no permission, so that nothing is expected."""
    return AgreedAccess(roles=tuple(Role(id=role, description=role) for role in roles), permissions=())


def _passers_by(here: Visit) -> Iterator[Cell]:
    """Every operation asked without signing in."""
    objects = Objects(here.requests, here.client)
    for operation in here.requests.operations:
        if operation.method in {"HEAD", "OPTIONS"}:
            continue
        cell = Cell(endpoint=operation.endpoint, role=ANONYMOUS, owner=NONE, declared=None)
        try:
            request = objects.request(operation, NOBODY)
        except CannotMake as error:
            yield replace(cell, problem=str(error))
        else:
            yield replace(cell, status=request.send(here.client).status_code, curl=request.curl())
