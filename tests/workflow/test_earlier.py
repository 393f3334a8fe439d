"""Which earlier run is a new load compared with? A real ledger."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.source import host
from runner.discovery.target import Target, find_target
from tests.workflow.records import a_document, a_run
from workflow.ledger import Ledger, RunState, StageResult, open_ledger
from workflow.service.earlier import accepted_load


@pytest.fixture
def target(tmp_path: Path) -> Target:
    (tmp_path / "gonogo.toml").write_text(f'[service]\npython = "{sys.executable}"\n', encoding="utf-8")
    return find_target(tmp_path)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    yield opened
    opened.close()


def load_json(p50: float) -> bytes:
    point = {"name": "GET /things", "requests": 90, "p50": p50, "p95": p50 * 2}
    return json.dumps({"shapes": [{"users": 5, "pace": 1.5, "endpoints": [point]}]}).encode()


def a_load_run(
    ledger: Ledger, target: Target, content: bytes, *, verdict: str = "GO", whole: bool = True, where: str = ""
) -> int:
    id = ledger.begin(a_run(root=str(target.root), stages=("performance",), host=where or host()))
    ledger.add_document(id, a_document(content, name="load.json", stage="performance", media_type="application/json"))
    ledger.add_stage(id, StageResult(slug="performance", verdict=verdict, seconds=1, whole=whole))
    ledger.end(id, RunState.FINISHED, verdict)
    return id


def test_nothing_is_known_at_first(target: Target, ledger: Ledger) -> None:
    assert accepted_load(target, ledger) is None


def test_the_newest_whole_run_that_was_go_on_this_machine_counts(target: Target, ledger: Ledger) -> None:
    wanted = a_load_run(ledger, target, load_json(12))
    a_load_run(ledger, target, load_json(90), verdict="NO-GO")
    a_load_run(ledger, target, load_json(80), whole=False)
    a_load_run(ledger, target, load_json(70), where="another-machine")
    found = accepted_load(target, ledger)
    assert found is not None
    assert (found.run, found.shapes[5].pace, found.shapes[5].endpoints["GET /things"].p50) == (wanted, 1.5, 12)


def test_a_record_of_another_form_is_passed_over(target: Target, ledger: Ledger) -> None:
    wanted = a_load_run(ledger, target, load_json(12))
    a_load_run(ledger, target, b'{"shapes": [{"users": "many"}]}')
    a_load_run(ledger, target, b'{"shapes": [{"users": 5, "endpoints": "none"}]}')
    a_load_run(ledger, target, b'["shapes"]')
    found = accepted_load(target, ledger)
    assert found is not None
    assert found.run == wanted
