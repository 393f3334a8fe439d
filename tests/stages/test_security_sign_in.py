"""Do the sign-in checks judge what was tried rightly? Evidence by hand."""

from runner.evidence.sign_in import Guessing, SignIn, Try
from runner.evidence.stored_passwords import Leak
from runner.model import Outcome
from stages.security import checks_sign_in as checks

LOGIN = "POST /login"
SLOW, FAST = (51.0, 49.0, 55.0, 50.0), (4.0, 5.0, 6.0, 5.0)


def sign_in(**changes: object) -> SignIn:
    usual = {
        "endpoint": LOGIN,
        "register": "POST /register",
        "wrong": (Try(what="another password", status=401),),
        "weak": (),
        "weak_tried": 9,
        "pairs": ((Try(what=LOGIN, status=401, told="no"), Try(what=LOGIN, status=401, told="no")),),
        "known_ms": SLOW,
        "unknown_ms": SLOW,
        "guessing": Guessing(guesses=6, statuses=(401, 429), stopped=True, seconds=1.0, retry_after=True),
        "leaks": (),
        "stored": (),
        "hashed": ("argon2id",),
        "answers": 12,
    }
    return SignIn(**{**usual, **changes})  # type: ignore[arg-type]


def test_sc021_passes_when_guessing_is_stopped() -> None:
    assert checks.guessing_is_slowed(sign_in()).message == "stopped after 6 wrong passwords: 429 with Retry-After"


def test_sc021_fails_where_a_made_up_header_gets_past_the_stop() -> None:
    seen = Guessing(guesses=6, statuses=(401, 429), stopped=True, seconds=1.0, sidestepped=401, curl="curl x")
    verdict = checks.guessing_is_slowed(sign_in(guessing=seen))
    assert verdict.outcome is Outcome.FAILED
    assert "X-Forwarded-For" in verdict.message
    assert verdict.places[0].endpoint == "POST /login"


def test_sc021_names_how_many_guesses_went_through() -> None:
    seen = Guessing(guesses=30, statuses=(401,) * 30, stopped=False, seconds=1.5, curl="curl x")
    verdict = checks.guessing_is_slowed(sign_in(guessing=seen))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "30 wrong passwords for one account in 1.5 s, and the right one still works"
    assert verdict.places[0].endpoint == LOGIN
    assert verdict.again == ("for n in $(seq 30); do curl x; done",)


def test_sc022_passes_when_answers_are_the_same() -> None:
    assert checks.accounts_are_not_told(sign_in()).outcome is Outcome.PASSED


def test_sc022_names_the_differing_answers() -> None:
    pair = (Try(what=LOGIN, status=401, told="wrong password"), Try(what=LOGIN, status=404, told="no such user"))
    verdict = checks.accounts_are_not_told(sign_in(pairs=(pair,)))
    assert verdict.outcome is Outcome.FAILED
    assert "401 wrong password with an account, 404 no such user without" in verdict.message


def test_sc022_does_not_know_when_it_was_slowed_down() -> None:
    assert checks.accounts_are_not_told(sign_in(throttled=True)).outcome is Outcome.UNKNOWN


def test_sc023_passes_when_both_take_as_long() -> None:
    assert checks.accounts_are_not_timed(sign_in()).outcome is Outcome.PASSED


def test_sc023_names_the_difference_by_the_clock() -> None:
    tries = (Try(what=LOGIN, status=401, curl="curl -i a"), Try(what=LOGIN, status=401, curl="curl -i b"))
    verdict = checks.accounts_are_not_timed(sign_in(unknown_ms=FAST, pairs=(tries,)))
    assert verdict.outcome is Outcome.FAILED
    assert "median 50 ms with an account, 5 ms without (4 tries each, in turn)" in verdict.message
    assert verdict.again[1] == "curl -s -o /dev/null -w '%{time_total} s\\n' b"


def test_sc023_does_not_guess_on_a_busy_machine() -> None:
    verdict = checks.accounts_are_not_timed(sign_in(known_ms=(20, 60, 70, 50), unknown_ms=(10, 30, 25, 15)))
    assert verdict.outcome is Outcome.UNKNOWN


def test_sc024_passes_when_weak_passwords_are_refused() -> None:
    assert checks.weak_passwords_are_refused(sign_in()).message == "9 short or common passwords were refused"


def test_sc024_names_the_passwords_that_were_taken() -> None:
    verdict = checks.weak_passwords_are_refused(sign_in(weak=(Try(what="12345678 (digits)", status=201),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 of 9 weak passwords were taken: 12345678 (digits)"


def test_sc025_passes_when_wrong_passwords_are_refused() -> None:
    assert checks.only_the_password_signs_in(sign_in()).outcome is Outcome.PASSED


def test_sc025_names_what_signed_in() -> None:
    verdict = checks.only_the_password_signs_in(sign_in(wrong=(Try(what="another password", status=200),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "signed in with another password"


def test_sc026_passes_for_a_slow_hash() -> None:
    assert checks.passwords_are_hashed(sign_in()).message == "stored as argon2id"


def test_sc026_names_the_table() -> None:
    verdict = checks.passwords_are_hashed(sign_in(stored=(Leak(what="in clear", where="users"),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].table == "users"


def test_sc026_does_not_know_an_unheard_of_form() -> None:
    assert checks.passwords_are_hashed(sign_in(hashed=())).outcome is Outcome.UNKNOWN


def test_sc027_passes_when_nothing_came_out() -> None:
    assert checks.secrets_stay_secret(sign_in()).outcome is Outcome.PASSED


def test_sc027_names_the_log_line_and_the_answer() -> None:
    leaks = (
        Leak(what="a password", where="the log: login …"),
        Leak(what="a hash", where="its answer", endpoint="GET /u"),
    )
    verdict = checks.secrets_stay_secret(sign_in(leaks=leaks))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "2 secrets came out: a password in the log: login …"
    assert [str(place) for place in verdict.places] == ["log", "GET /u"]


def test_where_nobody_signs_up_stored_and_weak_passwords_are_not_known() -> None:
    """The account was put into the database by gonogo: what is stored there says nothing about the service."""
    for verdict in (
        checks.weak_passwords_are_refused(sign_in(register="", weak=(), weak_tried=0)),
        checks.passwords_are_hashed(sign_in(register="", hashed=())),
    ):
        assert verdict.outcome is Outcome.UNKNOWN
        assert verdict.message.startswith("no operation signs people up")
