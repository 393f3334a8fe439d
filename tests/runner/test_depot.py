"""A service that takes files, keys and cursors, has a limit, and does it right: every check of these passes there."""

import shutil
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import examine
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from stages.catalogue import BUILT_IN

TESTS = Path(__file__).parents[1]
WANTED = {"SC080", "SC081", "SC082", "SC083", "DB050", "DB051"}


@pytest.mark.slow
def test_nothing_is_named_where_all_is_right(tmp_path: Path, workshop: Workshop) -> None:
    root = tmp_path / "depot"
    shutil.copytree(TESTS / "services/depot", root, ignore=shutil.ignore_patterns("__pycache__", ".gonogo"))
    (root / ".venv").symlink_to(TESTS.parent / "sample_service/.venv")
    stages = [only for stage in BUILT_IN.stages if (only := stage.only(WANTED)).checks]
    events = examine(stages, find_target(root), workshop)
    findings = {event.check: event for event in events if isinstance(event, Finding)}
    assert {id: (one.outcome, one.message) for id, one in findings.items() if one.outcome is not Outcome.PASSED} == {}
    shares = {id: tuple((each.judged, each.there) for each in one.shares) for id, one in findings.items()}
    files = dict.fromkeys(("SC080", "SC081", "SC082"), ((2, 2),))
    assert shares == files | dict.fromkeys(("SC083", "DB050", "DB051"), ((1, 1),))
