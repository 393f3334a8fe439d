"""Which of CI's settings do the tests get?"""

from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.evidence.suite.ci_settings import foreign_to_tests, given_in_ci, settings_in_ci

WORKFLOW = """
on: push
env: {LEVEL: workflow, MODE: test}
jobs:
  lint:
    env: {ONLY_LINT: "1"}
    steps: [{run: ruff check .}]
  test:
    env:
      MAIL_FROM: test@example.com
      DB_PASSWORD: postgres
      BROKER: redis://localhost:6379
      TOKEN: ${{ secrets.TOKEN }}
      QUIET: true
      SMTP_HOST: smtp.example.com
    steps:
      - uses: actions/checkout@v6
      - run: uv run pytest
        env: {LEVEL: step}
"""


def test_what_the_tests_are_given_in_ci_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(WORKFLOW, encoding="utf-8")
    (folder / "broken.yml").write_text("jobs: [", encoding="utf-8")

    assert settings_in_ci(tmp_path) == {
        "LEVEL": "step",
        "MAIL_FROM": "test@example.com",
        "QUIET": "true",
        "MODE": "test",
    }


@pytest.mark.parametrize(
    ("env", "given"),
    [
        ("{ON: 1, yes: no}", [("ON", "1"), ("yes", "no")]),
        ("{1: a, ? [x] : b, A=B: c, LEVEL: [x]}", []),
        ("{BUILT: 2024-13-45, COUNT: 007}", [("BUILT", "2024-13-45"), ("COUNT", "007")]),
        ("\n      SENTRY_DSN:\n      LEVEL: ~", [("SENTRY_DSN", ""), ("LEVEL", "~")]),
        ("{LD_PRELOAD: x.so, PYTEST_ADDOPTS: -x, PYTHONPATH: src, PATH: bin, HOME: x, HTTPS_PROXY: p}", []),
        ("{MODE: &a test, ENV: ci, DEBUG: true}", [("MODE", "test"), ("ENV", "ci"), ("DEBUG", "true")]),
    ],
)
def test_values_are_texts_and_nothing_steers_the_proof(env: str, given: list[tuple[str, str]]) -> None:
    text = f"jobs:\n  test:\n    env: {env}\n    steps: [{{run: pytest}}]\n"
    assert list(given_in_ci(text)) == given


def test_a_workflow_that_is_none_says_nothing() -> None:
    assert list(given_in_ci("jobs: {test: {steps: [{run: pytest}], env: *none}}")) == []
    assert list(given_in_ci("jobs: {test: {steps: pytest}}")) == []
    assert list(given_in_ci("- just\n- a list\n")) == []


SETTINGS = """
import os
from pydantic import Field
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    database_url: str = "sqlite://"
    redis_url: str | None = None
    smtp_host: str = Field(default="")
    api_secret: str
    signing_secret: str = "known-to-the-tests"

CACHE = os.getenv("CACHE_URL", "redis://localhost")
"""


def foreign(root: Path, ci: str, toml: str = "") -> frozenset[str]:
    files = {".github/workflows/ci.yml": ci, "app/settings.py": SETTINGS, "gonogo.toml": toml, ".venv/bin/python": ""}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return foreign_to_tests(find_target(root))


def test_what_the_tests_do_without_in_ci_is_not_given_to_them_here(tmp_path: Path) -> None:
    job = "jobs:\n  test:\n    env: {API_SECRET: x}\n    steps: [{run: pytest}]\n"
    assert foreign(tmp_path, job) == {"REDIS_URL", "CACHE_URL", "SMTP_HOST", "SIGNING_SECRET"}
    given = job.replace("API_SECRET: x", "REDIS_URL: redis://localhost, SIGNING_SECRET: y")
    assert foreign(tmp_path, given) == {"CACHE_URL", "SMTP_HOST"}
    beside = job.replace("steps:", "services: {cache: {image: 'redis:7'}}\n    steps:")
    assert foreign(tmp_path, beside) == {"SMTP_HOST", "SIGNING_SECRET"}
    assert foreign(tmp_path, job, '[env]\nREDIS_URL = "{redis_url}"\n') == {"CACHE_URL", "SMTP_HOST", "SIGNING_SECRET"}


def test_where_nothing_says_how_the_tests_are_run_only_a_default_secret_is_left_to_them(tmp_path: Path) -> None:
    assert foreign(tmp_path, "jobs:\n  lint:\n    steps: [{run: ruff check .}]\n") == {"SIGNING_SECRET"}


def test_tests_that_run_in_a_container_have_what_is_said_of_that(tmp_path: Path) -> None:
    inside = "jobs:\n  test:\n    steps: [{run: 'docker compose -f ci.yml exec -T web pytest'}]\n"
    assert foreign(tmp_path, inside) == {"SIGNING_SECRET"}


@pytest.mark.parametrize(
    "run",
    [
        "docker run -d -p 5432:5432 postgres:16\n          pytest",
        "docker compose run --rm web true\n          pytest -q",
    ],
)
def test_tests_beside_a_container_are_run_on_the_machine(tmp_path: Path, run: str) -> None:
    beside = f"jobs:\n  test:\n    steps:\n      - run: |\n          {run}\n        env: {{REDIS_URL: x}}\n"
    assert "SMTP_HOST" in foreign(tmp_path, beside)


def test_a_command_in_a_container_may_go_on_in_the_next_line(tmp_path: Path) -> None:
    inside = "jobs:\n  test:\n    steps:\n      - run: |\n          docker compose exec -T web \\\n            pytest\n"
    assert foreign(tmp_path, inside) == {"SIGNING_SECRET"}
