"""Are our commands said as their reader types them, and a service's commands so that they work where the reader is?"""

import ast
import re
import shlex
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.text import Text

from runner.discovery.target import Target
from stages.catalogue import BUILT_IN
from tests.conftest import ROOT
from tests.workflow.records import a_finding, a_run
from workflow.called import NEUTRAL, Called, called_anywhere, called_by
from workflow.cli.write import spoken
from workflow.report import as_json, as_junit, as_markdown
from workflow.report.outline import told

AWAY = Called(word="../gonogo/inv", service="my shop", folder="my shop")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See it with: invoke show latest", "See it with: ../gonogo/inv show --service 'my shop' latest"),
        ("`invoke status` lists", "`../gonogo/inv status --service 'my shop'` lists"),
        ("`./inv doctor` says which", "`../gonogo/inv doctor` says which"),
        ("or run ./inv again", "or run ../gonogo/inv again"),
        ("invoke stage.db --only DB011.", "../gonogo/inv stage.db --service 'my shop' --only DB011."),
        ("invoke pipeline --service new", "../gonogo/inv pipeline --service new"),
        ("(the bundled one: `invoke sample`)", "(the bundled one: `../gonogo/inv sample`)"),
    ],
)
def test_our_commands_are_said_as_they_are_typed(text: str, said: str) -> None:
    assert AWAY.text(text) == said
    assert AWAY.text(said) == said  # said once is said
    assert NEUTRAL.text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "This was invoked, and ended.",
        "can't invoke load on null",
        "invoke status() of the client",
        "a step runs `invoke test` and `make ./inventory`",
        "its workflow says path/to/./inv stage.db",
        "the error was: invoke show without a name",
        "gonogo starts PostgreSQL alone",
    ],
)
def test_other_peoples_words_stay(text: str) -> None:
    assert AWAY.text(text) == text


def test_a_style_stays_on_its_command() -> None:
    shown = spoken(
        Text.assemble("Next: ", ("invoke stage.db --only DB011", "bold"), " ", ("invoke doctor", "dim")), AWAY
    )
    assert shown.plain == "Next: ../gonogo/inv stage.db --service 'my shop' --only DB011 ../gonogo/inv doctor"
    start = shown.plain.index("stage.db")
    assert any(span.start <= start < span.end and span.style == "bold" for span in shown.spans)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("alembic check", "(cd 'my shop' && alembic check)"),
        ("zizmor .github  # unpinned-uses", "(cd 'my shop' && zizmor .github)  # unpinned-uses"),
        ("grep '  # no' app.py", "(cd 'my shop' && grep '  # no' app.py)"),
        ("for n in 1 2; do ls & done; wait", "(cd 'my shop' && for n in 1 2; do ls & done; wait)"),
        ("cat <<END\nx\nEND", "(cd 'my shop' && cat <<END\nx\nEND\n)"),
        (r"\d sessions", r"\d sessions"),
        ("SELECT 1", "SELECT 1"),
        ("SHOW statement_timeout;", "SHOW statement_timeout;"),
        ("curl -i $BASE/posts", "curl -i $BASE/posts"),
        ("kill -TERM $PID  # then read the log", "kill -TERM $PID  # then read the log"),
        (
            "for n in $(seq 8); do curl -i $BASE/posts & done; wait",
            "for n in $(seq 8); do curl -i $BASE/posts & done; wait",
        ),
        (
            "curl -s $BASE/openapi.json | diff openapi.json -",
            "(cd 'my shop' && curl -s $BASE/openapi.json | diff openapi.json -)",
        ),
    ],
)
def test_a_command_of_the_services_folder_works_where_the_reader_is(line: str, said: str) -> None:
    assert AWAY.command(line) == said
    assert NEUTRAL.command(line) == line


@pytest.mark.parametrize(
    "line", ["cat note", "cat note  # it's there", "cat <<END\nhello\nEND", "grep -h '  # x' code; cat note"]
)
def test_it_really_does(tmp_path: Path, line: str) -> None:
    (tmp_path / "my shop").mkdir()
    (tmp_path / "my shop" / "note").write_text("hello\n")
    (tmp_path / "my shop" / "code").write_text("1  # x\n")
    ran = subprocess.run(["sh", "-c", AWAY.command(line)], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("hello\n")
    assert ran.stderr == ""


def test_every_report_says_them() -> None:
    finding = a_finding(message="no fence: `./inv doctor` says which", again=("alembic heads",))
    run = a_run(findings=(finding,), verdict="NO-GO")
    for report in (as_json, as_junit, as_markdown):
        page = report(run, BUILT_IN, AWAY)
        for said in (
            "../gonogo/inv stage.db --service 'my shop' --only DB003",
            "(cd 'my shop'",
            "`../gonogo/inv doctor`",
        ):
            assert said in page, report.__name__
        assert "invoke " not in page
        assert "./inv " not in page.replace("../gonogo/inv ", "")


def test_places_and_advice_are_told_too() -> None:
    shown = told(a_finding(fix="type invoke doctor", why="invoke status says"), AWAY)
    assert (shown.fix, shown.why) == ("type ../gonogo/inv doctor", "../gonogo/inv status --service 'my shop' says")


# --- how this process was called


@pytest.mark.parametrize(
    ("argv", "typed", "here", "word"),
    [
        ("-c", "./inv", ROOT, "./inv"),
        ("-c", "../inv", ROOT / "docs", "../inv"),
        ("-c", "./inv", ROOT / "docs", shlex.quote(str(ROOT / "inv"))),  # said elsewhere: another process's
        ("-c", "", ROOT, "./inv"),
        ("-c", "", ROOT / "docs", shlex.quote(str(ROOT / "inv"))),
        ("/nowhere/bin/gonogo", "", ROOT, "/nowhere/bin/gonogo"),
        ("../my bin/gonogo", "", ROOT, "'../my bin/gonogo'"),
        ("/nowhere/bin/invoke", "", ROOT / "docs", "/nowhere/bin/invoke"),
        ("/nowhere/bin/invoke", "", Path("/"), f"/nowhere/bin/invoke --search-root {shlex.quote(str(ROOT))}"),
    ],
)
def test_the_word_leads_to_this_gonogo(
    argv: str, typed: str, here: Path, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [argv, "status"])
    monkeypatch.setenv("GONOGO_CALLED", typed)
    monkeypatch.chdir(here)
    assert called_by("x") == Called(word=word, service="x")


def test_what_the_shell_finds_by_its_name_is_said_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "gonogo"
    program.touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [str(program)])
    assert called_by().word == str(program)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert called_by().word == "gonogo"


def test_the_services_folder_is_said_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path)
    assert Called().at(tmp_path).folder == ""
    assert Called().at(tmp_path / "shop").folder == "shop"
    assert Called().at(Path("/srv/shop")).folder == "/srv/shop"
    assert Called(service="../x/shop").at(tmp_path / "shop").folder == "../x/shop"
    assert Called(service=".").at(tmp_path) == Called(service=".")
    assert Called(service="a").of(Path("/srv/b")) == Called(service="/srv/b", folder="/srv/b")


# --- programs of the service's environment, and of gonogo's


def served(root: Path, alembic: str | None = None, config: str = "") -> Target:
    """A service whose environment has alembic and pytest."""
    for name in ("python", "alembic", "pytest"):
        (root / ".venv" / "bin" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / ".venv" / "bin" / name).touch(mode=0o755)
    if alembic:
        (root / alembic).parent.mkdir(exist_ok=True)
        (root / alembic).write_text(config, encoding="utf-8")
    return Target(root=root, python=root / ".venv" / "bin" / "python")


def test_programs_are_named_so_that_a_shell_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    target = served(tmp_path)
    called = Called(word="gonogo").at(tmp_path).with_programs(target)
    assert called.command("alembic upgrade a && alembic check") == (
        ".venv/bin/alembic upgrade a && .venv/bin/alembic check"
    )
    assert called.command("KEY=1 python -c 'import alembic'") == "KEY=1 .venv/bin/python -c 'import alembic'"
    assert called.command("coverage run -m pytest") == "coverage run -m pytest"  # nowhere, so it is not known where
    assert called.command("\\d pytest") == "\\d pytest"
    squawk = Path(sysconfig.get_path("scripts")) / "squawk"
    assert called.command("alembic upgrade a --sql | squawk") == f".venv/bin/alembic upgrade a --sql | {squawk}"
    monkeypatch.setenv("PATH", f"{tmp_path}/.venv/bin:{squawk.parent}:/usr/bin:/bin")
    assert called.command("alembic upgrade a --sql | squawk") == "alembic upgrade a --sql | squawk"


@pytest.mark.parametrize(
    ("ini", "config", "said"),
    [
        ("db/alembic.ini", "script_location = %(here)s/migrations\n", ".venv/bin/alembic -c db/alembic.ini heads"),
        ("db/alembic.ini", "script_location = migrations\n", "env -C db ../.venv/bin/alembic heads"),
        ("alembic.ini", "script_location = migrations\n", ".venv/bin/alembic heads"),
    ],
)
def test_alembic_is_told_where_its_configuration_is(
    ini: str, config: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = tmp_path / "shop"
    target = served(shop, ini, config)
    (shop / ini).parent.joinpath("migrations").mkdir()
    monkeypatch.chdir(shop)
    assert Called(word="gonogo").at(shop).with_programs(target).command("alembic heads") == said
    monkeypatch.chdir(tmp_path)
    away = Called(word="gonogo", service="shop").at(shop).with_programs(target)
    assert away.command("alembic heads") == f"(cd shop && {said})"


# --- what the code says


def spoken_texts(path: Path) -> Iterator[str]:
    """The texts of a file, without what explains the code; of an f-string each piece."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    explained = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explained:
            yield node.value


SOURCES = [path for room in ("runner", "stages", "workflow") for path in sorted((ROOT / room).rglob("*.py"))]
# The mechanism itself; what other people's CI says; a page of the documentation.
ITSELF = {
    ROOT / name
    for name in ("workflow/called.py", "runner/evidence/suite/ci_settings.py", "workflow/report/catalogue.py")
}


def test_no_text_names_us_otherwise_than_neutrally() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in SOURCES
        if path not in ITSELF and "templates" not in path.parts
        for text in spoken_texts(path)
        if "./inv" in text
        or re.search(r"(?<![\w.])gonogo (?:stage\.|pipeline|status|doctor|explain|show|web|adopt)", text)
    ]
    assert not wrong


def test_every_text_that_names_a_task_is_put_into_the_readers_words() -> None:
    named = [
        text
        for path in SOURCES
        if path not in ITSELF and "templates" not in path.parts
        for text in spoken_texts(path)
        if re.search(r"\binvoke (?:new|stage\.[a-z]|pipeline|status|doctor|explain|show|web|adopt|load|sample)\b", text)
    ]
    assert len(named) > 20
    named = [re.sub(r"explain (?:\{check\})?$", "explain DB011", text) for text in named]
    filled = [re.sub(r"show (?:\{run\}|$)", "show 7", text) for text in named]
    left = [text for text in filled if "invoke " in AWAY.text(text)]
    assert not left


@pytest.mark.parametrize("typed", ["./inv", "/usr/bin/gonogo-that-is-not-there/invoke", "relative/gonogo"])
def test_a_command_on_a_page_works_in_whichever_folder_it_is_pasted(
    typed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A page does not know where its reader's terminal stands: the program and the service are whole paths."""
    service = tmp_path / "my shop"
    monkeypatch.setattr("sys.argv", [typed])
    monkeypatch.setenv("GONOGO_CALLED", "./inv")
    monkeypatch.chdir(ROOT)
    called = called_anywhere(service)
    program, task, option, named = (
        shlex.split(called.text("invoke stage.db"))[:1] + shlex.split(called.text("invoke stage.db"))[-3:]
    )
    assert Path(program).is_absolute()
    assert (task, option, named) == ("stage.db", "--service", str(service))
    assert called.command("alembic upgrade head") == f"(cd {shlex.quote(str(service))} && alembic upgrade head)"
