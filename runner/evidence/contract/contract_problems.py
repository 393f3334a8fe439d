"""What openapi-spec-validator finds in the served contract."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from referencing.exceptions import Unresolvable

from runner.evidence.contract.contract import Contract
from runner.http.references import lost_references
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    where: str  # "paths › /posts › get › parameters › 0"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractProblems(Evidence):
    """Whether the contract is valid OpenAPI."""

    version: str
    problems: tuple[Problem, ...]
    judged: int = 0  # operations that the document names
    there: int = 0  # operations that the app serves

    @classmethod
    def collect(cls, probe: Probe, contract: Contract) -> Self:
        document = dict(contract.document)
        probe.note("openapi-spec-validator openapi.json")
        version = str(document.get("openapi", ""))
        raised = (
            [Problem(where="openapi()", message=say("raises {problem}", problem=contract.problem))]
            if contract.problem
            else []
        )
        all_of_it = contract.judged()
        return cls(
            version=version,
            problems=(*raised, *find(document)),
            judged=all_of_it.judged,
            there=all_of_it.there,
        )


def find(document: dict[str, object]) -> list[Problem]:
    from openapi_spec_validator import (  # noqa: PLC0415 - takes half a second, and nothing else needs it
        OpenAPIV30SpecValidator,
        OpenAPIV31SpecValidator,
    )

    version = str(document.get("openapi", ""))
    if not version.startswith(("3.0", "3.1")):
        return [Problem(where="openapi", message=say("version “{version}” is neither 3.0 nor 3.1", version=version))]
    kind = OpenAPIV30SpecValidator if version.startswith("3.0") else OpenAPIV31SpecValidator
    problems = [
        Problem(where=_place(where), message=say("the reference “{ref}” leads nowhere", ref=ref))
        for where, ref in lost_references(document)
    ]
    try:
        problems.extend(
            Problem(where=_place(error.absolute_path or path_of(document, error.schema)), message=error.message)
            for error in kind(document).iter_errors()
            if not error.message.startswith("Operation ID")  # a question of its own; mounted apps may share ids
        )
    except Unresolvable as error:  # the validator ends at the first reference that it can't follow
        problems = problems or [
            Problem(where=_place(()), message=say("a reference can't be followed: {ref}", ref=error.ref))
        ]
    return problems


def path_of(document: object, schema: object) -> tuple[object, ...]:
    """Where a schema stands whose default is at odds with it, which the validator keeps to itself; empty if nowhere."""
    if not isinstance(schema, Mapping):
        return ()
    left: list[tuple[tuple[object, ...], object]] = [((), document)]
    while left:
        path, part = left.pop()
        if path and part == schema:
            return path
        pairs = part.items() if isinstance(part, Mapping) else enumerate(part) if isinstance(part, list) else ()
        left += [((*path, key), value) for key, value in pairs]
    return ()


def _place(keys: Iterable[object]) -> str:
    return " › ".join(map(str, keys)) or say("the document")
