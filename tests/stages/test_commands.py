"""Does what a finding tells people to type really show what the finding says? SQL on a real PostgreSQL."""

import ast
from pathlib import Path

import pytest

from runner.live.workshop import Workshop
from runner.model import failed, in_file, in_table, named
from runner.reading.shell import programs_of, script_of
from stages.database.checks_schema import MUTE_KEYS, NAIVE_COLUMNS
from tests.conftest import ROOT
from tests.stages.written_commands import FILLED, commands_in
from workflow.called import ANYWHERE, BESIDE, TOOLS, is_sql


def test_the_sql_shows_foreign_keys_without_a_rule_and_naive_timestamps_alone(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows("CREATE TABLE people (id int PRIMARY KEY, seen timestamptz, born timestamp(3))")
    database.rows("CREATE TABLE mute (person int CONSTRAINT bare REFERENCES people)")
    database.rows("CREATE TABLE told (person int REFERENCES people ON DELETE CASCADE)")
    assert [row["conname"] for row in database.rows(MUTE_KEYS)] == ["bare"]
    naive = [(row["table_name"], row["column_name"]) for row in database.rows(NAIVE_COLUMNS)]
    assert naive == [("people", "born")]


def test_places_are_shown_where_a_check_knows_no_command() -> None:
    places = [in_file("app/a b.py", 3), in_file("Dockerfile", 7), in_file("README.md"), in_table("people", "born")]
    assert failed("bad", at=places).again == ("sed -n 3,11p 'app/a b.py'", "sed -n 7p Dockerfile", "\\d people")
    assert failed("bad", at=[named("thing")]).again == ()


def test_a_command_of_the_check_comes_alone() -> None:
    assert failed("bad", at=[in_file("a.py", 1)], again=["pytest a.py"]).again == ("pytest a.py",)


def test_equal_places_are_shown_once_and_three_at_most() -> None:
    places = [in_file("a.sql", line) for line in (1, 1, 2, 3, 4)]
    assert failed("bad", at=places).again == ("sed -n 1p a.sql", "sed -n 2p a.sql", "sed -n 3p a.sql")


# --- what the checks write, without running them

# In a service's environment, in gonogo's, on every machine with git, or (docker) named by the finding itself.
PROGRAMS = (
    TOOLS | ANYWHERE | BESIDE | {"alembic", "coverage", "docker", "git", "ls", "pytest", "python", "sed", "xargs"}
)
PROGRAMS |= {"/tmp/clean/bin/python", "diff", FILLED}
PROGRAMS |= {"createdb", "pg_dump", "pg_restore", "sh"}  # where a team's own database or backup is at issue


def _stages() -> list[Path]:
    return sorted(path for path in (ROOT / "stages").glob("*/*.py") if "templates" not in path.parts)


@pytest.mark.parametrize("path", _stages(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_a_check_tells_to_type_is_sql_or_a_command_of_the_shell(path: Path) -> None:
    for line in commands_in(ast.parse(path.read_text(encoding="utf-8"))):
        if is_sql(line) or line.startswith(FILLED):
            continue
        assert script_of(line).problem == "", line
        assert set(programs_of(line)) <= PROGRAMS, line


def test_enough_of_them_are_found() -> None:
    lines = [line for path in _stages() for line in commands_in(ast.parse(path.read_text(encoding="utf-8")))]
    assert len(set(lines)) > 60
    assert {"alembic upgrade head && alembic check", "zizmor --offline .github/workflows", "pytest -rs"} < set(lines)
