"""Do the token checks judge the attacks rightly? Evidence by hand."""

import pytest

from runner.evidence.tokens import EXPIRY, PURPOSE, REUSE, REVOKED, RUBBISH, SIGNATURE, Attack, Tokens
from runner.model import Check, Outcome
from stages.security import checks_tokens as checks

ME = "GET /users/me"
CASES: list[tuple[Check[...], str, str]] = [
    (checks.signature_is_checked, SIGNATURE, "forged tokens"),
    (checks.tokens_expire, EXPIRY, "tokens that ended or never end"),
    (checks.tokens_have_one_purpose, PURPOSE, "tokens of another purpose"),
    (checks.ended_sessions_are_dead, REVOKED, "tokens and passwords that had ended"),
    (checks.refresh_tokens_work_once, REUSE, "used refresh tokens"),
    (checks.rubbish_is_no_token, RUBBISH, "things that are no token"),
]


def tokens(kind: str, *statuses: int, **more: object) -> Tokens:
    attacks = tuple(Attack(kind=kind, what=f"attack {n}", endpoint=ME, status=s) for n, s in enumerate(statuses))
    usual = {"endpoint": ME, "is_jwt": True, "claims": ("exp", "sub"), "attacks": attacks}
    return Tokens(**{**usual, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(("check", "kind", "what"), CASES, ids=lambda v: v.id if isinstance(v, Check) else "")
def test_sc011_to_sc016_pass_when_every_attack_is_refused(check: Check[...], kind: str, what: str) -> None:
    verdict = check(tokens(kind, 401, 401))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message.startswith(f"all 2 {what} were refused")


@pytest.mark.parametrize(("check", "kind", "what"), CASES, ids=lambda v: v.id if isinstance(v, Check) else "")
def test_sc011_to_sc016_names_what_got_through(check: Check[...], kind: str, what: str) -> None:
    verdict = check(tokens(kind, 401, 200, 500))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"2 of 3 {what} got through or made it fail: attack 1 (200), attack 2 (500)"
    assert check(tokens(kind, 500)).message == f"1 of 1 {what} made the service fail: attack 0 (500)"
    assert check(tokens(kind, 401, 200)).message == f"1 of 2 {what} got through: attack 1 (200)"
    assert [(place.endpoint, place.note) for place in verdict.places] == [(ME, "attack 1: 200"), (ME, "attack 2: 500")]


def test_sc011_is_not_applicable_to_opaque_tokens() -> None:
    verdict = checks.signature_is_checked(tokens(RUBBISH, 401, missing=((SIGNATURE, "no JSON Web Tokens"),)))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.message == "no JSON Web Tokens"


def test_sc012_names_tokens_without_an_end() -> None:
    verdict = checks.tokens_expire(tokens(EXPIRY, claims=("sub",)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].note == "claims: sub"


def test_sc012_passes_tokens_that_end_where_they_are_kept() -> None:
    verdict = checks.tokens_expire(tokens(EXPIRY, claims=("sub",), kept=3600))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message == "no `exp`, but Redis forgets the token after 3,600 s, and only what it knows is taken"


def test_sc012_does_not_know_without_the_key() -> None:
    verdict = checks.tokens_expire(tokens(SIGNATURE, 401, troubles=((EXPIRY, "the signing key is not known"),)))
    assert verdict.outcome is Outcome.UNKNOWN


def test_sc016_names_a_refusal_that_misleads() -> None:
    verdict = checks.rubbish_is_no_token(tokens(RUBBISH, 401, 403))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 kind of rubbish instead of a token refused, but not with 401: attack 1 (403)"
    assert verdict.places[0].note == "attack 1: 403, not 401"


def test_sc014_says_what_was_not_there() -> None:
    verdict = checks.ended_sessions_are_dead(tokens(REVOKED, 401, missing=((REVOKED, "no operation signs out"),)))
    assert verdict.message == "all 1 tokens and passwords that had ended were refused (no operation signs out)"
