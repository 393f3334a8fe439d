"""Callers whose tokens another server gives out: the run's own issuer stands in for it.

What a token has to say is found by asking: for whom it is, who gave it out, which roles it names. An account is signed
in where an operation that refuses a stranger answers 2xx to it.
"""

import itertools
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from runner.errors import ProbeError
from runner.http.identities import ADMINISTRATOR, PLAIN, Identity, said
from runner.live.issuer import Issuer
from runner.said import say, together
from runner.vocabulary.issuers import is_audience, names_issuer

LIFETIME = 3600  # seconds
SUCCESS = range(200, 300)
UNKNOWN_CALLER = 401
ELSEWHERE = say("another server signs people in: this service takes its tokens, and sees no password")
MOST_TRIES = 24  # tokens that are tried for one account
ORDINARY = ("user", "member", "reader", "viewer")
MIGHTY = ("admin", "administrator", "superadmin", "superuser", "owner", "manager", "editor")
# What guarded reads answer to these headers, one after the other.
Ask = Callable[[Mapping[str, str]], Iterator[httpx.Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a token says beside who it is for."""

    issuer: str
    audience: str | tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Issued:
    """Makes callers. `told`: the variables that the service was given, and the defaults of its code."""

    issuer: Issuer
    told: Mapping[str, str]
    roles: Callable[[], Sequence[str]]  # that the code names, the mightiest first
    permissions: Callable[[], Sequence[str]]
    settled: dict[str, Form] = field(default_factory=dict)  # role → the form that let somebody of it in

    def one(self, role: str, email: str, ask: Ask) -> Identity:
        """A new account of this role with a token that lets it in. Raises `ProbeError` where none does."""
        subject, answered = str(uuid.uuid4()), ""
        for form in self._forms(role, ask, subject, email):
            found = self._identity(role, form, subject, email)
            for response in ask(found.headers):
                if response.status_code in SUCCESS:
                    self.settled[role] = form
                    return found
                path = response.request.url.path
                answered = say("{path} answers {said}", path=path, said=said(response))
        asked = together(dict.fromkeys(url.partition("://")[2].partition("/")[2] for url in self.issuer.asked))
        seen = say("it was asked for /{asked}", asked=asked) if asked else say("nothing was asked of it")
        raise ProbeError(
            say(
                "another server signs people in, and no token of the one that stands in for it lets anybody in: "
                "{answered}; {seen}. Which variable leads to it? Add it to gonogo.toml: [env] ISSUER_URL = "
                '"{{issuer_url}}", with the service\'s own name for it, and any path that it has behind that',
                answered=answered or say("nothing was asked for"),
                seen=seen,
            )
        )

    def claims(self, form: Form, subject: str, email: str) -> dict[str, Any]:
        """As the well-known providers write them, all at once."""
        now, name = int(time.time()), email.partition("@")[0]
        audience = form.audience if isinstance(form.audience, str) else [*form.audience]
        client = next(iter(self._audiences()), "gonogo")
        permitted = [*self.permissions()] if set(form.roles) & set(MIGHTY) else []
        return {
            "iss": form.issuer,
            "sub": subject,
            **({"aud": audience} if audience else {}),
            "azp": client,
            "client_id": client,
            "iat": now,
            "nbf": now,
            "auth_time": now,
            "exp": now + LIFETIME,
            "jti": secrets.token_hex(16),
            "sid": secrets.token_hex(16),
            "typ": "Bearer",
            "token_use": "access",
            "scope": " ".join(["openid", "email", "profile", *permitted]),
            "email": email,
            "email_verified": True,
            "preferred_username": name,
            "username": name,
            "name": name,
            "given_name": name,
            "family_name": "Gonogo",
            "roles": [*form.roles],
            "groups": [*form.roles],
            "cognito:groups": [*form.roles],
            "cognito:username": name,
            "user_id": subject,
            "permissions": permitted,
            "realm_access": {"roles": [*form.roles]},
            "resource_access": {client: {"roles": [*form.roles]}},
        }

    def _identity(self, role: str, form: Form, subject: str, email: str) -> Identity:
        token = self.issuer.token(self.claims(form, subject, email))
        return Identity(
            role=role, email=email, headers={"Authorization": f"Bearer {token}"}, access_token=token, user_id=subject
        )

    def _forms(self, role: str, ask: Ask, subject: str, email: str) -> Iterator[Form]:
        """What let somebody in before; else each issuer until the token is taken, then each set of roles."""
        if known := self.settled.get(role) or next(iter(self.settled.values()), None):
            yield from (Form(issuer=known.issuer, audience=known.audience, roles=one) for one in self._roles_of(role))
            return
        taken = next(itertools.islice(self._taken(ask, subject, email), 1), None)
        if taken is not None:
            yield from (Form(issuer=taken.issuer, audience=taken.audience, roles=one) for one in self._roles_of(role))

    def _taken(self, ask: Ask, subject: str, email: str) -> Iterator[Form]:
        """Forms whose token is not answered with 401. The first try shows for which addresses the issuer is asked."""
        tried: set[Form] = set()
        for _ in range(MOST_TRIES):
            form = next((one for one in self._open_forms() if one not in tried), None)
            if form is None:
                break
            tried.add(form)
            token = self._identity(PLAIN, form, subject, email)
            answers = (response.status_code for response in itertools.islice(ask(token.headers), 1))
            if any(status != UNKNOWN_CALLER for status in answers):
                yield form
        yield from itertools.islice(tried, 1)  # so that there is an answer to tell

    def _open_forms(self) -> Iterator[Form]:
        every = self._audiences()
        audiences: list[str | tuple[str, ...]] = [tuple(every), *every, ""] if every else [""]
        named = [value for name, value in self.told.items() if names_issuer(name) and value]
        names = list(dict.fromkeys([*named, *self.issuer.names()]))
        for audience, issuer in itertools.product(audiences, names):
            yield Form(issuer=issuer, audience=audience, roles=())

    def _audiences(self) -> list[str]:
        values = [value for name, value in self.told.items() if is_audience(name) and value]
        return list(dict.fromkeys([*values, *(["account"] if values else [])]))

    def _roles_of(self, role: str) -> list[tuple[str, ...]]:
        """Sets of roles for a token, to be tried in this order."""
        known = [*self.roles()]
        if role == ADMINISTRATOR:
            return [tuple(dict.fromkeys([*known, *MIGHTY, *ORDINARY]))]
        if role != PLAIN:
            return [(role,)]
        least = [one for one in known[::-1] if one.lower() not in MIGHTY]
        return [(), tuple(one for one in known if one.lower() in ORDINARY) or ORDINARY, *((one,) for one in least[:3])]


class SignedInElsewhere(ProbeError):
    """A password or a new account was wanted of a service that sees no passwords and makes no accounts."""

    def __init__(self) -> None:
        super().__init__(ELSEWHERE)
