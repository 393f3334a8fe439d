"""Which numbers in the service's answers does a browser round? JavaScript is exact to 2^53 - 1 alone."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.accounts.visit import Visit, ends_session, on_person, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.specification import ANONYMOUS

SAFE = 2**53 - 1  # Number.MAX_SAFE_INTEGER
SUCCESS = range(200, 300)
DEEPEST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WideNumber:
    """A whole number beyond `SAFE`, and where in which answer it stands: `items[].id`."""

    endpoint: str
    field: str
    value: int
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WideNumbers(Evidence):
    """Every operation asked once, as who may; its JSON read."""

    operations: tuple[str, ...]
    read: tuple[str, ...]  # endpoints that answered with JSON that holds something, or that need not be read
    wide: tuple[WideNumber, ...] = ()

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: Looked[AgreedAccess]) -> Self:
        with visit(probe, contract, agreed.or_none(), open_too=True) as here:
            operations = here.requests.operations
            if not operations:
                raise NotThere("there is no operation", looked="the contract", absent=Thing.OPERATIONS)
            with contextlib.suppress(ProbeError):
                here.sign_in_all()
            read, wide = [], []
            for operation in sorted(operations, key=_order):
                found = _ask(here, operation)
                if found is not None:
                    read.append(operation.endpoint)
                    wide += found
        probe.note(f"{len(read)} of {len(operations)} operations answered; their JSON read for numbers beyond 2^53")
        return cls(operations=tuple(one.endpoint for one in operations), read=tuple(read), wide=tuple(wide))


def _order(operation: Operation) -> tuple[bool, bool, bool, bool]:
    """What makes something first, so that lists hold it; what ends a session, changes an account or deletes, last."""
    person = operation.changes and on_person(operation)
    return ends_session(operation), person, operation.method == "DELETE", operation.method != "POST"


def _ask(here: Visit, operation: Operation) -> list[WideNumber] | None:
    """The wide numbers of its answer to the first of the callers that it does not refuse; None where all are."""
    roles = dict.fromkeys([here.allowed(operation), *reversed(here.present), ANONYMOUS])
    return next((found for role in roles if (found := _ask_as(here, operation, role)) is not None), None)


def _ask_as(here: Visit, operation: Operation, role: str) -> list[WideNumber] | None:
    try:
        apart = role != ANONYMOUS and (ends_session(operation) or (operation.changes and on_person(operation)))
        caller = here.fresh(role) if apart else here.caller(role)
        request = here.request(operation, caller)
        if operation.method == "GET":
            status, kind = _kind(here, request, caller.headers)
            if status not in SUCCESS or "json" not in kind:
                return [] if status in SUCCESS else None
        answer = request.send(here.client, caller.headers)
    except (ProbeError, httpx.HTTPError):
        return None
    if answer.status_code not in SUCCESS:
        return None
    try:
        said = answer.json() if "json" in answer.headers.get("content-type", "") and answer.content else None
    except ValueError:
        return None
    if is_hollow(said):
        return None
    seen: dict[str, int] = {}
    for field, value in numbers_in(said):
        seen.setdefault(field, value)
    curl = request.curl(signed_in=caller.signed_in)
    return [WideNumber(endpoint=operation.endpoint, field=f, value=v, curl=curl) for f, v in seen.items()]


def _kind(here: Visit, request: Request, headers: Mapping[str, str]) -> tuple[int, str]:
    """Status and media type, without the body: an answer that may never end is no JSON document."""
    whole = {**request.headers, **headers}
    with here.client.stream("GET", request.path, params=request.query, headers=whole) as answer:
        return answer.status_code, answer.headers.get("content-type", "")


def is_hollow(said: Any) -> bool:
    """Is it a list, alone or in an envelope, with nothing in it? What stands in such a list was not seen."""
    if isinstance(said, dict) and "id" not in said:
        lists = [one for one in said.values() if isinstance(one, list)]
        return bool(lists) and not any(lists)
    return isinstance(said, list) and not said


def numbers_in(said: Any, at: str = "", deep: int = 0) -> Iterator[tuple[str, int]]:
    """(field, number) of each whole number beyond `SAFE`, at any depth: `items[].id`."""
    if isinstance(said, int) and not isinstance(said, bool) and abs(said) > SAFE:
        yield at or "the answer", said
    elif isinstance(said, dict) and deep < DEEPEST:
        for name, value in said.items():
            yield from numbers_in(value, f"{at}.{name}".lstrip("."), deep + 1)
    elif isinstance(said, list) and deep < DEEPEST:
        for value in said:
            yield from numbers_in(value, f"{at}[]", deep + 1)
