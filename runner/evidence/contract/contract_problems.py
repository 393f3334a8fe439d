"""What openapi-spec-validator finds in the served contract."""

from dataclasses import dataclass
from typing import Self

from runner.evidence.contract.contract import Contract
from runner.model import Evidence
from runner.probe import Probe


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
        raised = [Problem(where="openapi()", message=f"raises {contract.trouble}")] if contract.trouble else []
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
        return [Problem(where="openapi", message=f"version “{version}” is neither 3.0 nor 3.1")]
    kind = OpenAPIV30SpecValidator if version.startswith("3.0") else OpenAPIV31SpecValidator
    errors = kind(document).iter_errors()
    return [
        Problem(where=" › ".join(str(part) for part in error.absolute_path) or "the document", message=error.message)
        for error in errors
        if not error.message.startswith("Operation ID")  # a question of its own; mounted apps may share ids
    ]
