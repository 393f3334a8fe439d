"""Do the checks of erased people say what was left of them, and what was not seen?"""

from dataclasses import replace

import pytest

from runner.errors import Thing
from runner.evidence.behaviour.erasure import Erased, Erasure, Left
from runner.model import Outcome
from stages.security import checks_persons

GONE = Erased(endpoint="DELETE /me", status=204, things=("POST /notes", "POST /bills"), curl="curl")
EMAIL = Left(what="email", where="users.email", table="users", column="email")
LOGGED = Left(what="email", where="the log", why="gone: …")
BOTH = (checks_persons.an_erased_person_is_gone, checks_persons.who_has_made_something_can_be_erased)
leaves, breaks = BOTH


def seen(*erased: Erased, hidden: tuple[str, ...] = ()) -> Erasure:
    return Erasure(operations=9, erased=erased, hidden=hidden)


def test_who_is_gone_everywhere_passes_both() -> None:
    assert [check(seen(GONE)).outcome for check in BOTH] == [Outcome.PASSED] * 2


def test_a_service_that_erases_nobody_says_where_that_was_seen() -> None:
    for check in BOTH:
        none = check(seen())
        assert (none.outcome, none.looked) == (Outcome.NOT_APPLICABLE, "the 9 operations of the contract")
        assert check(Erasure(operations=0)).absent is Thing.OPERATIONS
        assert check(seen(hidden=("DELETE /me",))).outcome is Outcome.UNKNOWN


def test_sc130_calls_a_mark_a_mark() -> None:
    marked = leaves(seen(replace(GONE, left=(EMAIL,), marked=("users.deleted_at",))))
    said = "DELETE /me only marks the account (users.deleted_at): email is still in users.email"
    assert (marked.outcome, marked.message, marked.again) == (Outcome.FAILED, said, ("curl",))
    assert [str(place) for place in marked.places] == ["users.email"]


def test_sc130_names_the_log() -> None:
    logged = leaves(seen(GONE, replace(GONE, left=(LOGGED,))))
    assert logged.message == "DELETE /me answered 204: email is still in the log, gone: …"
    assert [str(place) for place in logged.places] == ["DELETE /me"]


def test_sc130_tells_of_texts_that_are_nobodys() -> None:
    kept = leaves(seen(replace(GONE, texts=("notes.body",))))
    said = "no table, cache or log knew the person afterwards; texts that are nobody's now stay in notes.body"
    assert (kept.outcome, kept.message) == (Outcome.PASSED, said)


@pytest.mark.parametrize(
    "one",
    [
        replace(GONE, status=202, left=(EMAIL,)),
        replace(GONE, status=403, things=(), problem="answered 403"),
        replace(GONE, status=0, problem="nothing of the person stood in any table before"),
    ],
)
def test_sc130_does_not_know_where_nobody_was_seen_to_go(one: Erased) -> None:
    assert leaves(seen(one)).outcome is Outcome.UNKNOWN
    assert (
        leaves(seen(GONE, one)).message.endswith("(1 of 2 operations that erase somebody judged)")
        or leaves(seen(GONE, one)).outcome is Outcome.PASSED
    )


def test_sc131_names_the_table_that_stands_in_the_way() -> None:
    broken = breaks(seen(replace(GONE, broke=500, blocked="notes")))
    said = "DELETE /me answers 500 for an account that has made something: rows of notes refer to it, and 204 for one"
    assert (broken.outcome, broken.message) == (Outcome.FAILED, f"{said} that has made nothing")
    assert [str(place) for place in broken.places] == ["DELETE /me", "notes"]


def test_sc131_tells_of_a_refusal_and_knows_nothing_of_who_made_nothing() -> None:
    refused = breaks(seen(replace(GONE, broke=409)))
    assert refused.outcome is Outcome.PASSED
    assert refused.message.endswith("; DELETE /me answered 409 while there was something")
    assert breaks(seen(replace(GONE, things=()))).outcome is Outcome.UNKNOWN
