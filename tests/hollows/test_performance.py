"""Measurements that prove nothing, or lie: no check of the performance stage passes on them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.evidence.agreed.earlier_load import EarlierLoad
from runner.evidence.agreed.specification import Spec
from runner.evidence.database.database_limits import DatabaseLimits
from runner.evidence.database.seeded import Seeded
from runner.evidence.load.accepted_again import AcceptedAgain
from runner.evidence.load.load import Load
from runner.evidence.load.load_files import LoadFile
from runner.evidence.load.metrics_seen import Counting
from runner.evidence.load.monitoring import Followed
from runner.evidence.load.plans import Plans
from runner.evidence.load.query_counts import ListCost, QueryCounts
from runner.evidence.load.traces import Asked, Traces
from runner.model import Outcome, Verdict
from stages.performance import checks as c
from stages.performance import checks_queries as q
from stages.performance import checks_regression as g
from stages.performance import checks_running as r
from stages.performance import checks_traces
from tests.stages.test_performance import (
    ENGINE,
    FOLLOWED,
    SPEC,
    caches,
    cost,
    load,
    monitoring,
    plans,
    repetition,
    spec,
)
from tests.stages.test_performance_regression import earlier, now


def without_endpoints() -> Spec:
    """Needs that speak of the whole service, and requirements that name what it is."""
    whole = spec(SPEC.replace("    endpoint: GET /things\n", ""))
    return replace(whole, content=whole.content.model_copy(update={"requirements": _requirements()}))


def _requirements() -> tuple[object, ...]:
    text = (
        SPEC
        + """
requirements:
  - id: REQ-THING-001
    title: Things
    text: The shop shall sell things.
    priority: must
    endpoints: [GET /things, POST /things, GET /orders]
    acceptance: [{id: AC-THING-001-1, text: It does.}]
"""
    )
    return tuple(spec(text).content.requirements)


def health_alone() -> Load:
    needs = without_endpoints().content.quality
    asked = tuple(
        replace(one, samples=tuple(replace(sample, endpoint="GET /health") for sample in one.samples))
        for one in (repetition(), repetition())
    )
    return replace(load(*asked), needs=needs, named=False, wanted=("GET /things", "POST /things", "GET /orders"))


def unasked() -> Load:
    return replace(load(), needs=tuple(one.model_copy(update={"endpoint": "GET /rest"}) for one in load().needs))


def empty_database() -> Load:
    return replace(load(), rows=Seeded(declared={}, there={}, seed=None, tables=4))


NOT_AGAIN = AcceptedAgain()


def hidden() -> EarlierLoad:
    was = earlier(500)
    return replace(was, shapes={10: replace(was.shapes[10], disturbed="other programs used 2.0 processors")})


UNCOMPARED = tuple(ListCost(endpoint=f"GET /{n}", path=f"/{n}", problem="it never held more than 0") for n in range(9))
SAME = cost({"SELECT things": 1}, {"SELECT things": 1})
UNEXPLAINED = replace(plans().plans[0], problem="syntax error")
SILENT = Followed(endpoint="POST /things", status=200)

HOLLOWS: dict[str, Callable[[], Verdict]] = {
    "PF001 health alone was asked": lambda: c.quality_needs_are_met(health_alone(), spec()),
    "PF001 what needs name was not asked": lambda: c.quality_needs_are_met(unasked(), spec()),
    "PF001 nothing was asked": lambda: c.quality_needs_are_met(load(repetition(number=0)), spec()),
    "PF001 everything was refused": lambda: c.quality_needs_are_met(load(repetition(number=0, errors=150)), spec()),
    "PF001 no needs": lambda: c.quality_needs_are_met(replace(load(), needs=()), spec()),
    "PF002 an empty database": lambda: c.the_measurement_can_be_trusted(empty_database()),
    "PF002 a view instead of a table": lambda: c.the_measurement_can_be_trusted(load(there=-1)),
    "PF002 nothing was measured": lambda: c.the_measurement_can_be_trusted(replace(load(), shapes=())),
    "PF003 health alone was asked": lambda: c.no_request_fails_under_load(health_alone()),
    "PF003 nothing was asked": lambda: c.no_request_fails_under_load(load(repetition(number=0))),
    "PF004 one list of many": lambda: q.lists_cost_the_same_for_one_and_ten(
        QueryCounts(lists=(SAME, *UNCOMPARED), kinds=())
    ),
    "PF004 no list": lambda: q.lists_cost_the_same_for_one_and_ten(QueryCounts(lists=(), kinds=())),
    "PF005 one kind of many": lambda: q.statements_use_indexes(
        Plans(plans=(*plans().plans, UNEXPLAINED, UNEXPLAINED), rows={"things": 5000})
    ),
    "PF005 more kinds than were explained": lambda: q.statements_use_indexes(replace(plans(), kinds=400)),
    "PF006 no engine": lambda: q.waiting_ends(DatabaseLimits(engines=())),
    "PF006 one engine of many": lambda: q.waiting_ends(DatabaseLimits(engines=(ENGINE,), there=4)),
    "PF007 a text that never changes": lambda: r.metrics_are_bounded(
        monitoring(counting=Counting(sent=200, counted=0, idle=0))
    ),
    "PF007 it counts being looked at": lambda: r.metrics_are_bounded(
        monitoring(counting=Counting(sent=200, counted=1, idle=1))
    ),
    "PF007 it counts a few": lambda: r.metrics_are_bounded(monitoring(counting=Counting(sent=200, counted=40, idle=1))),
    "PF008 no answer was ever good": lambda: r.readiness_notices_a_dead_database(monitoring(ready=None)),
    "PF009 one operation of many": lambda: r.an_answer_can_be_followed(
        monitoring(followed=(FOLLOWED, SILENT, SILENT, SILENT), operations=4)
    ),
    "PF009 a time without a number": lambda: r.an_answer_can_be_followed(
        monitoring(followed=(replace(FOLLOWED, time="fast"),))
    ),
    "PF010 the cache is switched off": lambda: r.no_answer_is_stale(caches(hits=0)),
    "PF010 old answers that say so": lambda: r.no_answer_is_stale(caches(aged=2)),
    "PF010 one write of many": lambda: r.no_answer_is_stale(caches(writes=12)),
    "PF011 the cache is switched off": lambda: r.the_service_lives_without_redis(caches(hits=0, misses=9)),
    "PF011 one read of many": lambda: r.the_service_lives_without_redis(caches(reads=12)),
    "PF012 health alone is called": lambda: c.a_load_test_exists(
        LoadFile(path="locustfile.py", called=("GET /health",)), without_endpoints()
    ),
    "PF013 times of a busy machine": lambda: g.nothing_became_slower(now(ms=90), hidden(), NOT_AGAIN),
    "PF013 the load asked less": lambda: g.nothing_became_slower(
        load(repetition(number=5)), earlier(500), AcceptedAgain()
    ),
}


@pytest.mark.parametrize("name", HOLLOWS)
def test_measurements_that_prove_nothing_do_not_pass(name: str) -> None:
    verdict = HOLLOWS[name]()
    assert verdict.outcome in {Outcome.FAILED, Outcome.UNKNOWN}, verdict.message


def test_pf030_and_pf031_spans_of_nobody_prove_nothing() -> None:
    refused = Asked(endpoint="GET /notes", status=401, joined=True, statements=3)
    spans = Traces(sign="app.py:1", spans=90, asked=(refused,), values=0)
    assert checks_traces.a_request_is_one_tree(spans).outcome is Outcome.UNKNOWN
    assert checks_traces.traces_hold_no_person_and_no_secret(spans).outcome is Outcome.UNKNOWN
