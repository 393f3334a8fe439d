"""Is a regression told from noise, and from another machine? Evidence by hand."""

from dataclasses import replace

from runner.evidence.agreed.earlier_load import EarlierLoad, EarlierShape, Point
from runner.evidence.load.accepted_again import AcceptedAgain, in_doubt
from runner.evidence.load.load import Load, basis_of
from runner.evidence.load.load_shape import Shape
from runner.live.machine import Use, processors
from runner.model import Outcome, Verdict, every
from stages.performance import checks_regression as c
from stages.performance.artifacts_load import load_record
from tests.stages.test_performance import load, repetition, spec

ENDPOINT = "GET /things"


def earlier(p50: float, *, pace: float = 1.0, requests: int = 300, users: int = 10) -> EarlierLoad:
    point = Point(requests=requests, p50=p50, p95=p50 * 2)
    shape = EarlierShape(users=users, pace=pace, endpoints={ENDPOINT: point})
    return EarlierLoad(run=7, commit="abc1234", shapes={users: shape})


def now(ms: float = 50.0, pace: float = 1.0) -> Load:
    measured = load(repetition(ms=ms), repetition(ms=ms))
    return replace(measured, shapes=(replace(measured.shapes[0], pace=pace),))


def judged(load: Load, earlier: EarlierLoad, again: AcceptedAgain | None = None) -> Verdict:
    return c.nothing_became_slower(load, earlier, again or AcceptedAgain())


def comparison(load: Load, earlier: EarlierLoad, again: AcceptedAgain | None = None) -> str:
    return str(c.load_comparison(load, earlier, again or AcceptedAgain()))


def in_turns(then: Load, now: Load) -> AcceptedAgain:
    """The accepted code and this one, as if both had been measured right now."""
    return AcceptedAgain(commit="abc1234def", then=then.shapes, now=now.shapes)


def test_pf013_passes_within_the_noise() -> None:
    verdict = judged(now(ms=50), earlier(40))
    assert (verdict.outcome, verdict.message) == (
        Outcome.PASSED, "1 endpoint as quick as in run 7, within the noise",
    )  # fmt: skip
    assert verdict.shares == (every(1, "endpoint"),)


def test_pf013_names_the_endpoint_and_both_medians() -> None:
    verdict = judged(now(ms=50), earlier(15))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "1 of 1 endpoint slower than in run 7: GET /things: median 15 → 54 ms, p95 30 → 59 ms at 10 users"
    )
    assert verdict.places[0].endpoint == ENDPOINT


def test_pf013_a_millisecond_more_is_no_regression() -> None:
    assert judged(now(ms=0.5), earlier(1)).outcome is Outcome.PASSED


def test_pf013_is_wide_where_the_repetitions_themselves_differ() -> None:
    measured = load(repetition(ms=25), repetition(ms=60))
    one = replace(measured.shapes[0], repetitions=(repetition(ms=20), repetition(ms=32)), pace=1.0)
    assert judged(replace(measured, shapes=(one,)), earlier(20)).outcome is Outcome.PASSED


def busy(load: Load, others: float = 1.3) -> Load:
    """The same numbers, measured while other programs used the machine."""
    shape = load.shapes[0]
    use = Use(ours=0.5, others=others * processors(), waited=9.0)
    repetitions = tuple(replace(one, use=use) for one in shape.repetitions)
    return replace(load, shapes=(replace(shape, repetitions=repetitions),))


def test_pf013_does_not_blame_the_service_for_a_busy_machine() -> None:
    verdict = judged(busy(now(ms=300)), earlier(15))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 of 1 endpoint slower than in run 7" in verdict.message
    assert "other programs used" in verdict.message
    assert judged(busy(now(ms=50)), earlier(40)).outcome is Outcome.PASSED


def test_pf013_nothing_hides_behind_times_of_a_busy_machine() -> None:
    was = earlier(40)
    then = replace(was, shapes={10: replace(was.shapes[10], disturbed="other programs used 1.3 processors")})
    assert judged(now(ms=50), then).outcome is Outcome.UNKNOWN
    assert judged(now(ms=300), then).outcome is Outcome.FAILED
    record = str(load_record(busy(now())))
    assert "other programs used" in EarlierLoad.read(record, run=1, commit=None).disturbed


def test_pf013_does_not_know_on_a_slower_machine_and_does_not_compare_with_a_faster_one() -> None:
    verdict = judged(now(ms=300, pace=2.0), earlier(15))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "this machine is 2.0 times slower than it was then" in verdict.message
    assert judged(now(ms=50, pace=2.0), earlier(40)).outcome is Outcome.PASSED
    faster = judged(now(ms=50, pace=0.5), earlier(40))
    assert (faster.outcome, faster.looked) == (Outcome.NOT_APPLICABLE, "run 7, the last one that was accepted")


def test_pf013_says_when_nothing_can_be_compared() -> None:
    verdict = judged(now(), earlier(15, requests=10))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "no endpoint was asked often enough" in verdict.message
    assert judged(now(), earlier(15, users=99)).outcome is Outcome.UNKNOWN


def test_a_run_can_be_compared_with_its_own_record() -> None:
    measured = now()
    verdict = judged(measured, EarlierLoad.read(str(load_record(measured)), run=3, commit=None))
    assert verdict.message == "1 endpoint as quick as in run 3, within the noise"


def test_the_comparison_marks_what_became_slower() -> None:
    text = comparison(now(ms=50), earlier(15))
    assert "# Load, against run 7 (abc1234)" in text
    assert "| `GET /things` | 10 | 15 → 54 | 30 → 59 | 24 | slower |" in text


def test_pf013_begins_anew_when_a_need_the_rows_or_the_load_test_changed() -> None:
    verdict = judged(replace(now(ms=50), basis="b"), replace(earlier(15), basis="a"))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "others than in run 7" in verdict.message


def test_the_basis_hangs_on_numbers_rows_and_load_test_and_not_on_words() -> None:
    needs, rows = spec().content.quality, {"things": 5000}
    basis = basis_of(needs, rows, "x")
    reworded = [need.model_copy(update={"text": "In other words"}) for need in needs]
    assert basis_of(needs, rows, "x  # why") == basis
    raised = [need.model_copy(update={"limit": 999.0}) for need in needs]
    assert basis_of(reworded, rows, "x") == basis
    assert basis not in {basis_of(raised, rows, "x"), basis_of(needs, {"things": 1}, "x"), basis_of(needs, rows, "y")}


def shape(load: Load) -> Shape:
    return load.shapes[0]


def test_the_accepted_code_is_asked_again_only_where_the_times_differ_or_the_machine_does() -> None:
    assert not in_doubt(shape(now(ms=50)), now(ms=50), earlier(40))
    assert in_doubt(shape(now(ms=50)), now(ms=50), earlier(15))
    assert in_doubt(shape(now(ms=50, pace=2.0)), now(ms=50), earlier(40))
    assert in_doubt(shape(now(ms=50, pace=0.5)), now(ms=50), earlier(40))
    assert not in_doubt(shape(now(ms=50)), replace(now(ms=50), basis="another"), earlier(15))
    assert not in_doubt(shape(now(ms=50)), now(ms=50), earlier(15, users=99))


def test_pf013_what_is_as_slow_as_the_accepted_code_beside_it_is_the_machine() -> None:
    verdict = judged(now(ms=50), earlier(15), in_turns(now(ms=48), now(ms=50)))
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (every(1, "endpoint"),))
    assert "the code of run 7 (abc1234), measured in turns with it" in verdict.message
    slower_machine = judged(now(ms=300, pace=2.0), earlier(15), in_turns(now(ms=290, pace=2.0), now(ms=300, pace=2.0)))
    assert slower_machine.outcome is Outcome.PASSED


def test_pf013_what_is_slower_than_the_accepted_code_beside_it_is_the_service() -> None:
    for pace in (0.5, 1.0, 2.0):  # on whatever machine
        verdict = judged(now(ms=90, pace=pace), earlier(40), in_turns(now(ms=30, pace=pace), now(ms=90, pace=pace)))
        assert verdict.outcome is Outcome.FAILED
        assert "1 of 1 endpoint slower than the code of run 7 (abc1234), measured in turns" in verdict.message
        assert (verdict.places[0].endpoint, bool(verdict.again)) == (ENDPOINT, True)


def test_pf013_a_comparison_in_turns_that_was_disturbed_decides_nothing() -> None:
    for again in (
        in_turns(busy(now(ms=30)), now(ms=300)),
        in_turns(now(ms=300), busy(now(ms=300))),
        in_turns(now(ms=300, pace=1.0), now(ms=300, pace=2.0)),
    ):
        verdict = judged(now(ms=300, pace=2.0), earlier(15), again)
        assert verdict.outcome is Outcome.UNKNOWN
        assert "measured in turns with it, decides nothing" in verdict.message


def test_pf013_says_why_the_accepted_code_was_not_asked() -> None:
    verdict = judged(now(ms=300, pace=2.0), earlier(15), AcceptedAgain(why_not="run 7 was outside of git"))
    assert verdict.message.endswith("could not be measured in turns with it: run 7 was outside of git")


def test_the_comparison_shows_the_accepted_code_in_turns() -> None:
    text = comparison(now(ms=50), earlier(15), in_turns(now(ms=48), now(ms=50)))
    assert "## The accepted code, measured in turns with this one\n\nCommit abc1234, checked out beside" in text
    assert "| `GET /things` | 10 | 52 → 54 |" in text
