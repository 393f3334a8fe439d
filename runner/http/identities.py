"""Who can call the service? Users that really signed up and signed in, one role each, by the service's own doors."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from runner.discovery.config import Identities
from runner.errors import NotThere, ProbeError, Thing
from runner.http.confirmation import confirm
from runner.http.openapi import JSON_TYPE, Operation, properties_of
from runner.http.requests import Request, Requests
from runner.live.postgres import Database
from runner.specification import ANONYMOUS

REGISTER_WORDS = ("register", "signup", "sign-up", "sign_up", "registration", "registrations")
LOGIN_WORDS = ("login", "token", "signin", "sign-in", "sign_in", "access-token", "access_token", "sessions", "session")
PEOPLE_WORDS = ("users", "accounts", "members", "customers", "people", "user", "account", "member", "customer")
ME_WORDS = ("me", "whoami", "self", "profile", "account", "current", "current-user", "user")
ACCESS_NAMES = ("access_token", "accessToken", "token", "jwt", "access", "id_token")
REFRESH_NAMES = ("refresh_token", "refreshToken", "refresh")
SCHEMES = ("Bearer ", "Token ", "JWT ", "")  # what stands before a token in its header
PLAIN = "user"  # the role that signing up gives, where nobody named roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A caller. Anonymous has no headers; everybody else carries what signing in gave them."""

    role: str
    email: str = ""
    password: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    user_id: Any = None
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    called: Mapping[str, Any] = field(default_factory=dict, repr=False)  # by which fields it is known: `username`
    header: str = "Authorization"  # that carries a token
    scheme: str = "Bearer "  # the word before it, with its space; empty: none
    refresh_cookie: str = ""  # the cookie that the refresh token came in

    def value_of(self, placeholder: str) -> Any:
        """What names the caller in a path: the user id, or what was given under that name at the registration."""
        return self.called.get(placeholder, self.user_id)

    def bearing(self, token: str) -> dict[str, str]:
        """The header with another token in place of the caller's."""
        return {self.header: f"{self.scheme}{token}"}

    def renewing(self, token: str) -> dict[str, str]:
        """What the caller sends to have its tokens renewed by this one."""
        return {"Cookie": f"{self.refresh_cookie}={token}"} if self.refresh_cookie else self.bearing(token)

    @property
    def signed_in(self) -> bool:
        return bool(self.headers)


NOBODY = Identity(role=ANONYMOUS)


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
        self.waiting = False  # new accounts have to be confirmed before they are let in anywhere
        self.requests, self.client, self.database = requests, client, database
        self.config = config or Identities()
        self._called: dict[str, Mapping[str, Any]] = {}  # what each registered with, by what it signs in with
        self.register = self._named(self.config.register_) or find_register(requests)
        self.login = self._named(self.config.login) or find_login(requests)
        self.me = next((op for op in requests.operations if _is_me(op)), None)
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
            found = self.sign_in(role, email, password, _id_in(answered))
        except SignInRefused:
            if not self._confirmed(email):
                raise
        else:
            once, self._looked = self._looked, True
            if once or not self.shut_out(found) or not self._confirmed(email):
                return found
        return self.sign_in(role, email, password, _id_in(answered))

    def _confirmed(self, name: str) -> bool:
        """Did the account wait for a confirmation, which it has now? From then on every new account gets it."""
        done = confirm(self.database, name)
        self.waiting = self.waiting or bool(done)
        for change in done:
            self.note(f"in the database: {change} for {name}, as a link in a mail would do")
        return bool(done)

    def shut_out(self, identity: Identity) -> bool:
        """Is the caller let in nowhere? A door that only the powerful pass says nothing: one open door is enough."""
        doors = [op for op in self.requests.operations if is_door(op)]
        doors = [self.me] if self.me is not None and self.me in doors else doors
        asked = (self.requests.example(door).send(self.client, identity.headers) for door in doors)
        return bool(doors) and all(answer.status_code in {401, 403} for answer in asked)

    def sign_up(self) -> tuple[str, str, Any]:
        """E-mail address (or user name), password and the answer of a new account."""
        if self.register is None and self._planted is not None and self.login is not None:
            return self._put_in(self._planted)
        request = self.registration()
        response = request.send(self.client)
        while not response.is_success and self.requests.learn(request, response):
            request = self.registration()
            response = request.send(self.client)
        if not response.is_success:
            raise ProbeError(f"{request.endpoint} refused a new account: {said(response)}")
        body = request.fields
        name = login_name(body)
        self._called[name] = {key: value for key, value in body.items() if isinstance(value, str) and "pass" not in key}
        if self.waiting:
            self._confirmed(name)
        return name, str(body[_password_field(body)]), _json(response)

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

    def registration(self) -> Request:
        """A valid request for a new account. Raises `ProbeError` where none can be made."""
        if self.register is None:
            raise ProbeError('no operation signs people up: name it in gonogo.toml, [identities] register = "POST /…"')
        request = self.requests.example(self.register)
        if not _password_field(request.fields):
            raise ProbeError(
                f"{request.endpoint} takes no password as the contract describes it: nobody can be signed up"
            )
        again = [n for n in request.fields if "password" in n.lower()]  # a second field repeats the first
        self.hide(str(request.fields[again[0]]))
        for name in again[1:]:
            request = request.with_field(name, request.fields[again[0]])
        return request

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
        whole = {**body, **grant, name: email, _password_field(body) or "password": password}
        return replace(request.with_fields(whole), media_type=request.media_type or JSON_TYPE)

    def _taken(self, identity: Identity) -> Identity:
        """With the token in the header and after the word that the service takes: `Authorization: Token …`."""
        name = header_of(self.requests)
        door = next((op for op in self.requests.operations if is_door(op)), None)
        if not identity.access_token or name is None or door is None:
            return identity
        for scheme in SCHEMES if name.lower() == "authorization" else ("", *SCHEMES):
            tried = replace(identity, header=name, scheme=scheme)
            tried = replace(tried, headers={**identity.headers, **tried.bearing(identity.access_token)})
            if self.requests.example(door).send(self.client, tried.headers).status_code not in {401, 403}:
                self.requests.signature = f"{name}: {scheme}$TOKEN"
                return tried
        return identity

    def _known(self, identity: Identity, user_id: Any) -> Identity:
        """With the user id. Raises `ProbeError` when the service says that the user has another role."""
        about = _json(self.requests.example(self.me).send(self.client, identity.headers)) if self.me else None
        role = about.get("role") if isinstance(about, dict) else None
        if isinstance(role, str) and identity.role not in {PLAIN, role}:
            promote = "promote in gonogo.toml, [identities], must give that role (SQL with {email} and {role})"
            raise ProbeError(f"a new user has the role {role}, not {identity.role}: {promote}")
        found = (user_id, _id_in(about), claims_of(identity.access_token).get("sub"))
        called = self._called.get(identity.email, {})
        return replace(identity, user_id=next((id for id in found if id is not None), None), called=called)


def find_register(requests: Requests) -> Operation | None:
    """The operation that makes an account: by its name, else an open POST to a collection of people."""
    posts = [op for op in requests.operations if op.method == "POST" and not op.is_protected and not op.placeholders]
    taking = [op for op in posts if _takes_password(requests, op)]
    named = [op for op in taking if op.last.lower() in REGISTER_WORDS]
    people = [op for op in taking if op.last.lower() in PEOPLE_WORDS]
    return next(iter([*named, *people]), None)


def find_login(requests: Requests) -> Operation | None:
    """The operation that signs in: what the OAuth2 password flow names, else by its name."""
    for scheme in requests.document.get("components", {}).get("securitySchemes", {}).values():
        url = scheme.get("flows", {}).get("password", {}).get("tokenUrl")
        found = _by_url(requests, str(url)) if url else None
        if found:
            return found
    posts = [op for op in requests.operations if op.method == "POST" and not op.placeholders]
    taking = [op for op in posts if _takes_password(requests, op) and op.last.lower() in LOGIN_WORDS]
    return next(iter(sorted(taking, key=lambda op: LOGIN_WORDS.index(op.last.lower()))), None)


def header_of(requests: Requests) -> str | None:
    """The header that the contract names for a key, where it knows no bearer tokens."""
    schemes = list(requests.document.get("components", {}).get("securitySchemes", {}).values())
    if any(one.get("type") in {"http", "oauth2", "openIdConnect"} for one in schemes):
        return None
    return next(
        (str(one["name"]) for one in schemes if one.get("type") == "apiKey" and one.get("in") == "header"), None
    )


def is_door(operation: Operation) -> bool:
    """A protected GET that needs no object."""
    return operation.method == "GET" and operation.is_protected and not operation.placeholders


def _by_url(requests: Requests, url: str) -> Operation | None:
    path = "/" + httpx.URL(url).path.removeprefix(".").strip("/")
    return next((op for op in requests.operations if op.method == "POST" and op.path.rstrip("/").endswith(path)), None)


def _takes_password(requests: Requests, operation: Operation) -> bool:
    return bool(_password_field(properties_of(requests.document, operation.body)))


def _is_me(operation: Operation) -> bool:
    return operation.method == "GET" and not operation.placeholders and operation.last.lower() in ME_WORDS


def _password_field(fields: Mapping[str, Any]) -> str:
    return next((name for name in fields if "password" in name.lower() or name.lower() == "pwd"), "")


def login_name(body: Mapping[str, Any]) -> str:
    """What a new account signs in with: its e-mail address where it has one."""
    return next((str(body[name]) for name in ("email", "username", "login", "user_name", "name") if name in body), "")


def identity_of(role: str, email: str, password: str, response: httpx.Response) -> Identity:
    """What an answer to a sign-in gives its caller to send: a bearer token, cookies, or both."""
    found = dict(_flat(_json(response)))
    access = next((str(found[name]) for name in ACCESS_NAMES if found.get(name)), "")
    refresh = next((str(found[name]) for name in REFRESH_NAMES if found.get(name)), "")
    kept = "" if refresh else next((name for name in response.cookies if "refresh" in name.lower()), "")
    cookies = "; ".join(f"{name}={value}" for name, value in response.cookies.items())
    headers = ({"Authorization": f"Bearer {access}"} if access else {}) | ({"Cookie": cookies} if cookies else {})
    return Identity(
        role=role,
        email=email,
        password=password,
        headers=headers,
        access_token=access,
        refresh_token=refresh or (response.cookies[kept] if kept else ""),
        refresh_cookie=kept,
    )


def _flat(answer: Any) -> Iterator[tuple[str, Any]]:
    """Texts at the top of an answer, or one level down (`data`, `tokens`)."""
    if isinstance(answer, dict):
        for value in answer.values():
            if isinstance(value, dict):
                yield from ((name, text) for name, text in value.items() if isinstance(text, str))
        yield from ((name, value) for name, value in answer.items() if isinstance(value, str))


def _id_in(answer: Any) -> Any:
    """The user's id in an answer: `id`, `user_id`, or one level down."""
    if not isinstance(answer, dict):
        return None
    for name in ("id", "user_id", "uuid", "uid"):
        if answer.get(name) is not None:
            return answer[name]
    return next((_id_in(answer[name]) for name in ("user", "data", "account") if name in answer), None)


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JSON Web Token, unverified; nothing where it is no such token."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - head, claims, signature
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def said(response: httpx.Response) -> str:
    """An answer in a few words, for an error message."""
    return f"{response.status_code} {response.text[:200]}".strip()


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
