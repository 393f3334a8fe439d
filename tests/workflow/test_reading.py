"""Does what only reads need a folder that can be written? In real read-only folders, by mount and by permission."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from tests.workflow.records import a_finding, a_run
from tests.workflow.tiny import LEDGER, gonogo, tiny_service
from workflow.ledger import open_ledger, read_ledger
from workflow.ledger.schema import alembic_config

READERS = (("status",), ("show", "latest"), ("explain", "RQ001"))
NO_MOUNTS = "no mount namespace here"
Closed = Callable[[Path], Sequence[str]]


@pytest.fixture(params=["mount", "permission"])
def closed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Closed]:
    """Makes a folder read-only for the command that is started by the words it returns."""
    folders: list[Path] = []

    def by_mount(folder: Path) -> Sequence[str]:
        script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"'
        return ("unshare", "-m", "sh", "-c", script, str(folder))

    def by_permission(folder: Path) -> Sequence[str]:
        folders.extend([folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())])
        for one in folders:
            one.chmod(0o555)
        for one in folder.rglob("ledger.db*"):
            one.chmod(0o444)
        # root heeds permissions only without this right
        return ("setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override") if is_root() else ()

    way = {"mount": by_mount, "permission": by_permission}[request.param]
    probe = tmp_path / "probe"
    probe.mkdir()
    tried = subprocess.run([*way(probe), "touch", str(probe / "x")], capture_output=True, text=True, check=False)
    if "Permission denied" not in tried.stderr and "Read-only" not in tried.stderr:
        pytest.skip(f"no folder can be made read-only here by {request.param}: {tried.stderr.strip()}")
    yield way
    for one in folders:
        one.chmod(0o755)


def is_root() -> bool:
    return os.geteuid() == 0


def asked(tmp_path: Path) -> Path:
    """A service with one run."""
    service = tiny_service(tmp_path / "shop")
    assert gonogo("stage.requirements", cwd=service)[0] == 1
    return service


def held(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_only_reads_works_where_nothing_can_be_written(tmp_path: Path, closed: Closed) -> None:
    service = asked(tmp_path)
    before, words = held(service), closed(service)
    for reader in READERS:
        code, out, err = gonogo(*reader, cwd=service, before=words)
        assert (code, err) == (0, ""), (reader, err)
        assert "RQ001" in out
    assert held(service) == before


def test_where_nothing_was_run_that_is_said_and_no_folder_is_made(tmp_path: Path, closed: Closed) -> None:
    service = tiny_service(tmp_path / "shop")
    words = closed(service)
    code, out, err = gonogo("status", cwd=service, before=words)
    assert (code, err) == (0, "")
    assert out.count("not run") == 7
    code, _, err = gonogo("show", "latest", cwd=service, before=words)
    assert code == 2
    assert "shop has no run yet" in err
    code, out, _ = gonogo("explain", "RQ001", cwd=service, before=words)
    assert code == 0
    assert "Not asked of shop yet." in out


def test_a_run_still_says_that_it_can_keep_nothing_there(tmp_path: Path, closed: Closed) -> None:
    service = tiny_service(tmp_path / "shop")
    code, _, err = gonogo("stage.requirements", cwd=service, before=closed(service))
    assert code == 2
    assert f"{service}/.gonogo can't be written" in err
    assert "GONOGO_LEDGER=" in err


def test_reading_leaves_nothing_behind_in_a_folder_that_can_be_written(tmp_path: Path) -> None:
    service = tiny_service(tmp_path / "shop")
    assert gonogo("status", cwd=service)[0] == 0
    assert not (service / ".gonogo").exists()
    assert gonogo("stage.requirements", cwd=service)[0] == 1
    before = held(service)
    for reader in READERS:
        assert gonogo(*reader, cwd=service)[0] == 0
    assert held(service) == before


def test_what_a_killed_run_left_beside_the_file_is_read_where_sqlite_can_not_settle_it(
    tmp_path: Path, closed: Closed
) -> None:
    writer = sqlite3.connect(asked(tmp_path) / LEDGER)
    writer.execute("PRAGMA wal_autocheckpoint=0")
    writer.execute("DROP TRIGGER run_no_update")
    writer.execute("UPDATE run SET verdict = 'NO-GO', asked = 'invoke stage.requirements --fail-fast'")
    writer.commit()
    copy = tiny_service(tmp_path / "copy")
    (copy / ".gonogo").mkdir()
    for end in ("", "-wal"):
        shutil.copy(tmp_path / "shop" / f"{LEDGER}{end}", copy / f"{LEDGER}{end}")
    writer.close()
    code, out, err = gonogo("show", "latest", cwd=copy, before=closed(copy))
    assert (code, err) == (0, "")
    assert "--fail-fast" in out
    assert "run 1 was altered" in out
    assert not (copy / f"{LEDGER}-shm").exists()


def an_old_ledger(path: Path, root: str) -> None:
    """As the first gonogo wrote it, with one run."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.exec_driver_sql("INSERT INTO service (id, name, root) VALUES (1, 'shop', ?)", (root,))
        connection.exec_driver_sql(
            "INSERT INTO run VALUES (1, 1, 'invoke stage.db', '[\"database\"]', '[]', 'finished', 'GO', NULL, '[]', "
            "'d', '3.12.1', '{}', 'build-1', 4711, '2026-01-02 12:00:00', '2026-01-02 12:00:00', '2026-01-02 12:01:00')"
        )
    engine.dispose()


def test_an_old_ledger_is_read_as_it_is_and_migrated_by_the_next_run(tmp_path: Path) -> None:
    service = tiny_service(tmp_path / "shop")
    (service / ".gonogo").mkdir()
    an_old_ledger(service / LEDGER, str(service))
    before = (service / LEDGER).read_bytes()
    code, out, err = gonogo("show", "latest", cwd=service)
    assert (code, err) == (0, "")
    assert "stage.db" in out
    assert (service / LEDGER).read_bytes() == before
    assert gonogo("stage.requirements", cwd=service)[0] == 1
    ledger = open_ledger(f"sqlite:///{service / LEDGER}")
    assert [(run.id, run.root) for run in ledger.runs(str(service))] == [(2, str(service)), (1, str(service))]
    ledger.close()


def test_a_reader_can_not_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    open_ledger(url).close()
    reader = read_ledger(url)
    with pytest.raises(Exception, match="readonly"):
        reader.begin(a_run())
    reader.close()


def test_a_reader_sees_what_is_written_while_it_is_open(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    writer = open_ledger(url)
    id = writer.begin(a_run())
    reader = read_ledger(url)
    writer.add_finding(id, a_finding())
    assert reader.run(id).findings == (a_finding(),)
    reader.close()
    writer.close()
