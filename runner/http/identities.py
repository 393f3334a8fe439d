"""Who is a caller? A role, what signing in gave it to send, and by what it is known."""

import base64
import binascii
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from runner.specification import ANONYMOUS

ACCESS_NAMES = ("access_token", "accessToken", "token", "jwt", "access", "id_token")
REFRESH_NAMES = ("refresh_token", "refreshToken", "refresh")
SUCCESS, ERRORS = range(200, 300), range(400, 700)
REFUSED = 400
OWN_IDS = ("user_id", "userId", "uid", "id", "account_id")
THINGS_ID = re.compile(r"\w(?:_(?:id|uuid|slug)|I[dD])$")
ADMINISTRATOR = "administrator"  # an account that was given all the power there is, where nobody named roles
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
        known = {"email": self.email} if "@" in self.email else {}
        return {**known, **self.called}.get(placeholder, self.user_id)

    def belongs_to(self, name: str) -> Any:
        """What the caller's token says under this name of a thing: the `org_id` that it belongs to; None: nothing."""
        found = claims_of(self.access_token).get(name) if THINGS_ID.search(name) else None
        return found if isinstance(found, int | str) and not isinstance(found, bool) and found != "" else None

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


def identity_of(role: str, email: str, password: str, response: httpx.Response) -> Identity:
    """What an answer to a sign-in gives its caller to send: a bearer token, cookies, or both."""
    found = dict(_flat(json_of(response)))
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


def lets_in(answer: httpx.Response) -> bool:
    """Did it give anything to send? A page may answer 200 to a wrong password, and to one that it does not know."""
    return answer.is_success and identity_of(PLAIN, "", "", answer).signed_in


def _flat(answer: Any) -> Iterator[tuple[str, Any]]:
    """Texts at the top of an answer, or one level down (`data`, `tokens`)."""
    if isinstance(answer, dict):
        for value in answer.values():
            if isinstance(value, dict):
                yield from ((name, text) for name, text in value.items() if isinstance(text, str))
        yield from ((name, value) for name, value in answer.items() if isinstance(value, str))


def id_of_user(answer: Any) -> Any:
    """The user's id in an answer: `id`, `user_id`, or one level down."""
    if not isinstance(answer, dict):
        return None
    for name in ("id", "user_id", "uuid", "uid"):
        if answer.get(name) is not None:
            return answer[name]
    return next((id_of_user(answer[name]) for name in ("user", "data", "account") if name in answer), None)


def id_told_by(token: str, names: Collection[str]) -> Any:
    """The user's id in a token: its `sub`; where that is a name that the caller signs in with, an id beside it."""
    claims = claims_of(token)
    subject = claims.get("sub")
    told = next((claims[name] for name in OWN_IDS if claims.get(name) is not None), None)
    return told if told is not None and (subject is None or subject in names) else subject


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


def is_done(response: httpx.Response) -> bool:
    """Was it done? Not where a 2xx says in its body that it was refused: {"code": 400, "msg": …}."""
    return response.is_success and status_of(response) in SUCCESS


def status_of(response: httpx.Response) -> int:
    """The status that is meant: of the answer, else the one that an answer of 2xx holds as an error's."""
    body = json_of(response) if response.is_success and "json" in response.headers.get("content-type", "") else None
    if not isinstance(body, dict) or not any(name in body for name in ("msg", "message", "detail", "error")):
        return response.status_code
    codes = (body.get(name) for name in ("code", "status_code", "status"))
    refused = REFUSED if body.get("success") is False else response.status_code
    return next((code for code in codes if isinstance(code, int) and code in ERRORS), refused)


def said(response: httpx.Response) -> str:
    """An answer in a few words, for an error message."""
    return f"{response.status_code} {response.text[:200]}".strip()


def json_of(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
