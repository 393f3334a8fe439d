"""Does a limit of requests hold where the service says that it has one? Met by one caller, then tried by others."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.behaviour.hostile_sender import Sender
from runner.http.account_operations import password_field
from runner.http.hostile import CLAIMS
from runner.http.identities import NOBODY, Identity, is_done
from runner.http.openapi import Operation, properties_of
from runner.http.requests import Request
from runner.http.sessions import ends_session
from runner.live.client import moved
from runner.said import say
from runner.specification import ANONYMOUS
from runner.specification import RateLimit as Agreed

MOST = 4  # operations
PLENTY, FAR = 400, 3_000  # requests where no number is told, and at most
LONGEST = 30.0  # seconds
TOO_MANY = 429
AWAY = 100  # addresses further than where this look's own client may have gone
MADE_UP = "203.0.113.{}"  # addresses for documentation
ANNOUNCED = ("x-ratelimit-limit", "x-rate-limit-limit", "ratelimit-limit", "ratelimit-policy", "ratelimit")
TRIES = 3  # a limit of a second may be over before the next request


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """An operation that says that it takes so many requests and no more."""

    endpoint: str
    says: str  # "documents 429", "answers x-ratelimit-limit: 20", "takes 30 calls in 60 s by LIM-001"
    met: int = 0  # requests that were answered before one was refused
    faults: tuple[str, ...] = ()
    curl: str = ""
    problem: str = ""

    @property
    def judged(self) -> bool:
        return bool(self.met or self.faults)


def rate_limits(
    sender: Sender, agreed: Iterable[Agreed], announced: Mapping[str, Mapping[str, str]]
) -> Iterator[RateLimit]:
    """Each operation that says so, but for those that ask for a password: their limit is one of failures.

    `agreed`: the specification's limits. `announced`: endpoint → headers of one of its answers.
    """
    agreed, served = list(agreed), sender.here.requests.operations
    document = sender.here.requests.document
    people = sender.here.people
    found = list[RateLimit]()
    for one in agreed:
        if not any(_is_of(one, operation, served) for operation in served):
            where = one.endpoint or say("all operations together")
            yield RateLimit(endpoint=where, says=_agreed(one), problem=say("no operation of the contract shows it"))
    for operation, number in _shown(served, agreed):
        says = said_by(operation, announced.get(operation.endpoint, {}), number)
        secret = password_field(properties_of(document, operation.body)) or operation in (people.login, people.register)
        if not says or secret or ends_session(operation):
            if number is not None:
                why = say("it ends a session or asks for a password")
                yield RateLimit(endpoint=operation.endpoint, says=says, problem=why)
            continue
        limit = RateLimit(endpoint=operation.endpoint, says=says)
        found.append(limit)
        if len(found) > MOST:
            yield replace(limit, problem=say("others were asked before it"))
            continue
        try:
            yield _Limited(sender, operation, number).judged(limit)
        except (ProbeError, httpx.HTTPError) as error:
            yield replace(limit, problem=first_line(error))


def said_by(operation: Operation, headers: Mapping[str, str], agreed: Agreed | None = None) -> str:
    """How an operation says that it has a limit: by what was agreed, what its answers tell, or what it documents."""
    if agreed is not None:
        return _agreed(agreed)
    told = next(((name, headers[name]) for name in ANNOUNCED if name in headers), None)
    if told is not None:
        return say("answers {header}: {value}", header=told[0], value=told[1])
    return "documents 429" if str(TOO_MANY) in operation.statuses else ""


def _shown(served: Sequence[Operation], agreed: Sequence[Agreed]) -> Iterator[tuple[Operation, Agreed | None]]:
    """Each operation, once for each limit that was agreed for it; once where none was."""
    for operation in served:
        mine = [one for one in agreed if _is_of(one, operation, served)]
        yield from ((operation, one) for one in mine)
        if not mine:
            yield operation, None


def _is_of(agreed: Agreed, operation: Operation, served: Sequence[Operation]) -> bool:
    """Is it the operation that a limit is shown at? One of all together, at the first read that documents 429."""
    if agreed.endpoint:
        return agreed.endpoint.partition("?")[0] == operation.endpoint
    reads = (one for one in served if one.method == "GET" and str(TOO_MANY) in one.statuses)
    return operation == next(reads, None)


def _agreed(one: Agreed) -> str:
    return say("takes {calls} calls in {seconds} s by {id}", **_numbers(one))


class _Limited:
    """One operation, asked by a caller of its own."""

    def __init__(self, sender: Sender, operation: Operation, agreed: Agreed | None) -> None:
        self.sender, self.here, self.operation = sender, sender.here, operation
        self.role = agreed.role if agreed and agreed.role else sender.here.allowed(operation)
        self.caller = self._new()
        self.announced: int | None = None
        self.agreed = agreed

    @property
    def most(self) -> int | None:
        """How many requests it takes, by what was agreed, else by what it says itself."""
        return self.agreed.calls if self.agreed else self.announced

    def judged(self, limit: RateLimit) -> RateLimit:
        met = self._until_refused()
        limit = replace(limit, curl=self._many())
        if met < 0:
            return replace(limit, problem=say("none of {it} requests was refused for their number", it=-met))
        if self.most is not None and met > 2 * self.most + 1:  # a window may end in between
            return replace(limit, met=met, faults=(self._too_many(met),))
        if self.answer.status_code != TOO_MANY:
            return replace(
                limit, problem=say("the caller is answered {status_code}", status_code=self.answer.status_code)
            )
        faults = [self._too_few(met), self._waits(), self._claims(), self._again(), self._elsewhere()]
        return replace(limit, met=met, faults=tuple(filter(None, faults)))

    def _too_many(self, met: int) -> str:
        if self.agreed is None:
            return say(
                "answers {met} requests, though it says that {announced} are its limit", met=met, announced=self.most
            )
        return say(
            "answers {met} requests, though {id} agrees on {calls} in {seconds} s", met=met, **_numbers(self.agreed)
        )

    def _too_few(self, met: int) -> str:
        """Far below what was agreed; some may have been made by what the request needs."""
        if self.agreed is None or 2 * met >= self.agreed.calls:
            return ""
        told = _numbers(self.agreed)
        return say("refuses after {met} requests, though {id} agrees on {calls} in {seconds} s", met=met, **told)

    def _new(self) -> Identity:
        return NOBODY if self.role == ANONYMOUS else self.here.fresh(self.role)

    def _request(self) -> Request:
        objects, owner = self.here.objects, self.caller
        if not owner.signed_in:
            return self.sender.valid_or_not(self.operation, self.role)
        made = objects.kept(self.operation, owner)
        values = objects.references(self.operation, owner, made.values)
        return self.here.requests.example(self.operation, values, made.known)

    def _ask(self, headers: Mapping[str, str] | None = None) -> httpx.Response:
        self.answer = self.request.send(self.here.client, {**self.caller.headers, **(headers or {})})
        return self.answer

    def _until_refused(self) -> int:
        """How many were answered; below zero where all were, and nothing says how many it takes."""
        began, count = time.monotonic(), 0
        self.request = self._request()
        while True:
            if self.operation.changes:
                self.request = self._request()
            answer = self._ask()
            self.announced = self.announced or number_in(answer.headers)
            if not is_done(answer):
                return count
            count += 1
            if self.most is not None and count > 2 * self.most + 1:
                return count
            if count >= (FAR if self.most is not None else PLENTY) or time.monotonic() - began > LONGEST:
                return -count

    def _waits(self) -> str:
        return "" if self.answer.headers.get("retry-after") else say("answers 429 without Retry-After")

    def _past(self, headers: Mapping[str, str]) -> bool:
        """Is a request with these headers answered, while one without is refused just before and after?"""
        for _ in range(TRIES):
            if self._ask().status_code != TOO_MANY and self._until_refused() < 0:
                return False
            changed = self.request.send(self.here.client, {**self.caller.headers, **headers})
            if changed.status_code == TOO_MANY:
                return False
            if is_done(changed) and self._ask().status_code == TOO_MANY:
                return True
        return False

    def _claims(self) -> str:
        for number, header in enumerate(CLAIMS, start=1):
            if self._past({header: MADE_UP.format(number)}):
                return say("answers who writes another {header} when the limit is met", header=header)
        return ""

    def _again(self) -> str:
        """The same person with another token."""
        if not self.caller.access_token or not self.caller.password:
            return ""
        try:
            again = self.here.people.sign_in(self.caller.role, self.caller.email, self.caller.password)
        except ProbeError:
            return ""
        differs = again.access_token != self.caller.access_token
        return say("answers who signs in again when the limit is met") if differs and self._past(again.headers) else ""

    def _elsewhere(self) -> str:
        """Another person at another address: one must not use up what all may ask."""
        if not sys.platform.startswith("linux"):  # elsewhere a machine has one loopback address
            return ""
        other = self._new()
        try:
            with self.here.server.client() as client:
                if not all(moved(client) for _ in range(AWAY)):
                    return ""
                answers = [self.request.send(client, other.headers) for _ in range(2)]
        except httpx.HTTPError:
            return ""
        refused = all(answer.status_code == TOO_MANY for answer in answers)
        return say("refuses another caller at another address too") if refused else ""

    def _many(self) -> str:
        count = (self.most or PLENTY) + 1
        return f"for n in $(seq {count}); do {self.request.curl(signed_in=self.operation.is_protected)}; done"


def _numbers(agreed: Agreed) -> dict[str, str | int]:
    return {"id": agreed.id, "calls": agreed.calls, "seconds": agreed.seconds}


def number_in(headers: Mapping[str, str]) -> int | None:
    """How many requests an answer says are taken: `20`, `20, 20;w=60`, `limit=20, remaining=3`, `"a";q=20`."""
    for name in ANNOUNCED:
        text = headers.get(name, "")
        for part in text.replace(";", ",").split(","):
            value = part.strip().removeprefix("limit=").removeprefix("q=")
            if value.isdigit() and int(value) > 0:
                return int(value)
    return None
