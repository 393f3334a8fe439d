"""How long, and for what, is a token good? Attacks on the running service with real tokens and with forged ones."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import httpx

from runner.errors import ProbeError
from runner.evidence.scene import uses_redis
from runner.evidence.visit import Visit, on_person, visit
from runner.live import tokens
from runner.live.identities import ME_WORDS, Identity, identity_of
from runner.live.objects import is_person
from runner.live.openapi import Operation, opened, properties_of
from runner.live.redis import key_with, seconds_left, tell
from runner.live.requests import Request
from runner.model import Evidence
from runner.probe import TargetProbe

SIGNATURE, EXPIRY, PURPOSE, REVOKED, REUSE, RUBBISH = "signature", "expiry", "purpose", "revoked", "reuse", "rubbish"
COMMON_KEYS = ("secret", "changeme", "your-secret-key", "supersecret", "secret-key", "secret_key", "dev")
LOGOUT_WORDS = ("logout", "signout", "sign-out", "sign_out", "log-out", "revoke")
REFRESH_WORDS = ("refresh", "renew", "refresh-token", "refresh_token")
SWITCHES = {"active": False, "is_active": False, "enabled": False, "disabled": True, "is_disabled": True}
SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One thing that must not work, and what the service answered."""

    kind: str
    what: str
    endpoint: str
    status: int
    curl: str = ""

    @property
    def worked(self) -> bool:
        return self.status in SUCCESS

    @property
    def crashed(self) -> bool:
        return self.status >= 500  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Evidence):
    """What the service takes for a token."""

    endpoint: str  # the protected operation that tokens were shown to
    is_jwt: bool
    algorithm: str = ""
    key_known: bool = False  # the key came from gonogo's own settings, so that tokens could be forged with it
    claims: tuple[str, ...] = ()
    lifetime: int | None = None  # seconds from `iat` to `exp`
    kept: int | None = None  # seconds for which Redis still keeps the token, where the service looks it up there
    attacks: tuple[Attack, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()  # (kind, why it could not be tried): no fault
    troubles: tuple[tuple[str, str], ...] = ()  # (kind, why we do not know)

    def of(self, *kinds: str) -> tuple[Attack, ...]:
        return tuple(attack for attack in self.attacks if attack.kind in kinds)

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        with visit(probe) as here:
            siege = Siege(here, keys=[probe.target.secret, *probe.environment().values()])
            attacks = tuple(siege.attacks())
            probe.note(f"{len(attacks)} attacks with tokens on {siege.door.endpoint}")
            header, claims = tokens.parts_of(siege.caller.access_token) or ({}, {})
            exp, iat = claims.get("exp"), claims.get("iat")
            return cls(
                endpoint=siege.door.endpoint,
                is_jwt=bool(header),
                algorithm=str(header.get("alg", "")),
                key_known=siege.key is not None,
                claims=tuple(sorted(claims)),
                lifetime=int(exp - iat) if isinstance(exp, int) and isinstance(iat, int) else None,
                kept=None if "exp" in claims else _kept(probe, siege),
                attacks=attacks,
                missing=tuple(siege.missing),
                troubles=tuple(siege.troubles),
            )


def can_be_on_herself(operation: Operation) -> bool:
    """Nothing in its path but, at most, the caller: `PUT /me/password`, `POST /users/{user_id}/password`."""
    return not operation.placeholders or (len(operation.placeholders) == 1 and on_person(operation))


def _kept(probe: TargetProbe, siege: "Siege") -> int | None:
    """A service that takes only tokens that Redis knows ends them there: without its key the token is refused."""
    token = siege.caller.access_token
    redis = probe.redis() if token and uses_redis(probe) else None
    found = key_with(redis, token) if redis else None
    left = seconds_left(redis, *found) if redis and found else None
    if redis is None or found is None or left is None:
        return None
    tell(redis, f"SELECT {found[0]}\r\nDEL {found[1]}")
    answer = siege.here.requests.example(siege.door).send(siege.here.client, siege.caller.headers)
    return left if answer.status_code in {401, 403} else None


class Siege:
    """Tries everything on one protected operation that lets its caller in."""

    def __init__(self, here: Visit, keys: Iterable[str]) -> None:
        self.here = here
        self.role = here.roles[0]
        self.caller = here.caller(self.role)
        self.door = self._door()
        self.key = tokens.key_of(self.caller.access_token, keys)
        self.refresh = self._named(REFRESH_WORDS)
        self.logout = self._named(LOGOUT_WORDS)
        self.missing: list[tuple[str, str]] = []
        self.troubles: list[tuple[str, str]] = []

    def attacks(self) -> Iterator[Attack]:
        yield from self._forgeries()
        yield from self._purposes()
        yield from self._after_logout()
        yield from self._after_password_change()
        yield from self._after_disablement()
        yield from self._refreshed_twice()

    def _door(self) -> Operation:
        """A protected GET that lets this caller in: what shows whether a token is taken."""
        gets = [op for op in self.here.requests.operations if op.method == "GET" and op.secured and not op.placeholders]
        me = self.here.people.me
        for operation in ([me] if me and me.secured else []) + gets:
            if self._knock(operation, self.caller.headers) in SUCCESS:
                return operation
        raise ProbeError(f"no protected GET without an id lets a {self.role} in: nothing to try tokens on")

    def _knock(self, operation: Operation, headers: Any) -> int:
        return self.here.requests.example(operation).send(self.here.client, headers).status_code

    def _named(self, words: Iterable[str]) -> Operation | None:
        posts = [op for op in self.here.requests.operations if op.method in {"POST", "DELETE"} and not op.placeholders]
        return next((op for op in posts if op.last.lower() in words), None)

    def _shown(self, kind: str, what: str, headers: Any) -> Attack:
        request = self.here.requests.example(self.door)
        status = request.send(self.here.client, headers).status_code
        curl = request.curl(signed_in=True)
        return Attack(kind=kind, what=what, endpoint=self.door.endpoint, status=status, curl=curl)

    def _forgeries(self) -> Iterator[Attack]:
        token = self.caller.access_token
        if tokens.parts_of(token) is None:
            for kind in (SIGNATURE, EXPIRY):
                self.missing.append((kind, "access tokens are not JSON Web Tokens"))
        else:
            yield from self._bearing(SIGNATURE, tokens.keyless(token, self._somebody_else(), COMMON_KEYS))
            yield from self._with_the_key(token)
        if token:
            for one, attack in zip(tokens.rubbish(token), self._bearing(RUBBISH, tokens.rubbish(token)), strict=True):
                yield replace(attack, curl=attack.curl.replace("$TOKEN", one.token[:400]))

    def _with_the_key(self, token: str) -> Iterator[Attack]:
        """Only where a token that we sign ourselves is taken do refusals of others mean something."""
        header, claims = tokens.parts_of(token) or ({}, {})
        ours = self.caller.bearing(tokens.encoded(header, claims, self.key)) if self.key else {}
        if not self.key or self._knock(self.door, ours) not in SUCCESS:
            self.troubles.append((EXPIRY, "the signing key is not known: give it as {secret} in gonogo.toml, [env]"))
            return
        yield from self._signed_like_its_own(EXPIRY, tokens.expired(token, self.key, int(time.time())))
        yield from self._signed_like_its_own(PURPOSE, tokens.repurposed(token, self.key))

    def _bearing(self, kind: str, forged: Iterable[tokens.Forged]) -> Iterator[Attack]:
        for one in forged:
            yield self._shown(kind, one.what, self.caller.bearing(one.token))

    def _signed_like_its_own(self, kind: str, forged: Iterable[tokens.Forged]) -> Iterator[Attack]:
        """With the service's key, which the command to try it again leaves to its reader."""
        for one, attack in zip(forged, self._bearing(kind, forged), strict=True):
            header, claims = tokens.parts_of(one.token) or ({}, {})
            made = f"import jwt; print(jwt.encode({claims!r}, '$SECRET', '{header.get('alg', 'HS256')}'))"
            yield replace(attack, curl=f'TOKEN=$(python -c "{made}"); {attack.curl}')

    def _somebody_else(self) -> Any:
        return self.here.fresh(self.role).user_id

    def _purposes(self) -> Iterator[Attack]:
        yield from self._as_reset_link()
        if not self.caller.refresh_token:
            self.missing.append((PURPOSE, "signing in gives no refresh token"))
            return
        bearing = self.caller.bearing(self.caller.refresh_token)
        yield self._shown(PURPOSE, "a refresh token as access token", bearing)
        if self.refresh is not None and self.caller.access_token:
            yield self._renewed(PURPOSE, "an access token as refresh token", self.caller.access_token)

    def _as_reset_link(self) -> Iterator[Attack]:
        """The caller's access token where a password is set anew by a token from an e-mail."""
        for operation in self.here.requests.operations:
            names = properties_of(self.here.requests.document, operation.body)
            token = next((name for name in names if "token" in name.lower()), None)
            if operation.secured or operation.placeholders or not token or not self.caller.access_token:
                continue
            if any("password" in name.lower() for name in names):
                request = self.here.requests.example(operation).with_field(token, self.caller.access_token)
                status = request.send(self.here.client).status_code
                what, shown = "an access token as password reset token", request.with_field(token, "$TOKEN").curl()
                yield Attack(kind=PURPOSE, what=what, endpoint=operation.endpoint, status=status, curl=shown)

    def _renewed(self, kind: str, what: str, token: str) -> Attack:
        request, answer = self._renew(token)
        return Attack(kind=kind, what=what, endpoint=request.endpoint, status=answer.status_code, curl=request.curl())

    def _renew(self, token: str) -> tuple[Request, httpx.Response]:
        """Ask for new tokens, with the refresh token wherever the operation wants it."""
        assert self.refresh is not None
        request = self.here.requests.example(self.refresh)
        fields = properties_of(self.here.requests.document, self.refresh.body)
        name = next((n for n in fields if "token" in n.lower() or "refresh" in n.lower()), None)
        headers = {} if name else self.caller.bearing(token)
        request = request.with_field(name, token) if name else request
        return request, request.send(self.here.client, headers)

    def _after_logout(self) -> Iterator[Attack]:
        if self.logout is None:
            self.missing.append((REVOKED, "no operation signs out"))
            return
        caller = self.here.fresh(self.role)
        request = self.here.requests.example(self.logout)
        if "refresh_token" in request.fields:
            request = request.with_field("refresh_token", caller.refresh_token)
        answer = request.send(self.here.client, caller.headers)
        yield from self._dead("after signing out", caller, request, answer)

    def _after_password_change(self) -> Iterator[Attack]:
        caller = self.here.fresh(self.role)
        request = self._password_change(caller)
        if request is None:
            self.missing.append((REVOKED, "no operation changes the password"))
            return
        answer = request.send(self.here.client, caller.headers)
        yield from self._dead("after the password was changed", caller, request, answer)
        if answer.status_code in SUCCESS:
            again = self.here.people.login_request(caller.email, caller.password)
            status = again.send(self.here.client).status_code
            what = "the old password after it was changed"
            yield Attack(kind=REVOKED, what=what, endpoint=again.endpoint, status=status, curl=again.curl())

    def _password_change(self, caller: Identity) -> Request | None:
        """A new password for the caller, where the old one is asked for; else where her sign-in is enough."""
        found = [made for op in self.here.requests.operations if (made := self._changed(op, caller))]
        return next((request for _, request in sorted(found, key=lambda one: not one[0])), None)

    def _changed(self, operation: Operation, caller: Identity) -> tuple[bool, Request] | None:
        """(the old password is asked for, the request) where an operation changes the caller's own password."""
        fields = properties_of(self.here.requests.document, operation.body)
        names = [name for name in fields if "password" in name.lower()]
        old = next((n for n in names if any(word in n.lower() for word in ("current", "old"))), None)
        new = [n for n in names if n != old]
        own = "password" in operation.path.lower() or operation.last.lower() in ME_WORDS
        if not (operation.secured and operation.changes and new and (old or own) and can_be_on_herself(operation)):
            return None
        request = self.here.requests.example(operation, {one: caller.value_of(one) for one in operation.placeholders})
        needed = {*names, *opened(self.here.requests.document, operation.body).get("required", [])}
        request = request.with_fields({n: v for n, v in request.fields.items() if old or n in needed})
        fresh = self.here.requests.examples.password()
        for name in new:
            request = request.with_field(name, fresh)
        return bool(old), request.with_field(old, caller.password) if old else request

    def _after_disablement(self) -> Iterator[Attack]:
        found = self._disabling()
        if found is None:
            self.missing.append((REVOKED, "no operation disables an account"))
            return
        operation, field = found
        caller, power = self.here.fresh(self.role), self.here.caller(self.here.roles[-1])
        request = self.here.requests.example(
            operation, {operation.placeholders[0]: caller.value_of(operation.placeholders[0])}
        )
        if field is not None:
            request = request.with_field(field, SWITCHES[field])
            needed = opened(self.here.requests.document, operation.body).get("required", [])
            request = request.with_fields({n: v for n, v in request.fields.items() if n == field or n in needed})
        answer = request.send(self.here.client, power.headers)
        yield from self._dead("after the account was disabled", caller, request, answer)

    def _disabling(self) -> tuple[Operation, str | None] | None:
        """The operation that switches a user off, by a field; else the one that deletes her."""
        deleting = None
        for operation in self.here.requests.operations:
            names = operation.placeholders
            if (
                len(names) != 1
                or not operation.path.rstrip("/").endswith("}")
                or not is_person(operation.last, names[0])
            ):
                continue
            fields = properties_of(self.here.requests.document, operation.body)
            switch = next((name for name in SWITCHES if name in fields), None)
            if operation.method in {"PATCH", "PUT"} and switch:
                return operation, switch
            deleting = (operation, None) if operation.method == "DELETE" else deleting
        return deleting

    def _dead(self, when: str, caller: Identity, request: Request, answer: httpx.Response) -> Iterator[Attack]:
        """The tokens of a session that has ended. Trouble where ending it did not work."""
        if answer.status_code not in SUCCESS:
            seen = f"{request.endpoint} answered {answer.status_code} {answer.text[:120]}"
            self.troubles.append((REVOKED, f"tokens {when} were not tried: {seen}"))
            return
        shown = self._shown(REVOKED, f"an access token {when}", caller.headers)
        yield replace(shown, curl=f"{request.curl(signed_in=True)}; {shown.curl}  # with the same $TOKEN")
        if caller.refresh_token and self.refresh is not None:
            yield self._renewed(REVOKED, f"a refresh token {when}", caller.refresh_token)

    def _refreshed_twice(self) -> Iterator[Attack]:
        caller = self.here.fresh(self.role)
        if self.refresh is None or not caller.refresh_token:
            self.missing.append((REUSE, "no operation renews tokens"))
            return
        request, answer = self._renew(caller.refresh_token)
        if answer.status_code not in SUCCESS:
            seen = f"{request.endpoint} answered {answer.status_code} {answer.text[:120]}"
            self.troubles.append((REUSE, f"a good refresh token was refused: {seen}"))
            return
        answered = identity_of(self.role, "", "", answer)
        self.here.people.keep_secret(answered)
        renewed = answered.refresh_token
        if renewed in {"", caller.refresh_token}:
            self.missing.append((REUSE, "refresh tokens are not replaced when they are used"))
            return
        yield self._renewed(REUSE, "a refresh token used a second time", caller.refresh_token)
