"""Are races and late commits judged rightly? Evidence by hand."""

from dataclasses import replace
from typing import Any

import pytest

from runner.evidence.behaviour.cursor_walks import CursorWalk
from runner.evidence.behaviour.late_commits import LateCommits, Promised
from runner.evidence.behaviour.race_numbers import Counted
from runner.evidence.behaviour.races import Broke, Doubled, Races
from runner.evidence.behaviour.repeated_keys import Asked, Key, Keyed, KeyFault, key_of
from runner.http.openapi import operations_of
from runner.model import Outcome
from stages.database import checks_concurrent as c

KEPT = Doubled(endpoint="POST /tags", refuses=409, statuses=(201, 409, 409, 409), curl="curl t")
TWICE = Doubled(endpoint="POST /users", refuses=409, statuses=(201, 201, 409, 409), curl="curl u")
BROKE = Doubled(endpoint="POST /seats", refuses=400, statuses=(201, 500, 500, 400), curl="curl s")
AT_ONCE = (200,) * 8
RIGHT = Counted(endpoint="POST /a/{id}/like", field="likes", step=1, expected=12, found=12, statuses=AT_ONCE)
LOST = Counted(endpoint="POST /b/{id}/buy", field="stock", step=-1, expected=3, found=7, curl="curl b")


def races(
    *doubled: Doubled,
    counted: tuple[Counted, ...] = (),
    guarded: tuple[str, ...] = (),
    overtaken: tuple[Doubled, ...] = (),
    broke: tuple[Broke, ...] = (),
    created: int = 3,
) -> Races:
    return Races(
        doubled=doubled,
        counted=counted,
        guarded=guarded,
        overtaken=overtaken,
        created=created,
        changed=2,
        creating=4,
        changing=3,
        operations=9,
        broke=broke,
    )


def test_db032_passes_when_one_of_many_is_taken() -> None:
    verdict = c.uniqueness_is_kept_by_the_database(races(KEPT))
    assert verdict.outcome is Outcome.PASSED
    said = "one of 4 equal requests at once is taken, the others are refused: POST /tags"
    assert verdict.message == f"{said} (3 of 4 creating operations judged)"


def test_db032_names_what_was_taken_twice() -> None:
    verdict = c.uniqueness_is_kept_by_the_database(races(KEPT, TWICE))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "POST /users: 2 of 4 equal requests at once were taken, though the second in a row gets 409"
    )
    assert verdict.again == ("for n in $(seq 4); do curl u & done; wait",)


def test_db032_names_a_constraint_that_nobody_expected() -> None:
    verdict = c.uniqueness_is_kept_by_the_database(races(BROKE))
    assert verdict.message == "POST /seats: 2 of 4 equal requests at once got 5xx instead of 400"


def test_db032_says_when_nothing_is_unique() -> None:
    verdict = c.uniqueness_is_kept_by_the_database(races())
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.message == "none of them refuses the second of two equal requests"
    assert verdict.looked == "3 of 4 creating operations, asked for the same again"


def test_db032_does_not_know_where_too_few_could_be_asked_twice() -> None:
    verdict = c.uniqueness_is_kept_by_the_database(races(created=1))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message.startswith("only 1 of 4 creating operations could be asked twice")


def test_a_refusal_that_is_a_500_is_no_refusal() -> None:
    new = Broke(endpoint="POST /tags", status=500, creates=True, curl="curl t")
    verdict = c.uniqueness_is_kept_by_the_database(races(broke=(new,)))
    assert verdict.outcome is Outcome.FAILED
    said = "POST /tags answers 500 to a request that asks for what is there already: that is no refusal"
    assert verdict.message == said
    assert verdict.again == ("curl t; curl t",)
    old = replace(new, endpoint="PUT /x/{id}", creates=False)
    verdict = c.no_update_is_lost(races(guarded=("PATCH /x/{id}",), broke=(old,)))
    assert verdict.message == "PUT /x/{id} answers 500 to a request that repeats a change: that is no refusal"
    crash = Doubled(endpoint="PATCH /x/{id}", refuses=409, statuses=(200, 500, 500, 409), curl="curl x")
    verdict = c.no_update_is_lost(races(guarded=("PATCH /x/{id}",), overtaken=(crash,)))
    assert "2 of 4 equal requests at once got 5xx instead of 409" in verdict.message
    verdict = c.no_update_is_lost(races(counted=(replace(RIGHT, statuses=(200, 200, 503)),)))
    assert verdict.message == "changes fail when many change it at once: POST /a/{id}/like: 1 of 3 got 5xx"


def test_db033_passes_and_says_what_it_saw() -> None:
    verdict = c.no_update_is_lost(races(counted=(RIGHT,), guarded=("PATCH /x/{id}",)))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message == (
        "a change of what has changed meanwhile is refused by 1 operation; "
        "1 operation counted right when many asked at once (2 of 3 changing operations judged)"
    )


def test_db033_names_the_number_and_what_is_missing() -> None:
    verdict = c.no_update_is_lost(races(counted=(RIGHT, LOST)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].endpoint == "POST /b/{id}/buy"
    assert verdict.places[0].note == "stock is 7 instead of 3 (step -1)"


def test_db033_names_a_guard_that_looks_before_it_writes() -> None:
    one = Doubled(endpoint="PATCH /x/{id}", refuses=409, statuses=(200, 200, 409, 200), curl="curl x")
    verdict = c.no_update_is_lost(races(guarded=("PATCH /x/{id}",), overtaken=(one,)))
    assert verdict.outcome is Outcome.FAILED
    note = "3 of 4 equal requests at once were taken, though the second in a row gets 409"
    assert (verdict.places[0].endpoint, verdict.places[0].note) == ("PATCH /x/{id}", note)
    right = replace(one, statuses=(200, 409, 409, 409))
    assert c.no_update_is_lost(races(guarded=("PATCH /x/{id}",), overtaken=(right,))).outcome is Outcome.PASSED


def test_db033_does_not_apply_where_nothing_counts() -> None:
    verdict = c.no_update_is_lost(races())
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.looked == "2 of 3 changing operations, asked for the same again"


def test_db033_does_not_know_where_a_limit_refused_all_but_one() -> None:
    limited = replace(RIGHT, statuses=(200, 429, 429, 429))
    assert c.no_update_is_lost(races(counted=(limited,))).outcome is Outcome.UNKNOWN


def test_db034_passes_when_a_failed_commit_is_told() -> None:
    late = LateCommits(
        asked=(Promised(endpoint="POST /tags", status=500), Promised(endpoint="PUT /x", status=0)),
        changing=3,
        operations=9,
    )
    verdict = c.saved_means_committed(late)
    said = "none told success when the commit failed (2 of 3 changing operations judged)"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, said)


def test_db034_names_the_false_promise() -> None:
    false = Promised(endpoint="POST /posts", status=201, curl="curl p")
    verdict = c.saved_means_committed(
        LateCommits(asked=(Promised(endpoint="POST /tags", status=500), false), changing=2, operations=9)
    )
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 of 2 operations told success though the commit failed: POST /posts"
    assert verdict.again[0].endswith("curl p")


def test_db034_names_an_account_that_was_promised_and_never_stored() -> None:
    lost = Promised(endpoint="POST /register", status=201, unforced=True, curl="curl r")
    verdict = c.saved_means_committed(LateCommits(asked=(lost,), changing=2, operations=9))
    assert verdict.message == "1 of 1 operation told success and stored nothing: POST /register"
    assert verdict.places[0].note.startswith("201, and nothing was stored, although the database took everything")
    assert verdict.again == ("curl r",)


def test_db034_does_not_apply_where_nothing_changes_and_does_not_know_where_nothing_could_be_asked() -> None:
    assert c.saved_means_committed(LateCommits(asked=(), changing=0, operations=4)).outcome is Outcome.NOT_APPLICABLE
    assert c.saved_means_committed(LateCommits(asked=(), changing=3, operations=9)).outcome is Outcome.UNKNOWN


def test_db032_does_not_know_when_all_were_refused_or_one_got_no_answer() -> None:
    for statuses in ((429, 429, 429, 429), (201, 409, 0, 409)):
        verdict = c.uniqueness_is_kept_by_the_database(races(replace(KEPT, statuses=statuses)))
        assert verdict.outcome is Outcome.UNKNOWN
        assert "POST /tags answered" in verdict.message


def test_db033_more_than_expected_is_an_answer_that_was_lost_and_no_step() -> None:
    assert not replace(RIGHT, found=13).lost
    assert replace(RIGHT, found=11).lost
    assert not replace(LOST, found=2).lost


def test_db034_does_not_know_when_the_request_was_refused_anyway() -> None:
    late = LateCommits(asked=(Promised(endpoint="POST /posts", status=429, clear=False),), changing=1, operations=9)
    verdict = c.saved_means_committed(late)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "POST /posts (429)" in verdict.message


WALK = CursorWalk(endpoint="GET /posts", cursor="after", walked=True, pages=4)


def test_db051_passes_and_says_how_many_pages() -> None:
    verdict = c.cursors_hold_while_others_write(replace(races(), walks=(WALK,)))
    assert verdict.outcome is Outcome.PASSED
    assert "4 pages" in verdict.message


def test_db051_names_the_list_and_the_row() -> None:
    bad = replace(WALK, fault="shows 7 twice", curl="curl w")
    verdict = c.cursors_hold_while_others_write(replace(races(), walks=(WALK, bad)))
    assert (verdict.outcome, verdict.message, verdict.again) == (
        Outcome.FAILED,
        "GET /posts shows 7 twice",
        ("curl w",),
    )


def test_db051_does_not_apply_without_a_cursor() -> None:
    assert c.cursors_hold_while_others_write(replace(races(), reading=5)).outcome is Outcome.NOT_APPLICABLE


KEYED = Keyed(endpoint="POST /payments", key="the header Idempotency-Key", asked=frozenset(Asked))


def test_db050_passes_where_one_key_is_one_request() -> None:
    verdict = c.a_key_makes_a_repeated_request_one(replace(races(), keyed=(KEYED,)))
    assert (verdict.outcome, [str(one) for one in verdict.shares]) == (Outcome.PASSED, ["1 of 1 operation with a key"])


def test_db050_names_the_key_and_what_came_of_it() -> None:
    bad = replace(KEYED, faults=(KeyFault(what="another body under the same key is taken", curl="curl p"),))
    verdict = c.a_key_makes_a_repeated_request_one(replace(races(), keyed=(KEYED, bad)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "POST /payments, the header Idempotency-Key: another body under the same key is taken"
    assert verdict.again == ("curl p",)


def test_db050_says_what_gave_no_telling_answer() -> None:
    alone = replace(KEYED, endpoint="POST /refunds", asked=frozenset({Asked.AGAIN, Asked.BODY, Asked.CALLER}))
    verdict = c.a_key_makes_a_repeated_request_one(replace(races(), keyed=(KEYED, alone)))
    assert "not judged: POST /refunds (no telling answer to the same at once)" in verdict.message
    assert c.a_key_makes_a_repeated_request_one(replace(races(), keyed=(alone,))).outcome is Outcome.UNKNOWN


def test_db050_does_not_apply_without_a_key_and_does_not_know_what_no_contract_names() -> None:
    assert c.a_key_makes_a_repeated_request_one(races()).outcome is Outcome.NOT_APPLICABLE
    hidden = replace(races(), unread=("POST /pay",))
    assert c.a_key_makes_a_repeated_request_one(hidden).outcome is Outcome.UNKNOWN


TEXT = {"type": "string"}


def asking(fields: dict[str, Any] | None = None, *parameters: tuple[str, str], method: str = "post") -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": fields or {}}}}}
    listed = [{"in": place, "name": name, "schema": TEXT} for place, name in parameters]
    return {"paths": {"/payments": {method: {"parameters": listed, "requestBody": body}}}}


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (asking(None, ("header", "Idempotency-Key")), Key("header", "Idempotency-Key", TEXT)),
        (asking(None, ("header", "x-idempotency-key")), Key("header", "x-idempotency-key", TEXT)),
        (asking({"amount": {"type": "integer"}, "idempotencyKey": TEXT}), Key("body", "idempotencyKey", TEXT)),
        (asking(None, ("query", "idempotency_token")), Key("query", "idempotency_token", TEXT)),
        (asking({"key": TEXT}, ("header", "X-Request-ID")), None),
        (asking(None, ("header", "Idempotency-Key"), method="get"), None),
    ],
)
def test_a_key_for_repeated_requests_is_told_by_its_name(document: dict[str, Any], key: Key | None) -> None:
    assert key_of(document, operations_of(document)[0]) == key
