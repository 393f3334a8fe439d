"""What is known now: also when it changes while we look."""

from pathlib import Path

from runner.target import Target
from tests.workflow.records import a_run
from workflow.ledger import RunState, open_ledger
from workflow.service import overview


def test_a_run_that_ends_while_we_look_is_not_shown_as_under_way(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.begin(a_run(root=str(tmp_path)))
    answers = iter([True])  # alive at the first look, gone at every later one
    ledger.alive = lambda _host, _pid: next(answers, False)
    view = overview(Target(root=tmp_path, python=Path("python")), ledger)
    assert view.running is None
    assert view.latest is not None
    assert view.latest.state is RunState.INTERRUPTED
    ledger.close()
