"""Attacks with tokens where another server gives them out: signed beside its key, or meant for another service."""

from collections.abc import Iterator

from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.access.token_attack import PURPOSE, SIGNATURE, Attack
from runner.http import tokens
from runner.http.tokens import Forged
from runner.live.issuer import Issuer
from runner.said import say

STRANGER = "another-service"


def on_issued(protected: ProtectedOperation, issuer: Issuer) -> Iterator[Attack]:
    """Each stands between two tokens that are let in."""
    for kind, make in ((SIGNATURE, _beside_the_key), (PURPOSE, _for_another)):
        yield from (attack for _, attack in protected.bearing(kind, lambda token, make=make: make(token, issuer)))  # type: ignore[misc]


def _beside_the_key(token: str, issuer: Issuer) -> list[Forged]:
    """What anybody can make who reads the keys that the issuer shows."""
    header, claims = tokens.parts_of(token) or ({}, {})
    confused = tokens.encoded({**header, "alg": "HS256"}, claims, issuer.public_key)
    return [
        Forged(what=say("signed with another key under the name of the issuer's"), token=issuer.forged(claims)),
        Forged(what=say("signed with the issuer's public key as a secret, with alg 'HS256'"), token=confused),
    ]


def _for_another(token: str, issuer: Issuer) -> list[Forged]:
    """As whoever runs another service gets it from its own users: good, and not meant for this one."""
    _, claims = tokens.parts_of(token) or ({}, {})
    meant = {**claims, "aud": STRANGER, "azp": STRANGER, "client_id": STRANGER}
    what = say("a token that the issuer gave out for another service (`aud`)")
    return [Forged(what=what, token=issuer.token(meant))]
