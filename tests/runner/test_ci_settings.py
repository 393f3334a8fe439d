"""Which of CI's settings do the tests get?"""

from pathlib import Path

import pytest

from runner.evidence.suite.ci_settings import given_in_ci, settings_in_ci

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
