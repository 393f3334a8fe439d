"""The first command of the README, on the bundled service: seven stages, each GO."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.mutants.test_mutants import OTHERS, plant

FINE = {"passed", "not applicable"}
BUSY = {"PF001", "PF002", "PF013"}  # may say that other tests share this machine


@pytest.mark.slow
def test_the_bundled_service_is_go_at_every_stage(tmp_path: Path) -> None:
    service, report = plant([], tmp_path / "sample_service"), tmp_path / "run.json"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    words = [str(ROOT / "inv"), "pipeline", "--service", str(service), "--json", str(report)]
    subprocess.run(words, cwd=ROOT, env=clean, capture_output=True, check=False)
    stages = {stage["slug"]: stage for stage in json.loads(report.read_text(encoding="utf-8"))["stages"]}
    said = {
        f"{finding['check']} {finding['outcome']}: {finding['message']}"
        for stage in stages.values()
        for finding in stage["findings"]
        if finding["outcome"] not in FINE and not (finding["check"] in BUSY and OTHERS.search(finding["message"]))
    }
    assert (len(stages), said) == (7, set())
