"""`kill -9` at ten random moments: does everything end, and does the ledger keep what was found?"""

import os
import random
import subprocess
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from tests.bad_days.days import MIGRATED, Place, assert_a_good_end
from tests.runner.test_leash import soon
from workflow.ledger import Run, RunState
from workflow.service import ledger_of

ASKED = ("stage.db", "--only", "DB003,DB010")
KILLS = 10
LATEST = 2.5  # seconds after the start; about as long as the run takes


def newest(place: Place) -> Run | None:
    """The newest run as the faces see it: they know whether its process still lives."""
    ledger = ledger_of(find_target(place.root))
    try:
        return ledger.newest(str(place.root))
    finally:
        ledger.close()


def kill_after(place: Place, seconds: float) -> None:
    with place.start(*ASKED) as process:
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()


def assert_nothing_is_left_but_the_record(place: Place) -> None:
    assert place.is_clean(swept=False), place.left(swept=False)
    if not (place.root / ".gonogo" / "ledger.db").exists():
        return  # it was killed before it had said anything
    run = newest(place)
    assert place.ledger_is_whole()
    assert run is None or run.state in {RunState.INTERRUPTED, RunState.FINISHED}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_a_run_that_is_killed_at_any_moment_leaves_its_findings_and_nothing_else(place: Place) -> None:
    seed = int(os.environ.get("GONOGO_TEST_SEED") or random.randrange(10**6))
    print(f"GONOGO_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    moments = random.Random(seed)
    place.write(MIGRATED)
    for _ in range(KILLS):
        kill_after(place, moments.uniform(0.3, LATEST))
        assert_nothing_is_left_but_the_record(place)
    day = place.gonogo(*ASKED)
    assert_a_good_end(place, day, code=0)  # the next run works, and sweeps what the killed ones could not
    earlier = ledger_of(find_target(place.root))
    states = [run.state for run in earlier.runs(str(place.root), limit=KILLS + 1)]
    earlier.close()
    assert RunState.RUNNING not in states
    assert states[0] is RunState.FINISHED


def test_a_killed_run_is_shown_as_interrupted_with_what_it_had_found(place: Place) -> None:
    place.write(MIGRATED)
    with place.start(*ASKED) as process:
        assert soon((place.root / ".gonogo" / "ledger.db").exists, 30)
        assert soon(lambda: bool((run := newest(place)) and run.findings), 30)
        process.kill()
    assert_nothing_is_left_but_the_record(place)
    shown = place.gonogo("show", "latest")
    assert shown.code == 0
    assert "DB003" in shown.out
    assert "NO-GO: interrupted before its end; what it had found is above." in shown.out
