"""The terminal's face, as people and CI meet it: real processes, real exit codes, real signals."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from stages.catalogue import BUILT_IN
from tests.conftest import ROOT
from tests.runner.test_leash import processes_with
from tests.warm import warm
from tests.workflow.test_report import SCHEMA
from workflow.cli.program import Gonogo
from workflow.cli.tasks import STAGE_TASKS, ns
from workflow.ledger import RunState, open_ledger

BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflow.cli import main; main()"
SAMPLE = ROOT / "sample_service"


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger' / 'ledger.db'}"


@pytest.fixture
def hanging_service(tmp_path: Path) -> Path:
    """A service whose interpreter never answers, and leaves a child behind if it can."""
    folder = tmp_path / "hanging"
    folder.mkdir()
    (folder / "gonogo.toml").write_text('[service]\nname = "hanging"\npython = "python"\nalembic = "alembic.ini"\n')
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (folder / "python").write_text(
        f"#!/bin/sh\nsleep 300.{tmp_path.stat().st_ino} &\nwait\n"  # a number that tells it from any other
    )
    (folder / "python").chmod(0o755)
    return folder


def start(*words: str, ledger: str, cwd: Path = ROOT) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BOOT, str(ROOT), *words],
        cwd=cwd,
        env=os.environ | {"GONOGO_LEDGER": ledger},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeds_ctrl_c,  # noqa: PLW1509 - one call, before anything else runs
    )


def heeds_ctrl_c() -> None:
    """Also where these tests run as a background job, which ignores Ctrl-C, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def gonogo(*words: str, ledger: str, cwd: Path = ROOT) -> tuple[int, str, str]:
    return warm().run(*words, cwd=cwd, env=os.environ | {"GONOGO_LEDGER": ledger})


def test_the_tasks_are_the_stages() -> None:
    assert [(name, alias or name, text.split(": ")[1]) for name, alias, text in STAGE_TASKS] == [
        (s.task, s.slug, s.question[0].lower() + s.question[1:]) for s in BUILT_IN.stages
    ]
    assert [text.split(":")[0] for _, _, text in STAGE_TASKS] == [f"Stage {n}" for n in range(1, 8)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stage.databse"], "Did you mean `stage.database`?"),
        (["pipelin"], "Did you mean `pipeline`?"),
        (["stage.db", "--servce", "x"], "Did you mean `--service`?"),
        (["stage.requirements", "--only", "RQ0001"], "No check called `RQ0001`. Did you mean `RQ001`?"),
        (["stage.requirements", "--only", "DB003"], "DB003 belongs to another stage: ./inv stage.db --only DB003"),
        (["stage.db", "--service", "sample_servic"], "Did you mean `sample_service`?"),
        (["stage.db", "--service", "docs"], "No service in"),
        (["stage.db", "--keep-going", "--fail-fast"], "exclude each other"),
        (["explain", "DB0003"], "Did you mean `DB003`?"),
        (["explain", "DB999"], "No check called `DB999`. The nearest are DB0"),
        (["explain", "DBX"], "All of them: ./inv explain all"),
        (["show", "12345"], "No run 12345"),
        (["show", "newest"], "`latest`"),
        (["show", "latest"], "has no run yet"),
    ],
)
def test_what_was_asked_wrongly_gets_a_sentence_and_a_two(words: list[str], said: str, ledger_url: str) -> None:
    code, out, err = gonogo(*words, ledger=ledger_url)
    assert code == 2
    assert said in err
    assert "Traceback" not in out + err


def test_a_stage_says_go_and_reports_for_programs(tmp_path: Path, ledger_url: str) -> None:
    reports = {kind: tmp_path / f"run.{kind}" for kind in ("json", "junit", "markdown")}
    flags = [word for kind, path in reports.items() for word in (f"--{kind}", str(path))]
    code, out, err = gonogo("stage.db", "--only", "db003", *flags, ledger=ledger_url)
    assert (code, err) == (0, "")
    assert re.search(r" 3  Database +GO +1 proved", out)
    assert re.fullmatch(r"GO: 1 check proved, in \d+(\.\d)? s\.   Next: \./inv stage\.db", out.splitlines()[-1])
    told = json.loads(reports["json"].read_text())
    jsonschema.validate(told, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert (told["verdict"], told["stages"][0]["findings"][0]["check"]) == ("GO", "DB003")
    assert Xml.parse(reports["junit"]).getroot().find("testsuite/testcase") is not None
    assert reports["markdown"].read_text().startswith("# 🟢 GO: sample_service")


@pytest.mark.parametrize("words", [("stage.db", "--only", "DB003"), ("show", "latest")])
def test_a_report_without_a_place_is_refused_before_anything_starts(
    words: tuple[str, ...], tmp_path: Path, ledger_url: str
) -> None:
    (tmp_path / "file").touch()
    code, out, err = gonogo(*words, "--junit", str(tmp_path / "file/x/junit.xml"), ledger=ledger_url)
    assert (code, out) == (2, "")
    assert f"{tmp_path}/file is a file, so no report can be written below it" in err
    code, _, err = gonogo(*words, "--json", str(tmp_path), ledger=ledger_url)
    assert code == 2
    assert f"{tmp_path} is a folder. Name a file in it" in err


def test_the_folder_of_a_report_is_made_when_it_is_written(tmp_path: Path, ledger_url: str) -> None:
    report = tmp_path / "reports/of/today/run.json"
    code, _, _ = gonogo("stage.dbb", "--json", str(report), ledger=ledger_url)
    assert code == 2
    assert list(tmp_path.iterdir()) == []
    code, _, err = gonogo("stage.db", "--only", "DB003", "--json", str(report), ledger=ledger_url)
    assert (code, err) == (0, "")
    assert json.loads(report.read_text())["verdict"] == "GO"


def test_json_on_standard_output_is_alone_there(ledger_url: str) -> None:
    code, out, err = gonogo("stage.db", "--only", "DB003", "--json", "-", ledger=ledger_url)
    assert code == 0
    assert json.loads(out)["verdict"] == "GO"
    assert "Database" in err


def test_a_run_is_shown_explained_and_has_a_standing(ledger_url: str) -> None:
    gonogo("stage.db", "--only", "DB003", ledger=ledger_url)
    code, out, _ = gonogo("show", "latest", ledger=ledger_url)
    assert code == 0
    assert "DB003  Alembic has exactly one head." in out
    code, out, _ = gonogo("explain", "db003", ledger=ledger_url)
    assert code == 0
    assert "fix    run `alembic merge heads`" in out
    assert "run 1" in out
    code, out, _ = gonogo("status", ledger=ledger_url)
    assert code == 0
    assert out.rstrip().splitlines()[-1] == "Requirements has not been proved yet.   Next: ./inv stage.requirements"


def test_errors_in_gonogo_toml_name_file_line_and_key(hanging_service: Path, ledger_url: str) -> None:
    (hanging_service / "gonogo.toml").write_text('[service]\nname = "x"\nalembik = "a.ini"\n')
    code, _, err = gonogo("stage.db", "--service", str(hanging_service), ledger=ledger_url)
    assert code == 2
    assert "gonogo.toml, line 3, key `service.alembik`: no such key. Did you mean `alembic`? Allowed here: name" in err


@pytest.mark.parametrize(
    ("sent", "state", "code"),
    [
        (signal.SIGINT, RunState.CANCELLED, 130),
        (signal.SIGTERM, RunState.CANCELLED, 130),
        (signal.SIGKILL, RunState.INTERRUPTED, -9),
    ],
)
def test_a_stopped_run_leaves_no_process_and_a_whole_ledger(
    sent: signal.Signals, state: RunState, code: int, hanging_service: Path, ledger_url: str, tmp_path: Path
) -> None:
    process = start("stage.db", "--only", "DB003", "--service", str(hanging_service), ledger=ledger_url)
    asleep = f"300.{tmp_path.stat().st_ino}"
    wait_for(lambda: processes_with(asleep))
    ledger = open_ledger(ledger_url)
    wait_for(lambda: ledger.run(1).notes)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in out + err
    if sent is not signal.SIGKILL:
        assert "Stopped. What was found until now is kept." in err
    wait_for(lambda: not processes_with(asleep) and not processes_with(f"{hanging_service}/python"))
    shown = gonogo("show", "1", "--service", str(hanging_service), ledger=ledger_url)
    assert shown[0] == 0
    assert state.value in shown[1]
    assert [note.text for note in ledger.run(1).notes] == ["The migration history"]
    ledger.close()


def wait_for(true: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_list_of_tasks_imports_no_more_than_invoke() -> None:
    code = "import sys, workflow.cli; print([m for m in sys.modules if m.split('.')[0] in "
    code += "('stages', 'runner', 'sqlmodel', 'pydantic', 'rich', 'streamlit', 'httpx', 'psycopg')])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("forbidden", [False, True])
def test_gonogos_own_code_is_compiled_once_unless_that_is_forbidden(
    forbidden: bool,  # noqa: FBT001 - as parametrize gives it
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", forbidden)
    Gonogo(namespace=ns, name="inv", binary="inv", version="1").parse_core(["inv", "pipeline"])
    assert sys.dont_write_bytecode == forbidden


def test_a_folder_that_is_no_service_is_never_answered_with_the_bundled_one(tmp_path: Path, ledger_url: str) -> None:
    code, out, err = gonogo("stage.requirements", ledger=ledger_url, cwd=tmp_path)
    assert code == 2
    assert f"No service in {tmp_path}" in err
    assert "GO:" not in out


@pytest.mark.parametrize("words", [("explain", "--help"), ("new", "-h"), ("show", "--help")])
def test_help_after_a_task_with_an_argument_is_help(words: tuple[str, ...], ledger_url: str) -> None:
    code, out, _ = gonogo(*words, ledger=ledger_url)
    assert code == 0
    assert f"{words[0]} [--options]" in out


def test_a_missing_argument_leads_to_the_help(ledger_url: str) -> None:
    code, _, err = gonogo("show", ledger=ledger_url)
    assert code == 2
    assert "See: ./inv show --help" in err


@pytest.mark.parametrize("words", [("explain",), ("explain", "all")])
def test_every_check_can_be_listed(words: tuple[str, ...], ledger_url: str) -> None:
    code, out, _ = gonogo(*words, ledger=ledger_url)
    assert code == 0
    assert "DB003  Alembic has exactly one head." in out
    assert all(check.id in out for stage in BUILT_IN.stages for check in stage.checks)


def test_help_opens_with_our_tasks_and_examples(ledger_url: str) -> None:
    code, out, _ = gonogo("--help", ledger=ledger_url)
    assert code == 0
    assert out.startswith("Usage: ./inv TASK")
    assert "  ./inv stage.db --service ../shop" in out
    assert out.index("  pipeline") < out.index("  stage.requirements") < out.index("  stage.db (") < out.index("  lint")
    assert "--prompt-for-sudo-password" not in out
