"""A server of the run's own that ended by itself: is it said how, and what to do?"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest

from runner.live.postgres import Place, Postgres
from runner.live.problem import expected

PANIC = '2026-01-01 PANIC:  could not write to file "pg_wal/xlogtemp.7": No space left on device'
FREE = "Free some space there, or set TMPDIR"


def server(log: Path, code: int | None) -> Postgres:
    process = SimpleNamespace(wait=lambda _: code, log=log)
    place = Place(port=1, folder="", marker="", programs=log.parent)
    return Postgres(place=place, version="17", process=cast(Any, process), candidate=cast(Any, None))


@pytest.mark.parametrize(
    ("text", "code", "said", "advised"),
    [
        (f"LOG:  started\n{PANIC}\nLOG:  aborting startup\n", 1, PANIC, True),
        ("LOG:  started\nFATAL:  terminating\nLOG:  shut down\n", 1, "FATAL:  terminating", False),
        ("LOG:  started\n", 139, "killed by SIGSEGV", False),
        ("LOG:  started\n", None, "", False),
    ],
)
def test_how_it_ended_is_in_its_log(tmp_path: Path, text: str, code: int | None, said: str, advised: bool) -> None:  # noqa: FBT001
    log = tmp_path / "log"
    log.write_text(text, encoding="utf-8")
    end = server(log, code).end()
    assert (said in end, FREE in end, bool(end)) == (True, advised, code is not None)


def test_a_full_disk_that_took_the_log_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    log.write_text("LOG:  star", encoding="utf-8")
    monkeypatch.setattr("runner.live.postgres.shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    end = server(log, 1).end()
    assert "No space left on device" in end
    assert FREE in end


def test_who_loses_the_connection_is_told_of_the_server() -> None:
    lost = psycopg.OperationalError("connection to server on socket failed: No such file or directory")
    assert str(expected(lost, lambda: "the run's own PostgreSQL ended: out of luck")).endswith("out of luck")
    assert str(expected(lost, lambda: "")).startswith("PostgreSQL stopped answering, or refused: connection to server")
