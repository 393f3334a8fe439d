"""All services at a glance: where each stands, since when, and who signs, in both kinds of ledger."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from runner.model import Finding, Outcome, Waived
from tests.workflow.forging import forging
from tests.workflow.records import a_finding, a_run
from workflow.gate import judge
from workflow.ledger import BuiltIn, Ledger, RunState, StageResult, Standing

START = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
TODAY = datetime.now(UTC).astimezone().date()
PASSED = a_finding(outcome=Outcome.PASSED, places=())
FAILED = a_finding()
UNKNOWN = a_finding(outcome=Outcome.UNKNOWN, places=())
TWO = BuiltIn(name="2 checks", stages={"database": frozenset({"DB003"}), "security": frozenset({"SC001"})})


def waived(until: date) -> Finding:
    one = Waived(place="", reason="a reason", owner="bo", approver="ada", until=until.isoformat())
    return replace(FAILED, waivers=(one,) * len(FAILED.places))


def run(ledger: Ledger, *findings: Finding, day: int = 0, **other: object) -> int:
    """An ended run of the stages of its findings, as a check writes it."""
    slugs = tuple(dict.fromkeys(one.stage for one in findings))
    id = ledger.begin(a_run(started=START + timedelta(days=day), stages=slugs, **other))
    for one in findings:
        ledger.add_finding(id, one)
    for slug in slugs:
        of_it = [one for one in findings if one.stage == slug]
        ledger.add_stage(id, StageResult(slug=slug, verdict=judge(of_it).value, seconds=1.0, whole="only" not in other))
    ledger.end(id, RunState.FINISHED, judge(findings).value)
    return id


def standing(ledger: Ledger, built_in: BuiltIn | None = None) -> Standing:
    [one] = ledger.fleet(built_in)
    return one


@pytest.mark.parametrize(
    ("findings", "word"),
    [
        ((PASSED,), "GO"),
        ((PASSED, FAILED), "NO-GO"),
        ((PASSED, UNKNOWN), "UNKNOWN"),
        ((PASSED, UNKNOWN, FAILED), "NO-GO"),
        ((PASSED, waived(TODAY)), "GO with waivers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_lamp_tells_what_the_verdict_alone_does_not(ledger: Ledger, findings: tuple[Finding, ...], word: str) -> None:
    run(ledger, *findings)
    assert standing(ledger).lamps == {"database": (word, False)}


def test_a_waiver_that_has_ended_since_excuses_nothing(ledger: Ledger) -> None:
    id = run(ledger, PASSED, waived(TODAY - timedelta(days=1)))
    assert ledger.run(id).verdict == "GO", "it was excused on its day"
    assert standing(ledger).lamps == {"database": ("NO-GO", False)}


def test_each_stage_stands_by_the_newest_run_that_asked_all_of_it(ledger: Ledger) -> None:
    run(ledger, FAILED, replace(PASSED, stage="security", check="SC001"))
    run(ledger, PASSED)
    assert {slug: word for slug, (word, _) in standing(ledger).lamps.items()} == {"database": "GO", "security": "GO"}
    run(ledger, FAILED, only=("DB003",))
    assert standing(ledger).lamps["database"][0] == "GO", "a single check judges no stage"


def test_the_trend_is_of_whole_runs_and_tells_since_when(ledger: Ledger) -> None:
    other = replace(PASSED, stage="security", check="SC001")
    for day, first in enumerate((PASSED, FAILED, PASSED, PASSED)):
        run(ledger, first, other, day=day)
    run(ledger, FAILED, day=7)  # of one stage alone
    one = standing(ledger, TWO)
    assert [past.verdict for past in one.trend] == ["GO", "NO-GO", "GO", "GO"]
    assert one.since
    assert (one.since.run, one.since.started) == (3, START + timedelta(days=2))
    assert (
        standing(ledger, BuiltIn(name="", stages={"a": frozenset(), "b": frozenset(), "c": frozenset()})).since is None
    )


def test_a_run_of_single_checks_is_no_part_of_the_trend(ledger: Ledger) -> None:
    run(ledger, PASSED)
    run(ledger, FAILED, day=1, only=("DB003",))
    assert [past.verdict for past in standing(ledger).trend] == ["GO"]


def test_an_altered_run_has_no_verdict_in_the_trend(ledger: Ledger, url: str) -> None:
    """Not the newest run, from which the lamps are drawn: one before it."""
    for day in range(3):
        run(ledger, FAILED, day=day)
    with forging(url) as connection:
        connection.exec_driver_sql("UPDATE run SET verdict = 'GO' WHERE id = 2")
    one = standing(ledger)
    assert [past.verdict for past in one.trend] == ["NO-GO", "altered", "NO-GO"]
    assert one.altered == "run 2 was altered"
    assert one.lamps == {"database": ("NO-GO", False)}, "they hang on another run"


def test_of_very_many_runs_the_latest_are_shown_the_oldest_first(ledger: Ledger) -> None:
    ids = [run(ledger, PASSED, day=day) for day in range(15)]
    assert [past.run for past in standing(ledger).trend] == ids[3:]


@pytest.mark.parametrize("had", ["2 checks", "1 check"])
def test_a_stage_with_checks_that_the_run_did_not_ask_is_stale(ledger: Ledger, had: str) -> None:
    run(ledger, replace(PASSED, check="DB001"), tools={"gonogo": had})
    assert standing(ledger, TWO).lamps == {"database": ("GO", had != TWO.name)}
