"""Does the ledger keep what it is given, on SQLite and on a real PostgreSQL?"""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from runner.errors import WorkflowError
from runner.said import CHINESE, speaking
from tests.conftest import ROOT
from tests.workflow.forging import forging
from tests.workflow.records import NOON, a_document, a_finding, a_run
from workflow.ledger import Decision, Identity, Ledger, RunState, StageResult, open_ledger
from workflow.ledger.schema import HEAD, alembic_config

BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflow.cli import main; main()"


def test_a_run_comes_back_as_it_went_in(ledger: Ledger) -> None:
    id = ledger.begin(a_run())
    ledger.add_finding(id, a_finding())
    ledger.add_document(id, a_document())
    ledger.add_note(id, "The migration history", "collected", 1.5)
    ledger.add_stage(id, StageResult(slug="database", verdict="NO-GO", seconds=1.5))
    ledger.end(id, RunState.FINISHED, "NO-GO", {"PostgreSQL": "15.18"})
    run = ledger.run(id)
    assert run.findings == (a_finding(),)
    assert run.results == (StageResult(slug="database", verdict="NO-GO", seconds=1.5),)
    assert (run.state, run.verdict, run.tools["PostgreSQL"]) == (RunState.FINISHED, "NO-GO", "15.18")
    assert run.started == NOON
    assert run.ended is not None
    assert run.ended.tzinfo is not None
    assert [note.text for note in run.notes] == ["The migration history"]
    assert ledger.content(run.artifacts[0].sha256) == b"# Schema\n"


def test_the_same_content_is_kept_once(ledger: Ledger, url: str) -> None:
    for _ in range(3):
        ledger.add_document(ledger.begin(a_run()), a_document())
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM content")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM artifact")).scalar() == 3
    engine.dispose()


def test_damaged_content_is_noticed(ledger: Ledger, url: str) -> None:
    document = a_document()
    ledger.add_document(ledger.begin(a_run()), document)
    with forging(url) as connection:
        connection.execute(text("UPDATE content SET content = :other"), {"other": b"forged"})
    with pytest.raises(WorkflowError, match="is damaged"):
        ledger.content(document.sha256)


def test_runs_are_listed_newest_first_and_by_service(ledger: Ledger) -> None:
    first, second = ledger.begin(a_run()), ledger.begin(a_run())
    ledger.begin(a_run(root="/srv/other", service="other"))
    assert [run.id for run in ledger.runs("/srv/shop")] == [second, first]
    assert [(known.name, known.root) for known in ledger.services()] == [("other", "/srv/other"), ("shop", "/srv/shop")]


def test_only_a_whole_stage_speaks_for_the_stage(ledger: Ledger) -> None:
    whole, part = ledger.begin(a_run()), ledger.begin(a_run(only=("DB003",)))
    ledger.add_stage(whole, StageResult(slug="database", verdict="GO", seconds=1))
    ledger.add_stage(part, StageResult(slug="database", verdict="NO-GO", seconds=1, whole=False))
    latest = ledger.latest_of_stage("/srv/shop", "database")
    assert latest is not None
    assert latest.id == whole
    assert ledger.latest_of_stage("/srv/shop", "design") is None


def test_a_run_whose_process_is_gone_is_interrupted(ledger: Ledger) -> None:
    id = ledger.begin(a_run())
    ledger.alive = lambda host, pid: (host, pid) != ("build-1", 4711)
    assert ledger.run(id).state is RunState.INTERRUPTED
    assert ledger.runs("/srv/shop")[0].state is RunState.INTERRUPTED


def test_another_machines_run_lives_by_its_heartbeat(ledger: Ledger, url: str) -> None:
    id = ledger.begin(a_run())
    assert ledger.run(id).state is RunState.RUNNING
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE run SET beat = :then"), {"then": "2026-01-01 00:00:00+00"})
    assert ledger.run(id).state is RunState.INTERRUPTED
    ledger.beat(id)
    assert ledger.run(id).state is RunState.RUNNING
    engine.dispose()


def test_a_prepared_run_is_adopted_by_its_process(ledger: Ledger) -> None:
    id = ledger.begin(a_run(state=RunState.STARTING, pid=1))
    ledger.started(id, 99)
    ledger.adopt(id, a_run(pid=100))
    run = ledger.run(id)
    assert (run.id, run.state, run.pid) == (id, RunState.RUNNING, 100)


def test_many_writers_lose_nothing(url: str) -> None:
    ledger = open_ledger(url)
    id = ledger.begin(a_run())

    def write() -> None:
        mine = open_ledger(url)
        for _ in range(20):
            mine.add_finding(id, a_finding())
        mine.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.run(id).findings) == 80
    ledger.close()


def test_many_that_sign_in_the_same_moment_have_signed_once_each(url: str) -> None:
    words: dict[str, Any] = {"kind": "signed", "who": "x", "role": "lead", "digest": "d" * 64, "stage": "database"}
    ready = threading.Barrier(6)

    def sign(email: str) -> None:
        mine = open_ledger(url)
        ready.wait()
        mine.decide("/srv/shop", "shop", Decision(**words, email=email))
        mine.close()

    ledger = open_ledger(url)
    ledger.begin(a_run())
    threads = [threading.Thread(target=sign, args=(email,)) for email in ("ada@x", "bo@x", "cy@x") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.email for one in ledger.decisions("/srv/shop")) == ["ada@x", "bo@x", "cy@x"]
    assert ledger.verify().altered == ()
    ledger.close()


def test_machines_that_begin_sign_and_write_the_same_document_at_once_never_hold_each_other_up(url: str) -> None:
    """Each knows the service by another folder, so that each writes its row anew."""
    words: dict[str, Any] = {"kind": "signed", "who": "x", "role": "lead", "stage": "database"}
    problems: list[BaseException] = []
    ready = threading.Barrier(4)

    def work(number: int) -> None:
        mine = open_ledger(url)
        mine.identify = lambda _: Identity(key="repository:shop")
        root = f"/srv/{number}/shop"
        ready.wait()
        try:
            for turn in range(12):
                id = mine.begin(a_run(root=root))
                mine.decide(root, "shop", Decision(**words, digest=f"{turn:064}", email=f"{number}@x"))
                mine.add_document(id, a_document(f"turn {turn}".encode()))
        except BaseException as error:  # noqa: BLE001 - a thread's error has no other way out
            problems.append(error)
        mine.close()

    open_ledger(url).close()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    ledger = open_ledger(url)
    shop = Identity(key="repository:shop")
    assert len(ledger.runs(shop, 100)) == len(ledger.decisions(shop)) == 48
    assert ledger.verify().altered == ()
    ledger.close()


def test_an_empty_ledger_opened_by_many_at_once_is_migrated_once(url: str) -> None:
    problems: list[BaseException] = []

    def open_it() -> None:
        try:
            open_ledger(url).close()
        except BaseException as error:  # noqa: BLE001 - a thread's error has no other way out
            problems.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_the_models_are_the_migrated_schema(url: str) -> None:
    open_ledger(url).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        config = alembic_config(connection)
        command.check(config)
        assert ScriptDirectory.from_config(config).get_current_head() == HEAD
    engine.dispose()


def test_down_and_up_again_leaves_no_trace(url: str) -> None:
    open_ledger(url).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    open_ledger(url).close()
    engine.dispose()


def test_a_newer_ledger_is_refused_with_a_sentence(url: str) -> None:
    open_ledger(url).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(WorkflowError, match="written by a newer gonogo"):
        open_ledger(url)


def test_a_place_that_cannot_be_written_is_said() -> None:
    with pytest.raises(WorkflowError, match=r"No ledger can be kept in /proc/nowhere.*GONOGO_LEDGER="):
        open_ledger("sqlite:////proc/nowhere/ledger.db")


def test_a_server_that_is_not_there_is_said_without_its_password() -> None:
    with pytest.raises(WorkflowError, match="can't be opened") as caught:
        open_ledger("postgresql://me:hushhush@127.0.0.1:1/ledger?connect_timeout=2")
    assert "hushhush" not in str(caught.value)


def test_an_unknown_run_is_said(ledger: Ledger) -> None:
    with pytest.raises(WorkflowError, match="No run 12345"):
        ledger.run(12345)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://me:hushhush@db/ledger", "names a mysql database; a ledger is kept in PostgreSQL or SQLite"),
        ("mysql+pymysql://me:hushhush@db/ledger", "names a mysql database"),
        ("oracle://me:hushhush@db/x", "names a oracle database"),
        ("nonsense://me:hushhush@db/x", "names a nonsense database"),
        ("nonsense", "is no address of a database"),
        ("/some/file.db", "is no address of a database"),
        ("postgresql://me:hushhush@db:port/x", "is no address of a database"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////tmp", "names the folder /tmp. Name a file in it"),
        ("postgresql+psycopg2://me:hushhush@127.0.0.1:1/x?connect_timeout=2", "can't be opened"),
        ("postgres://me:hushhush@127.0.0.1:1/x?connect_timeout=2", "can't be opened"),
        ("postgresql://me:hushhush@nowhere.invalid/x?connect_timeout=2", "can't be opened"),
        ("postgresql://me:hushhush@127.0.0.1:1/x?no_such_option=2", "can't be opened"),
    ],
)
def test_an_address_that_is_no_ledger_is_one_sentence(url: str, said: str) -> None:
    with pytest.raises(WorkflowError) as caught:
        open_ledger(url)
    assert said in str(caught.value)
    assert "hushhush" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("These are notes, and no database at all.\n" * 200)
    with pytest.raises(WorkflowError, match="can't be opened: file is not a database"):
        open_ledger(f"sqlite:///{tmp_path / 'notes.txt'}")
    assert (tmp_path / "notes.txt").read_text().startswith("These are notes")


def test_a_bad_address_is_a_sentence_and_a_two_on_the_command_line() -> None:
    argv = [sys.executable, "-c", BOOT, str(ROOT), "status"]
    env = os.environ | {"GONOGO_LEDGER": "mysql://me:hushhush@db/x"}
    ran = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "names a mysql database" in ran.stderr


def test_a_document_is_read_in_its_readers_language(ledger: Ledger) -> None:
    """Both are kept and linked; who reads another language than there is reads the English one."""
    id = ledger.begin(a_run())
    ledger.add_document(id, a_document(told=((CHINESE, "# 表结构\n".encode()),)))
    ledger.add_document(id, a_document(name="routes.md"))
    told, plain = ledger.run(id).artifacts
    with speaking(CHINESE):
        assert ledger.content(told.read) == "# 表结构\n".encode()
        assert plain.read == plain.sha256
    assert told.read == told.sha256
    assert ledger.content(told.sha256) == b"# Schema\n"
    assert not ledger.run(id).altered
