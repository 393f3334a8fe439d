"""How does an account come to be? As the service's own operation makes it."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from runner.errors import ProbeError
from runner.http.account_operations import login_name, password_field
from runner.http.confirmation import confirm
from runner.http.identities import json_of, said
from runner.http.openapi import Operation
from runner.http.requests import Request, Requests
from runner.live.postgres import Database
from runner.vocabulary.secrets import is_password


class SignUps:
    """Signs people up by one operation of the contract; none: nobody can."""

    def __init__(
        self,
        requests: Requests,
        client: httpx.Client,
        database: Database,
        register: Operation | None,
        hide: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        self.requests, self.client, self.database, self.register = requests, client, database, register
        self.hide, self.note = hide, note
        self.waiting = False  # new accounts have to be confirmed before they are let in anywhere
        self.called: dict[str, Mapping[str, Any]] = {}  # what each registered with, by what it signs in with

    def make(self) -> tuple[str, str, Any]:
        """E-mail address (or user name), password and the answer of a new account. Raises `ProbeError`."""
        request = self.registration()
        response = request.send(self.client)
        while not response.is_success and self.requests.learn(request, response):
            request = self.registration()
            response = request.send(self.client)
        if not response.is_success:
            raise ProbeError(f"{request.endpoint} refused a new account: {said(response)}")
        body = request.fields
        name = login_name(body)
        self.called[name] = {key: value for key, value in body.items() if isinstance(value, str) and "pass" not in key}
        if self.waiting:
            self.confirmed(name)
        return name, str(body[password_field(body)]), json_of(response)

    def registration(self) -> Request:
        """A valid request for a new account. Raises `ProbeError` where none can be made."""
        if self.register is None:
            raise ProbeError('no operation signs people up: name it in gonogo.toml, [identities] register = "POST /…"')
        request = self.requests.example(self.register)
        if not password_field(request.fields):
            raise ProbeError(
                f"{request.endpoint} takes no password as the contract describes it: nobody can be signed up"
            )
        again = [n for n in request.fields if is_password(n)]  # a second field repeats the first
        self.hide(str(request.fields[again[0]]))
        for name in again[1:]:
            request = request.with_field(name, request.fields[again[0]])
        return request

    def confirmed(self, name: str) -> bool:
        """Did the account wait for a confirmation, which it has now? From then on every new account gets it."""
        done = confirm(self.database, name)
        self.waiting = self.waiting or bool(done)
        for change in done:
            self.note(f"in the database: {change} for {name}, as a link in a mail would do")
        return bool(done)
