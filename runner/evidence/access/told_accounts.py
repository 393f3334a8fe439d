"""Does an answer, or its time, tell who has an account? The same question about an address with one and without."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import httpx

from runner.evidence.access.sign_in_tries import REFUSALS, SUCCESS, TOO_MANY, Tries, Try
from runner.evidence.access.switched_off import switch_off
from runner.http.account_operations import login_name
from runner.http.openapi import Operation, properties_of
from runner.http.requests import Request, Requests
from runner.live.client import moved
from runner.postgres.sqlite_file import NotAsked
from runner.said import together
from runner.vocabulary.account_paths import helps_who_forgot
from runner.vocabulary.secrets import is_password

TIMED = 8  # accounts, and as many addresses without one
CHANGING = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{24,64}\b|\d{4}-\d\d-\d\d[T ][\d:.+Z-]+")
COMMON = frozenset(("date", "server", "content-length", "content-type", "connection", "transfer-encoding"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds of wrong tries for accounts, and for addresses without one, asked in turn."""

    known: tuple[float, ...]
    nobody: tuple[float, ...]
    asked: int  # pairs, those that were not answered as a wrong password is among them


class ToldAccounts:
    """Asks wherever somebody who is not signed in gives an address."""

    def __init__(self, tries: Tries) -> None:
        self.tries, self.here = tries, tries.here

    def places(self) -> tuple[str, ...]:
        """The operations that take an address from somebody who is not signed in, and could tell."""
        register = self.here.people.register
        found = (
            *self.tries.log_ins(),
            *([register.endpoint] if register else []),
            *(op.endpoint for op in resets(self.here.requests)),
        )
        return tuple(dict.fromkeys(found))

    def pairs(self) -> Iterator[tuple[Try, Try]]:
        """The same question about an address with an account and one without."""
        email, right = self.tries.account()
        stranger, password = self.here.requests.examples.email(), self.here.requests.examples.password()
        known, nobody = self.tries.one(email, password), self.tries.one(stranger, password)
        good = self.tries.opens(email, right)
        yield self._told(*known, email, good=good), self._told(*nobody, stranger, good=good)
        yield from self._closed()
        yield from self._registered(email)
        for operation in resets(self.here.requests):
            asked = [
                (request, who) for who in (email, stranger) if (request := asking(self.here.requests, operation, who))
            ]
            if asked:
                sent = [(r, r.send(self.here.client), who) for r, who in asked]
                good = all(answer.status_code in SUCCESS for _, answer, _ in sent)
                first, second = (self._told(*one, good=good) for one in sent)
                yield first, second

    def _closed(self) -> Iterator[tuple[Try, Try]]:
        """A wrong password for an account that was switched off, where one can be, beside an address without one."""
        email, right = self.tries.account()
        good = self.tries.opens(email, right)
        if not good or not self._switched_off(email):
            return
        stranger, password = self.here.requests.examples.email(), self.here.requests.examples.password()
        known, nobody = self.tries.one(email, password), self.tries.one(stranger, password)
        yield self._told(*known, email, good=good), self._told(*nobody, stranger, good=good)

    def _switched_off(self, email: str) -> bool:
        with suppress(NotAsked):  # then no account is closed
            return bool(switch_off(self.here.database, email))
        return False

    def _registered(self, taken: str) -> Iterator[tuple[Try, Try]]:
        """Signing up with an address that is taken, beside one that is free.

        A service that refuses the taken one says so on purpose. Where both are answered as done, nothing may differ.
        """
        if self.here.people.register is None:
            return
        free = self.here.people.registration()
        name = mail_field(free)
        if not name or login_name(free.fields) != free.fields[name]:
            return
        again = free.with_field(name, taken)
        nobody = free.send(self.here.client)
        known = again.send(self.here.client)
        if known.status_code in SUCCESS and nobody.status_code in SUCCESS:
            mail = str(free.fields[name])
            yield self._told(again, known, taken, good=True), self._told(free, nobody, mail, good=True)

    def _told(self, request: Request, answer: httpx.Response, email: str, *, good: bool) -> Try:
        text = CHANGING.sub("…", answer.text.replace(email, "…"))
        more = sorted(name for name in answer.headers if name.lower() not in COMMON)
        told = f"{text[:2000]}\nheaders: {together(more)}"
        return Try(what=request.endpoint, status=answer.status_code, told=told, curl=request.curl(), good=good)

    def timings(self) -> Times:
        """One wrong try per account, in turn with addresses that have none."""
        accounts = [self.tries.account()[0] for _ in range(TIMED)]
        strangers = [self.here.requests.examples.email() for _ in range(TIMED)]
        password = self.here.requests.examples.password()
        pairs = [(self._timed(a, password), self._timed(s, password)) for a, s in zip(accounts, strangers, strict=True)]
        refused = [(known, nobody) for known, nobody in pairs if known is not None and nobody is not None]
        return Times(known=tuple(k for k, _ in refused), nobody=tuple(n for _, n in refused), asked=TIMED)

    def _timed(self, email: str, password: str) -> float | None:
        """None where the answer is not that to a wrong password."""
        request = self.here.people.login_request(email, password)
        status, took = self._clocked(request)
        if status == TOO_MANY and moved(self.here.client):
            status, took = self._clocked(request)
        self.tries.statuses.add(status)
        return took if status in REFUSALS else None

    def _clocked(self, request: Request) -> tuple[int, float]:
        began = time.perf_counter()
        status = request.send(self.here.client).status_code
        return status, (time.perf_counter() - began) * 1000


def resets(requests: Requests) -> list[Operation]:
    """Where those who forgot their password ask for a link."""
    posts = [op for op in requests.operations if op.method == "POST" and not op.is_protected]
    named = [op for op in posts if helps_who_forgot(op.path)]
    return [op for op in named if not any(map(is_password, properties_of(requests.document, op.body)))]


def asking(requests: Requests, operation: Operation, who: str) -> Request | None:
    """Ask for the link; the address is in the body, or in the path."""
    named = operation.placeholders
    if len(named) == 1 and ("mail" in named[0].lower() or "user" in named[0].lower()):
        return requests.example(operation, {named[0]: who})
    request = requests.example(operation)
    return request.with_field(mail_field(request), who) if not named and mail_field(request) else None


def mail_field(request: Request) -> str:
    return next((name for name in request.fields if "email" in name.lower() or "user" in name.lower()), "")
