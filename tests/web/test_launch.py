"""Does the server start as promised: on loopback, silent towards the world, ended by Ctrl-C?"""

import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from runner.errors import WorkflowError
from runner.live.ports import free_port, wait_until
from runner.processes.process import Background, quick
from tests.web.browsing import answers
from tests.web.ledgers import make_service
from workflow.settings import ROOT
from workflow.web.launch import TEAM, choose_port, command, refuse_without_sign_in, served_at, theme


def test_server_listens_on_loopback_and_reports_to_nobody(tmp_path: Path) -> None:
    argv = command(tmp_path, 8501, open_browser=False)
    for flag in (
        "--server.address=127.0.0.1",
        "--browser.gatherUsageStats=false",
        "--server.headless=true",
        "--logger.hideWelcomeMessage=true",
    ):
        assert flag in argv
    assert argv[-5:] == ["--", str(tmp_path), "invoke", "", ""]
    assert "--server.headless=false" in command(tmp_path, 8501, open_browser=True)


def test_both_themes_are_given() -> None:
    assert {"theme.light.backgroundColor", "theme.dark.backgroundColor"} <= set(theme())


def test_a_team_is_served_where_it_says_and_only_with_a_sign_in(tmp_path: Path) -> None:
    served = served_at("0.0.0.0", 8600, "https://gonogo.example.org/team", "")
    argv = command(tmp_path, 8600, open_browser=False, served=served)
    for flag in (
        "--server.address=0.0.0.0",
        "--server.baseUrlPath=team",
        "--browser.serverAddress=gonogo.example.org",
        "--browser.serverPort=443",
        "--server.allowedHosts=gonogo.example.org",
    ):
        assert flag in argv
    assert argv[-1] == TEAM
    assert TEAM not in command(tmp_path, 8600, open_browser=False)
    for wrong in (("everywhere", "", ""), ("0.0.0.0", "gonogo", ""), ("0.0.0.0", "", "a b"), ("0.0.0.0", "", "../up")):
        with pytest.raises(WorkflowError, match="is no "):
            served_at(wrong[0], 8600, *wrong[1:])
    with pytest.raises(WorkflowError, match="lets nobody in without a sign-in"):
        refuse_without_sign_in(tmp_path)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit/secrets.toml").write_text('[auth]\nredirect_uri = "https://gonogo.example.org"\n')
    refuse_without_sign_in(tmp_path)


def test_a_taken_port_is_said_and_a_free_one_found() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WorkflowError, match="is taken"):
            choose_port(taken.getsockname()[1])
    assert choose_port(free_port()) > 0
    assert choose_port(None) > 0


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    target, port, log = make_service(tmp_path), free_port(), tmp_path / "log"
    argv = command(target.root, port, open_browser=False)
    process = Background(argv, cwd=tmp_path, env=os.environ, log=log, stop_signal=signal.SIGINT)
    wait_until(lambda: answers(f"http://127.0.0.1:{port}"), process, what="The server", seconds=90)
    process.stop(patience=60)
    assert "Traceback" not in log.read_text(encoding="utf-8")
    assert not answers(f"http://127.0.0.1:{port}")


def test_its_address_is_all_that_it_says(tmp_path: Path) -> None:
    target, port, log = make_service(tmp_path), free_port(), tmp_path / "log"
    boot = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflow.cli import main; main()"
    words = ["web", "--no-browser", "--port", str(port), "--service", str(target.root)]
    argv = [sys.executable, "-c", boot, str(ROOT), *words]
    process = Background(argv, cwd=tmp_path, env=os.environ, log=log, stop_signal=signal.SIGINT)
    wait_until(lambda: answers(f"http://127.0.0.1:{port}"), process, what="The server", seconds=90)
    said = log.read_text(encoding="utf-8").splitlines()
    process.stop(patience=60)
    assert said == [f"gonogo for {target.name} on http://127.0.0.1:{port} · Ctrl-C ends it"]


def test_the_room_is_quick_to_enter() -> None:
    """The command line imports `workflow.web.launch`; Streamlit must not come with it."""
    code = "import sys, workflow.web.launch; sys.exit('streamlit' in sys.modules)"
    assert quick([sys.executable, "-c", code], cwd=ROOT).code == 0
