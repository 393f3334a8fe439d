"""Forging JSON Web Tokens: what an attacker makes of a real one, with and without the key."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jwt

from runner.said import say

Sign = Callable[[Mapping[str, Any], Mapping[str, Any]], str]  # a token of a header and claims
HMACS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """A token that no service may take, and how it was made."""

    what: str
    token: str


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and claims, unverified; None where it is no JSON Web Token."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
    return header, claims


def encoded(header: Mapping[str, Any], claims: Mapping[str, Any], key: str | None) -> str:
    """A token of any claims, however wrong. Without a key its signature is empty."""
    head, body = _part(header), _part(claims)
    if key is None:
        return f"{head}.{body}."
    digest = HMACS.get(str(header.get("alg")), hashlib.sha256)
    signature = hmac.new(key.encode(), f"{head}.{body}".encode(), digest).digest()
    return f"{head}.{body}.{_base64(signature)}"


def key_of(token: str, candidates: Iterable[str]) -> str | None:
    """Which of these keys signed a token."""
    found = parts_of(token)
    if found is None or found[0].get("alg") not in HMACS:
        return None
    head = token.rpartition(".")[0]
    for key in candidates:
        signature = hmac.new(key.encode(), head.encode(), HMACS[found[0]["alg"]]).digest()
        if key and hmac.compare_digest(_base64(signature), token.rpartition(".")[2]):
            return key
    return None


def keyless(token: str, other_user: Any, keys: Iterable[str]) -> list[Forged]:
    """What anybody can make of a token without its key: unsigned, signed with another key, edited."""
    found = parts_of(token)
    if found is None:
        return []
    header, claims = found
    edited = {**claims, "sub": str(other_user)} if other_user is not None else {**claims, "role": "admin"}
    signature = token.rpartition(".")[2]
    unsigned = [
        Forged(what=say("unsigned, with alg {alg}", alg=repr(alg)), token=encoded({**header, "alg": alg}, claims, None))
        for alg in ("none", "None", "NONE")
    ]
    return [
        *unsigned,
        Forged(what="its signature cut off", token=f"{token.rpartition('.')[0]}."),
        Forged(what="claims edited, old signature", token=f"{encoded(header, edited, None)}{signature}"),
        *(
            Forged(what=name, token=encoded({**header, "alg": "HS256"}, claims, key))
            for name, key in [
                (say("signed with another key"), "x" * 48),
                (say("signed with an empty key"), ""),
                *((say("signed with the key {key}", key=repr(k)), k) for k in keys),
            ]
        ),
    ]


def made_up(token: str, own: Iterable[str], others: Iterable[str]) -> list[Forged]:
    """What anybody can make of a token that is no JSON Web Token: edited, guessed, or naming somebody else."""
    if not token:
        return []
    middle = len(token) // 2
    edited = {
        say("another first letter"): _other(token[0]) + token[1:],
        say("another letter in the middle"): token[:middle] + _other(token[middle]) + token[middle + 1 :],
        say("half of it"): token[:middle],
    }
    for name in dict.fromkeys(filter(None, others)):
        edited |= {
            say("another user's name for a token"): name,
            say("another user's name, encoded"): _base64(name.encode()),
        }
        edited |= {
            say("another user's name written in, {how}", how=how): text for how, text in _renamed(token, own, name)
        }
    return [Forged(what=what, token=text) for what, text in edited.items() if text != token]


def _renamed(token: str, own: Iterable[str], name: str) -> Iterable[tuple[str, str]]:
    """The token with its user's name replaced, where the name can be read in it: plainly, as hex or as base64."""
    for how, (read, write) in CODES.items():
        with suppress(ValueError):
            text = read(token)
            for mine in sorted(filter(None, own), key=len, reverse=True):
                if len(mine) > 1 and mine in text:
                    yield how, write(text.replace(mine, name))
                    break


def _other(letter: str) -> str:
    return "b" if letter == "a" else "a"


def signing(key: str | Sign) -> Sign:
    """What signs with this key."""
    return key if callable(key) else lambda header, claims: encoded(header, claims, key)


def expired(token: str, key: str | Sign, now: int) -> list[Forged]:
    """With the right key: a token of yesterday, and one that never ends."""
    header, claims = parts_of(token) or ({}, {})
    sign = signing(key)
    past = {name: now - age for name, age in (("iat", 90_000), ("nbf", 90_000)) if name in claims}
    endless = {name: value for name, value in claims.items() if name != "exp"}
    return [
        Forged(what="expired an hour ago", token=sign(header, {**claims, **past, "exp": now - 3600})),
        Forged(what="without `exp`", token=sign(header, endless)),
    ]


PURPOSES = ("purpose", "type", "token_type", "typ", "use", "token_use", "kind", "scope")


def repurposed(token: str, key: str | Sign) -> list[Forged]:
    """With the right key: a token whose claim of purpose says something else."""
    header, claims = parts_of(token) or ({}, {})
    named = [name for name in PURPOSES if isinstance(claims.get(name), str) and claims[name]]
    return [
        Forged(
            what=say("{claim} is `password_reset`", claim=name),
            token=signing(key)(header, {**claims, name: "password_reset"}),
        )
        for name in named[:1]
    ]


def rubbish(token: str) -> list[Forged]:
    """What anybody may send instead of a token, and what looks like one but is none."""
    header, claims = parts_of(token) or ({"alg": "HS256", "typ": "JWT"}, {"sub": "1"})
    made = {
        say("one letter"): "x",
        say("three letters with dots"): "a.b.c",
        say("8,000 letters"): "A" * 8000,
        say("a header that is no JSON"): f"{_base64(b'{')}.{_part(claims)}.x",
        say("a header without alg"): encoded({"typ": "JWT"}, claims, "x" * 48),
        say("claims that are a list"): f"{_part(header)}.{_base64(b'[1]')}.x",
    }
    return [Forged(what=what, token=text) for what, text in made.items()]


def _part(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _unbase64(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


# How a text may stand in a token: what reads it out, and what writes it back.
CODES: Mapping[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "plainly": (str, str),
    say("as hex"): (lambda text: bytes.fromhex(text).decode(), lambda text: text.encode().hex()),
    "as base64": (_unbase64, lambda text: _base64(text.encode())),
}
