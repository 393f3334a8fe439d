"""Which operations of a contract are about accounts: signing up, signing in, asking who one is?"""

from collections.abc import Mapping
from typing import Any

import httpx

from runner.http.openapi import Operation, properties_of
from runner.http.requests import Requests
from runner.vocabulary.secrets import is_password

REGISTER_WORDS = ("register", "signup", "sign-up", "sign_up", "registration", "registrations")
LOGIN_WORDS = ("login", "token", "signin", "sign-in", "sign_in", "access-token", "access_token", "sessions", "session")
PEOPLE_WORDS = ("users", "accounts", "members", "customers", "people", "user", "account", "member", "customer")
ME_WORDS = ("me", "whoami", "self", "profile", "account", "current", "current-user", "user")


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


def is_closed_read(operation: Operation) -> bool:
    """A protected GET that needs no object."""
    return operation.method == "GET" and operation.is_protected and not operation.placeholders


def _by_url(requests: Requests, url: str) -> Operation | None:
    path = "/" + httpx.URL(url).path.removeprefix(".").strip("/")
    return next((op for op in requests.operations if op.method == "POST" and op.path.rstrip("/").endswith(path)), None)


def _takes_password(requests: Requests, operation: Operation) -> bool:
    return bool(password_field(properties_of(requests.document, operation.body)))


def is_me(operation: Operation) -> bool:
    return operation.method == "GET" and not operation.placeholders and operation.last.lower() in ME_WORDS


def password_field(fields: Mapping[str, Any]) -> str:
    return next((name for name in fields if is_password(name)), "")


def login_name(body: Mapping[str, Any]) -> str:
    """What a new account signs in with: its e-mail address where it has one."""
    return next((str(body[name]) for name in ("email", "username", "login", "user_name", "name") if name in body), "")
