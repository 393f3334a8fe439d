"""Access: requests that were refused, and by which nothing is proved."""

from dataclasses import replace

import pytest

from runner.evidence.access.cells import ANOTHERS, OWN, Cell
from runner.evidence.access.matrix import Matrix
from runner.evidence.behaviour.hidden_children import HiddenChildren
from runner.evidence.behaviour.shared_answers import SharedAnswers
from runner.model import Check, Outcome
from stages.security import checks_access as checks
from stages.security.checks_below import what_is_hidden_hides_what_is_below

READ = "GET /orders/{order_id}"
ANOTHER = Cell(endpoint=READ, role="member", owner=ANOTHERS, declared=False, by="own", status=403)
HERS = Cell(endpoint=READ, role="member", owner=OWN, declared=True, by="own", status=200)
STRANGER = replace(ANOTHER, role="anonymous", by="", status=401)
LESSER = replace(ANOTHER, role="guest", by="", status=403)
REFUSING: list[tuple[Check[...], Cell]] = [
    (checks.closed_without_sign_in, STRANGER),
    (checks.own_objects_only, ANOTHER),
    (checks.roles_are_refused, LESSER),
]


def matrix(*cells: Cell, hidden: tuple[str, ...] = ()) -> Matrix:
    return Matrix(cells=cells, roles=("anonymous", "guest", "member"), specified=True, hidden=hidden)


@pytest.mark.parametrize(("check", "refused"), REFUSING, ids=lambda one: one.id if isinstance(one, Check) else "")
@pytest.mark.parametrize("status", [422, 429, 500, 503, 400])
def test_an_answer_before_the_guard_is_no_refusal(check: Check[...], refused: Cell, status: int) -> None:
    assert check(matrix(replace(refused, status=status), HERS)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("check", "refused"), REFUSING, ids=lambda one: one.id if isinstance(one, Check) else "")
def test_where_everybody_is_told_404_nobody_is_guarded_from(check: Check[...], refused: Cell) -> None:
    verdict = check(matrix(replace(refused, status=404), replace(HERS, status=404)))
    assert verdict.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("check", "refused"), REFUSING, ids=lambda one: one.id if isinstance(one, Check) else "")
def test_operations_that_the_contract_hides_were_not_asked(check: Check[...], refused: Cell) -> None:
    verdict = check(matrix(refused, HERS, hidden=("GET /admin/export", "POST /admin/import")))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 of 3 operations" in verdict.message


@pytest.mark.parametrize(("check", "refused"), REFUSING, ids=lambda one: one.id if isinstance(one, Check) else "")
def test_operations_of_which_nobody_said_who_may_were_not_judged(check: Check[...], refused: Cell) -> None:
    open_to = [replace(HERS, endpoint=f"GET /exports/{n}", declared=None, by="") for n in range(2)]
    assert check(matrix(refused, HERS, *open_to)).outcome is Outcome.UNKNOWN


def test_sc002_an_object_that_its_owner_does_not_find_either() -> None:
    verdict = checks.own_objects_only(matrix(replace(ANOTHER, status=404, gone=True), HERS))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message.endswith("answered 404, as to its owner")


def test_sc004_half_of_what_is_allowed_comes_to_nothing() -> None:
    dead = [replace(HERS, endpoint=f"GET /dead/{n}", status=404) for n in range(3)]
    assert checks.roles_get_in(matrix(HERS, *dead)).outcome is Outcome.UNKNOWN


def test_sc005_404_for_all_is_neither_401_nor_403() -> None:
    hiding = [replace(STRANGER, endpoint=f"GET /hidden/{n}", status=404) for n in range(3)]
    assert checks.unknown_or_forbidden(matrix(*hiding)).outcome is Outcome.UNKNOWN
    assert checks.unknown_or_forbidden(matrix(STRANGER, *hiding)).outcome is Outcome.UNKNOWN


def test_sc008_a_draft_that_nobody_can_make_and_a_door_that_is_shut_to_all() -> None:
    unmade = HiddenChildren(problems=((READ, "answered 500"),))
    shut = HiddenChildren(below=frozenset({f"{READ}/items"}))
    for hidden in (unmade, shut):
        answers = SharedAnswers(shared=(), asked=frozenset(), reads=1, hidden=hidden)
        assert what_is_hidden_hides_what_is_below(answers).outcome is Outcome.UNKNOWN
