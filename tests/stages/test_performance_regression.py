"""Is a regression told from noise, and from another machine? Evidence by hand."""

from dataclasses import replace

from runner.evidence.agreed.earlier_load import EarlierLoad, EarlierShape, Point
from runner.evidence.load.load import Load, basis_of
from runner.live.machine import Use, processors
from runner.model import Outcome, every
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


def test_pf013_passes_within_the_noise() -> None:
    verdict = c.nothing_became_slower(now(ms=50), earlier(40))
    assert (verdict.outcome, verdict.message) == (
        Outcome.PASSED, "1 endpoint as quick as in run 7, within the noise",
    )  # fmt: skip
    assert verdict.shares == (every(1, "endpoint"),)


def test_pf013_names_the_endpoint_and_both_medians() -> None:
    verdict = c.nothing_became_slower(now(ms=50), earlier(15))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        "1 of 1 endpoint slower than in run 7: GET /things: median 15 → 54 ms, p95 30 → 59 ms at 10 users"
    )
    assert verdict.places[0].endpoint == ENDPOINT


def test_pf013_a_millisecond_more_is_no_regression() -> None:
    assert c.nothing_became_slower(now(ms=0.5), earlier(1)).outcome is Outcome.PASSED


def test_pf013_is_wide_where_the_repetitions_themselves_differ() -> None:
    measured = load(repetition(ms=25), repetition(ms=60))
    one = replace(measured.shapes[0], repetitions=(repetition(ms=20), repetition(ms=32)), pace=1.0)
    assert c.nothing_became_slower(replace(measured, shapes=(one,)), earlier(20)).outcome is Outcome.PASSED


def busy(load: Load, others: float = 1.3) -> Load:
    """The same numbers, measured while other programs used the machine."""
    shape = load.shapes[0]
    use = Use(ours=0.5, others=others * processors(), waited=9.0)
    repetitions = tuple(replace(one, use=use) for one in shape.repetitions)
    return replace(load, shapes=(replace(shape, repetitions=repetitions),))


def test_pf013_does_not_blame_the_service_for_a_busy_machine() -> None:
    verdict = c.nothing_became_slower(busy(now(ms=300)), earlier(15))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 of 1 endpoint slower than in run 7" in verdict.message
    assert "other programs used" in verdict.message
    assert c.nothing_became_slower(busy(now(ms=50)), earlier(40)).outcome is Outcome.PASSED


def test_pf013_nothing_hides_behind_times_of_a_busy_machine() -> None:
    was = earlier(40)
    then = replace(was, shapes={10: replace(was.shapes[10], disturbed="other programs used 1.3 processors")})
    assert c.nothing_became_slower(now(ms=50), then).outcome is Outcome.UNKNOWN
    assert c.nothing_became_slower(now(ms=300), then).outcome is Outcome.FAILED
    record = str(load_record(busy(now())))
    assert "other programs used" in EarlierLoad.read(record, run=1, commit=None).disturbed


def test_pf013_does_not_know_on_a_slower_machine_and_does_not_compare_with_a_faster_one() -> None:
    verdict = c.nothing_became_slower(now(ms=300, pace=2.0), earlier(15))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "this machine is 2.0 times slower than it was then" in verdict.message
    assert c.nothing_became_slower(now(ms=50, pace=2.0), earlier(40)).outcome is Outcome.PASSED
    faster = c.nothing_became_slower(now(ms=50, pace=0.5), earlier(40))
    assert (faster.outcome, faster.looked) == (Outcome.NOT_APPLICABLE, "run 7, the last one that was accepted")


def test_pf013_says_when_nothing_can_be_compared() -> None:
    verdict = c.nothing_became_slower(now(), earlier(15, requests=10))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "no endpoint was asked often enough" in verdict.message
    assert c.nothing_became_slower(now(), earlier(15, users=99)).outcome is Outcome.UNKNOWN


def test_a_run_can_be_compared_with_its_own_record() -> None:
    measured = now()
    verdict = c.nothing_became_slower(measured, EarlierLoad.read(str(load_record(measured)), run=3, commit=None))
    assert verdict.message == "1 endpoint as quick as in run 3, within the noise"


def test_the_comparison_marks_what_became_slower() -> None:
    text = c.load_comparison(now(ms=50), earlier(15))
    assert "# Load, against run 7 (abc1234)" in text
    assert "| `GET /things` | 10 | 15 → 54 | 30 → 59 | 24 | slower |" in text


def test_pf013_begins_anew_when_a_need_the_rows_or_the_load_test_changed() -> None:
    verdict = c.nothing_became_slower(replace(now(ms=50), basis="b"), replace(earlier(15), basis="a"))
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
