"""Does a run that CI sends arrive once and whole, and is everything else refused with a sentence?"""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from runner.discovery.target import Target, find_target
from runner.errors import WorkflowError
from runner.live.ports import free_port
from runner.model import Outcome
from tests.workflow.records import a_document, a_finding, a_run
from tests.workflow.tiny import tiny_service
from workflow.ledger import Decision, Ledger, Run, RunState, StageResult, open_ledger
from workflow.service import ledger_of
from workflow.service.reporting import LARGEST, UNPACKED, Delivery, Destination, destination, packed, send
from workflow.web.intake import routes

TOKEN = "a token of the team's server"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return find_target(tiny_service(tmp_path / "shop"))


@pytest.fixture
def own(target: Target) -> Iterator[Ledger]:
    """The ledger of who sends."""
    ledger = ledger_of(target)
    yield ledger
    ledger.close()


@pytest.fixture
def team(url: str) -> Iterator[Ledger]:
    ledger = open_ledger(url)
    yield ledger
    ledger.close()


@pytest.fixture
def where(team: Ledger) -> Iterator[Destination]:
    server, port = start(team)
    yield Destination(url=f"http://127.0.0.1:{port}/team/api/runs", token=TOKEN)
    server.should_exit = True


def start(team: Ledger, port: int = 0) -> tuple[uvicorn.Server, int]:
    port = port or free_port()
    app = Starlette(routes=routes("team", lambda: team, TOKEN))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return server, port


def proved(target: Target, own: Ledger, **other: object) -> Run:
    id = own.begin(a_run(root=str(target.root), by="Bo <bo@example.org>", **other))
    own.add_finding(id, a_finding(outcome=Outcome.PASSED))
    own.add_document(id, a_document(b"\x89PNG\x00\xff", media_type="image/png"))
    own.add_stage(id, StageResult(slug="database", verdict="GO", seconds=1))
    own.end(id, RunState.FINISHED, "GO")
    return own.run(id)


def post(where: Destination, body: bytes, token: str = TOKEN) -> httpx.Response:
    return httpx.post(where.url, content=body, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def test_a_run_arrives_whole_and_once(target: Target, own: Ledger, team: Ledger, where: Destination) -> None:
    run = proved(target, own)
    there = Delivery(run=run, arrived=f"Sent to {where.name}, where it is run 1.")
    assert send(run, target, own, where) == there
    assert send(run, target, own, where) == there  # once more: it is the same
    taken = team.run(1)
    assert (taken.findings, taken.results, taken.verdict) == (run.findings, run.results, "GO")
    assert team.content(taken.artifacts[0].sha256) == b"\x89PNG\x00\xff"
    assert taken.by == "Bo <bo@example.org> (sent)"
    assert team.verify().altered == ()
    with pytest.raises(WorkflowError, match="No run 2"):
        team.run(2)


def test_many_that_send_the_same_at_once_write_it_once(target: Target, own: Ledger, where: Destination) -> None:
    body = packed(proved(target, own), target, own)[1]
    answers: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(post(where, body))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.json()["run"] for one in answers} == {1}
    assert sorted(one.status_code for one in answers) == [200] * 5 + [201]


def dies(server: socket.socket) -> None:
    """With the first bytes that come."""
    connection, _ = server.accept()
    with connection:
        connection.recv(10)


def test_what_could_not_be_sent_is_sent_with_the_next(target: Target, own: Ledger, team: Ledger) -> None:
    """The server goes away in the middle of what is sent, and is back later."""
    port = free_port()
    where = Destination(url=f"http://127.0.0.1:{port}/team/api/runs", token=TOKEN)
    run = proved(target, own)
    with socket.create_server(("127.0.0.1", port)) as dying:
        thread = threading.Thread(target=dies, args=(dying,))
        thread.start()
        said = send(run, target, own, where).problems
        thread.join()
    assert "could not be sent" in said[0]
    assert "It is kept here, and sent with the next run." in said[0]
    server, _ = start(team, port)
    half = socket.create_connection(("127.0.0.1", port))  # whoever sends goes away: nothing is written
    head = (
        f"POST /team/api/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9000\r\n\r\nhalf"
    )
    half.sendall(head.encode())
    half.close()
    second = proved(target, own)
    assert send(second, target, own, where).problems == ()
    assert [team.run(number).digest for number in (1, 2)] == [run.digest, second.digest]
    assert not list((target.root / ".gonogo/outbox").glob("*/*"))
    server.should_exit = True


def test_what_can_not_be_kept_is_told_and_the_run_goes_on(target: Target, own: Ledger, where: Destination) -> None:
    run = proved(target, own)
    (target.root / ".gonogo/outbox").write_text("no folder")
    delivery = send(run, target, own, where)
    assert delivery.run == run
    assert not delivery.arrived
    assert "can't be written" in delivery.problems[0]


def test_a_wrong_token_keeps_the_run_and_writes_nothing(
    target: Target, own: Ledger, team: Ledger, where: Destination
) -> None:
    run = proved(target, own)
    said = send(run, target, own, replace(where, token="not the token of this one")).problems
    now = f"{where.name} does not take the run now: The token is not this server's."
    assert said == (f"{now} It is kept here, and sent with the next run.",)
    assert post(where, b"", "x").status_code == 401
    assert team.services() == ()
    assert send(run, target, own, where).problems == ()
    assert team.run(1).verdict == "GO"


def test_what_no_run_says_is_refused_with_a_sentence(
    target: Target, own: Ledger, team: Ledger, where: Destination
) -> None:
    good = json.loads(gzip.decompress(packed(proved(target, own), target, own)[1]))

    def refused(status: int, **changes: object) -> str:
        changed = json.loads(json.dumps(good))
        for path, value in changes.items():
            at = changed
            *steps, last = path.split("__")
            for step in steps:
                at = at[int(step) if step.isdigit() else step]
            at[int(last) if last.isdigit() else last] = value
        came = post(where, gzip.compress(json.dumps(changed).encode()))
        assert came.status_code == status
        return str(came.json()["error"])

    assert "format 0, and this server knows 1" in refused(409, format=0)
    assert "database can't be GO with these findings" in refused(422, run__findings__0__outcome="failed")
    assert "it can't be NO-GO with these stages" in refused(422, run__verdict="NO-GO")
    assert "named by no repository" in refused(422, run__key="own")
    assert "is not finished" in refused(422, run__state="running")
    assert "not what its digest says" in refused(422, documents__0__sha256="0" * 64)
    assert "zero byte" in refused(422, run__service="a\x00b")
    assert "no ledger can keep" in refused(422, run__pid=2**70) or "pid" in refused(422, run__pid=2**70)
    assert "`" not in refused(422, run__started="yesterday")
    assert team.services() == ()


def test_too_much_is_refused_before_it_is_held(where: Destination) -> None:
    assert "larger than" in post(where, b"x" * (LARGEST + 1)).json()["error"]
    bomb = gzip.compress(b" " * (UNPACKED + 1024), 1)
    assert "holds more than" in post(where, bomb).json()["error"]
    assert post(where, b"no gzip").status_code == 400
    assert post(where, bomb[:50]).status_code == 400


def test_a_signature_that_the_server_knows_comes_back(
    target: Target, own: Ledger, team: Ledger, where: Destination
) -> None:
    run = proved(target, own, demands={"database": "lead"})
    assert not send(run, target, own, where).run.go
    words: dict[str, Any] = {"kind": "signed", "who": "Ada", "email": "ada@example.org", "role": "lead"}
    team.identify = lambda _: replace(own.identify(str(target.root)))
    team.decide(str(target.root), "shop", Decision(**words, digest=run.digest, stage="database"))
    assert send(run, target, own, where).run.go


def test_it_says_whether_it_lives(team: Ledger, where: Destination, url: str) -> None:
    health = where.url.replace("api/runs", "healthz")
    assert httpx.get(health).json() == {"status": "ok"}
    with team.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    came = httpx.get(health)
    assert came.status_code == 503
    assert came.json()["status"].startswith("The ledger has schema 9999")
    assert url not in came.text


def test_where_runs_may_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkflowError, match="must hold the server's token"):
        destination("https://gonogo.example.org")
    monkeypatch.setenv("GONOGO_REPORT_TOKEN", TOKEN)
    assert destination("https://gonogo.example.org/team/").url == "https://gonogo.example.org/team/api/runs"
    assert destination("http://127.0.0.1:8501").token == TOKEN
    for wrong in ("http://gonogo.example.org", "ftp://x", "gonogo", "https://me:secret@host"):
        with pytest.raises(WorkflowError, match=r"--report-to takes|for all to read"):
            destination(wrong)
