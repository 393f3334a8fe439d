"""Does a backup hold the whole ledger, and does it come back as it was, on SQLite and on PostgreSQL?"""

from pathlib import Path
from typing import Any

import pytest

from runner.errors import WorkflowError
from runner.live.workshop import Workshop
from tests.workflow.forging import forging
from tests.workflow.records import a_run
from tests.workflow.test_chain import filled
from tests.workflow.tiny import APP, gonogo
from workflow.ledger import Decision, Ledger, back_up, open_ledger, restore


def signed(ledger: Ledger) -> None:
    filled(ledger)
    words: dict[str, Any] = {"kind": "signed", "who": "Ada", "email": "ada@example.org", "role": "lead"}
    ledger.decide("/srv/shop", "shop", Decision(**words, digest="d" * 64, stage="database"))


def test_a_backup_comes_back_with_every_row(ledger: Ledger, url: str, tmp_path: Path, workshop: Workshop) -> None:
    signed(ledger)
    copy = tmp_path / "copy.gonogo"
    kept = back_up(url, copy)
    assert (kept.altered, kept.head) == ((), ledger.verify().head)
    other = f"sqlite:///{tmp_path / 'other.db'}" if url.startswith("sqlite") else workshop.new_database().dsn
    assert restore(copy, other) == kept
    again = open_ledger(other)
    assert (again.run(1), again.decisions("/srv/shop")) == (ledger.run(1), ledger.decisions("/srv/shop"))
    assert again.begin(a_run()) == 4  # its numbers go on
    assert again.verify().altered == ()
    again.close()
    with pytest.raises(WorkflowError, match="Only an empty ledger can be filled"):
        restore(copy, other)
    with pytest.raises(WorkflowError, match="is there already"):
        back_up(url, copy)


def test_an_altered_backup_is_not_restored(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "copy.gonogo"
    ledger = open_ledger(url)
    signed(ledger)
    ledger.close()
    back_up(url, copy)
    with forging(f"sqlite:///{copy}") as connection:
        connection.exec_driver_sql("UPDATE finding SET outcome = 'passed' WHERE id = 2")
    with pytest.raises(WorkflowError, match=r"finding 2 of run 1 \(DB004\) was altered. Nothing was restored"):
        restore(copy, f"sqlite:///{tmp_path / 'other.db'}")
    assert not (tmp_path / "other.db").exists()


def test_what_was_altered_before_is_told_by_the_backup_too(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "copy.gonogo"
    ledger = open_ledger(url)
    signed(ledger)
    ledger.close()
    with forging(url) as connection:
        connection.exec_driver_sql("UPDATE stage SET verdict = 'GO' WHERE run_id = 1")
    assert back_up(url, copy).altered == ("stage database of run 1 was altered",)


def test_a_ledger_that_is_named_needs_no_service(tmp_path: Path) -> None:
    """As on a team's server, where no service can be run."""
    first, second = f"sqlite:///{tmp_path / 'ledger.db'}", f"sqlite:///{tmp_path / 'other.db'}"
    ledger = open_ledger(first)
    signed(ledger)
    ledger.close()
    place = tmp_path / "server"
    place.mkdir()
    (place / "app.py").write_text(APP, encoding="utf-8")  # without an interpreter
    code, out, err = gonogo("ledger.backup", "copy.gonogo", cwd=place, GONOGO_LEDGER=first)
    assert (code, err) == (0, "")
    assert "each row is as it was written" in out
    code, _, err = gonogo("ledger.restore", "copy.gonogo", cwd=place, GONOGO_LEDGER=second)
    assert (code, err) == (0, "")
    assert (place / "copy.gonogo").is_file()
    assert (tmp_path / "other.db").is_file()
