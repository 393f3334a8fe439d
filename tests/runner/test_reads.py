"""Is everything written down that evidence reads: here, in the service's processes, in other threads, for several?"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner.environment import GUARD
from runner.live.workshop import Once
from runner.processes.reads import Reads, carried, declared, recording, spawned


def opened(code: str, folder: Path, *options: str, **more: str) -> tuple[set[str], str]:
    """What a Python with the guard tells that it opened in this folder, and whom it started that tells nothing."""
    report = folder.parent / "report.jsonl"
    report.write_text("", encoding="utf-8")
    env = {"PYTHONPATH": str(GUARD), "GONOGO_GUARD": json.dumps({"reads": str(report)}), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, *options, "-c", code], cwd=folder, env=env | more, check=True)
    reads = Reads()
    reads.report = report
    found = reads.settled()
    names = {Path(path).name for path in (*found.files, *found.imported) if path.startswith(str(folder))}
    return names, found.whole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "service"
    place.mkdir()
    (place / "notes.txt").write_text("three", encoding="utf-8")
    (place / "module.py").write_text("VALUE = 1\n", encoding="utf-8")
    return place


def test_a_process_tells_what_it_opens_also_in_vain(folder: Path) -> None:
    code = "open('notes.txt')\ntry: open('nowhere.txt')\nexcept OSError: pass"
    assert opened(code, folder) == ({"notes.txt", "nowhere.txt"}, "")


def test_bytecode_stands_for_its_source(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", "import module"], cwd=folder, check=True)
    found, _ = opened("import sys; sys.path.insert(0, ''); import module", folder)
    assert "module.py" in found
    assert any(name.endswith(".pyc") for name in found)


def test_bytecode_that_is_kept_elsewhere_stands_for_its_source_too(folder: Path) -> None:
    code = "import sys; sys.path.insert(0, ''); import module"
    elsewhere = folder.parent / "bytecode"
    for _ in ("it is made", "it is read"):
        assert opened(code, folder, PYTHONPYCACHEPREFIX=str(elsewhere)) == ({"module.py"}, "")
    assert list(elsewhere.rglob("module.*.pyc"))
    assert not list(folder.rglob("*.pyc"))


def test_sqlite_is_a_file(folder: Path) -> None:
    assert opened("import sqlite3; sqlite3.connect('file:own.db?mode=rwc', uri=True)", folder)[0] >= {"own.db"}


def test_a_python_below_tells_as_well_and_a_shell_does_not(folder: Path) -> None:
    below = "import subprocess, sys; subprocess.run([sys.executable, '-c', \"open('notes.txt')\"])"
    assert opened(below, folder) == ({"notes.txt"}, "")
    assert opened("import subprocess; subprocess.run(['cat', 'notes.txt'])", folder)[1] == "cat"
    assert opened("import os; os.system('true')", folder)[1] == "a shell"
    dropped = (
        "import os, subprocess, sys; os.environ.pop('PYTHONPATH'); "
        "subprocess.run([sys.executable, '-c', \"open('notes.txt')\"])"
    )
    assert opened(dropped, folder)[1].startswith("python")
    alone = "import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', \"open('notes.txt')\"])"
    assert opened(alone, folder)[1].startswith("python")


def test_a_torn_report_is_no_report(tmp_path: Path) -> None:
    reads = Reads()
    reads.report = tmp_path / "report"
    reads.report.write_text('{"file": "/a"}\n{"fil', encoding="utf-8")
    assert reads.settled().whole == "a process whose report is torn"


GUARDED = {"GONOGO_GUARD": json.dumps({"reads": "/report"}), "PYTHONPATH": f"{GUARD}:/service"}
UNGUARDED = {"GONOGO_GUARD": json.dumps({"reads": "/report"}), "PYTHONPATH": "/service"}


@pytest.mark.parametrize(
    ("argv", "env", "whole"),
    [
        (["/venv/bin/python", "-c", "1"], GUARDED, ""),
        (["/venv/bin/python", "-c", "1"], {}, "python"),
        (["/venv/bin/python", "-I", "-c", "1"], GUARDED, "python"),
        (["/venv/bin/python", "-c", "1"], GUARDED | {"GONOGO_GUARD": "{}"}, "python"),
        (["/venv/bin/python", "-c", "1"], UNGUARDED, "python"),
        (["podman", "build", "."], {}, "podman"),
        (["unshare", "cat", "x"], {}, "unshare"),
        (["git", "diff", "config"], {}, "git"),
        (["/bin/sh", "-c", "cat x"], GUARDED, "sh"),
        (["ruff", "check"], {}, "ruff"),
        (["/usr/lib/postgresql/bin/postgres", "-D", "x"], {}, ""),
        (["git", "-c", "a=b", "ls-files", "-z"], {}, ""),
        (["git", "diff"], {}, "git"),
    ],
)
def test_who_may_have_read_any_file(argv: list[str], env: dict[str, str], whole: str) -> None:
    reads = Reads()
    with recording(reads):
        spawned(argv, env)
    assert reads.whole == whole
    assert reads.git == (argv[0] == "git")


def test_what_a_thread_opens_is_its_own_and_a_strangers_is_everybodys(folder: Path) -> None:
    notes, module = folder / "notes.txt", folder / "module.py"
    one, other = Reads(), Reads()
    with recording(one), ThreadPoolExecutor(1) as pool:
        pool.submit(carried(notes.read_text)).result()
        with recording(other):
            pool.submit(module.read_text).result()
    assert str(notes) in one.files - other.files
    assert str(module) in one.files & other.files
    with recording(None):
        notes.read_text(encoding="utf-8")
    assert str(notes) not in other.files


def test_what_is_made_once_was_read_by_each_who_uses_it(folder: Path) -> None:
    once, one, other = Once(), Reads(), Reads()
    notes = folder / "notes.txt"
    for reads in (one, other):
        with recording(reads):
            assert once.get("notes", lambda: notes.read_text(encoding="utf-8")) == "three"
    assert str(notes) in one.settled().files & other.settled().files


def test_what_a_tool_is_known_to_read_is_all_that_counts() -> None:
    reads = Reads()
    with recording(reads), declared(["/service/requirements.lock"]):
        spawned(["uv", "pip", "sync"], {})
    assert (reads.whole, reads.files) == ("", {"/service/requirements.lock"})
