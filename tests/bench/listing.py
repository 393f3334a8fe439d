"""Does `invoke --list` stay quick? Against an invoke file with one bare task, in turns."""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from runner.processes.process import quick
from tests.bench.figures import Figure, spread
from workflow.settings import ROOT

PAIRS = 12
BARE = "from invoke import task\n\n\n@task\ndef one(_):\n    pass\n"


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as bare:
        Path(bare, "tasks.py").write_text(BARE, encoding="utf-8")
        pairs = [(_seconds(ROOT), _seconds(Path(bare))) for _ in range(PAIRS + 1)][1:]
    ratios = [ours / other for ours, other in pairs]
    yield Figure(
        name="invoke --list against one bare task",
        value=statistics.median(ratios),
        unit="×",
        aim=1.5,
        note=f"{statistics.median(ours for ours, _ in pairs) * 1000:.0f} ms · {spread(ratios, '×')} pairs",
    )


def _seconds(folder: Path) -> float:
    began = time.perf_counter()
    ran = quick([sys.executable, "-m", "invoke", "--list"], cwd=folder)
    assert ran.code == 0, ran.err
    return time.perf_counter() - began
