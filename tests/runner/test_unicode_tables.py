"""Are tables of letters made once, and is a folder that can't be written no problem?"""

from pathlib import Path

import pytest

from runner.http.unicode_tables import link_unicode_tables, unicode_tables


def test_a_folder_shares_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "desk").mkdir()
    link_unicode_tables(tmp_path / "desk")
    (tmp_path / "desk/.hypothesis/table").touch()
    assert [path.name for path in unicode_tables().iterdir()] == ["table"]
    assert unicode_tables().stat().st_mode & 0o077 == 0


def test_without_a_place_the_tool_keeps_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert not unicode_tables().exists()
    link_unicode_tables(tmp_path / "no desk")
