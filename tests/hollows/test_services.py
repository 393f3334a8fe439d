"""Small services with nothing to judge, or which lie: no check that looks at the running service passes there.

Each folder of `services/` has a `hollow.toml`: `why`, and `never_passed`, the checks with nothing in front of them.
"""

import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import examine
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from stages.catalogue import BUILT_IN
from workflow import gate

HERE = Path(__file__).parent / "services"
SAMPLE = HERE.parents[2] / "sample_service"
CHECKS = {check.id: check for stage in BUILT_IN.stages for check in stage.checks}
HOLLOWS = {file.parent.name: tomllib.loads(file.read_text()) for file in sorted(HERE.glob("*/hollow.toml"))}


def judged(name: str, folder: Path, workshop: Workshop) -> Mapping[str, Finding]:
    root = folder / name
    shutil.copytree(HERE / name, root, ignore=shutil.ignore_patterns("__pycache__", ".gonogo", "hollow.toml"))
    (root / ".venv").symlink_to(SAMPLE / ".venv")
    wanted = set(HOLLOWS[name]["never_passed"])
    stages = [only for stage in BUILT_IN.stages if (only := stage.only(wanted)).checks]
    events = examine(stages, find_target(root), workshop)
    return {event.check: event for event in events if isinstance(event, Finding)}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOLLOWS)
def test_nothing_passes_on_a_hollow_service(name: str, tmp_path: Path, workshop: Workshop) -> None:
    findings = judged(name, tmp_path, workshop)
    passed = {f"{id}: {finding.message}" for id, finding in findings.items() if finding.outcome is Outcome.PASSED}
    assert passed == set()
    assert not [f"{f.check}: {f.message}" for f in findings.values() if f.outcome is Outcome.BROKEN]
    assert gate.judge(list(findings.values())) is gate.Gate.NO_GO


@pytest.mark.parametrize("name", HOLLOWS)
def test_a_hollow_names_checks_that_there_are(name: str) -> None:
    assert set(HOLLOWS[name]["never_passed"]) <= set(CHECKS)
    assert HOLLOWS[name]["why"]
