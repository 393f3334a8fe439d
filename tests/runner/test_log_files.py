"""What did a service write into log files of its own?"""

from pathlib import Path

from runner.evidence.access.stored_passwords import with_bytes
from runner.live.log_files import sizes, written_since


def test_only_what_was_written_since_counts(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "api").write_text("old\n", encoding="utf-8")
    (tmp_path / "turned.log").write_text("a long old file\n", encoding="utf-8")
    before = sizes(tmp_path)
    with (tmp_path / "logs" / "api").open("a", encoding="utf-8") as stream:
        stream.write("new\n")
    (tmp_path / "turned.log").write_text("anew\n", encoding="utf-8")
    (tmp_path / "app.log.2").write_text("rolled\n", encoding="utf-8")
    (tmp_path / "data.txt").write_text("no log\n", encoding="utf-8")

    assert sorted(written_since(tmp_path, before).split()) == ["anew", "new", "rolled"]


def test_logs_of_the_environment_and_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pip.log").write_text("x", encoding="utf-8")
    (tmp_path / "out.log").symlink_to(tmp_path / ".venv" / "pip.log")

    assert sizes(tmp_path) == {}


def test_a_hash_in_a_column_of_bytes_is_read_as_text() -> None:
    hashed = b"$2b$12$abcdefgh".hex()

    assert with_bytes(f'(1,"\\\\x{hashed}")').endswith("$2b$12$abcdefgh")
    assert with_bytes("(1,\\xab)") == "(1,\\xab)"
