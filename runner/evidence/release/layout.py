"""What is a service made of, and where is what it knows of people? For the architecture document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from runner.discovery.code_files import own_files
from runner.discovery.variables_read import names_read
from runner.errors import NotThere
from runner.evidence.agreed.specification import Spec
from runner.evidence.contract.contract import Contract, Schema
from runner.evidence.database.models import Models
from runner.evidence.release.compose_file import Compose, Part, defaulted
from runner.evidence.release.parts_seen import PartsSeen
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.specification import Specification
from runner.vocabulary.people import is_personal
from runner.vocabulary.secrets import is_secret

DEEP = 3  # objects inside of each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What a table keeps of people."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One part of the compose file: a process of the service, or a server that it uses."""

    name: str
    image: str  # empty: built here
    runs_once: bool
    talks_to: tuple[str, ...]  # other parts, by their names in its settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Evidence):
    """What the architecture document shows of a service."""

    name: str
    spec: Specification | None
    seen: PartsSeen
    processes: tuple[Process, ...] = ()
    personal: tuple[Personal, ...] = ()
    tables: int | None = None  # None: the models could not be asked
    told: tuple[tuple[str, tuple[str, ...]], ...] = ()  # endpoint → personal fields of its answers
    taken: tuple[tuple[str, tuple[str, ...]], ...] = ()  # … of its bodies
    variables: tuple[tuple[str, bool], ...] = ()  # name, is it a secret
    image: str = ""
    bases: tuple[str, ...] = ()
    compose: str = ""

    @classmethod
    def collect(
        cls,
        probe: Probe,
        seen: PartsSeen,
        contract: Contract,
        spec: Looked[Spec],
        models: Looked[Models],
        compose: Looked[Compose],
    ) -> Self:
        composed = compose.evidence
        tables = models.evidence.tables if models.evidence else ()
        kept = [
            Personal(table=one.name, columns=tuple(c.name for c in one.columns if is_personal(c.name)))
            for one in tables
        ]
        files = own_files(probe.root, probe.target.named_sources)
        variables = sorted({name for file in files for name in names_read(file)})
        return cls(
            name=probe.target.name,
            spec=spec.evidence.content if spec.evidence else None,
            seen=seen,
            processes=tuple(map(process_of, composed.parts, [composed.parts] * len(composed.parts)))
            if composed
            else (),
            personal=tuple(one for one in kept if one.columns),
            tables=len(tables) if models.evidence or isinstance(models.problem, NotThere) else None,
            told=tuple(personal_told(contract)),
            taken=tuple(personal_taken(contract)),
            variables=tuple((name, is_secret(name)) for name in variables),
            image=probe.target.image or "",
            bases=tuple(dict.fromkeys(one.said.removeprefix("FROM ") for one in seen.pythons)),
            compose=probe.target.compose or "",
        )


def process_of(part: Part, parts: tuple[Part, ...]) -> Process:
    said = " ".join(defaulted(one.value) for one in part.settings)
    others = [one.name for one in parts if one.name != part.name]
    talks = tuple(name for name in others if any(f"{sign}{name}" in said for sign in ("@", "//")))
    return Process(name=part.name, image=part.image or "", runs_once=part.runs_once, talks_to=talks)


def personal_taken(contract: Contract) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in contract.operations:
        if one.body and (names := _personal_in(contract, one.body)):
            yield one.endpoint, names


def personal_told(contract: Contract) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in contract.operations:
        schemas = [answer.schema for answer in one.responses if answer.is_success and answer.schema]
        if names := tuple(dict.fromkeys(name for schema in schemas for name in _personal_in(contract, schema))):
            yield one.endpoint, names


def _personal_in(contract: Contract, schema: Schema, left: int = DEEP) -> tuple[str, ...]:
    """The fields that speak of a person, also inside of lists and objects."""
    found: dict[str, None] = {}
    whole = contract.resolve(schema)
    items = whole.get("items")
    inner = dict(contract.properties(schema))
    for name in inner:
        if is_personal(name):
            found[name] = None
    below = [*inner.values(), *([items] if isinstance(items, Mapping) else [])] if left else []
    for one in below:
        found |= dict.fromkeys(_personal_in(contract, one, left - 1))
    return tuple(found)
