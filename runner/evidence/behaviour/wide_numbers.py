"""Which numbers in the service's answers does a browser round? JavaScript is exact to 2^53 - 1 alone."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from runner.errors import NotThere, ProbeError, Thing, first_line
from runner.evidence.accounts.visit import Visit, ends_session, on_person, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.http.budget import Budget
from runner.http.identities import ADMINISTRATOR, Identity, is_done, said, status_of
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.http.sessions import with_own_secrets
from runner.model import Evidence, Looked, Share, share
from runner.probe import Probe
from runner.said import say
from runner.specification import ANONYMOUS

SAFE = 2**53 - 1  # Number.MAX_SAFE_INTEGER
SUCCESS, SHUT_OUT = range(200, 300), frozenset({401, 403})
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
    refused: tuple[tuple[str, str], ...] = ()  # endpoints that answered nobody with a success, and what they said

    @property
    def answered(self) -> Share:
        """The operations that did what they were asked, once at least, of all that there are."""
        return share(len(self.operations) - len(self.refused), len(self.operations), "operation")

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: Looked[AgreedAccess]) -> Self:
        with visit(probe, contract, agreed.or_none(), open_too=True) as here:
            operations = here.requests.operations
            if not operations:
                raise NotThere("there is no operation", looked="the contract", absent=Thing.OPERATIONS)
            with contextlib.suppress(ProbeError):
                here.sign_in_all()
            budget, asked = Budget(here.client), dict[str, Asked]()
            for operation in budget.within(
                sorted(operations, key=_order), lambda one, why: asked.update({one.endpoint: Asked(refused=why)})
            ):
                asked[operation.endpoint] = _ask(here, operation)
        found = cls(
            operations=tuple(one.endpoint for one in operations),
            read=tuple(endpoint for endpoint, one in asked.items() if one.told),
            wide=tuple(wide for one in asked.values() for wide in one.wide),
            refused=tuple((endpoint, one.refused) for endpoint, one in asked.items() if one.refused),
        )
        probe.note(
            say(
                "{sent} requests: {answered} answered; their JSON read for numbers beyond 2^53",
                sent=budget.sent,
                answered=found.answered,
            )
        )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one operation answered: whether its JSON tells something, which numbers it holds, or why it was refused."""

    told: bool = False
    wide: tuple[WideNumber, ...] = ()
    refused: str = ""  # the status and the first words; or why it was not asked
    status: int = 0


def _order(operation: Operation) -> tuple[bool, bool, bool, bool]:
    """What makes something first, so that lists hold it; what ends a session, changes an account or deletes, last."""
    person = operation.changes and on_person(operation)
    return ends_session(operation), person, operation.method == "DELETE", operation.method != "POST"


def _ask(here: Visit, operation: Operation) -> Asked:
    """Its answer to the first of the callers that it does not refuse; else the refusal that says most."""
    roles = dict.fromkeys([here.allowed(operation), *reversed(here.present), ANONYMOUS, ADMINISTRATOR])
    found: list[Asked] = []
    for role in roles:
        if role == ADMINISTRATOR and here.administrator is None:
            continue
        found.append(_ask_as(here, operation, role))
        if found[-1].told:
            return found[-1]
    return min(found, key=lambda one: (bool(one.refused), one.status in SHUT_OUT, not one.status))


def _ask_as(here: Visit, operation: Operation, role: str) -> Asked:
    try:
        apart = role != ANONYMOUS and (ends_session(operation) or (operation.changes and on_person(operation)))
        caller = here.fresh(role) if apart else here.caller(role)
        request = _valid(here, operation, caller)
        if operation.method == "GET":
            status, kind = _kind(here, request, caller.headers)
            if status in SUCCESS and "json" not in kind:
                return Asked(told=True, status=status)
        answer = request.send(here.client, caller.headers)
    except (ProbeError, httpx.HTTPError) as error:
        return Asked(refused=first_line(error))
    if not is_done(answer):
        return Asked(refused=said(answer), status=status_of(answer))
    try:
        body = answer.json() if "json" in answer.headers.get("content-type", "") and answer.content else None
    except ValueError:
        return Asked(status=answer.status_code)
    seen: dict[str, int] = {}
    for field, value in numbers_in(body):
        seen.setdefault(field, value)
    curl = request.curl(signed_in=caller.signed_in)
    wide = tuple(WideNumber(endpoint=operation.endpoint, field=f, value=v, curl=curl) for f, v in seen.items())
    return Asked(told=not is_hollow(body), wide=wide, status=answer.status_code)


def _valid(here: Visit, operation: Operation, caller: Identity) -> Request:
    """A request that fits, with what only the caller knows; of an account of its own where nobody need be signed in."""
    if operation == here.people.register:
        return here.people.registration()
    secret = operation == here.people.login or (not operation.is_protected and ends_session(operation))
    somebody = caller if caller.signed_in or not secret else here.fresh(here.roles[0])
    if operation == here.people.login and somebody.signed_in:
        return here.people.login_request(somebody.email, somebody.password)
    return with_own_secrets(here.request(operation, caller), somebody)


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
