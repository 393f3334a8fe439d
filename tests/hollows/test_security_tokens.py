"""Tokens: refusals that say nothing, and ends that nobody saw."""

from dataclasses import replace

import pytest

from runner.evidence.access.token_attack import EXPIRY, PURPOSE, REUSE, REVOKED, RUBBISH, SIGNATURE, Attack
from runner.evidence.access.tokens import Tokens
from runner.model import Check, Outcome
from stages.security import checks_tokens

ME = "GET /me"
KINDS: dict[str, Check[...]] = {
    SIGNATURE: checks_tokens.signature_is_checked,
    EXPIRY: checks_tokens.tokens_expire,
    PURPOSE: checks_tokens.tokens_have_one_purpose,
    REVOKED: checks_tokens.ended_sessions_are_dead,
    REUSE: checks_tokens.refresh_tokens_work_once,
    RUBBISH: checks_tokens.rubbish_is_no_token,
}


def tokens(*attacks: Attack) -> Tokens:
    return Tokens(
        endpoint=ME,
        operations=9,
        is_jwt=True,
        claims=("exp",),
        attacks=attacks,
        endings=("POST /x",),
        ended=("POST /x",),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "told", "lie"),
    [
        (401, False, "the good token is refused as well: the licence has expired, for everybody"),
        (429, True, "everybody who asks that often is told to wait"),
        (429, False, "… the good ones too"),
        (404, False, "the operation is gone for everybody"),
    ],
)
def test_a_refusal_that_says_nothing_of_the_token(kind: str, status: int, told: bool, lie: str) -> None:  # noqa: FBT001
    attack = Attack(kind=kind, what="a bad one", endpoint=ME, status=status, told=told)
    verdict = KINDS[kind](tokens(attack, replace(attack, what="another")))
    assert verdict.outcome is Outcome.UNKNOWN, lie
    assert "proves nothing" in verdict.message


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_was_tried(kind: str) -> None:
    assert KINDS[kind](tokens()).outcome is Outcome.UNKNOWN


def test_one_of_five_ways_to_end_a_session_is_too_little() -> None:
    attack = Attack(kind=REVOKED, what="after signing out", endpoint=ME, status=401, told=True)
    ways = tuple(f"POST /end/{number}" for number in range(5))
    verdict = checks_tokens.ended_sessions_are_dead(replace(tokens(attack), endings=ways, ended=ways[:1]))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 of 5 ends of a session" in verdict.message


def test_an_opaque_token_of_which_nobody_saw_an_end() -> None:
    attack = Attack(kind=RUBBISH, what="x", endpoint=ME, status=401, told=True)
    verdict = checks_tokens.tokens_expire(replace(tokens(attack), is_jwt=False, claims=()))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "expires_at" in verdict.message
