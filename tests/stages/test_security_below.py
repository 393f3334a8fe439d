"""What is hidden, and what is asked below it. Evidence by hand."""

from dataclasses import replace

from runner.evidence.behaviour.hidden_children import HiddenChild, HiddenChildren
from runner.evidence.behaviour.hidden_listed import HiddenListed
from runner.evidence.behaviour.shared_answers import SharedAnswers
from runner.model import Outcome
from stages.security.checks_below import what_is_hidden_hides_what_is_below as judge

BELOW = "GET /posts/{post_id}/comments"
KEPT = HiddenChild(
    endpoint=BELOW, parent="GET /posts/{post_id}", caller="a stranger", refused=404, status=404, curl="curl x"
)


def answers(
    *found: HiddenChild,
    below: frozenset[str] = frozenset({BELOW}),
    problem: str = "",
    listed: tuple[HiddenListed, ...] = (),
) -> SharedAnswers:
    problems = ((KEPT.parent, problem),) if problem else ()
    hidden = HiddenChildren(found=found, below=below, listed=listed, problems=problems)
    return SharedAnswers(shared=(), asked=frozenset(), reads=2, hidden=hidden)


def test_sc008_passes_where_what_is_below_is_hidden_too() -> None:
    verdict = judge(answers(KEPT))
    assert (verdict.outcome, str(verdict.shares[0])) == (Outcome.PASSED, "1 of 1 operation")


def test_sc008_names_what_is_open_below_a_draft() -> None:
    verdict = judge(answers(replace(KEPT, status=200), KEPT))
    said = f"{BELOW}: a stranger is answered 200 below what GET /posts/{{post_id}} answers 404 (1 operation)"
    assert (verdict.outcome, verdict.message, verdict.places[0].endpoint) == (Outcome.FAILED, said, BELOW)
    assert verdict.again == ("curl x",)


def test_sc008_has_nothing_to_judge_where_nothing_is_hidden() -> None:
    verdict = judge(answers(below=frozenset()))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.message == "no thing is hidden from those who may see others like it"


BY_AUTHOR = HiddenListed(
    endpoint="GET /posts", parent="GET /posts/{post_id}", signed_in=False, curl="curl l", query="author_id"
)


def test_sc008_names_the_filter_of_a_list_that_shows_what_is_hidden() -> None:
    verdict = judge(answers(KEPT, listed=(replace(BY_AUTHOR, query=""), replace(BY_AUTHOR, shown=True))))
    said = "GET /posts: a stranger is shown by `author_id` what GET /posts/{post_id} answers 404 (1 operation)"
    assert (verdict.outcome, verdict.message, verdict.again) == (Outcome.FAILED, said, ("curl l",))


def test_sc008_names_a_total_that_counts_what_is_hidden() -> None:
    verdict = judge(answers(KEPT, listed=(replace(BY_AUTHOR, counted=True, signed_in=True),)))
    said = "the total that another caller is told counts what GET /posts/{post_id} answers 404"
    assert (verdict.outcome, verdict.places[0].note) == (Outcome.FAILED, said)


def test_sc008_judges_lists_where_nothing_stands_below_a_thing() -> None:
    verdict = judge(answers(below=frozenset(), listed=(BY_AUTHOR, replace(BY_AUTHOR, query=""))))
    assert (verdict.outcome, str(verdict.shares[0])) == (Outcome.PASSED, "1 of 1 list")


def test_sc008_says_of_how_many_lists_it_could_judge_and_of_none_that_it_could_not() -> None:
    unmade = (("GET /notes/{note_id}", "nobody may make a note"),)
    some = HiddenChildren(listed=(BY_AUTHOR,), made=frozenset({BY_AUTHOR.parent}), unmade=unmade)
    verdict = judge(SharedAnswers(shared=(), asked=frozenset(), reads=2, hidden=some))
    assert str(verdict.shares[0]) == "1 of 2 lists"
    verdict = judge(SharedAnswers(shared=(), asked=frozenset(), reads=2, hidden=HiddenChildren(unmade=unmade)))
    assert (verdict.outcome, "nobody may make a note" in verdict.message) == (Outcome.UNKNOWN, True)
