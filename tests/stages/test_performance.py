"""The checks of the performance stage, on evidence made by hand."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.discovery.target import find_target
from runner.errors import Thing
from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.evidence.behaviour.caches import Caches, Stale, Timing, Without
from runner.evidence.behaviour.kept_questions import Mixed
from runner.evidence.contract.contract import Contract
from runner.evidence.database.database_limits import DatabaseLimits, Engine
from runner.evidence.database.seeded import Seeded
from runner.evidence.database.statements import Statement
from runner.evidence.load import load as loads
from runner.evidence.load.caller_labels import CallerLabel, CallerLabels
from runner.evidence.load.load import Load
from runner.evidence.load.load_files import LoadFile
from runner.evidence.load.load_numbers import Sample, Second
from runner.evidence.load.load_shape import Repetition, Shape
from runner.evidence.load.metrics_seen import Counting, Growth, port_of_metrics
from runner.evidence.load.monitoring import Followed, HealthEndpoint, Monitoring
from runner.evidence.load.need_values import spoilt
from runner.evidence.load.plans import Plan, Plans, Scan, Sort
from runner.evidence.load.query_counts import Counted, ListCost, QueryCounts
from runner.evidence.load.traffic import StatementKind
from runner.live.machine import Use, processors
from runner.live.workshop import Workshop
from runner.model import Outcome, every, share
from runner.probe import Probe
from runner.specification_text import parse
from stages.performance import artifacts, artifacts_load
from stages.performance import checks as c
from stages.performance import checks_queries as q
from stages.performance import checks_running as r
from tests.conftest import ROOT

SPEC = """\
gonogo: 1
service: {name: shop, summary: Sells, owner: seller}
quality:
  - id: QN-001
    text: Fast
    metric: latency
    endpoint: GET /things
    percentile: 95
    limit: 200
    unit: ms
    load: {users: 10, seconds: 10}
  - {id: QN-002, text: Much, metric: throughput, limit: 20, unit: req/s, load: {users: 10, seconds: 10}}
  - {id: QN-003, text: Well, metric: error_rate, limit: 1, unit: "%", load: {users: 10, seconds: 10}}
data: {things: 5000}
"""


def spec(text: str = SPEC) -> Spec:
    problems, parsed = parse("spec.yaml", text)
    assert parsed is not None, problems
    return Spec(file=SpecificationFile(path="spec.yaml", text=text, problems=(), parsed=parsed), content=parsed)


def repetition(ms: float = 50.0, number: int = 150, errors: int = 0, generator: float = 0.2) -> Repetition:
    samples = [Sample(t=n / 30, endpoint="GET /things", ms=ms + n % 10) for n in range(number)]
    broken = [Sample(t=n / 30, endpoint="GET /things", ms=ms, error="HTTPError: 500") for n in range(errors)]
    return Repetition(seconds=5.0, samples=(*samples, *broken), generator=generator)


def load(*repetitions: Repetition, there: int = 5000) -> Load:
    shape = Shape(
        users=10,
        wanted_seconds=10,
        warm_up=4.0,
        repetitions=repetitions or (repetition(), repetition()),
        seconds=(Second(t=0, users=10, rps=30, p50=55, p95=59, failures=0),),
    )
    rows = Seeded(declared={"things": 5000}, there={"things": there}, seed="python seed.py")
    return Load(
        shapes=(shape,),
        rows=rows,
        needs=spec().content.quality,
        locustfile="locustfile.py",
        wanted=("GET /things",),
    )


BUSY = Use(ours=0.5, others=1.3 * processors(), waited=9.0)


def disturbed(*repetitions: Repetition) -> Load:
    """Measured while other programs used the machine."""
    return load(*(replace(one, use=BUSY) for one in repetitions))


def test_pf001_passes_when_each_need_is_met() -> None:
    verdict = c.quality_needs_are_met(load(), spec())
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "all met at 10 users")
    assert verdict.shares == (every(3, "need"),)


def test_pf001_names_the_need_and_its_numbers() -> None:
    verdict = c.quality_needs_are_met(load(repetition(ms=300), repetition(ms=300)), spec())
    expected = "1 of 3 needs missed: QN-001 GET /things: p95 309 ms (need 200 ms) at 10 users"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    assert str(verdict.places[0]) == "spec.yaml:4"


def test_pf001_does_not_know_with_a_saturated_generator() -> None:
    slow = repetition(ms=300, generator=0.97)
    verdict = c.quality_needs_are_met(load(slow, slow), spec())
    assert verdict.outcome is Outcome.UNKNOWN
    assert "the load generator itself was at its limit" in verdict.message


def test_pf001_does_not_know_about_an_endpoint_that_was_not_called() -> None:
    verdict = c.quality_needs_are_met(load(), spec())
    other = replace(load(), needs=(spec().content.quality[0].model_copy(update={"endpoint": "GET /rest"}),))
    verdict = c.quality_needs_are_met(other, spec())
    assert (verdict.outcome, verdict.message) == (Outcome.UNKNOWN, "QN-001: the load test never called GET /rest")


def test_pf001_does_not_blame_the_service_for_a_busy_machine() -> None:
    slow = disturbed(repetition(ms=300), repetition(ms=300))
    verdict = c.quality_needs_are_met(slow, spec())
    assert verdict.outcome is Outcome.UNKNOWN
    assert "QN-001: p95 309 ms (need 200 ms) at 10 users, but other programs used" in verdict.message
    well = c.quality_needs_are_met(disturbed(repetition(), repetition()), spec())
    assert well.outcome is Outcome.PASSED
    assert "; meanwhile other programs used" in well.message


def test_pf001_names_what_is_slower_than_a_busy_machine_explains() -> None:
    waiting = replace(BUSY, waited=1.0)  # a second each second: 2 × 5 s and 2 × 2.5 s of work for 300 answers
    slow = disturbed(repetition(ms=300), repetition(ms=300))
    crowded = load(*(replace(one, use=waiting) for one in slow.shapes[0].repetitions))
    assert round(crowded.shapes[0].explained(300)) == 83
    assert c.quality_needs_are_met(crowded, spec()).outcome is Outcome.FAILED
    disk = load(*(replace(one, use=replace(waiting, io=0.5)) for one in slow.shapes[0].repetitions))
    assert c.quality_needs_are_met(disk, spec()).outcome is Outcome.UNKNOWN


NEEDS = spec().content.quality


def test_what_others_spoilt_is_what_says_nothing_of_a_need() -> None:
    waiting = replace(BUSY, waited=1.0)
    late = load(*(replace(repetition(ms=300), use=waiting) for _ in range(2)))
    assert not spoilt(disturbed().shapes[0], NEEDS), "met, whoever else was there"
    assert not spoilt(load(repetition(ms=300), repetition(ms=300)).shapes[0], NEEDS), "missed, and nobody there"
    assert not spoilt(late.shapes[0], NEEDS), "missed by more than others explain"
    assert spoilt(disturbed(repetition(ms=300), repetition(ms=300)).shapes[0], NEEDS)
    assert spoilt(disturbed(repetition(), repetition(ms=90)).shapes[0], NEEDS), "met, and unsteady"
    assert spoilt(disturbed(repetition(number=30), repetition(number=30)).shapes[0], ()), "too few"
    assert not spoilt(replace(disturbed(repetition(ms=300)).shapes[0], ended="it ended with code 1"), NEEDS)


@pytest.mark.parametrize(("spoils", "measured"), [(0, 1), (1, 2), (2, 3), (9, 3)])
def test_what_others_spoilt_is_measured_again_after_a_rest(
    spoils: int, measured: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = disturbed(repetition(ms=300), repetition(ms=300)).shapes[0], load().shapes[0]
    answers = iter([bad] * spoils + [good])
    monkeypatch.setattr(loads, "measure_once", lambda *_: next(answers))
    with Workshop(rests=(0.0, 0.0)) as workshop:
        probe = Probe(find_target(ROOT / "sample_service"), workshop)
        shape = loads.measure(probe, Contract(document={}), 10, 10.0, NEEDS)
    assert shape.before == (bad.disturbed,) * (measured - 1)
    kept = replace(load(), shapes=(shape,))
    assert kept.is_partial() is (spoils == 9), "the next run measures it anew"
    assert ("It was measured before, in vain: other programs used" in artifacts_load.load_report(kept)) is (
        measured > 1
    )


def test_a_run_that_is_cancelled_rests_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = disturbed(repetition(ms=300), repetition(ms=300)).shapes[0]
    monkeypatch.setattr(loads, "measure_once", lambda *_: bad)
    workshop = Workshop(rests=(3600.0,))
    probe = Probe(find_target(ROOT / "sample_service"), workshop)
    with ThreadPoolExecutor() as pool:
        future = pool.submit(loads.measure, probe, Contract(document={}), 10, 10.0, NEEDS)
        workshop.close()
        assert future.result(timeout=60).before


def test_a_load_is_judged_by_the_repetitions_that_nobody_disturbed() -> None:
    noisy = replace(repetition(ms=300), use=BUSY)
    verdict = c.quality_needs_are_met(load(noisy, repetition(), noisy, repetition()), spec())
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "all met at 10 users")


def test_pf001_does_not_judge_the_whole_service_by_what_nobody_named() -> None:
    needs = tuple(need.model_copy(update={"endpoint": None}) for need in spec().content.quality)
    narrow = replace(load(), needs=needs, wanted=("GET /things", "POST /things", "GET /orders"), named=False)
    for verdict in (c.quality_needs_are_met(narrow, spec()), c.no_request_fails_under_load(narrow)):
        assert verdict.outcome is Outcome.UNKNOWN
        assert "the load test asked 1 of 3 endpoints of the specification, not POST /things" in verdict.message
    named = replace(load(), wanted=("GET /things", "GET /rest"))
    assert "1 of 2 endpoints that needs name, not GET /rest" in c.quality_needs_are_met(named, spec()).message


def test_pf001_does_not_take_the_slowest_of_a_few_for_a_percentile() -> None:
    few = replace(load(repetition(number=6), repetition(number=6)), needs=spec().content.quality[:1])
    verdict = c.quality_needs_are_met(few, spec())
    assert "only 12 answers, a percentile wants 20" in verdict.message


def test_pf001_counts_no_refusal_as_a_quick_answer() -> None:
    refused = repetition(number=0, errors=150)
    verdict = c.quality_needs_are_met(load(refused, refused), spec())
    assert verdict.outcome is Outcome.FAILED
    assert "QN-001 GET /things: every request failed" in verdict.message
    half = repetition(ms=300, number=75, errors=150)
    verdict = c.quality_needs_are_met(load(half, half), spec())
    assert "QN-001 GET /things: p95 309 ms (need 200 ms) at 10 users" in {place.note for place in verdict.places}


def test_a_service_that_ended_under_load_misses_its_needs() -> None:
    shape = replace(load().shapes[0], ended="the service ended while it was asked (exit code 3): out of luck")
    died = replace(load(), shapes=(shape,))
    for verdict in (c.quality_needs_are_met(died, spec()), c.no_request_fails_under_load(died)):
        assert verdict.outcome is Outcome.FAILED
        assert "the service ended while it was asked (exit code 3): out of luck" in verdict.message


def test_pf002_passes_with_two_runs_that_agree() -> None:
    verdict = c.the_measurement_can_be_trusted(load())
    expected = "10 users: 2 × 5 s agree; 5,000 rows; generator at 20% of a processor"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)
    assert verdict.shares == (every(1, "load"), every(1, "declared table"))


def test_pf002_does_not_blame_the_load_test_for_a_busy_machine() -> None:
    verdict = c.the_measurement_can_be_trusted(disturbed(repetition(), repetition(ms=400, number=60)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message.endswith("Measure it on a machine that is free")
    assert c.the_measurement_can_be_trusted(disturbed(repetition(), repetition())).outcome is Outcome.PASSED
    short = replace(disturbed(repetition(), repetition()), rows=load(there=10).rows)
    assert c.the_measurement_can_be_trusted(short).outcome is Outcome.FAILED


def test_pf002_does_not_know_about_rows_that_nobody_declared() -> None:
    rows = Seeded(declared={}, there={}, seed=None, tables=3)
    assert c.the_measurement_can_be_trusted(replace(load(), rows=rows)).outcome is Outcome.UNKNOWN
    assert c.the_measurement_can_be_trusted(replace(load(), rows=replace(rows, tables=0))).outcome is Outcome.PASSED


def test_pf002_names_missing_rows() -> None:
    verdict = c.the_measurement_can_be_trusted(load(there=10))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "things: 10 of 5000 declared rows")


def test_pf002_names_runs_that_differ() -> None:
    verdict = c.the_measurement_can_be_trusted(load(repetition(), repetition(ms=400, number=60)))
    assert verdict.outcome is Outcome.FAILED
    assert "2 repetitions differ by more than 30%: 54 ms at 30 req/s, 404 ms at 12 req/s" in verdict.message


def test_pf002_names_a_generator_at_its_limit_and_too_few_answers() -> None:
    tired = repetition(number=20, generator=0.95)
    verdict = c.the_measurement_can_be_trusted(load(tired, tired))
    assert verdict.outcome is Outcome.FAILED
    assert "only 40 answers in 10 s" in verdict.message
    assert "the generator used 95% of a processor" in verdict.message


def test_pf003_passes_without_errors_or_within_what_is_allowed() -> None:
    well = c.no_request_fails_under_load(load())
    assert well.message == "0 of 300 requests failed"
    assert well.shares == (every(300, "request"), every(1, "endpoint of a need"))
    few = c.no_request_fails_under_load(load(repetition(errors=1), repetition()))
    assert (few.outcome, few.message) == (Outcome.PASSED, "1 of 301 requests failed (the specification allows 1 %)")


def test_pf003_names_the_errors() -> None:
    verdict = c.no_request_fails_under_load(load(repetition(errors=9), repetition()))
    expected = "9 of 309 requests failed: 9 × HTTPError: 500 at 10 users"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    assert str(verdict.places[0]) == "GET /things"


def test_pf003_names_a_write_that_is_refused_each_time_however_few_they_are() -> None:
    refused = tuple(Sample(t=n, endpoint="POST /things", ms=2.0, error="answered 401") for n in range(5))
    much = repetition(number=900)
    verdict = c.no_request_fails_under_load(load(replace(much, samples=(*much.samples, *refused)), repetition()))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "what is refused is not done: POST /things was answered 401 each of 5 times"
    once = Sample(t=9, endpoint="POST /things", ms=2.0)
    done = c.no_request_fails_under_load(load(replace(much, samples=(*much.samples, *refused, once)), repetition()))
    assert done.outcome is Outcome.PASSED


def test_pf003_does_not_blame_the_service_for_waiting_on_a_busy_machine() -> None:
    late = tuple(Sample(t=n, endpoint="GET /things", ms=9.0, error="answered 503") for n in range(9))
    busy = disturbed(replace(repetition(), samples=late), repetition())
    assert c.no_request_fails_under_load(busy).outcome is Outcome.UNKNOWN
    assert c.no_request_fails_under_load(disturbed(repetition(errors=9), repetition())).outcome is Outcome.FAILED


def cost(few: Mapping[str, int], many: Mapping[str, int]) -> ListCost:
    return ListCost(
        endpoint="GET /things",
        path="/things?limit=10",
        few=Counted(items=1, statements=few),
        many=Counted(items=10, statements=many),
    )


def test_pf004_passes_with_the_same_number() -> None:
    one = cost({"SELECT things": 1, "SELECT tags WHERE id = ?": 1}, {"SELECT things": 1, "SELECT tags IN (?)": 1})
    verdict = q.lists_cost_the_same_for_one_and_ten(QueryCounts(lists=(one,), kinds=()))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "1 list at 1 and 10 rows, statements: 2 → 2")
    assert verdict.shares == (every(1, "list"),)


def test_pf004_names_the_statement_that_grows() -> None:
    one = cost({"SELECT things": 1, "SELECT owner": 1}, {"SELECT things": 1, "SELECT owner": 10})
    verdict = q.lists_cost_the_same_for_one_and_ten(QueryCounts(lists=(one,), kinds=()))
    expected = "1 list with statements that grow with the rows; GET /things: 2 → 11"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    assert verdict.places[0].note == "2 → 11 statements; 10 × for 10 rows: SELECT owner"


def test_pf004_does_not_know_when_nothing_could_be_compared() -> None:
    one = ListCost(endpoint="GET /things", path="/things", problem="it never held more than 0")
    verdict = q.lists_cost_the_same_for_one_and_ten(QueryCounts(lists=(one,), kinds=()))
    assert (verdict.outcome, verdict.message) == (Outcome.UNKNOWN, "GET /things: it never held more than 0")


KIND = StatementKind(
    shape="SELECT ?", calls=3, total_ms=9.0, slowest=Statement(text="SELECT $1", ms=4.0, parameters={"1": "'5'"})
)


def plans(*, scans: tuple[Scan, ...] = (), sorts: tuple[Sort, ...] = (), rows: int = 5000, ms: float = 4.0) -> Plans:
    plan = Plan(kind=KIND, statement="SELECT '5'", ms=ms, text="Seq Scan", scans=scans, sorts=sorts)
    return Plans(plans=(plan,), rows={"things": rows})


def test_pf005_passes_with_indexes_small_tables_and_counts() -> None:
    scans = (
        Scan(table="tags", read=50, kept=1, filter="name = 'x'"),
        Scan(table="things", read=5000, kept=5000, counted=True),
        Scan(table="things", read=5000, kept=4000, filter="published"),
    )
    verdict = q.statements_use_indexes(plans(scans=scans, sorts=(Sort(keys="id", sorted=30, kept=10),)))
    expected = "1 kind of statements explained; 1 table with 1,000 rows or more"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)


def test_pf005_is_quiet_where_an_index_would_save_nobody_any_time() -> None:
    scan, sort = Scan(table="things", read=1200, kept=1, filter="x"), Sort(keys="things.at", sorted=1200, kept=10)
    assert q.statements_use_indexes(plans(scans=(scan,), sorts=(sort,), ms=0.1)).outcome is Outcome.PASSED
    few = plans(scans=(Scan(table="tags", read=3000, kept=60, filter="x"),))  # 60 loops over 50 rows
    small = Plans(plans=few.plans, rows={"things": 5000, "tags": 50})
    assert q.statements_use_indexes(small).outcome is Outcome.PASSED
    assert q.statements_use_indexes(few).outcome is Outcome.FAILED


def test_pf005_names_the_table_that_is_read() -> None:
    verdict = q.statements_use_indexes(plans(scans=(Scan(table="things", read=5000, kept=4, filter="(owner_id = 5)"),)))
    assert verdict.outcome is Outcome.FAILED
    assert (verdict.places[0].table, verdict.again) == ("things", ("EXPLAIN (ANALYZE, BUFFERS) SELECT '5'",))
    assert verdict.places[0].note == "reads 5,000 rows for 4 (filter (owner_id = 5)), 4.0 ms: SELECT '5'"


def test_pf005_names_the_column_that_is_sorted_by() -> None:
    verdict = q.statements_use_indexes(plans(sorts=(Sort(keys="things.title, things.id", sorted=5000, kept=20),)))
    assert verdict.outcome is Outcome.FAILED
    assert (str(verdict.places[0]), verdict.places[0].note[:27]) == ("things.title", "sorts 5,000 rows for 20, 4.")


def test_pf005_does_not_know_on_small_tables() -> None:
    assert q.statements_use_indexes(plans(rows=10)).outcome is Outcome.UNKNOWN


ENGINE = Engine(
    url="postgresql+psycopg://db/shop",
    pool="QueuePool",
    size=5,
    overflow=10,
    timeout=5.0,
    session={"statement_timeout": "5s", "lock_timeout": "2s"},
)


def test_pf006_passes_with_both_bounds() -> None:
    verdict = q.waiting_ends(DatabaseLimits(engines=(ENGINE,)))
    expected = "statement_timeout 5s, lock_timeout 2s, pool 5+10 with 5 s to wait"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)
    assert verdict.shares == (every(1, "engine"),)
    no_queue = replace(ENGINE, pool="StaticPool", timeout=None)
    assert q.waiting_ends(DatabaseLimits(engines=(no_queue,))).outcome is Outcome.PASSED


def test_pf006_names_a_pool_that_bounds_nothing() -> None:
    verdict = q.waiting_ends(DatabaseLimits(engines=(replace(ENGINE, pool="NullPool", timeout=None),)))
    assert (verdict.outcome, verdict.message[:50]) == (
        Outcome.FAILED,
        "NullPool: each request opens a connection of its o",
    )


def test_pf006_names_what_has_no_bound() -> None:
    engine = replace(ENGINE, timeout=30.0, session={"statement_timeout": "0", "lock_timeout": "0"})
    verdict = q.waiting_ends(DatabaseLimits(engines=(engine,)))
    assert verdict.outcome is Outcome.FAILED
    assert [place.note for place in verdict.places] == [
        "statement_timeout is not set: a statement may run for ever",
        "pool_timeout is 30 s: a request waits that long for a connection before it fails",
    ]


def test_pf006_names_a_bound_of_a_day() -> None:
    engine = replace(ENGINE, session={"statement_timeout": "1d", "lock_timeout": "0"})
    assert "statement_timeout is 1d" in q.waiting_ends(DatabaseLimits(engines=(engine,))).message
    silent = q.waiting_ends(DatabaseLimits(engines=(ENGINE,), there=3))
    assert (silent.outcome, silent.shares) == (Outcome.UNKNOWN, (share(1, 3, "engine"),))


def test_pf006_names_a_pool_in_which_nobody_gives_up() -> None:
    verdict = q.waiting_ends(DatabaseLimits(engines=(replace(ENGINE, timeout=None),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith("pool_timeout is None")


FOLLOWED = Followed(endpoint="GET /things", status=200, identity="a1", time="app;dur=3", logged=True)


def monitoring(**more: Any) -> Monitoring:
    facts: dict[str, Any] = {
        "ready": HealthEndpoint(path="/ready", normal=200, without_database=503, after=200, seconds=0.1),
        "live": HealthEndpoint(path="/live", normal=200, without_database=200, after=200),
        "metrics": "/metrics",
        "series": 40,
        "families": ("http_requests_total",),
        "growth": (),
        "probed": ("/things/{thing_id}",),
        "endpoint": "GET /things",
        "timing_header": "server-timing",
        "request_id_header": "x-request-id",
        "log_line": '{"request_id": "1"}',
        "tried": ("/ready", "/health"),
        "counting": Counting(sent=90, counted=90, idle=1),
        "followed": (FOLLOWED, replace(FOLLOWED, endpoint="POST /things", identity="b2")),
        "operations": 2,
        "callers": CallerLabels(asked=3),
    }
    return Monitoring(**(facts | more))


def test_pf007_passes_when_nothing_grows() -> None:
    verdict = r.metrics_are_bounded(monitoring())
    expected = "40 series after strange ids, paths and methods; none grew with them, none names who called"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)
    assert verdict.shares == (every(90, "request"),)


def test_pf007_names_a_series_of_each_caller() -> None:
    found = CallerLabel(metric="logins_total", label="email", example="a@b.example")
    verdict = r.metrics_are_bounded(monitoring(callers=CallerLabels(found=(found,), asked=3)))
    expected = "logins_total has series of its own for each caller, by the label email (a@b.example)"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)


def test_pf007_says_that_nobody_could_sign_in() -> None:
    verdict = r.metrics_are_bounded(monitoring(callers=CallerLabels()))
    assert verdict.message.endswith("; nobody could sign in to be looked for")


def test_pf007_names_metrics_that_do_not_count() -> None:
    verdict = r.metrics_are_bounded(monitoring(counting=Counting(sent=90, counted=1, idle=1)))
    expected = "GET /metrics does not count: 90 requests later no metric of requests has counted them"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)


def test_pf007_names_metric_and_label() -> None:
    grown = Growth(metric="http_requests_total", label="path", before=4, after=95, example="/things/918270002")
    verdict = r.metrics_are_bounded(monitoring(growth=(grown,)))
    expected = (
        "http_requests_total grew from 4 to 95 series with 30 strange requests, by the label path (/things/918270002)"
    )
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)


def test_pf007_names_missing_metrics() -> None:
    assert r.metrics_are_bounded(monitoring(metrics=None)).message == "no Prometheus metrics found"
    assert r.metrics_are_bounded(monitoring(families=())).outcome is Outcome.FAILED


def test_pf007_does_not_miss_metrics_behind_a_token() -> None:
    shut = r.metrics_are_bounded(monitoring(metrics=None, metrics_shut="GET /metrics answers 401"))
    assert shut.outcome is Outcome.UNKNOWN
    assert shut.message.startswith("GET /metrics answers 401, and no secret of the settings opens it")


def test_pf007_does_not_know_metrics_on_another_port() -> None:
    verdict = r.metrics_are_bounded(monitoring(metrics=None, metrics_elsewhere="app/main.py:9"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "app/main.py:9" in verdict.message
    assert r.metrics_are_bounded(monitoring(metrics=None)).outcome is Outcome.FAILED


def test_pf007_finds_the_port_that_the_code_opens(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import prometheus_client\n\nprometheus_client.start_http_server(9090)\n")
    assert port_of_metrics(tmp_path) == "app.py:3"
    (tmp_path / "app.py").write_text("def start_http_server(port): ...\nstart_http_server(1)\n")
    assert port_of_metrics(tmp_path) == ""


def test_pf008_passes_when_it_notices() -> None:
    verdict = r.readiness_notices_a_dead_database(monitoring())
    expected = "GET /ready: 200, 503 with the database gone, 200 when it was back"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)
    assert verdict.shares == (every(3, "state of the database"),)


def test_pf008_names_what_it_says_instead() -> None:
    health = HealthEndpoint(path="/health", normal=200, without_database=200, after=200)
    blind = r.readiness_notices_a_dead_database(monitoring(ready=health))
    assert (blind.outcome, blind.message) == (Outcome.FAILED, "GET /health is still 200 with the database gone")
    stuck = r.readiness_notices_a_dead_database(monitoring(ready=replace(health, without_database=503, after=503)))
    assert stuck.message == "GET /health is still 503 after the database came back"
    slow = r.readiness_notices_a_dead_database(monitoring(ready=replace(health, without_database=503, seconds=10.0)))
    assert slow.message == "GET /health took 10.0 s to notice that the database is gone"
    silent = r.readiness_notices_a_dead_database(monitoring(ready=replace(health, without_database=0, seconds=10.0)))
    assert silent.message == "GET /health gave no answer within 10.0 s with the database gone"
    late = replace(health, without_database=0, seconds=10.0)
    crowded = r.readiness_notices_a_dead_database(monitoring(ready=late, slowness=3.0))
    assert crowded.outcome is Outcome.UNKNOWN
    beat = monitoring(ready=None, live=replace(health, path="/heartbeat"))
    beside = r.readiness_notices_a_dead_database(beat)
    assert beside.message == "no readiness endpoint found beside GET /heartbeat (tried /ready, /health)"
    none = r.readiness_notices_a_dead_database(monitoring(ready=None, live=None))
    assert none.message == "no health or readiness endpoint found (tried /ready, /health)"


def test_pf009_passes_with_both_headers_and_the_line() -> None:
    verdict = r.an_answer_can_be_followed(monitoring())
    expected = "server-timing and x-request-id, found again in a structured log line"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)
    assert verdict.shares == (every(2, "operation"),)


def test_pf009_says_of_how_many_operations_answers_can_be_followed() -> None:
    some = monitoring(followed=(FOLLOWED, replace(FOLLOWED, endpoint="POST /things", identity="")))
    assert r.an_answer_can_be_followed(some).message == (
        "server-timing and x-request-id, found again in a structured log line; not of POST /things (answered 200 with "
        "no request id of its own) (1 of 2 operations judged)"
    )
    none = r.an_answer_can_be_followed(monitoring(followed=(replace(FOLLOWED, logged=False),)))
    assert (none.outcome, none.message) == (
        Outcome.FAILED,
        "no answer can be followed: GET /things answered 200, and no structured line has its id",
    )


def test_pf009_names_what_is_missing() -> None:
    verdict = r.an_answer_can_be_followed(monitoring(timing_header=None, log_line=None))
    expected = "GET /things: no structured log line with the id of x-request-id, no header that tells the time it took"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)


def caches(**more: Any) -> Caches:
    facts: dict[str, Any] = {
        "redis": True,
        "rounds": ("PATCH /things/{thing_id}",),
        "refused": (),
        "changed": 2,
        "stale": (),
        "timings": (Timing(endpoint="GET /things", cold_ms=20.0, warm_ms=5.0),),
        "hits": 3,
        "misses": 1,
        "without": (Without(endpoint="GET /things", path="/things", before=200, after=200, ms=8.0),),
        "writes": 1,
        "reads": 1,
    }
    return Caches(**(facts | more))


STALE = Stale(
    read="GET /things",
    write="PATCH /things/{thing_id}",
    path="/things",
    write_curl="curl -X PATCH $BASE/things/1",
    differs="[0].name is 'old', should be 'new'",
)


def test_pf010_names_what_the_key_leaves_out() -> None:
    one = Mixed(endpoint="GET /posts", parameter="author_id", path="/posts", curl="curl x")
    verdict = r.no_answer_is_stale(caches(mixed=(one,)))
    said = "GET /posts with `author_id` is answered as without it"
    assert (verdict.outcome, verdict.message, verdict.again) == (Outcome.FAILED, said, ("curl x",))


def test_pf010_passes_when_each_read_is_fresh() -> None:
    verdict = r.no_answer_is_stale(caches())
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "1 write, 2 changed answers, each fresh at once")
    assert verdict.shares == (every(1, "write of the contract"), every(2, "changed answer"))


def test_a_cache_that_is_switched_off_proves_nothing() -> None:
    for off in (caches(hits=0), caches(hits=0, misses=0)):
        for verdict in (r.no_answer_is_stale(off), r.the_service_lives_without_redis(off)):
            assert verdict.outcome is Outcome.UNKNOWN
            assert verdict.message.endswith("the cache is switched off, or it is none")


def test_pf010_an_old_answer_that_says_so_itself_is_not_fresh() -> None:
    verdict = r.no_answer_is_stale(caches(aged=1))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message.startswith("1 of 2 changed answers were still old, and say so themselves")


def test_pf010_names_read_and_write() -> None:
    verdict = r.no_answer_is_stale(caches(stale=(STALE,)))
    expected = "1 stale answer: GET /things after PATCH /things/{thing_id}: [0].name is 'old', should be 'new'"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    assert verdict.again == ("curl -s $BASE/things; curl -X PATCH $BASE/things/1; curl -s $BASE/things",)


def test_pf010_does_not_know_when_no_write_went_through() -> None:
    verdict = r.no_answer_is_stale(caches(changed=0, rounds=(), refused=(("POST /things", "answered 403"),)))
    assert verdict.outcome is Outcome.UNKNOWN


def test_pf011_passes_when_it_lives_on() -> None:
    verdict = r.the_service_lives_without_redis(caches())
    expected = "1 request answered as before with Redis gone, the slowest in 8 ms"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)
    assert verdict.shares == (every(1, "read of the contract"),)
    none = r.the_service_lives_without_redis(caches(redis=False))
    assert (none.outcome, none.absent) == (Outcome.NOT_APPLICABLE, Thing.CACHE)


def test_pf011_names_what_died_or_waits() -> None:
    dead = Without(endpoint="GET /things", path="/things", before=200, after=500, ms=8.0)
    verdict = r.the_service_lives_without_redis(caches(without=(dead, replace(dead, after=200, ms=4100.0))))
    expected = "2 of 2 requests went wrong without Redis: GET /things 200 before, 500 without Redis"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    assert verdict.places[1].note == "took 4.1 s without Redis"
    slow = caches(without=(replace(dead, after=200, ms=4100.0),), slowness=3.0)
    assert r.the_service_lives_without_redis(slow).outcome is Outcome.UNKNOWN
    assert r.the_service_lives_without_redis(replace(slow, slowness=1.0)).outcome is Outcome.FAILED


def test_pf012_passes_when_each_need_is_called() -> None:
    verdict = c.a_load_test_exists(LoadFile(path="locustfile.py", called=("GET /things",)), spec())
    expected = "locustfile.py calls 1 endpoint, every one that a need names among them"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)


def test_pf012_names_what_nothing_measures() -> None:
    none = c.a_load_test_exists(LoadFile(path=None), spec())
    assert (none.outcome, none.message) == (Outcome.FAILED, "no locustfile, though 3 needs state a load")
    other = c.a_load_test_exists(LoadFile(path="locustfile.py", called=("GET /rest",), answers=200), spec())
    assert (other.outcome, other.message) == (Outcome.FAILED, "locustfile.py never calls GET /things")


def test_pf012_a_few_requests_tell_nothing_of_what_is_never_called() -> None:
    few = c.a_load_test_exists(LoadFile(path="locustfile.py", called=("GET /rest",), answers=20), spec())
    assert few.outcome is Outcome.UNKNOWN
    assert "sent 20 requests while it was watched, none of them to GET /things" in few.message


def test_pf012_does_not_know_when_it_could_not_run() -> None:
    verdict = c.a_load_test_exists(LoadFile(path="locustfile.py", problem="locust ended"), spec())
    assert (verdict.outcome, verdict.message) == (Outcome.UNKNOWN, "locustfile.py: locust ended")


def test_the_load_documents_say_what_was_measured() -> None:
    record = json.loads(artifacts_load.load_record(load()))
    assert record["needs"][0] | {"id": "QN-001", "value": 59.0, "met": True, "margin": 0.705} == record["needs"][0]
    assert record["endpoints"][0]["name"] == "GET /things"
    assert record["histogram"][6] == {"upto": 100, "count": 270}
    assert set(record["series"][0]) == {"t", "users", "rps", "p50", "p95", "failures"}
    report = str(artifacts_load.load_report(load()))
    assert "**3 of 3 needs met**" in report
    assert "| QN-001 | p95 of `GET /things` | 10 users | 59 ms | ≤ 200 ms | +70% | met |" in report


def test_the_other_documents_say_what_was_found() -> None:
    bad = plans(scans=(Scan(table="things", read=5000, kept=4, filter="x"),))
    counts = QueryCounts(lists=(cost({"a": 1}, {"a": 1}),), kinds=())
    text = str(artifacts.query_plans(bad, counts, DatabaseLimits(engines=(ENGINE,))))
    assert "**1 read much for little**" in text
    assert "| `GET /things` | 1 (1 rows) | 1 (10 rows) | the same |" in text
    report = str(artifacts.cache_report(caches(stale=(STALE,))))
    assert "Redis was asked 4 times, 75% hits." in report
    assert "**1 stale**" in report
    assert "| readiness | `GET /ready` | 200 | 503 | 200 |" in str(artifacts.monitoring_report(monitoring()))
