"""Are tables of letters made once, and is a folder that can't be written no trouble?"""

from pathlib import Path

import pytest

from runner.http.letters import lay_out, table_of_letters


def test_a_desk_shares_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "desk").mkdir()
    lay_out(tmp_path / "desk")
    (tmp_path / "desk/.hypothesis/table").touch()
    assert [path.name for path in table_of_letters().iterdir()] == ["table"]
    assert table_of_letters().stat().st_mode & 0o077 == 0


def test_without_a_place_the_tool_keeps_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert not table_of_letters().exists()
    lay_out(tmp_path / "no desk")
