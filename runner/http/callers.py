"""Who can call the service? Users that really signed up and in, one role each, by its own operations."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx

from runner.discovery.config import Identities
from runner.errors import NotThere, ProbeError, Thing
from runner.http.account_operations import (
    find_login,
    find_register,
    header_of,
    is_closed_read,
    is_me,
    password_field,
)
from runner.http.identities import NOBODY, PLAIN, Identity, claims_of, id_of_user, identity_of, json_of, said
from runner.http.openapi import JSON_TYPE, Operation, properties_of
from runner.http.requests import Request, Requests
from runner.http.sign_ups import SignUps
from runner.live.postgres import Database
from runner.specification import ANONYMOUS

SCHEMES = ("Bearer ", "Token ", "JWT ", "")  # what stands before a token in its header


class SignInRefused(ProbeError):
    """The service knows the account, and does not let it in."""


class Callers:
    """Signs people up and in. Works by `[identities]` of gonogo.toml, else by the usual names of the endpoints."""

    def __init__(
        self,
        requests: Requests,
        client: httpx.Client,
        database: Database,
        config: Identities | None = None,
        hide: Callable[[str], None] = lambda _: None,
        note: Callable[[str], None] = lambda _: None,
        *,
        open_too: bool = False,
        planted: Callable[[str, str], Iterator[str]] | None = None,
    ) -> None:
        """Raises `NotThere` where nobody signs in and nothing is protected; with `open_too`, all are nobody there."""
        self.hide, self.note, self._planted = hide, note, planted
        self._looked = False  # whether a new account is let in anywhere
        self.requests, self.client, self.database = requests, client, database
        self.config = config or Identities()
        self.register = self._named(self.config.register_) or find_register(requests)
        self.sign_ups = SignUps(requests, client, database, self.register, hide, note)
        self.login = self._named(self.config.login) or find_login(requests)
        self.me = next((op for op in requests.operations if is_me(op)), None)
        self.open = self.login is None and not any(op.is_protected for op in requests.operations)
        if self.open and not open_too:
            raise NotThere(
                "this service knows no callers: no operation is protected and none signs in "
                '(gonogo.toml, [identities] login = "POST /…" names one)',
                looked=f"the {len(requests.operations)} operations of the contract and their security",
                absent=Thing.CALLERS,
            )

    def _named(self, endpoint: str | None) -> Operation | None:
        if endpoint is None:
            return None
        found = self.requests.find(endpoint)
        if found is None:
            raise ProbeError(f"gonogo.toml, [identities]: the contract has no `{endpoint}`")
        return found

    def one(self, role: str = PLAIN) -> Identity:
        """A new user with this role, signed in. Raises `ProbeError` with what stood in the way."""
        if role == ANONYMOUS or self.open:
            return NOBODY
        email, password, answered = self.sign_up()
        self.promote(email, role)
        try:
            found = self.sign_in(role, email, password, id_of_user(answered))
        except SignInRefused:
            if not self.sign_ups.confirmed(email):
                raise
        else:
            once, self._looked = self._looked, True
            if once or not self.shut_out(found) or not self.sign_ups.confirmed(email):
                return found
        return self.sign_in(role, email, password, id_of_user(answered))

    def shut_out(self, identity: Identity) -> bool:
        """Is the caller let in nowhere? What only the powerful may read says nothing: one answered read is enough."""
        reads = [op for op in self.requests.operations if is_closed_read(op)]
        reads = [self.me] if self.me is not None and self.me in reads else reads
        asked = (self.requests.example(read).send(self.client, identity.headers) for read in reads)
        return bool(reads) and all(answer.status_code in {401, 403} for answer in asked)

    def sign_up(self) -> tuple[str, str, Any]:
        """E-mail address (or user name), password and the answer of a new account. Raises `ProbeError`."""
        if self.register is None and self._planted is not None and self.login is not None:
            return self._put_in(self._planted)
        return self.sign_ups.make()

    def registration(self) -> Request:
        """A valid request for a new account. Raises `ProbeError` where none can be made."""
        return self.sign_ups.registration()

    def _put_in(self, planted: Callable[[str, str], Iterator[str]]) -> tuple[str, str, Any]:
        """An account that nobody signed up for, where only an administrator makes them. Raises `ProbeError`."""
        name, password = self.requests.examples.email(), self.requests.examples.password()
        self.hide(password)
        for table in planted(name, password):
            if self.try_password(name, password).is_success:
                self.note(f"in the database: a row in {table} for {name}, as an administrator would make it")
                return name, password, None
        raise ProbeError(
            "no operation signs people up, and an account put into the database could not sign in: "
            'name the operation in gonogo.toml, [identities] register = "POST /…"'
        )

    def promote(self, email: str, role: str) -> None:
        """Give a user the role, by the statement that gonogo.toml names."""
        if self.config.promote and role != PLAIN:
            self.database.rows(self.config.promote.replace("{email}", email).replace("{role}", role))

    def sign_in(self, role: str, email: str, password: str, user_id: Any = None) -> Identity:
        response = self.try_password(email, password)
        if not response.is_success:
            raise SignInRefused(f"{response.request.method} {response.request.url.path} refused: {said(response)}")
        identity = self._taken(identity_of(role, email, password, response))
        self.keep_secret(identity)
        if not identity.signed_in:
            path = response.request.url.path
            raise ProbeError(
                f"{path} answered {response.status_code} with neither a token nor a cookie: call it `access_token`"
            )
        return self._known(identity, user_id)

    def keep_secret(self, identity: Identity) -> None:
        """What the caller has to send is told to nobody."""
        cookies = [pair.partition("=")[2] for pair in identity.headers.get("Cookie", "").split("; ")]
        for secret in (identity.password, identity.access_token, identity.refresh_token, *cookies):
            self.hide(secret)

    def try_password(self, email: str, password: str) -> httpx.Response:
        """One try to sign in, right or wrong."""
        return self.login_request(email, password).send(self.client)

    def login_request(self, email: str, password: str) -> Request:
        if self.login is None:
            raise ProbeError('no operation signs people in: name it in gonogo.toml, [identities] login = "POST /…"')
        request = self.requests.example(self.login)
        body = request.fields
        fields = properties_of(self.requests.document, self.login.body)
        name = next((n for n in ("email", "username", "login", "user", "name") if n in body), None)
        name = name or next((n for n in ("email", "username", "login") if n in fields), "username")
        grant = {"grant_type": "password"} if "grant_type" in fields else {}
        whole = {**body, **grant, name: email, password_field(body) or "password": password}
        return replace(request.with_fields(whole), media_type=request.media_type or JSON_TYPE)

    def _taken(self, identity: Identity) -> Identity:
        """With the token in the header and after the word that the service takes: `Authorization: Token …`."""
        name = header_of(self.requests)
        read = next((op for op in self.requests.operations if is_closed_read(op)), None)
        if not identity.access_token or name is None or read is None:
            return identity
        for scheme in SCHEMES if name.lower() == "authorization" else ("", *SCHEMES):
            tried = replace(identity, header=name, scheme=scheme)
            tried = replace(tried, headers={**identity.headers, **tried.bearing(identity.access_token)})
            if self.requests.example(read).send(self.client, tried.headers).status_code not in {401, 403}:
                self.requests.signature = f"{name}: {scheme}$TOKEN"
                return tried
        return identity

    def _known(self, identity: Identity, user_id: Any) -> Identity:
        """With the user id. Raises `ProbeError` when the service says that the user has another role."""
        about = json_of(self.requests.example(self.me).send(self.client, identity.headers)) if self.me else None
        role = about.get("role") if isinstance(about, dict) else None
        if isinstance(role, str) and identity.role not in {PLAIN, role}:
            promote = "promote in gonogo.toml, [identities], must give that role (SQL with {email} and {role})"
            raise ProbeError(f"a new user has the role {role}, not {identity.role}: {promote}")
        found = (user_id, id_of_user(about), claims_of(identity.access_token).get("sub"))
        called = self.sign_ups.called.get(identity.email, {})
        return replace(identity, user_id=next((id for id in found if id is not None), None), called=called)
