"""Does a verdict depend on how busy the machine is? Two endless loops beside the measurement, on both cores.

A healthy service is never FAILED, a slow one never PASSED: ten times, with GONOGO_LONG=1.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf, examine
from runner.live.machine import now, processors, since
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from stages.catalogue import BUILT_IN
from tests.mutants.groups import Mutant
from tests.mutants.test_mutants import HERE, SAMPLE, healthy_load, plant

LONG = bool(os.environ.get("GONOGO_LONG"))
TIMES = 10 if LONG else 1
MEASURED = ("PF001", "PF002", "PF013")
SUITE = ("TS001", "TS002")
LONG_ALONE = pytest.mark.skipif(not LONG, reason="only with --long: it takes an hour")
pytestmark = [pytest.mark.slow, pytest.mark.mutant, pytest.mark.alone]


@pytest.fixture(scope="module")
def busy() -> Iterator[None]:
    """An endless loop for every processor. Who starts them ends at once: children of ours would be counted as ours."""
    loop = "import time\nend = time.monotonic() + 3000\nwhile time.monotonic() < end: pass"
    start = (
        "import subprocess, sys\n"
        f"for _ in range({processors()}):\n"
        f"    print(subprocess.Popen([sys.executable, '-c', {loop!r}], start_new_session=True,"
        " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid)\n"
    )
    told = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True).stdout
    pids = [int(word) for word in told.split()]
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


def judged(folder: Path, ids: tuple[str, ...], workshop: Workshop) -> Mapping[str, Finding]:
    target = find_target(folder)
    shelf = Shelf(target, workshop)
    if "PF013" in ids:
        shelf.lay(healthy_load(workshop))
    stages = [only for stage in BUILT_IN.stages if (only := stage.only(ids)).checks]
    events = examine(stages, target, workshop, shelf=shelf)
    return {event.check: event for event in events if isinstance(event, Finding)}


@LONG_ALONE
@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("time", range(TIMES))
def test_a_healthy_service_is_never_failed(time: int, tmp_path: Path) -> None:
    healthy = tmp_path / f"sample_service_{time}"
    shutil.copytree(SAMPLE, healthy, ignore=shutil.ignore_patterns(".venv", ".gonogo", "__pycache__", "*_cache"))
    (healthy / ".venv").symlink_to(SAMPLE / ".venv")
    with Workshop() as workshop:
        found = judged(healthy, MEASURED + SUITE, workshop)
    assert [f"{f.check}: {f.message}" for f in found.values() if f.outcome is Outcome.FAILED] == []
    assert [f"{f.check}: {f.message}" for f in found.values() if f.outcome is Outcome.BROKEN] == []


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("time", range(TIMES))
@LONG_ALONE
@pytest.mark.parametrize("id", MEASURED)
def test_a_slow_service_is_never_passed(id: str, time: int, tmp_path: Path) -> None:
    mutant = Mutant.read(HERE / f"{id}.patch")
    with Workshop() as workshop:
        found = judged(plant([mutant], tmp_path / f"sample_service_{time}"), (id,), workshop)
    assert found[id].outcome in {Outcome.FAILED, Outcome.UNKNOWN}, found[id].message


@pytest.mark.usefixtures("busy")
def test_others_who_use_the_machine_are_seen() -> None:
    began = now()
    end = began.at + 2
    while now().at < end:
        pass
    used = since(began)
    assert used.disturbed, used
    assert used.others > 0.3
    assert used.ours > 0.1
