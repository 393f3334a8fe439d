"""Do the sign-in checks judge what was tried rightly? Evidence by hand."""

from dataclasses import replace

import pytest

from runner.evidence.access.guessing import Guessing
from runner.evidence.access.guessing_current import CurrentGuessed
from runner.evidence.access.kept_passwords import Kept
from runner.evidence.access.sign_in import SignIn
from runner.evidence.access.sign_in_tries import Try
from runner.evidence.access.spilt_secrets import Spilt
from runner.evidence.access.stored_passwords import Leak
from runner.evidence.access.told_accounts import Times
from runner.evidence.access.weak_passwords import Chosen
from runner.model import Outcome, Verdict
from stages.security import checks_passwords
from stages.security import checks_sign_in as checks

LOGIN = "POST /login"
REGISTER = "POST /register"
SLOW, FAST = (51.0, 49.0, 55.0, 50.0), (4.0, 5.0, 6.0, 5.0)
TIMES = Times(known=SLOW, nobody=SLOW, asked=4)
SAME = Try(what=LOGIN, status=401, told="no", good=True)
STOPPED = Guessing(
    guesses=6, statuses=(401, 429), stopped=True, seconds=1.0, opened=True, still=429, retry_after=True, strangers=6
)
REFUSED = Chosen(at=REGISTER, one=Try(what="12345678 (digits)", status=422, good=True), opens=False)
SPILT = Spilt(leaks=(), answers=12, read=5, reads=5, lines=40)
KEPT = Kept(where="users.password_hash", kind="argon2id", decides=True, hashed=9, values=9)


def sign_in(**changes: object) -> SignIn:
    usual = {
        "endpoint": LOGIN,
        "register": REGISTER,
        "log_ins": (LOGIN,),
        "places": (LOGIN,),
        "wrong": (Try(what="another password", status=401, good=True),),
        "weak": (REFUSED,) * 9,
        "pairs": ((SAME, SAME),),
        "times": TIMES,
        "guessing": STOPPED,
        "spilt": SPILT,
        "stored": (),
        "kept": KEPT,
    }
    return SignIn(**{**usual, **changes})  # type: ignore[arg-type]


def told(verdict: Verdict) -> str:
    return ", ".join(map(str, verdict.shares))


def test_sc021_passes_when_guessing_is_stopped() -> None:
    verdict = checks.guessing_is_slowed(sign_in())
    assert verdict.message == "stopped after 6 wrong passwords: 429 with Retry-After"
    assert told(verdict) == "1 of 1 sign-in of the contract"
    locked = replace(STOPPED, statuses=(401,) * 30, still=403)
    assert checks.guessing_is_slowed(sign_in(guessing=locked)).message.endswith("the right one is refused with 403")


def test_sc021_names_a_stop_that_the_right_password_ends() -> None:
    verdict = checks.guessing_is_slowed(sign_in(guessing=replace(STOPPED, still=200, curl="curl x")))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "answers 429 after 6 wrong passwords, and lets the right one in all the same: guessing goes on"
    )


def test_sc021_fails_where_a_made_up_header_gets_past_the_stop() -> None:
    seen = replace(STOPPED, sidestepped=401, header="X-Forwarded-For", curl="curl x")
    verdict = checks.guessing_is_slowed(sign_in(guessing=seen))
    assert verdict.outcome is Outcome.FAILED
    assert "X-Forwarded-For" in verdict.message
    assert verdict.places[0].endpoint == "POST /login"


def test_sc021_fails_where_another_spelling_of_the_name_gets_past_the_stop() -> None:
    seen = replace(STOPPED, sidestepped=401, spelled="in capitals", curl="curl x")
    verdict = checks.guessing_is_slowed(sign_in(guessing=seen))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "the stop is for the name as it was typed: 429, and 401 for the same account in capitals"
    )


def test_sc021_names_how_many_guesses_went_through() -> None:
    seen = replace(STOPPED, guesses=30, statuses=(401,) * 30, stopped=False, still=200, seconds=1.5, curl="curl x")
    verdict = checks.guessing_is_slowed(sign_in(guessing=seen))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "30 wrong passwords for one account in 1.5 s, and the right one still works"
    assert verdict.places[0].endpoint == LOGIN
    assert verdict.again == ("for n in $(seq 30); do curl x; done",)


def test_sc022_passes_when_answers_are_the_same() -> None:
    verdict = checks.accounts_are_not_told(sign_in(places=(LOGIN, REGISTER)))
    assert verdict.outcome is Outcome.PASSED
    assert told(verdict) == "1 of 2 entries of an address"


def test_sc022_names_an_account_that_alone_is_locked() -> None:
    verdict = checks.accounts_are_not_told(sign_in(guessing=replace(STOPPED, strangers=0)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.endswith("429 after 6 wrong passwords with an account, never without")


def test_sc022_names_the_differing_answers() -> None:
    pair = (Try(what=LOGIN, status=401, told="wrong password"), Try(what=LOGIN, status=404, told="no such user"))
    verdict = checks.accounts_are_not_told(sign_in(pairs=(pair,)))
    assert verdict.outcome is Outcome.FAILED
    assert "401 wrong password with an account, 404 no such user without" in verdict.message


def test_sc022_does_not_know_when_it_was_slowed_down() -> None:
    assert checks.accounts_are_not_told(sign_in(throttled=True)).outcome is Outcome.UNKNOWN


def test_sc023_passes_when_both_take_as_long() -> None:
    verdict = checks.accounts_are_not_timed(sign_in())
    assert (verdict.outcome, told(verdict)) == (Outcome.PASSED, "4 of 4 pairs of tries")


def test_sc023_names_the_difference_by_the_clock() -> None:
    tries = (Try(what=LOGIN, status=401, curl="curl -i a"), Try(what=LOGIN, status=401, curl="curl -i b"))
    verdict = checks.accounts_are_not_timed(sign_in(times=replace(TIMES, nobody=FAST), pairs=(tries,)))
    assert verdict.outcome is Outcome.FAILED
    assert "median 50 ms with an account, 5 ms without (4 tries each, in turn)" in verdict.message
    assert verdict.again[1] == "curl -s -o /dev/null -w '%{time_total} s\\n' b"


def test_sc023_does_not_guess_on_a_busy_machine() -> None:
    busy = Times(known=(20, 60, 70, 50), nobody=(10, 30, 25, 15), asked=4)
    verdict = checks.accounts_are_not_timed(sign_in(times=busy))
    assert verdict.outcome is Outcome.UNKNOWN


def test_sc023_sees_the_difference_through_what_others_delayed() -> None:
    late = Times(known=(50, 51, 52, 53, 54, 90, 95, 99), nobody=(5, 6, 7, 8, 60, 70, 80, 9), asked=8)
    assert checks.accounts_are_not_timed(sign_in(times=late)).outcome is Outcome.FAILED
    alike = Times(known=(50, 51, 52, 53, 54, 90, 95, 99), nobody=(49, 52, 53, 50, 60, 70, 99, 80), asked=8)
    assert checks.accounts_are_not_timed(sign_in(times=alike)).outcome is Outcome.PASSED


def test_sc024_passes_when_weak_passwords_are_refused() -> None:
    verdict = checks_passwords.weak_passwords_are_refused(sign_in())
    assert verdict.message == (
        "short and common passwords are refused at POST /register, and strong ones are taken there"
    )
    assert told(verdict) == "9 of 9 weak passwords"


def test_sc024_names_the_passwords_that_were_taken() -> None:
    verdict = checks_passwords.weak_passwords_are_refused(sign_in(weak=(replace(REFUSED, opens=True), *(REFUSED,) * 8)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 of 9 weak passwords were taken: 12345678 (digits)"


def test_sc025_passes_when_wrong_passwords_are_refused() -> None:
    verdict = checks_passwords.only_the_password_signs_in(sign_in(log_ins=(LOGIN, "POST /token")))
    assert verdict.outcome is Outcome.PASSED
    assert told(verdict) == "1 of 1 wrong password, 1 of 2 sign-ins of the contract"


def test_sc025_names_what_signed_in() -> None:
    verdict = checks_passwords.only_the_password_signs_in(sign_in(wrong=(Try(what="another password", status=200),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "signed in with another password"


def test_sc026_passes_for_a_slow_hash() -> None:
    verdict = checks_passwords.passwords_are_hashed(sign_in())
    assert (verdict.message, told(verdict)) == (
        "stored in users.password_hash as argon2id",
        "9 of 9 stored passwords",
    )


def test_sc026_names_a_hash_that_is_fast() -> None:
    verdict = checks_passwords.passwords_are_hashed(sign_in(kept=replace(KEPT, fast="bcrypt with a cost of 4")))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.endswith("hashes that are fast to guess: bcrypt with a cost of 4")


def test_sc026_names_the_table() -> None:
    verdict = checks_passwords.passwords_are_hashed(sign_in(stored=(Leak(what="in clear", where="users"),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].table == "users"


def test_sc026_does_not_know_an_unheard_of_form() -> None:
    assert checks_passwords.passwords_are_hashed(sign_in(kept=Kept())).outcome is Outcome.UNKNOWN


def test_sc027_passes_when_nothing_came_out() -> None:
    verdict = checks_passwords.secrets_stay_secret(sign_in())
    assert (verdict.outcome, told(verdict)) == (
        Outcome.PASSED,
        "5 of 5 reads of the contract, 40 of 40 lines of the log",
    )


def test_sc027_names_the_log_line_and_the_answer() -> None:
    leaks = (
        Leak(what="a password", where="the log: login …"),
        Leak(what="a hash", where="its answer", endpoint="GET /u"),
    )
    verdict = checks_passwords.secrets_stay_secret(sign_in(spilt=replace(SPILT, leaks=leaks)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "2 secrets came out: a password in the log: login …"
    assert [str(place) for place in verdict.places] == ["log", "GET /u"]


def test_where_nobody_signs_up_stored_and_weak_passwords_are_not_known() -> None:
    """The account was put into the database by gonogo: what is stored there says nothing about the service."""
    for verdict in (
        checks_passwords.weak_passwords_are_refused(sign_in(register="", weak=())),
        checks_passwords.passwords_are_hashed(sign_in(register="", kept=Kept())),
    ):
        assert verdict.outcome is Outcome.UNKNOWN
        assert verdict.message.startswith("no operation signs people up")


@pytest.mark.parametrize("judge", ["SC021", "SC022", "SC023", "SC024", "SC025", "SC026"])
def test_where_another_server_signs_in_no_password_is_judged(judge: str) -> None:
    elsewhere = sign_in(elsewhere="another server signs people in", wrong=(), weak=(), pairs=())
    asked = [*vars(checks).values(), *vars(checks_passwords).values()]
    check = next(one for one in asked if getattr(one, "id", "") == judge)
    assert check(elsewhere).outcome is Outcome.NOT_APPLICABLE


def test_sc027_looks_for_tokens_also_where_another_server_signs_in() -> None:
    assert checks_passwords.secrets_stay_secret(sign_in(elsewhere="elsewhere")).outcome is Outcome.PASSED
    leak = Leak(what="an access token", where="the log")
    spilt = replace(SPILT, leaks=(leak,))
    assert checks_passwords.secrets_stay_secret(sign_in(elsewhere="elsewhere", spilt=spilt)).outcome is Outcome.FAILED


def test_sc021_names_the_current_password_that_is_asked_for_without_a_limit() -> None:
    guessed = CurrentGuessed(endpoint="POST /password", statuses=(401,) * 30, still=200, curl="curl x")
    verdict = checks.guessing_is_slowed(sign_in(current=guessed))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "30 wrong current passwords of somebody who is signed in, and the right one still works at POST /password"
    )
    assert [(place.endpoint, place.note) for place in verdict.places] == [("POST /password", "answers 401")]
    for stops in ({"statuses": (401, 429)}, {"still": 401}, {"still": 429}, {"statuses": (200,)}):
        seen = replace(guessed, **stops)
        assert checks.guessing_is_slowed(sign_in(current=seen)).outcome is Outcome.PASSED
