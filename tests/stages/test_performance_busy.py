"""Does each check on what answers while others wait pass what is right, and name what is wrong?"""

from dataclasses import replace

import pytest

from runner.errors import Thing
from runner.evidence.behaviour.busy import Busy, Liveness, Stream
from runner.model import Outcome, every, share
from stages.performance import checks_busy

LIVE = Liveness(path="/health", before=200, status=200, seconds=0.02, late=False)
STREAM = Stream(endpoint="GET /events", opened=45, asked="GET /posts", before=200, status=200)
BUSY = Busy(live=(LIVE,), waiting=20, sent=60, streams=(STREAM,), paths=1, reads=8, tried=8)


def test_pf014_passes_a_liveness_that_answers_while_others_wait() -> None:
    verdict = checks_busy.liveness_does_not_wait(BUSY)
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(1, 1, "health path"),))


@pytest.mark.parametrize(
    ("live", "said"),
    [
        (replace(LIVE, status=0, seconds=5.0, late=True), "no answer within 5 s"),
        (replace(LIVE, seconds=2.2, late=True), "200 after 2.2 s"),
        (replace(LIVE, status=503), "503 after 0.02 s"),
    ],
)
def test_pf014_names_a_liveness_that_starves(live: Liveness, said: str) -> None:
    verdict = checks_busy.liveness_does_not_wait(replace(BUSY, live=(live,)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"GET /health starves while 60 requests wait: {said}"


def test_pf014_knows_nothing_where_nothing_waited_or_it_never_was_well() -> None:
    assert checks_busy.liveness_does_not_wait(replace(BUSY, waiting=0)).outcome is Outcome.UNKNOWN
    unsteady = checks_busy.liveness_does_not_wait(replace(BUSY, live=(replace(LIVE, unsteady=True),)))
    assert (unsteady.outcome, "now late and now not" in unsteady.message) == (Outcome.UNKNOWN, True)
    refused = checks_busy.liveness_does_not_wait(replace(BUSY, waiting=1, sent=40))
    assert (refused.outcome, "40 requests and 1 statement were kept" in refused.message) == (Outcome.UNKNOWN, True)
    ill = replace(BUSY, live=(replace(LIVE, before=503, status=503),))
    assert checks_busy.liveness_does_not_wait(ill).outcome is Outcome.UNKNOWN
    assert checks_busy.liveness_does_not_wait(replace(BUSY, live=())).outcome is Outcome.UNKNOWN


def test_pf014_has_nothing_to_say_of_an_app_whose_routes_are_known_and_tell_of_no_life() -> None:
    nowhere = replace(BUSY, paths=0, live=())
    assert checks_busy.liveness_does_not_wait(nowhere).absent is Thing.OPERATIONS, "the routes are not known"
    assert checks_busy.liveness_does_not_wait(replace(nowhere, routed=True)).absent is None


def test_pf015_passes_streams_beside_which_others_answer() -> None:
    verdict = checks_busy.streams_hold_nothing(BUSY)
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(1, 1, "stream"), every(8, "GET")))


@pytest.mark.parametrize(("status", "said"), [(503, "503"), (0, "nothing in time")])
def test_pf015_names_the_stream_that_holds_connections(status: int, said: str) -> None:
    verdict = checks_busy.streams_hold_nothing(replace(BUSY, streams=(replace(STREAM, status=status),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        f"GET /events holds a database connection while it streams: with 45 open, GET /posts answers {said}"
    )


def test_pf015_says_where_no_stream_is_and_what_it_could_not_open() -> None:
    assert checks_busy.streams_hold_nothing(replace(BUSY, streams=())).outcome is Outcome.NOT_APPLICABLE
    assert checks_busy.streams_hold_nothing(replace(BUSY, streams=(), tried=3)).outcome is Outcome.UNKNOWN
    for opened in (0, 3, 35):  # so few leave most pools a connection
        few = checks_busy.streams_hold_nothing(replace(BUSY, streams=(replace(STREAM, opened=opened),)))
        assert (few.outcome, f"GET /events ({opened} times)" in few.message) == (Outcome.UNKNOWN, True)


def test_pf015_names_a_stream_that_keeps_the_tables_from_being_locked_as_well() -> None:
    held = replace(BUSY, live=(), waiting=0, unlocked="canceling statement due to lock timeout")
    silent = replace(held, streams=(replace(STREAM, status=0),))
    assert checks_busy.streams_hold_nothing(silent).outcome is Outcome.FAILED
    verdict = checks_busy.liveness_does_not_wait(silent)
    assert (verdict.outcome, verdict.message) == (Outcome.UNKNOWN, "canceling statement due to lock timeout")
