"""Are a team's own checks shown in every face, as the documentation says? Real processes, on a small real service."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import jsonschema
import pytest

from runner.errors import WorkflowError
from tests.conftest import ROOT
from tests.workflow.test_report import SCHEMA
from tests.workflow.tiny import BOOT, environment, gonogo, tiny_service
from workflow.called import NEUTRAL
from workflow.web.gateway import open_gateway

PAGE = (ROOT / "docs/own-checks.md").read_text(encoding="utf-8")
CHECKS, TEST = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NAMED = '[checks]\nfiles = ["ops/gonogo_checks.py"]'
SAMPLE = ROOT / "sample_service"
PACKAGED = "[gonogo.checks]\nacme = acme_checks\n"
LONG = bool(os.environ.get("GONOGO_LONG"))
BARE = """

def bare() -> dict[str, object]:
    return {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/": {"get": {"responses": {}}}}}


app.openapi = bare
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The smallest service, in the bundled one's environment, with the checks of the documentation."""
    folder = with_checks(tiny_service(tmp_path / "shop"), CHECKS)
    shutil.rmtree(folder / ".venv")
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    return folder


def with_checks(folder: Path, text: str) -> Path:
    assert NAMED in PAGE
    (folder / "ops").mkdir(exist_ok=True)
    (folder / "ops/gonogo_checks.py").write_text(text, encoding="utf-8")
    config = folder / "gonogo.toml"
    before = config.read_text(encoding="utf-8") if config.is_file() else ""
    if NAMED not in before:
        config.write_text(f"{before}\n{NAMED}\n", encoding="utf-8")
    return folder


def test_the_test_of_the_documentation_succeeds() -> None:
    module: dict[str, object] = {}
    exec(CHECKS + TEST, module)
    module["test_ops001_names_the_operation"]()  # type: ignore[operator]


def test_a_teams_check_proves_and_is_explained(service: Path) -> None:
    code, out, err = gonogo("stage.design", "--only", "ops001", cwd=service)
    assert (code, err) == (0, "")
    assert re.search(r" 2  Design +GO +1 proved", out)
    code, out, _ = gonogo("explain", "OPS001", cwd=service)
    assert code == 0
    assert "OPS001  Every operation of the contract has a summary." in out
    assert "Design · 2.1 The API is designed: one accepted contract" in out
    assert "from   ops/gonogo_checks.py:10" in out
    assert "run 1" in out
    code, out, _ = gonogo("explain", "all", cwd=service)
    assert (code, out.count("OPS00")) == (0, 2)
    code, out, err = gonogo("explain", "OPS999", cwd=service)
    assert (code, "The nearest are OPS001, OPS002." in err) == (2, True)
    code, out, _ = gonogo("show", "latest", cwd=service)
    assert "OPS001 Every operation of the contract has a summary. (each has one" in out


def test_a_teams_check_fails_in_every_report(service: Path) -> None:
    with (service / "app.py").open("a", encoding="utf-8") as code_of_it:
        code_of_it.write(BARE)
    reports = ("--json", "r.json", "--junit", "r.xml", "--markdown", "r.md")
    code, out, _ = gonogo("stage.design", "--verbose", *reports, cwd=service)
    assert code == 1
    assert "OPS001 Every operation of the contract has a summary." in out
    assert "1 of 1 operations have no summary" in out
    assert "GET /  no summary" in out
    told = json.loads((service / "r.json").read_text(encoding="utf-8"))
    jsonschema.validate(told, SCHEMA, cls=jsonschema.Draft202012Validator)
    found = {finding["check"]: finding for finding in told["stages"][0]["findings"]}
    assert found["OPS001"]["outcome"] == "failed"
    assert found["OPS001"]["places"] == [{"endpoint": "GET /", "note": "no summary"}]
    cases = Xml.parse(service / "r.xml").getroot().findall("testsuite/testcase")
    assert any(str(case.get("name")).startswith("OPS001 Every operation") for case in cases)
    assert ". OPS001 Every operation of the contract has a summary." in (service / "r.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "import os\nos._exit(0)",
            "ops/gonogo_checks.py ended its process (exit code 0) and gave no answer. Correct it",
        ),
        ("import nonsense", "ops/gonogo_checks.py:1: ModuleNotFoundError: No module named 'nonsense'."),
        (CHECKS.replace("OPS", "DB"), "ops/gonogo_checks.py:10: DB001 begins with DB, which is gonogo's."),
        (CHECKS.replace("OPS002", "OPS001"), "ops/gonogo_checks.py:10: OPS001 is there twice, also in ops/gonogo_chec"),
        (CHECKS.replace('"7.1"', '"7.9"'), "ops/gonogo_checks.py:24: OPS002 names a step that no stage has."),
        (None, "names ops/gonogo_checks.py, which is not there."),
    ],
)
def test_a_file_with_a_fault_is_a_sentence_everywhere(text: str | None, said: str, service: Path) -> None:
    if text is None:
        (service / "ops/gonogo_checks.py").unlink()
    else:
        with_checks(service, text)
    everywhere = (("stage.design", "--only", "DS001"), ("status",), ("explain", "all"))
    for words in everywhere if text is None or LONG else everywhere[:1]:
        code, out, err = gonogo(*words, cwd=service)
        assert (code, said in err) == (2, True), err
        assert "Traceback" not in out + err
    assert not (service / ".gonogo/ledger.db").exists()


def test_a_crash_is_unknown_and_no_bug_of_ours(service: Path) -> None:
    with_checks(service, CHECKS.replace("    if bare:", "    1 / 0\n    if bare:"))
    code, out, _ = gonogo("stage.design", "--only", "OPS001", cwd=service)
    assert code == 1
    assert "could not look: ops/gonogo_checks.py:18: ZeroDivisionError: division by zero" in out


def test_without_a_fence_they_are_listed_and_unknown(service: Path) -> None:
    code, out, _ = gonogo("explain", "all", cwd=service, GONOGO_FENCE="none")
    assert (code, out.count("OPS00")) == (0, 2)
    code, out, _ = gonogo("stage.design", "--only", "OPS001", cwd=service, GONOGO_FENCE="none")
    assert code == 1
    assert "could not look: not looked at, for your safety" in out
    words = ("stage.design", "--only", "OPS001", "--trust-settings")
    code, out, _ = gonogo(*words, cwd=service, GONOGO_FENCE="none")
    assert (code, "1 proved" in out) == (0, True)


@pytest.mark.parametrize(
    "words", [("explain", "all"), ("status",), ("stage.design", "--only", "OPS001", "--trust-settings")]
)
def test_gonogo_itself_never_runs_the_file(words: tuple[str, ...], service: Path, tmp_path: Path) -> None:
    """Where nothing keeps it from writing, the file writes down who runs it."""
    readers = tmp_path / "readers"
    with_checks(service, f"import os\nopen({str(readers)!r}, 'a').write(f'{{os.getpid()}}\\n')\n{CHECKS}")
    trusting = environment(GONOGO_FENCE="none", GONOGO_TRUST_SETTINGS="1")
    argv = [sys.executable, "-c", BOOT, str(ROOT), *words]
    process = subprocess.Popen(argv, cwd=service, env=trusting, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, b"")
    pids = readers.read_text(encoding="utf-8").split()
    assert pids
    assert not {str(process.pid), str(os.getpid())} & set(pids)


def test_the_browser_has_them_and_says_what_is_wrong_with_a_file(service: Path) -> None:
    gateway = open_gateway(str(service), NEUTRAL)
    stage = gateway.overview().stage("design").stage
    assert stage.checks[-1].id == "OPS001"
    with_checks(service, "x = 1")
    with pytest.raises(WorkflowError, match="has no check"):
        open_gateway(str(service), NEUTRAL)


def package(folder: Path, text: str) -> str:
    """A package with checks; the folder to put on Python's path."""
    info = folder / "acme_checks-1.2.dist-info"
    info.mkdir(parents=True)
    (folder / "acme_checks.py").write_text(text, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-checks\nVersion: 1.2\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(PACKAGED, encoding="utf-8")
    return str(folder)


def test_a_package_brings_its_checks_to_every_service(service: Path, tmp_path: Path) -> None:
    path = package(tmp_path / "packages", CHECKS.replace("OPS", "ACME"))
    code, out, err = gonogo("stage.design", "--only", "ACME001,OPS001", cwd=service, PYTHONPATH=path)
    assert (code, err, "2 proved" in out) == (0, "", True)
    code, out, _ = gonogo("show", "latest", cwd=service)
    assert (code, "acme-checks 1.2" in out, "ACME001 Every operation" in out) == (0, True, True)
    code, out, _ = gonogo("explain", "ACME001", cwd=service, PYTHONPATH=path)
    assert (code, "from   acme-checks 1.2, acme_checks" in out) == (0, True)
    _, out, _ = gonogo("doctor", cwd=tmp_path, PYTHONPATH=path)
    assert re.search(r"found +acme-checks +1\.2 +checks of a team: ACME001, ACME002", out)
    code, out, _ = gonogo("explain", "all", cwd=tmp_path, PYTHONPATH=path)
    assert (code, out.count("ACME00")) == (0, 2)


def test_a_broken_package_is_a_sentence_that_names_it(service: Path, tmp_path: Path) -> None:
    path = package(tmp_path / "packages", "import nonsense")
    for words in (("status",), ("stage.design", "--only", "OPS001"), ("explain", "all"), ("doctor",)):
        code, out, err = gonogo(*words, cwd=service, PYTHONPATH=path)
        assert (code, "The checks of the package acme-checks 1.2 can't be used" in err) == (2, True), err
        assert "Traceback" not in out + err


@pytest.mark.slow
def test_on_the_bundled_service_a_good_one_proves_and_a_defective_one_names_what_it_found(tmp_path: Path) -> None:
    unlike = shutil.ignore_patterns(".venv", ".gonogo", "__pycache__", ".*_cache")
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "sample", ignore=unlike))
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    asked = ("pipeline", "--only", "OPS001,OPS002", "--json", "run.json")
    code, out, err = gonogo(*asked, cwd=with_checks(folder, CHECKS))
    assert (code, err, "GO: 2 checks proved" in out) == (0, "", True), out
    retired = CHECKS.replace('"passlib"', '"fastapi"').replace("if not operation.summary", "if operation.summary")
    code, out, _ = gonogo(*asked, cwd=with_checks(folder, retired))
    assert (code, "NO-GO: 2 of 2 checks block (2 failed)" in out) == (1, True), out
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    found = {one["check"]: one for stage in told["stages"] for one in stage["findings"]}
    assert {"endpoint": "POST /auth/login", "note": "no summary"} in found["OPS001"]["places"]
    assert found["OPS001"]["requirement"], "its endpoints lead to requirements"
    assert found["OPS002"]["message"] == "retired: fastapi"
    assert found["OPS002"]["places"][0]["path"] == "requirements.lock"
