"""A change that told success and stored nothing: is it named with the role, and what was stored passed?"""

from dataclasses import replace

from runner.evidence.behaviour.unstored_changes import Unstored, UnstoredChanges
from runner.model import Outcome
from stages.database.checks_changes import what_was_told_as_done_is_read

RENAME, DELETE = "PATCH /users/me", "DELETE /posts/{post_id}"
STORED = UnstoredChanges(
    unstored=(), judged=frozenset({RENAME, DELETE}), changing=frozenset({RENAME, DELETE}), told=5, roles=("reader",)
)
LOST = Unstored(endpoint=RENAME, role="reader", status=200, why="name is still 'a'", curl="curl -X PATCH x")


def test_what_was_stored_passes_with_what_it_judged() -> None:
    verdict = what_was_told_as_done_is_read(STORED)
    assert verdict.outcome is Outcome.PASSED
    assert [str(one) for one in verdict.shares] == ["2 of 2 changing operations", "1 of 1 role"]


def test_a_success_that_stored_nothing_is_named_with_its_role_and_its_command() -> None:
    verdict = what_was_told_as_done_is_read(replace(STORED, unstored=(LOST,)))
    assert verdict.outcome is Outcome.FAILED
    assert "PATCH /users/me as reader: name is still 'a'" in verdict.message
    assert [str(place) for place in verdict.places] == [RENAME]
    assert verdict.again == ("curl -X PATCH x",)


def test_what_could_not_be_judged_is_said() -> None:
    verdict = what_was_told_as_done_is_read(
        replace(STORED, judged=frozenset({RENAME}), problems=((DELETE, "what it changes can't be read"),))
    )
    assert f"not judged: {DELETE}: what it changes can't be read" in verdict.message
