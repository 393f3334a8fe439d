"""How does an account come to be? As the service's own operation makes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from runner.errors import ProbeError
from runner.http.account_operations import login_name, password_field
from runner.http.belonging import belonging
from runner.http.confirmation import confirm
from runner.http.identities import json_of, said
from runner.http.objects import Rows
from runner.http.openapi import Operation, properties_of
from runner.http.refused_sign_up import Amended, amendments
from runner.http.requests import Request, Requests
from runner.live.client import moved
from runner.postgres.database import Database
from runner.said import say
from runner.vocabulary.secrets import is_password

TRIES = 12  # ways of filling in one operation
TOO_MANY = 429
CLOSED = frozenset({401, 403, 404, 405, TOO_MANY})  # no other body would change that
CROWDED = say("it limits how often anybody may: raise that limit in gonogo.toml, [env], where a variable sets it")


class SignUps:
    """Signs people up by one operation of the contract; none: nobody can.

    Where it refuses, what else it may want is tried, then the next operation; what was taken is kept from then on.
    """

    def __init__(
        self,
        requests: Requests,
        client: httpx.Client,
        database: Database,
        register: Operation | None,
        hide: Callable[[str], None],
        note: Callable[[str], None],
        others: Sequence[Operation] = (),
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """`others`: operations that may sign people up as well; `fields`: what gonogo.toml gives each body."""
        self.requests, self.client, self.database, self.register = requests, client, database, register
        self.hide, self.note, self.others, self.fields = hide, note, tuple(others), dict(fields or {})
        self.amended = Amended(fields=self.fields)
        self.waiting = False  # new accounts have to be confirmed before they are let in anywhere
        self.worked = False  # whether somebody was signed up
        self.rows: Rows | None = None  # puts into the database what accounts belong to and no stranger may make
        self.called: dict[str, Mapping[str, Any]] = {}  # what each registered with, by what it signs in with

    def make(self) -> tuple[str, str, Any]:
        """E-mail address (or user name), password and the answer of a new account. Raises `ProbeError`."""
        request, response = self._asked()
        self.worked = True
        body = request.fields
        name = login_name(body)
        if self.waiting:
            self.confirmed(name)
        return name, str(body[password_field(body)]), json_of(response)

    def _asked(self) -> tuple[Request, httpx.Response]:
        """What was taken, by the first operation that takes anything. Raises `ProbeError` with the first refusal."""
        first = self.register
        request, response = self._tried()
        refused = say("{endpoint} refused a new account: {said}", endpoint=request.endpoint, said=said(response))
        for other in () if response.is_success else self.others:
            self.register = other
            request, response = self._tried()
            if response.is_success:
                break
        if not response.is_success:
            self.register = first
            raise ProbeError(
                say("{refused}; {crowded}", refused=refused, crowded=CROWDED)
                if response.status_code == TOO_MANY
                else refused
            )
        return request, response

    def _tried(self) -> tuple[Request, httpx.Response]:
        """The request that was taken, else the first one, and the answer to it."""
        before = self.amended
        request, response = first = self._learned()
        waiting = list(self._amendments(request, response))
        done: list[Amended] = []
        while waiting and len(done) < TRIES and not response.is_success and response.status_code not in CLOSED:
            self.amended = waiting.pop(0)
            if self.amended in done:
                continue
            done.append(self.amended)
            request, response = self._learned()
            waiting = [*self._amendments(request, response), *waiting]
        if response.is_success:
            return request, response
        self.amended = before
        return first

    def _amendments(self, request: Request, refused: httpx.Response) -> Iterator[Amended]:
        document = self.requests.document
        yield from amendments(document, request.operation, request.fields, refused.text, self.amended)

    def _learned(self) -> tuple[Request, httpx.Response]:
        """One request with the values that are known to be taken, or that are learned by its refusals."""
        request = self.registration()
        response = self._sent(request)
        while not response.is_success and self.requests.learn(request, response):
            request = self.registration()
            response = self._sent(request)
        return request, response

    def _sent(self, request: Request) -> httpx.Response:
        """The answer to it; where too many came from one address, to the same from another one."""
        response = request.send(self.client)
        if response.status_code == TOO_MANY and moved(self.client):
            return request.send(self.client)
        return response

    def registration(self) -> Request:
        """A valid request for a new account. Raises `ProbeError` where none can be made."""
        if self.register is None:
            raise ProbeError('no operation signs people up: name it in gonogo.toml, [identities] register = "POST /…"')
        request = self.requests.example(self.register)
        optional = password_field(properties_of(self.requests.document, self.register.body))
        if optional and not password_field(request.fields):
            request = request.with_field(optional, self.requests.examples.password())
        if not password_field(request.fields):
            raise ProbeError(
                say(
                    "{endpoint} takes no password as the contract describes it: nobody can be signed up",
                    endpoint=request.endpoint,
                )
            )
        given = {name: self.amended.with_domain(str(v)) for name, v in request.fields.items() if "@" in str(v)}
        of = (
            {}
            if set(self.fields) >= set(request.fields)
            else belonging(self.requests, self.client, self.register, self.rows)
        )
        request = request.with_fields({**request.fields, **given, **of, **self.amended.fields})
        again = [n for n in request.fields if is_password(n)]  # a second field repeats the first
        self.hide(str(request.fields[again[0]]))
        for name in again[1:]:
            request = request.with_field(name, request.fields[again[0]])
        body = request.fields
        own = {key: v for key, v in body.items() if (isinstance(v, str) and "pass" not in key) or key in of}
        self.called[login_name(body)] = own
        return request

    def confirmed(self, name: str) -> bool:
        """Did the account wait for a confirmation, which it has now? From then on every new account gets it."""
        done = confirm(self.database, name)
        self.waiting = self.waiting or bool(done)
        for change in done:
            self.note(
                say("in the database: {change} for {name}, as a link in a mail would do", change=change, name=name)
            )
        return bool(done)
