"""The sign-in: refusals without a good sign-in beside them, and words that are no acts."""

from dataclasses import replace

import pytest

from runner.evidence.access.guessing import Guessing
from runner.evidence.access.kept_passwords import Kept
from runner.evidence.access.sign_in import SignIn
from runner.evidence.access.sign_in_tries import Try
from runner.evidence.access.spilt_secrets import Spilt
from runner.evidence.access.told_accounts import Times
from runner.evidence.access.weak_passwords import Chosen
from runner.model import Outcome
from stages.security import checks_passwords
from stages.security import checks_sign_in as checks
from tests.stages.test_security_sign_in import KEPT, LOGIN, REGISTER, SAME, SPILT, STOPPED, sign_in

EVEN = (5.0, 6.0, 5.0, 6.0)


def refused(status: int, *, good: bool) -> SignIn:
    """Wrong, unknown and weak are all answered with this; `good`: what is right was let in."""
    one = Try(what=LOGIN, status=status, told="no", good=good)
    weak = Chosen(at=REGISTER, one=one, opens=False)
    return sign_in(wrong=(one,) * 6, pairs=((one, one),), weak=(weak,) * 9)


@pytest.mark.parametrize("status", [401, 403, 422, 503])
def test_the_right_password_is_refused_as_well(status: int) -> None:
    shut = refused(status, good=False)
    for check in (
        checks.accounts_are_not_told,
        checks.accounts_are_not_timed,
        checks_passwords.weak_passwords_are_refused,
        checks_passwords.only_the_password_signs_in,
    ):
        assert check(shut).outcome is Outcome.UNKNOWN, check.id


@pytest.mark.parametrize(
    ("lie", "seen"),
    [
        ("429 from the first try on", replace(STOPPED, opened=False, statuses=(429,), guesses=1)),
        ("it falls over", replace(STOPPED, stopped=False, statuses=(401, 500), still=500)),
        ("429, and the right one gets in", replace(STOPPED, still=200)),
        ("no try was made", Guessing(guesses=0, statuses=(), stopped=False, seconds=0)),
    ],
)
def test_sc021_a_stop_that_is_none(lie: str, seen: Guessing) -> None:
    assert checks.guessing_is_slowed(sign_in(guessing=seen)).outcome is not Outcome.PASSED, lie


def test_sc021_one_of_three_sign_ins_is_too_little() -> None:
    log_ins = (LOGIN, "POST /admin/login", "POST /api/token")
    for check in (checks.guessing_is_slowed, checks_passwords.only_the_password_signs_in):
        assert check(sign_in(log_ins=log_ins)).outcome is Outcome.UNKNOWN


def test_sc022_only_one_of_three_operations_was_asked() -> None:
    verdict = checks.accounts_are_not_told(sign_in(places=(LOGIN, REGISTER, "POST /forgot")))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 of 3 entries of an address" in verdict.message


def test_sc022_both_are_answered_with_a_crash() -> None:
    crash = replace(SAME, status=500)
    assert checks.accounts_are_not_told(sign_in(pairs=((crash, crash),))).outcome is Outcome.UNKNOWN


def test_sc023_most_tries_were_no_answer_to_a_wrong_password() -> None:
    times = Times(known=EVEN[:1], nobody=EVEN[:1], asked=8)
    assert checks.accounts_are_not_timed(sign_in(times=times)).outcome is Outcome.UNKNOWN
    assert checks.accounts_are_not_timed(sign_in(times=replace(times, known=(), nobody=()))).outcome is Outcome.UNKNOWN


def test_sc026_a_hash_that_decides_nothing_and_accounts_without_one() -> None:
    decoy = checks_passwords.passwords_are_hashed(sign_in(kept=replace(KEPT, decides=False)))
    assert decoy.outcome is Outcome.UNKNOWN
    assert "not what decides who gets in" in decoy.message
    few = checks_passwords.passwords_are_hashed(sign_in(kept=replace(KEPT, hashed=1)))
    assert (few.outcome, few.message.partition(". ")[0]) == (
        Outcome.UNKNOWN,
        "too little was judged: 1 of 9 stored passwords",
    )
    assert checks_passwords.passwords_are_hashed(sign_in(kept=Kept())).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "spilt", [replace(SPILT, read=1), replace(SPILT, lines=0), Spilt(leaks=(), answers=0, read=0, reads=0, lines=0)]
)
def test_sc027_hardly_anything_was_read(spilt: Spilt) -> None:
    assert checks_passwords.secrets_stay_secret(sign_in(spilt=spilt)).outcome is Outcome.UNKNOWN
