"""Which operations are about accounts, told by the contract or not: signing up, signing in, asking who one is?"""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from runner.http.openapi import Operation, properties_of
from runner.http.requests import Requests
from runner.vocabulary.account_paths import (
    FORGOT,
    RENEWS,
    SIGNS_IN,
    SIGNS_IN_SURELY,
    SIGNS_OUT,
    SIGNS_UP,
    is_called,
    looks_at_token,
    says,
)
from runner.vocabulary.names import words_of
from runner.vocabulary.people import PEOPLE, known_by
from runner.vocabulary.secrets import is_password

LOGIN_PARTS = (*SIGNS_IN_SURELY, "authentication", "token", "auth")  # of `login-json`
NO_LOGIN_PARTS = (*RENEWS, *SIGNS_OUT, *FORGOT, "change", "revoke", "verify")
MAKING_PARTS = frozenset({"create", "new", "add", "open", "join"})
ACCOUNT_FIELDS = frozenset(("password", "new_password", "email", "username", "role", "active", "is_active", "disabled"))
ME_WORDS = ("me", "whoami", "self", "profile", "account", "current", "current-user", "user")


def find_register(requests: Requests) -> Operation | None:
    """The operation that makes an account: by its name, else an open POST to a collection of people."""
    return next(iter(find_registers(requests)), None)


def find_registers(requests: Requests) -> tuple[Operation, ...]:
    """All that seem to make an account for whoever asks, likeliest first."""
    every = [op for op in requests.served if op.method == "POST" and not op.placeholders]
    posts = [op for op in every if not op.is_protected]
    if not posts:  # a contract that calls all of them protected at once says nothing of the one that signs people up
        posts = [op for op in every if is_called(SIGNS_UP, op.last)]
    taking = [op for op in posts if _takes_password(requests, op)]
    named = [op for op in taking if is_called(SIGNS_UP, op.last)]
    people = [op for op in taking if op.last.lower() in PEOPLE]
    longer = [op for op in taking if _makes_person(op)]
    return _each_once([*named, *people, *longer])


def find_login(requests: Requests) -> Operation | None:
    """The operation that signs in: what the OAuth2 password flow names, else by its name."""
    return next(iter(find_logins(requests)), None)


def find_logins(requests: Requests) -> tuple[Operation, ...]:
    """All that seem to sign in with a password, likeliest first."""
    schemes = requests.document.get("components", {}).get("securitySchemes", {}).values()
    urls = (str(scheme.get("flows", {}).get("password", {}).get("tokenUrl") or "") for scheme in schemes)
    flows = [found for url in urls if url and (found := _by_url(requests, url))]
    posts = [op for op in requests.served if op.method == "POST" and not op.placeholders]
    taking = [op for op in posts if _takes_password(requests, op)]
    named = [op for op in taking if is_called(SIGNS_IN, op.last)]
    named.sort(key=lambda op: SIGNS_IN.index(" ".join(words_of(op.last))))
    longer = [op for op in taking if says(LOGIN_PARTS, op.last) and not says(NO_LOGIN_PARTS, op.last)]
    longer = [op for op in longer if op not in find_registers(requests)]
    return _each_once([*flows, *named, *longer])


def _each_once(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    return tuple({op.endpoint: op for op in operations}.values())


def _makes_person(operation: Operation) -> bool:
    """`/create-user`, `/users/open`, `/auth/register_new`, `/users/create`."""
    last = _parts(operation.last)
    before = {part.lower() for part in operation.segments[:-1]}
    made = bool(MAKING_PARTS & last) and bool(PEOPLE & (last | before))
    return not says(NO_LOGIN_PARTS, operation.last) and (made or says(SIGNS_UP, operation.last))


def _parts(word: str) -> frozenset[str]:
    """The words of a path's segment: `login-json` of two."""
    return frozenset(words_of(word)) | {word.lower()}


def header_of(requests: Requests) -> str | None:
    """The header that the contract names for a key, where it knows no bearer tokens."""
    schemes = list(requests.document.get("components", {}).get("securitySchemes", {}).values())
    if any(one.get("type") in {"http", "oauth2", "openIdConnect"} for one in schemes):
        return None
    keys = [str(one["name"]) for one in schemes if one.get("type") == "apiKey" and one.get("in") == "header"]
    named = [p.name for op in requests.served for p in op.parameters if p.place == "header" and p.is_credential]
    found = next(iter([*keys, *named]), None)
    return "Authorization" if found and found.lower() == "authorization" else found


def is_closed_read(operation: Operation) -> bool:
    """A protected GET that needs no object, or a POST that looks at the caller's token: `POST /login/test-token`."""
    looks = operation.method == "POST" and not operation.body_media and looks_at_token(operation.last)
    return (operation.method == "GET" or looks) and operation.is_protected and not operation.placeholders


def is_open_read(operation: Operation) -> bool:
    """A GET that needs no object, and that the contract calls open."""
    return operation.method == "GET" and not operation.placeholders and not operation.is_protected


def _by_url(requests: Requests, url: str) -> Operation | None:
    path = "/" + httpx.URL(url).path.removeprefix(".").strip("/")
    return next((op for op in requests.served if op.method == "POST" and op.path.rstrip("/").endswith(path)), None)


def _takes_password(requests: Requests, operation: Operation) -> bool:
    return bool(password_field(properties_of(requests.document, operation.body)))


def is_me(operation: Operation) -> bool:
    return operation.method == "GET" and not operation.placeholders and operation.last.lower() in ME_WORDS


def own_account_fields(requests: Requests, operation: Operation) -> frozenset[str]:
    """What a change of one's own account may take that ends the sign-in: `active` of `PATCH /users/me`."""
    alone = operation.changes and not operation.placeholders and operation.last.lower() in ME_WORDS
    return ACCOUNT_FIELDS & set(properties_of(requests.document, operation.body)) if alone else frozenset()


def password_field(fields: Mapping[str, Any]) -> str:
    return next((name for name in fields if is_password(name)), "")


def login_name(body: Mapping[str, Any]) -> str:
    """What a new account signs in with: its e-mail address where it has one."""
    return next((str(body[name]) for name in known_by(body)), "")
