"""Who sends bad requests? Valid ones first, as a caller of a role that is kept signed in, on objects that are there."""

from collections.abc import Container

import httpx

from runner.evidence.accounts.visit import Visit, on_person
from runner.evidence.behaviour.refusals import Refusals
from runner.http.budget import Budget
from runner.http.identities import NOBODY, Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.postgres.writes import Watch
from runner.vocabulary.people import names_account

SUCCESS, SERVER_ERROR = range(200, 300), 500
LET_IN = frozenset(range(200, 600)) - {401, 403, 429}  # also what is not found, or breaks
UNKNOWN_CALLER, FORBIDDEN, NOT_FOUND, CONFLICT = 401, 403, 404, 409
MOST_GUESSED = 5


class Sender:
    """Makes valid requests and sends them. Counts what it sends, and keeps which operations did what was asked."""

    def __init__(self, here: Visit, watch: Watch, hidden: frozenset[str] = frozenset()) -> None:
        self.here, self.watch = here, watch
        self.hidden = hidden  # operations that no contract names
        self.sent = 0
        self.budget: Budget | None = None  # of the look; None: there is no end to it
        self.cut: list[str] = []  # operations that got less than half of their bad values, as the time was up
        self.short: list[str] = []  # … that got half of them or more, and not all
        self.guessed = 0  # answers of 401 that may have meant that the session had ended
        self.reached: set[str] = set()  # operations whose handler did what was asked, or found it done
        self.problems: dict[str, str] = {}  # operations that were asked without an object of their own, and why
        self.refusals = Refusals()
        self.announced: dict[str, httpx.Headers] = {}  # operations whose answers say how many requests they take
        here.sign_in_all()
        self.other = NOBODY if here.missing else here.fresh(here.roles[0])

    @property
    def is_spent(self) -> bool:
        """Is the part of the look used up that the operation at hand has?"""
        return self.budget is not None and self.budget.part_spent

    def valid(self, operation: Operation, role: str) -> Request:
        """A valid request by this role; where it works on a person, on one that nobody needs. Raises `CannotMake`."""
        caller = self.who(role)
        if operation.changes and on_person(operation):
            name = operation.placeholders[-1]
            return self.here.requests.example(operation, {name: self.other.value_of(name)})
        self.here.objects.try_out(operation, self._owner(caller))
        made = self.here.objects.kept(operation, self._owner(caller))
        values = self.here.objects.references(operation, caller, made.values)
        return self._of_oneself(self.here.requests.example(operation, values, made.known), caller)

    def _of_oneself(self, request: Request, caller: Identity) -> Request:
        """With the caller's own names where a change tells by its body alone whose account it is."""
        own = {"email": caller.email, **caller.called}
        if request.operation.method in {"PUT", "PATCH"} and not request.operation.placeholders:
            for name in (one for one in request.fields if names_account(one) and own.get(one)):
                request = request.with_field(name, own[name])
        return request

    def valid_or_not(self, operation: Operation, role: str) -> Request:
        """A valid request, or one on an object that is not there when none can be made."""
        try:
            return self.valid(operation, role)
        except CannotMake as error:
            self.problems[operation.endpoint] = str(error)
            return self.here.requests.example(operation)

    def send(self, request: Request, role: str) -> httpx.Response | None:
        """The answer; None when there was none. A caller whose session ended meanwhile signs in again."""
        self.sent += 1
        operation = request.operation
        try:
            answer = request.send(self.here.client, self.who(role).headers)
            if operation.is_protected and "password" not in operation.path and self._is_lost(operation, role, answer):
                self.here.forget(role)
                answer = request.send(self.here.client, self.who(role).headers)
        except (httpx.TimeoutException, httpx.RemoteProtocolError, httpx.ReadError, httpx.ConnectError):
            return None
        if any("ratelimit" in name or "rate-limit" in name for name in answer.headers):
            self.announced.setdefault(operation.endpoint, answer.headers)
        if operation != self.here.people.login:  # RFC 6749 has a shape of its own for it
            self.refusals.add(operation.endpoint, answer, request.curl(signed_in=operation.is_protected))
        if answer.status_code in SUCCESS or answer.status_code == CONFLICT:
            self.reached.add(operation.endpoint)
        # what broke may have been done all the same
        if operation.changes and (answer.status_code in SUCCESS or answer.status_code >= SERVER_ERROR):
            self.here.objects.forget(operation, self._owner(self.who(role)))
        return answer

    def _is_lost(self, operation: Operation, role: str, answer: httpx.Response) -> bool:
        """Did the caller's session end meanwhile, or was its account deleted?"""
        if answer.status_code in {UNKNOWN_CALLER, FORBIDDEN}:
            return self._ended(role, answer)
        me = self.here.people.me
        if answer.status_code != NOT_FOUND or me is None or operation.placeholders:
            return False
        told = self.here.requests.example(me).send(self.here.client, self.who(role).headers)
        return told.status_code == NOT_FOUND  # some services say of the caller that it is not found

    def _ended(self, role: str, refused: httpx.Response) -> bool:
        """Is the caller let in nowhere any more? 401 also comes from services that mean *you may not* by it.

        Where no read tells, 401 counts a few times: an account is made for each.
        """
        if self.here.people.guarded_reads():
            return self.here.session_ended(role)
        self.guessed += refused.status_code == UNKNOWN_CALLER
        return refused.status_code == UNKNOWN_CALLER and self.guessed <= MOST_GUESSED

    def least(self, operation: Operation, told: Container[int] = SUCCESS) -> str | None:
        """The least powerful role that may call it; none where only the most powerful may, who may decide much.

        `told`: the statuses that say so.
        """
        if not operation.is_protected:
            return None
        for role in self.here.roles:
            if len(self.here.roles) > 1 and role == self.here.roles[-1]:
                return None
            try:
                answer = self.send(self.valid(operation, role), role)
            except CannotMake:
                continue
            if answer is not None and answer.status_code in told:
                return role
        return None

    def who(self, role: str) -> Identity:
        """The caller of this role that everybody shares; nobody where none of it can sign in."""
        return NOBODY if role in self.here.missing else self.here.caller(role)

    def _owner(self, caller: Identity) -> Identity:
        return caller if caller.signed_in else self.who(self.here.roles[-1])
