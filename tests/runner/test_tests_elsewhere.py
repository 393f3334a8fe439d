"""Do tests that make a database of their own get another one than the service's, in each of their runs?"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from runner.errors import ProbeError
from runner.evidence.suite.suite import SuiteTools, run_suite
from runner.postgres.database import Database
from runner.probe import Probe

NAMED = {"DATABASE_URL": "{database_url}", "TEST_DB_NAME": "{database_name}"}


class Environment:
    """Fills in a database's name."""

    def named(self) -> dict[str, str]:
        return NAMED

    def of(self, database: Database) -> dict[str, str]:
        return dict.fromkeys(NAMED, database.name)


def test_a_suite_that_is_run_once_more_gets_them_apart_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = (Database(port=1, name=f"gonogo_{number}") for number in range(9))
    for module in ("main_database", "suite"):
        monkeypatch.setattr(f"runner.evidence.suite.{module}.database_for", lambda _: next(made))
    given: dict[str, str] = {}

    def run(*_: object, env: dict[str, str], **__: object) -> Any:
        given.update(env)
        raise ProbeError("seen")

    target = SimpleNamespace(
        config=SimpleNamespace(tests=SimpleNamespace(arguments=(), seconds=9), service=SimpleNamespace(tests="")),
        python=Path("python"), folder=".", root=tmp_path,
    )  # fmt: skip
    workshop = SimpleNamespace(scratch=lambda _: tmp_path)
    probe = SimpleNamespace(environment=Environment(), target=target, workshop=workshop, run=run, root=tmp_path)
    monkeypatch.setattr("runner.evidence.suite.suite.foreign_to_tests", lambda _: ())
    with pytest.raises(ProbeError, match="seen"):
        run_suite(
            cast("Probe", probe), cast("SuiteTools", SimpleNamespace(has=lambda _: False)), env={"GONOGO_REVERSED": "1"}
        )
    assert given["GONOGO_REVERSED"] == "1"
    assert given["DATABASE_URL"] != given["TEST_DB_NAME"]
