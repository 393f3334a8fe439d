"""Do the token checks judge the attacks rightly? Evidence by hand."""

from dataclasses import replace

import pytest

from runner.evidence.access.token_attack import (
    CLAIMED,
    EXPIRY,
    PURPOSE,
    RESET,
    REUSE,
    REVOKED,
    RUBBISH,
    SIGNATURE,
    Attack,
)
from runner.evidence.access.token_end import End
from runner.evidence.access.tokens import Tokens
from runner.model import Check, Outcome
from stages.security import checks_tokens as checks

ME = "GET /users/me"
CASES: list[tuple[Check[...], str, str]] = [
    (checks.signature_is_checked, SIGNATURE, "forged tokens"),
    (checks.tokens_expire, EXPIRY, "tokens that ended or never end"),
    (checks.tokens_have_one_purpose, PURPOSE, "tokens of another purpose"),
    (checks.ended_sessions_are_dead, REVOKED, "tokens and passwords that had ended"),
    (checks.refresh_tokens_work_once, REUSE, "used refresh tokens"),
    (checks.reset_links_work_once, RESET, "reset links at the wrong place or time"),
    (checks.rubbish_is_no_token, RUBBISH, "things that are no token"),
]


def tokens(kind: str, *statuses: int, **more: object) -> Tokens:
    attacks = tuple(
        Attack(kind=kind, what=f"attack {n}", endpoint=ME, status=s, told=True) for n, s in enumerate(statuses)
    )
    usual = {
        "endpoint": ME,
        "operations": 9,
        "is_jwt": True,
        "claims": ("exp", "sub"),
        "lifetime": 900,
        "attacks": attacks,
        "endings": ("POST /logout",),
        "ended": ("POST /logout",),
    }
    return Tokens(**{**usual, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(("check", "kind", "what"), CASES, ids=lambda v: v.id if isinstance(v, Check) else "")
def test_sc011_to_sc016_pass_when_every_attack_is_refused(check: Check[...], kind: str, what: str) -> None:
    verdict = check(tokens(kind, 401, 401))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message.startswith(f"{what} are refused")
    assert str(verdict.shares[0]) == "2 of 2 attacks"


@pytest.mark.parametrize(("check", "kind", "what"), CASES, ids=lambda v: v.id if isinstance(v, Check) else "")
def test_sc011_to_sc016_names_what_got_through(check: Check[...], kind: str, what: str) -> None:
    verdict = check(tokens(kind, 401, 200, 500))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"2 of 3 {what} got through or made it fail: attack 1 (200), attack 2 (500)"
    assert check(tokens(kind, 500)).message == f"1 of 1 {what} made the service fail: attack 0 (500)"
    assert check(tokens(kind, 401, 200)).message == f"1 of 2 {what} got through: attack 1 (200)"
    assert [(place.endpoint, place.note) for place in verdict.places] == [(ME, "attack 1: 200"), (ME, "attack 2: 500")]


def test_sc011_names_whoever_is_let_in_for_saying_who_is_calling() -> None:
    refused = tokens(SIGNATURE, 401, 401)
    said = replace(refused.attacks[0], kind=CLAIMED, what="the header x-user: 7 and no token", status=200)
    verdict = checks.signature_is_checked(replace(refused, attacks=(*refused.attacks, said)))
    assert verdict.outcome is Outcome.FAILED
    assert "without a token: the header x-user: 7 and no token (200)" in verdict.message
    only = checks.signature_is_checked(replace(refused, attacks=(replace(said, status=401),)))
    assert only.outcome is Outcome.UNKNOWN  # that a claim is refused says nothing of forged tokens


def test_sc015_is_not_applicable_without_refresh_tokens() -> None:
    verdict = checks.refresh_tokens_work_once(tokens(RUBBISH, 401, missing=((REUSE, "no refresh tokens"),)))
    assert (verdict.outcome, verdict.message) == (Outcome.NOT_APPLICABLE, "no refresh tokens")
    assert verdict.looked == "what signing in gives, and the 9 operations of the contract"


def test_sc073_is_not_known_where_no_link_came_and_not_applicable_where_none_is_sent() -> None:
    silent = checks.reset_links_work_once(tokens(RUBBISH, 401, problems=((RESET, "no mail came"),)))
    assert (silent.outcome, silent.message) == (Outcome.UNKNOWN, "no mail came")
    none = checks.reset_links_work_once(tokens(RUBBISH, 401, missing=((RESET, "no operation sends a link"),)))
    assert (none.outcome, none.message) == (Outcome.NOT_APPLICABLE, "no operation sends a link")


def test_sc012_names_tokens_without_an_end() -> None:
    verdict = checks.tokens_expire(tokens(EXPIRY, claims=("sub",)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].note == "claims: sub"


def test_sc012_passes_tokens_that_end_where_they_are_kept() -> None:
    kept = End(where="Redis", seconds=3600, refused=True)
    verdict = checks.tokens_expire(tokens(EXPIRY, claims=("sub",), end=kept))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message == "no `exp`, but Redis forgets it after 3,600 s, and only what is known there is taken"
    aged = End(where="sessions.expires_at", refused=True)
    verdict = checks.tokens_expire(tokens(RUBBISH, 401, is_jwt=False, claims=(), end=aged))
    assert verdict.message.startswith("an opaque token, but it is refused once sessions.expires_at is over")
    assert str(verdict.shares[0]) == "1 of 1 kind of token"


def test_sc012_names_the_moment_that_nobody_looks_at() -> None:
    aged = End(where="sessions.created_at", refused=False)
    verdict = checks.tokens_expire(tokens(RUBBISH, 401, is_jwt=False, claims=(), end=aged))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "tokens never end: one whose sessions.created_at is ten years old is let in"


def test_sc012_names_an_end_that_nobody_lives_to_see() -> None:
    verdict = checks.tokens_expire(tokens(EXPIRY, 401, lifetime=3_000_000_000))
    assert verdict.outcome is Outcome.FAILED
    assert "issued for 34,722 days" in verdict.message


def test_sc012_names_days_that_nothing_ends_sooner() -> None:
    week = {"lifetime": 8 * 24 * 3600}
    verdict = checks.tokens_expire(tokens(EXPIRY, 401, **week))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "access tokens are issued for 8 days, and no operation ends one sooner"
    outlived = Attack(kind=REVOKED, what="an access token after signing out", endpoint=ME, status=200, told=True)
    alive = checks.tokens_expire(tokens(EXPIRY, 401, attacks=(outlived,), **week))
    assert alive.message == "access tokens are issued for 8 days, and what was tried to end one sooner did not"


def test_sc012_passes_days_that_a_sign_out_ends_and_a_day_that_nothing_does() -> None:
    refused = Attack(kind=EXPIRY, what="x", endpoint=ME, status=401, told=True)
    ended = replace(refused, kind=REVOKED, what="an access token after signing out")
    week = {"lifetime": 8 * 24 * 3600}
    assert checks.tokens_expire(tokens(EXPIRY, attacks=(refused, ended), **week)).outcome is Outcome.PASSED
    assert checks.tokens_expire(tokens(EXPIRY, 401, lifetime=24 * 3600)).outcome is Outcome.PASSED
    only_renewal = replace(ended, what="a refresh token after signing out")
    assert checks.tokens_expire(tokens(EXPIRY, attacks=(refused, only_renewal), **week)).outcome is Outcome.FAILED
    unseen = checks.tokens_expire(tokens(EXPIRY, 401, problems=((REVOKED, "sign-out answered 500"),), **week))
    assert unseen.outcome is Outcome.PASSED


def test_sc012_names_an_access_token_that_outlives_its_refresh_token() -> None:
    refused = Attack(kind=EXPIRY, what="x", endpoint=ME, status=401, told=True)
    ended = replace(refused, kind=REVOKED, what="an access token after signing out")
    of_hours = {"attacks": (refused, ended), "lifetime": 900 * 3600}
    verdict = checks.tokens_expire(tokens(EXPIRY, renewable=14 * 24 * 3600, **of_hours))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "access tokens are issued for 3,240,000 s, longer than the refresh tokens beside them: 1,209,600 s"
    )
    assert checks.tokens_expire(tokens(EXPIRY, renewable=900 * 3600, **of_hours)).outcome is Outcome.PASSED
    assert checks.tokens_expire(tokens(EXPIRY, **of_hours)).outcome is Outcome.PASSED


def test_sc012_does_not_know_without_the_key() -> None:
    verdict = checks.tokens_expire(tokens(SIGNATURE, 401, problems=((EXPIRY, "the signing key is not known"),)))
    assert verdict.outcome is Outcome.UNKNOWN


def test_sc016_names_a_refusal_that_misleads() -> None:
    verdict = checks.rubbish_is_no_token(tokens(RUBBISH, 401, 403))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 kind of rubbish instead of a token refused, but not with 401: attack 1 (403)"
    assert verdict.places[0].note == "attack 1: 403, not 401"


def test_sc014_says_what_was_not_there() -> None:
    verdict = checks.ended_sessions_are_dead(tokens(REVOKED, 401, missing=((REVOKED, "no operation signs out"),)))
    assert verdict.message == "tokens and passwords that had ended are refused (no operation signs out)"
    assert [str(one) for one in verdict.shares] == ["1 of 1 attack", "1 of 1 end of a session"]
