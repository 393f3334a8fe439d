"""What stands behind a target of a task runner is read from its own file."""

import pytest

from runner.evidence.suite.targets import lines_of

TASKS = """
from invoke import task

def run(c, words):
    c.run(words)

def both(c):
    run(c, "pytest -q")

@task
def lint(c):
    c.run("ruff check .")

@task(pre=[lint])
def coverage(c):
    both(c)

@task
def quick(c):
    c.run(f"{sys.executable} -m pytest tests")
"""
POE = """
[tool.poe.tasks]
lint = "ruff check ."
unit = { cmd = "pytest tests/unit" }
all = ["lint", { ref = "unit" }]
ci = { shell = "pytest", deps = ["lint"] }

[tool.taskipy.tasks]
cover = "coverage run -m pytest"
"""
FILES = {"tasks.py": TASKS, "pyproject.toml": POE}


@pytest.mark.parametrize(
    ("tool", "goal", "lines"),
    [
        ("inv", "coverage", ["ruff check .", "pytest -q"]),
        ("invoke", "quick", ["python -m pytest tests"]),
        ("invoke", "lint", ["ruff check ."]),
        ("poe", "all", ["ruff check .", "pytest tests/unit"]),
        ("poe", "ci", ["ruff check .", "pytest"]),
        ("task", "cover", ["coverage run -m pytest"]),
    ],
)
def test_what_a_task_runs_is_followed(tool: str, goal: str, lines: list[str]) -> None:
    found = lines_of(tool, [goal], FILES.get)
    assert found is not None
    assert sorted(line for line, _ in found if line) == sorted(lines)


def test_a_task_that_nobody_names_is_not_known() -> None:
    assert lines_of("poe", ["nothing"], FILES.get) is None
    assert lines_of("poe", ["all"], lambda _: "[tool") is None
