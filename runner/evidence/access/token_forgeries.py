"""Attacks with tokens that nobody gave out, or that were given out for something else."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from runner.evidence.access.issued_tokens import on_issued
from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.access.token_attack import EXPIRY, PURPOSE, RUBBISH, SIGNATURE, SUCCESS, Attack
from runner.http import tokens
from runner.http.openapi import Operation, properties_of
from runner.said import say
from runner.vocabulary.secrets import is_password

COMMON_KEYS = ("secret", "changeme", "your-secret-key", "supersecret", "secret-key", "secret_key", "dev")


class Forgeries:
    """Tries them at one protected operation. `missing` and `problems` say what could not be tried, by kind, and why."""

    def __init__(self, protected: ProtectedOperation, keys: Iterable[str]) -> None:
        self.protected, self.here = protected, protected.here
        self.key = tokens.key_of(protected.token, keys)
        issued = self.here.people.issued if self.here.people.by_issuer else None
        self.issuer = issued.issuer if issued else None
        self.missing: list[tuple[str, str]] = []
        self.problems: list[tuple[str, str]] = []

    def attacks(self) -> Iterator[Attack]:
        if not self.protected.token:
            for kind in (SIGNATURE, RUBBISH):
                self.problems.append(
                    (kind, say("neither a header nor a cookie of the caller's alone decides who gets in"))
                )
        elif tokens.parts_of(self.protected.token) is None:
            yield from self._made_up()
        else:
            yield from self._keyless()
            yield from on_issued(self.protected, self.issuer) if self.issuer else ()
            yield from self._with_the_key(self._sign())
        if self.protected.token:
            for one, attack in self.protected.bearing(RUBBISH, tokens.rubbish):
                yield replace(attack, curl=attack.curl.replace("$TOKEN", one.token[:400]))
        yield from self._purposes()

    def _made_up(self) -> Iterator[Attack]:
        other = self.here.fresh(self.protected.role)
        others = [str(name) for name in (other.email, other.user_id) if name is not None]

        def make(token: str) -> list[tokens.Forged]:
            caller = self.protected.caller
            return tokens.made_up(token, [caller.email, str(caller.user_id or "")], others)

        yield from (attack for _, attack in self.protected.bearing(SIGNATURE, make))

    def _keyless(self) -> Iterator[Attack]:
        other = self.here.fresh(self.protected.role).user_id
        made = self.protected.bearing(SIGNATURE, lambda token: tokens.keyless(token, other, COMMON_KEYS))
        yield from (attack for _, attack in made)

    @property
    def key_known(self) -> bool:
        return self._sign() is not None

    def _sign(self) -> tokens.Sign | None:
        """As who gives the tokens out signs them: with the service's own key, or as the run's issuer."""
        if (issuer := self.issuer) is not None:
            return lambda header, claims: issuer.token(claims, header)
        return tokens.signing(self.key) if self.key is not None else None

    def _with_the_key(self, key: tokens.Sign | None) -> Iterator[Attack]:
        """Only where a token that we sign ourselves is taken do refusals of others mean something."""
        header, claims = tokens.parts_of(self.protected.token) or ({}, {})
        ours = self.protected.carrier.headers(self.protected.caller, key(header, claims)) if key else {}
        if not key or self.protected.status(ours) not in SUCCESS:
            self.problems.append(
                (EXPIRY, say("the signing key is not known: give it as {secret} in gonogo.toml, [env]"))
            )
            return
        now = int(time.time())
        if self.issuer is not None:  # which always says when a token ends, and knows no purposes of the service's
            made = self.protected.bearing(EXPIRY, lambda token: tokens.expired(token, key, now)[:1])
            yield from (attack for _, attack in made)
            return
        yield from self._signed_like_its_own(EXPIRY, lambda token: tokens.expired(token, key, now))
        yield from self._signed_like_its_own(PURPOSE, lambda token: tokens.repurposed(token, key))

    def _signed_like_its_own(self, kind: str, make: Callable[[str], list[tokens.Forged]]) -> Iterator[Attack]:
        """With the service's key, which the command to try it again leaves to its reader."""
        for one, attack in self.protected.bearing(kind, make):
            header, claims = tokens.parts_of(one.token) or ({}, {})
            made = f"import jwt; print(jwt.encode({claims!r}, '$SECRET', '{header.get('alg', 'HS256')}'))"
            yield replace(attack, curl=f'TOKEN=$(python -c "{made}"); {attack.curl}')

    def _purposes(self) -> Iterator[Attack]:
        for operation in self.here.requests.operations:
            token = self.reset_field(operation)
            if token and self.protected.token:
                yield self._as_reset_link(operation, token)
        caller = self.here.fresh(self.protected.role)
        if not caller.refresh_token:
            self.missing.append((PURPOSE, say("signing in gives no refresh token")))
            return
        headers = self.protected.carrier.headers(caller, caller.refresh_token)
        yield self.protected.shown(PURPOSE, "a refresh token as access token", headers, told=self.protected.lets_in())
        if self.protected.refresh is None:
            self.problems.append((PURPOSE, say("no operation was found that takes the refresh token")))
        elif self.protected.token:
            yield self.protected.renewed(PURPOSE, "an access token as refresh token", self.protected.token)

    def reset_field(self, operation: Operation) -> str:
        """The field for the token from an e-mail, of an operation that sets a password anew; else nothing."""
        names = properties_of(self.here.requests.document, operation.body)
        takes = any(map(is_password, names))
        if operation.is_protected or operation.placeholders or not takes:
            return ""
        return next((name for name in names if "token" in name.lower()), "")

    def _as_reset_link(self, operation: Operation, field: str) -> Attack:
        """The caller's access token where one from an e-mail belongs. Told by what comes of it: the old password."""
        caller = self.here.fresh(self.protected.role)
        token = self.protected.carrier.token(caller)
        request = self.here.requests.example(operation).with_field(field, token)
        status = request.send(self.here.client).status_code
        still = self.here.people.try_password(caller.email, caller.password).status_code in SUCCESS
        return Attack(
            kind=PURPOSE,
            what="an access token as password reset token",
            endpoint=operation.endpoint,
            status=status,
            curl=request.with_field(field, "$TOKEN").curl(),
            told=still,
        )
