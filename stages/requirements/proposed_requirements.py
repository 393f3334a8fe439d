"""Which sentences does a contract amount to? One per operation, and one per way of failing; in EARS, as it is now."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from runner.evidence.contract.contract import Contract, Operation
from runner.specification import ANONYMOUS, Acceptance, Requirement
from stages.requirements.proposed_access import Row, callers, listed

FAILURES = {
    "400": "can't be read",
    "401": "comes without a valid sign-in",
    "403": "comes from a caller who may not make it",
    "404": "names something that is not there",
    "409": "contradicts what is stored",
    "412": "is based on an older version",
    "413": "has a body above the limit",
    "415": "has a body of another media type",
    "422": "does not fit the contract",
    "423": "meets something that is locked",
    "428": "does not say on which version it is based",
    "429": "comes above the limit of requests",
}
SEEN, WRITTEN = "Seen", "Taken from the contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One resource: its operations in the contract's order."""

    id: str
    code: str  # inside of ids: POSTS
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One refusing status of one resource, and the operations that answer it."""

    status: str
    descriptions: tuple[str, ...] = ()
    endpoints: list[str] = field(default_factory=list)
    seen: bool = False


def groups(operations: Sequence[Operation]) -> tuple[Group, ...]:
    """Operations by the first fixed word of their path, versions and `api` left out."""
    found: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        words = [w for w in operation.path.split("/") if w and not w.startswith("{")]
        named = [w for w in words if not re.fullmatch(r"api|v\d+", w)]
        found[next(iter([*named, *words]), "root")].append(operation)
    codes: dict[str, str] = {}
    for number, name in enumerate(found, start=1):
        code = re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-") or f"R{number}"
        codes[name] = code if code not in codes.values() else f"{code}-{number}"
    return tuple(Group(id=name, code=codes[name], operations=tuple(ops)) for name, ops in found.items())


def requirements(contract: Contract, group: Group, rows: Mapping[str, Row]) -> Iterator[Requirement]:
    """What one resource does, then how it refuses."""
    number = 0
    for number, operation in enumerate(group.operations, start=1):
        yield _success(contract, group, number, operation, rows[operation.endpoint])
    for place, failure in enumerate(failures(group, rows), start=number + 1):
        yield _refusal(group, place, failure)


def expected(operation: Operation, row: Row) -> str:
    """The status of success: what was seen, else the first that the contract documents below 400; "" for neither."""
    seen = [str(status) for status in row.statuses]
    documented = [r.status for r in operation.responses if re.fullmatch(r"[23]\d\d", r.status)]
    return next(iter([*seen, *documented]), "")


def failures(group: Group, rows: Mapping[str, Row]) -> tuple[Failure, ...]:
    """The 4xx answers of a resource, by status: documented, or seen while every role asked."""
    found: dict[str, Failure] = {}
    for operation in group.operations:
        documented = {r.status: r.description for r in operation.responses if re.fullmatch(r"4\d\d", r.status)}
        seen = {str(status) for status in rows[operation.endpoint].refusals}
        for status in sorted({*documented, *seen}):
            known = found.get(status, Failure(status=status))
            text = " ".join(documented.get(status, "").split())
            found[status] = Failure(
                status=status,
                descriptions=known.descriptions if not text else tuple(dict.fromkeys((*known.descriptions, text))),
                endpoints=[*known.endpoints, operation.endpoint],
                seen=known.seen or status in seen,
            )
    return tuple(found[status] for status in sorted(found))


def _success(contract: Contract, group: Group, number: int, operation: Operation, row: Row) -> Requirement:
    id, who = f"{group.code}-{number:03}", callers(row.allow)
    name, status = f"`{operation.endpoint}`", expected(operation, row)
    answer = f"{status}{_content(contract, operation, status)}" if status else "every such request"
    outcome = f"the answer is {status}" if status else "there is an answer"
    return Requirement(
        id=f"REQ-{id}",
        title=" ".join((operation.summary or operation.id or operation.endpoint).split()),
        text=f"When {who} sends {name}, the service shall answer {answer}.",
        priority="should",
        resource=group.id,
        roles=tuple(row.allow),
        endpoints=(operation.endpoint,),
        acceptance=(
            Acceptance(
                id=f"AC-{id}-1",
                text=f"Given {'any caller' if who == 'anyone' else who}, when {name} is sent, then {outcome}.",
            ),
        ),
        rationale=_witness(row, status),
    )


def _witness(row: Row, status: str) -> str:
    if row.statuses:
        return f"{SEEN}: {status} to {listed(list(row.allow), 'and') if row.allow else 'a caller'}."
    return f"{WRITTEN}; nobody got in while gonogo asked." if status else "Neither the contract nor a request told."


def _content(contract: Contract, operation: Operation, status: str) -> str:
    response = operation.response(status)
    schema = response.schema if response else None
    if not schema:
        return ""
    if schema.get("type") == "array":
        item = contract.resolve(schema.get("items", {})).get("title")
        return f" with a list of `{item}`" if item else " with a list"
    return f" with one `{schema['title']}`" if schema.get("title") and schema.get("type") == "object" else ""


def _refusal(group: Group, number: int, failure: Failure) -> Requirement:
    id, names = f"{group.code}-{number:03}", listed([f"`{endpoint}`" for endpoint in failure.endpoints])
    what = FAILURES.get(failure.status) or "is refused"
    told = f" It describes it as: {'; '.join(failure.descriptions)}." if failure.descriptions else ""
    return Requirement(
        id=f"REQ-{id}",
        title=f"{failure.status} on {group.id}",
        text=f"If a request to {names} {what}, then the service shall answer {failure.status}.",
        priority="should",
        resource=group.id,
        roles=(ANONYMOUS,) if failure.status == "401" else (),
        endpoints=tuple(failure.endpoints),
        acceptance=(
            Acceptance(
                id=f"AC-{id}-1",
                text=f"Given a request to {names} that {what}, when it is sent, then the answer is {failure.status}.",
            ),
        ),
        rationale=f"{SEEN} at least once.{told}" if failure.seen else f"{WRITTEN}; gonogo did not provoke it.{told}",
    )
