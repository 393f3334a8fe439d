"""How long, and for what, is a token good? Attacks on the running service with real tokens and with forged ones."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from runner.evidence.access.claimed_callers import ClaimedCallers
from runner.evidence.access.ended_sessions import EndedSessions
from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.access.reset_links import ResetLinks
from runner.evidence.access.token_attack import Attack
from runner.evidence.access.token_end import End, end_of
from runner.evidence.access.token_forgeries import Forgeries
from runner.evidence.accounts.visit import visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.code.asked_headers import AskedHeaders
from runner.evidence.contract.contract import Contract
from runner.http import tokens
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.said import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Evidence):
    """What the service takes for a token."""

    endpoint: str  # the protected operation that tokens were shown to
    operations: int = 0  # of the contract, in which ways to end a session were looked for
    is_jwt: bool
    algorithm: str = ""
    key_known: bool = False  # the key came from gonogo's own settings, so that tokens could be forged with it
    claims: tuple[str, ...] = ()
    lifetime: int | None = None  # seconds from `iat`, else from now, to `exp`; not known of another server's tokens
    renewable: int | None = (
        None  # seconds, the same of the refresh token that came with it; None: none, or it is opaque
    )
    end: End | None = None  # where the store ends a token without `exp`
    attacks: tuple[Attack, ...] = ()
    endings: tuple[str, ...] = ()  # operations that end a session, as the contract has them
    ended: tuple[str, ...] = ()  # those by which sessions were ended here
    missing: tuple[tuple[str, str], ...] = ()  # (kind, why it could not be tried): no fault
    problems: tuple[tuple[str, str], ...] = ()  # (kind, why we do not know)

    def of(self, *kinds: str) -> tuple[Attack, ...]:
        return tuple(attack for attack in self.attacks if attack.kind in kinds)

    @classmethod
    def collect(
        cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None, headers: Looked[AskedHeaders]
    ) -> Self:
        with visit(probe, contract, agreed) as here:
            protected = ProtectedOperation(here)
            forgeries = Forgeries(protected, keys=[probe.target.secret, *probe.environment.of().values()])
            sessions = EndedSessions(protected)
            links = ResetLinks(protected, lambda: probe.workshop.postbox().texts_since(0))
            claimed = ClaimedCallers(protected, headers.evidence.asked if headers.evidence else ())
            attacks = (*forgeries.attacks(), *claimed.attacks(), *sessions.attacks(), *links.attacks())
            probe.note(
                say(
                    "{attacks} attacks with tokens on {endpoint}",
                    attacks=len(attacks),
                    endpoint=protected.operation.endpoint,
                )
            )
            header, claims = tokens.parts_of(protected.token) or ({}, {})
            return cls(
                endpoint=protected.operation.endpoint,
                operations=len(here.requests.operations),
                is_jwt=bool(header),
                algorithm=str(header.get("alg", "")),
                key_known=forgeries.key_known,
                claims=tuple(sorted(claims)),
                lifetime=None if here.people.by_issuer else lifetime_of(claims, int(time.time())),
                renewable=None if here.people.by_issuer else renewable_for(protected.caller.refresh_token),
                end=None if "exp" in claims or here.people.by_issuer else end_of(probe, protected),
                attacks=attacks,
                endings=tuple(sorted(sessions.endings())),
                ended=tuple(sorted(sessions.tried | links.tried)),
                missing=(*forgeries.missing, *sessions.missing, *links.missing),
                problems=(*forgeries.problems, *sessions.problems, *links.problems),
            )


def renewable_for(refresh_token: str) -> int | None:
    _, claims = tokens.parts_of(refresh_token) or ({}, {})
    return lifetime_of(claims, int(time.time()))


def lifetime_of(claims: Mapping[str, Any], now: int) -> int | None:
    """Seconds for which the claims say that a token is good; None where they do not."""
    exp, iat = claims.get("exp"), claims.get("iat", now)
    return int(exp - iat) if isinstance(exp, int | float) and isinstance(iat, int | float) else None
