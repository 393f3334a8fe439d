"""A protected operation that tokens are shown to, with a good one before and after each bad one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from runner.errors import ProbeError
from runner.evidence.access.token_attack import SUCCESS, Attack
from runner.evidence.accounts.visit import Visit
from runner.http.account_operations import is_closed_read
from runner.http.carried import Carrier, carrier_of
from runner.http.identities import ADMINISTRATOR, Identity
from runner.http.openapi import Operation, properties_of
from runner.http.requests import Request
from runner.http.tokens import Forged
from runner.said import say
from runner.vocabulary.account_paths import renews
from runner.words import listed

REFUSED = (401, 403)


class ProtectedOperation:
    """That a token is refused says something only where a good one is not: each attack stands between two of those."""

    def __init__(self, here: Visit) -> None:
        self.here = here
        self.role = here.roles[0]
        self.caller = here.caller(self.role)
        self.operation = self._found()
        carrier = carrier_of(self.caller, lambda headers: self.status(headers) in SUCCESS)
        self.carrier = carrier or Carrier()
        self.token = self.carrier.token(self.caller) if carrier else ""
        posts = [op for op in here.requests.operations if op.method in {"POST", "DELETE"} and not op.placeholders]
        self.refresh = next((op for op in posts if renews(op.last)), None)

    def _found(self) -> Operation:
        """Where a new account is let in nowhere, that of one that was given all power there is: a token is a token."""
        try:
            return self._find()
        except ProbeError:
            if self.here.administrator is None:
                raise
            ordinary, self.role, self.caller = self.role, ADMINISTRATOR, self.here.administrator
            try:
                return self._find()
            except ProbeError as nowhere:
                said = say("{nowhere}, nor is a new {role} let in", nowhere=nowhere, role=ordinary)
                raise ProbeError(said) from nowhere

    def _find(self) -> Operation:
        """A read that lets this caller in, and is protected: as it says itself, else as a stranger finds it."""
        requests, me = self.here.requests, self.here.people.me
        gets = [op for op in requests.operations if op.method == "GET" and not op.placeholders]
        gets += [op for op in requests.served if is_closed_read(op) and op not in gets]
        answered: list[str] = []
        likeliest = sorted(gets, key=lambda op: (not op.is_protected, op != me))
        for operation in likeliest:
            closed = operation.is_protected or self._status_of(operation, {}) in REFUSED
            status = self._status_of(operation, self.caller.headers) if closed else 0
            if status in SUCCESS:
                return operation
            if closed:
                answered.append(say("{endpoint} answers {status}", endpoint=operation.endpoint, status=status))
        said = say(" ({answered})", answered=listed(answered, 3)) if answered else ""
        raise ProbeError(
            say(
                "no protected GET without an id lets the {role} in: nothing to try tokens on{said}",
                role=self.role,
                said=said,
            )
        )

    def _status_of(self, operation: Operation, headers: Mapping[str, str]) -> int:
        return self.here.requests.example(operation).send(self.here.client, headers).status_code

    def status(self, headers: Mapping[str, str]) -> int:
        return self._status_of(self.operation, headers)

    def lets_in(self) -> bool:
        """Is a good token let in now? Where the session of the shared caller has ended, one of a new caller."""
        if self.status(self.caller.headers) in SUCCESS:
            return True
        self.here.forget(self.role)
        self.caller = self.here.caller(self.role)
        self.token = self.carrier.token(self.caller)
        return self.status(self.caller.headers) in SUCCESS

    def bearing(self, kind: str, make: Callable[[str], list[Forged]]) -> Iterator[tuple[Forged, Attack]]:
        """Each of the forgeries that this makes of the caller's token, shown to the operation."""
        for number in range(len(make(self.token))):
            before = self.lets_in()
            one = make(self.token)[number]
            attack = self.shown(kind, one.what, self.carrier.headers(self.caller, one.token), told=before)
            yield one, attack

    def shown(self, kind: str, what: str, headers: Mapping[str, str], *, told: bool = True) -> Attack:
        """One request that must be refused, then one of a good caller that must not."""
        request = self.here.requests.example(self.operation)
        status = request.send(self.here.client, headers).status_code
        curl = request.curl(signed_in=True)
        told = told and self.lets_in()
        return Attack(kind=kind, what=what, endpoint=request.endpoint, status=status, curl=curl, told=told)

    def renewed(self, kind: str, what: str, token: str) -> Attack:
        """A try to renew that must be refused, then one that must not."""
        request, answer = self.renew(token, self.caller)
        told = self.renews()
        return Attack(
            kind=kind, what=what, endpoint=request.endpoint, status=answer.status_code, curl=request.curl(), told=told
        )

    def renews(self) -> bool:
        """Does a good refresh token give new tokens now?"""
        somebody = self.here.fresh(self.role)
        return bool(somebody.refresh_token) and self.renew(somebody.refresh_token, somebody)[1].status_code in SUCCESS

    def renew(self, token: str, caller: Identity) -> tuple[Request, httpx.Response]:
        """Ask for new tokens, with the refresh token wherever the operation wants it."""
        assert self.refresh is not None
        request = self.here.requests.example(self.refresh)
        fields: Mapping[str, Any] = properties_of(self.here.requests.document, self.refresh.body)
        name = next((n for n in fields if "token" in n.lower() or "refresh" in n.lower()), None)
        free = not fields and isinstance(request.body, dict)  # any object, as the contract has it
        name = name or ("refresh_token" if free else None)
        headers = {} if name else caller.renewing(token)
        request = request.with_field(name, token) if name else request
        return request, request.send(self.here.client, headers)
