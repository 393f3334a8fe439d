"""How long does a cold pipeline take on the bundled service, where does the time go, and how much memory is held?"""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runner.discovery.target import find_target
from tests.bench.figures import Figure
from tests.bench.memory import watched
from tests.bench.whole import finish, outside, pipeline
from workflow.ledger import Run
from workflow.service import ledger_of
from workflow.settings import SAMPLE


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="gonogo-bench-") as folder, outside() as workshop:
        service = copy(Path(folder))
        report = Path(folder) / "run.json"
        began = time.monotonic()
        process = pipeline(workshop, service, "--json", str(report))
        with watched(process.pid) as peak:
            finish(process)
        wall = time.monotonic() - began
        told = json.loads(report.read_text(encoding="utf-8"))
        run = ledger_of(find_target(service)).run(int(told["run"]))
    yield Figure(name="cold pipeline on the bundled service", value=wall, unit="s", aim=120)
    yield from shares(told["stages"])
    yield overhead(run, wall)
    worst = sorted(peak.parts.items(), key=lambda part: -part[1])[:2]
    note = " · ".join(f"{name} {mib:.0f}" for name, mib in worst)
    yield Figure(name="a run's memory at its worst", value=peak.mib, unit="MiB", aim=400, note=note)


def copy(folder: Path) -> Path:
    """The bundled service without what earlier runs left; its environment is shared."""
    service = folder / "sample_service"
    ignored = shutil.ignore_patterns(".venv", ".gonogo", "__pycache__", ".*_cache", "*.db")
    shutil.copytree(SAMPLE, service, ignore=ignored)
    (service / ".venv").symlink_to(SAMPLE / ".venv")
    return service


def shares(stages: list[dict[str, Any]]) -> Iterator[Figure]:
    whole = sum(stage["seconds"] for stage in stages)
    for stage in stages:
        share = stage["seconds"] / whole * 100
        yield Figure(name=f"  {stage['slug']}", value=share, unit="%", note=f"{stage['seconds']:.1f} s of evidence")


def overhead(run: Run, wall: float) -> Figure:
    """The share of the wall time in which nothing was looked at: start-up, judging, documents, the ledger, the end."""
    ends = [(note.at.timestamp(), note.seconds) for note in run.notes if note.kind == "collected"]
    busy = union([(at - seconds, at) for at, seconds in ends])
    share = (wall - busy) / wall * 100
    return Figure(name="the engine's own share", value=share, unit="%", aim=5, note=f"{wall - busy:.1f} s with no look")


def union(spans: list[tuple[float, float]]) -> float:
    """Seconds that at least one of the spans covers."""
    covered, reached = 0.0, float("-inf")
    for began, ended in sorted(spans):
        covered += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return covered
