"""Does every command that gonogo prints work where its reader stands, and for the service that was meant?

Each is typed again by `sh -c` in the folder and the environment in which it was printed. What would go on for long
is narrowed to one cheap check. Three ways of calling gonogo are tried; with GONOGO_LONG=1 all of them.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from runner.reading.shell import programs_of
from tests.conftest import ROOT
from tests.workflow.tiny import environment
from workflow.called import is_sql
from workflow.settings import SAMPLE

pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv" / ".built-from").is_file(), reason="`inv` would set this clone up first"
)

NAME = "my_shop"  # not the bundled one's
REFUSED = re.compile(r"No idea what|Traceback|did not receive|no interpreter")  # by us
UNHEARD = re.compile(r"not found|syntax error|[Uu]nterminated|Traceback|[Uu]sage: ")  # by the shell, or by a program
TASK = r"(?:stage\.[a-z]+|pipeline|status|web|show|explain|adopt|sample|doctor|load)"
REST = r"(?: --service (?:'[^']*'|[^\s`]+)| --only [A-Z0-9,]+| latest| all| \d+| [A-Z]{2}\d{3})*"
KIND = re.compile(r"(show|explain).*[0-9]|(?<= )stage\.[a-z]+((?: --service (?:'[^']*'|\S+))?$)")
CHEAP = {"requirements": "RQ001", "design": "DS012", "db": "DB003", "deploy": "DP020", "tests": "TS003"}
MAIN = """#!{python}
import sys
sys.path.insert(0, {root!r})
from {module} import {function}
if __name__ == "__main__":
    sys.exit({function}())
"""


@dataclass(frozen=True)
class Reader:
    """Who stands where, and types what to start gonogo, for the service named so (empty: the folder's own)."""

    cwd: Path
    word: str
    service: str
    path: str

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        env = environment(PATH=self.path)
        return subprocess.run(
            ["sh", "-c", line], cwd=self.cwd, env=env, capture_output=True, text=True, check=False, timeout=120
        )

    def ask(self, words: str) -> str:
        """What a task says, on both of its ways out."""
        task, _, rest = words.partition(" ")
        named = f" --service {shlex.quote(self.service)}" if self.service else ""
        ran = self.type(f"{self.word} {task}{named} {rest}")
        return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled service without its specification, with a second head, an action by its tag, and an image of root."""
    folder = tmp_path_factory.mktemp("readers") / "my shop"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".venv", ".gonogo", "__pycache__", ".*_cache"))
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    (folder / "spec.yaml").unlink()
    _replace(folder / "gonogo.toml", 'name = "sample_service"', f'name = "{NAME}"')
    newest = sorted((folder / "migrations" / "versions").glob("0*.py"))[-1]
    second = re.sub(r"(?m)^revision = .*", 'revision = "9999"', newest.read_text(encoding="utf-8"))
    (folder / "migrations" / "versions" / "9999_second.py").write_text(second, encoding="utf-8")
    ci = next((folder / ".github" / "workflows").glob("*.yml"))
    ci.write_text(re.sub(r"@[0-9a-f]{40}[^\n]*", "@v4", ci.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    with (folder / "Dockerfile").open("a", encoding="utf-8") as file:
        file.write("USER root\n")
    return folder


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command that `pip install -e` makes of pyproject.toml's entry."""
    named = re.search(r'(?m)^gonogo = "([\w.]+):(\w+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert named
    folder = tmp_path_factory.mktemp("bin")
    text = MAIN.format(python=sys.executable, root=str(ROOT), module=named[1], function=named[2])
    (folder / "gonogo").write_text(text, encoding="utf-8")
    (folder / "gonogo").chmod(0o755)
    return folder


PLAIN = "/usr/local/bin:/usr/bin:/bin"
LONG = bool(os.environ.get("GONOGO_LONG"))
ONCE = ("relative", "gonogo")
WAYS = ("./inv --service", "absolute", "relative", "gonogo", "gonogo by path", "inv --service", "gonogo --service")


@pytest.fixture(scope="module", params=WAYS if LONG else ONCE)
def reader(request: pytest.FixtureRequest, shop: Path, installed: Path) -> Reader:
    shutil.rmtree(shop / ".gonogo", ignore_errors=True)
    inv, gonogo = shlex.quote(str(ROOT / "inv")), shlex.quote(str(installed / "gonogo"))
    found, above = f"{installed}:{PLAIN}", shop.parent
    return {
        "./inv --service": Reader(ROOT, "./inv", str(shop), PLAIN),
        "absolute": Reader(shop, inv, "", PLAIN),
        "relative": Reader(shop, shlex.quote(os.path.relpath(ROOT / "inv", shop)), "", PLAIN),
        "gonogo": Reader(shop, "gonogo", "", found),
        "gonogo by path": Reader(shop, gonogo, "", PLAIN),
        "inv --service": Reader(above, inv, "my shop", PLAIN),
        "gonogo --service": Reader(above, "gonogo", "my shop", found),
    }[str(request.param)]


def test_every_printed_command_answers_for_the_same_service(reader: Reader) -> None:
    pages = [reader.ask(words) for words in ("status", "stage.deploy --only DP020", "explain DP020")]
    found = {line for page in pages for line in [*of_gonogo(reader, page), *to_see_it_again(page)]}
    assert {"stage.requirements", "explain DP020", "stage.deploy --only DP020"} <= bare(reader, found)
    assert any("zizmor" in line for line in found)
    assert not all_problems(reader, found)


@pytest.mark.skipif(not LONG, reason="only with --long: each of some thirty commands is typed again")
@pytest.mark.parametrize("reader", WAYS, indirect=True)
def test_those_of_every_report_and_of_every_task_do(reader: Reader, tmp_path: Path) -> None:
    files = {kind: tmp_path / f"run.{kind}" for kind in ("json", "junit", "markdown")}
    reports = " ".join(f"--{kind} {path}" for kind, path in files.items())
    asked = ["show latest", f"stage.deploy --only DP010,DP020 {reports}", "stage.db --only DB003", "stage.requirements"]
    asked += ["status", "show latest", "explain DB999"]
    asked += [f"adopt --output {tmp_path}/spec.yaml"] if LONG else []
    told = [reader.ask(words) for words in asked]
    told += [path.read_text(encoding="utf-8") for path in files.values()]
    found = {line for page in told for line in [*of_gonogo(reader, page), *to_see_it_again(page)]}
    found |= set(in_reports(files["json"], files["junit"], files["markdown"]))
    assert bare(reader, found) >= {
        "pipeline",
        "stage.deploy --only DP010",
        "stage.deploy --only DP020",
        "stage.db --only DB003",
        "stage.requirements --only RQ001",
        "explain all",
    }
    for program in ("docker", "zizmor", "alembic", "ls"):
        assert any(program in line for line in found), program
    assert not all_problems(reader, found)


def bare(reader: Reader, found: set[str]) -> set[str]:
    """Our own commands without what starts them and without the service."""
    ours = (line.removeprefix(reader.word).strip() for line in found if line.startswith(reader.word))
    return {re.sub(r" --service ('[^']*'|\S+)", "", line) for line in ours}


def all_problems(reader: Reader, found: set[str]) -> str:
    """What is wrong with each, for people; empty where every one works."""
    wrong = {line: problem(reader, line) for line in of_each_kind(found)}
    return "\n".join(f"{line}\n    {said}" for line, said in wrong.items() if said)


def of_each_kind(found: set[str]) -> list[str]:
    """One `show`, one `explain` and one whole stage stand for all, unless there is time."""
    kinds = {line if LONG else KIND.sub(r"\1", line): line for line in sorted(found)}
    return list(kinds.values())


def of_gonogo(reader: Reader, page: str) -> list[str]:
    """Commands of ours in any text."""
    return re.findall(rf"(?<![\w/.'-]){re.escape(reader.word)} {TASK}{REST}", page)


def to_see_it_again(page: str) -> list[str]:
    """The lines beside and below `again`, as the terminal shows them."""
    found = re.findall(r"^ +again  ((?:.*\n {13})*.*)$", page, re.MULTILINE)
    return [line.strip() for one in found for line in one.splitlines()]


def in_reports(as_json: Path, as_junit: Path, as_markdown: Path) -> list[str]:
    """Every command of a run's three reports."""
    run = json.loads(as_json.read_text(encoding="utf-8"))
    blocking = [one for stage in run["stages"] for one in stage["findings"] if one["outcome"] != "passed"]
    found = [line for one in blocking for line in one["commands"]]
    for node in Xml.parse(as_junit).iter():
        found += [line.removeprefix("again: ") for line in (node.text or "").splitlines() if line.startswith("again: ")]
    for block in re.findall(r"```sh\n(.*?)```", as_markdown.read_text(encoding="utf-8"), re.DOTALL):
        found += block.splitlines()
    return found


def problem(reader: Reader, line: str) -> str:
    """Why a printed command is of no use; empty when it is."""
    if is_sql(line):
        return ""
    if "docker" in programs_of(line):
        return ""  # it needs a daemon and a registry
    ours = line.startswith(reader.word)
    ran = reader.type(narrowed(line) if ours else line)
    said = ran.stdout + ran.stderr
    bad = ran.returncode in {2, 3} or REFUSED.search(said) if ours else UNHEARD.search(said)
    if bad or ran.returncode in {126, 127}:
        return f"{ran.returncode}: {said[-500:]}"
    about = not ours or " all" in line or NAME in said
    return "" if about else f"another service answers: {said[:200]}"


def narrowed(line: str) -> str:
    """The same for one cheap check, or without going on for long."""
    if " stage." in line and " --only " not in line:
        stage = re.search(r" stage\.([a-z]+)", line)
        assert stage
        return f"{line} --only {CHEAP[stage[1]]}"
    return f"{line} --only DP020" if " pipeline" in line else line


def test_a_broken_configuration_is_said_with_what_to_type(installed: Path, shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(shop, folder, symlinks=True, ignore=shutil.ignore_patterns(".gonogo"))
    _replace(folder / "gonogo.toml", f'name = "{NAME}"', f'nome = "{NAME}"')
    reader = Reader(folder, "gonogo", "", f"{installed}:{PLAIN}")
    for words in ("status", "stage.deploy --only DP020"):
        said = reader.ask(words)
        assert "gonogo.toml" in said
        assert "Traceback" not in said
        assert "`name`" in said or "name" in said.split("nome", 1)[1]


@pytest.mark.parametrize("meant", ["stage.dbx", "stauts"])
def test_a_suggestion_can_be_typed(meant: str, installed: Path, shop: Path) -> None:
    reader = Reader(shop, "gonogo", "", f"{installed}:{PLAIN}")
    said = reader.ask(meant)
    suggested = re.search(r"Did you mean `([^`]+)`\?", said)
    assert suggested, said
    ran = reader.type(narrowed(f"gonogo {suggested[1]}"))
    assert NAME in ran.stdout


def test_what_a_new_service_is_told_to_type_is_right_in_quotes(installed: Path, tmp_path: Path) -> None:
    place = tmp_path / "all services"
    place.mkdir()
    reader = Reader(tmp_path, "gonogo", "", f"{installed}:{PLAIN}")
    said = reader.type("gonogo new my-notes --output 'all services'").stdout
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert len(lines) == 3
    assert reader.type(lines[0].replace("venv ", "venv --without-pip ")).returncode == 0
    lock = shlex.split(lines[1])[-1]
    assert (tmp_path / lock).is_file()
    proof = reader.type(f"{lines[2]} --only DP020")
    assert "my-notes" in proof.stdout
    assert proof.returncode == 0, proof.stdout + proof.stderr
