"""Evidence of tests that proves nothing, or lies: no check of the testing stage passes on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from runner.discovery.config import Config, Service
from runner.discovery.target import Target
from runner.engine import Shelf
from runner.evidence.release.ci_files import CiFile, TestsAndCi
from runner.evidence.suite.guards import Guards
from runner.evidence.suite.gutted import Gutted
from runner.evidence.suite.main_database import MainDatabase
from runner.evidence.suite.suite import Suite, SuiteReversed
from runner.evidence.suite.suite_coverage import Covered
from runner.evidence.suite.suite_later import SuiteLater
from runner.evidence.suite.turned_refusals import TurnedRefusals
from runner.live.workshop import Workshop
from runner.model import Outcome, Verdict
from stages.testing import checks as c
from stages.testing import checks_behaviour as b
from stages.testing import checks_trace as t
from tests.stages.test_testing import ALL_SEEN, GUARD, HANDLER, a_test, contract, spec, suite

LATER = date(2028, 1, 9)
MANY = tuple(a_test(f"test_{n}") for n in range(10))
ELSEWHERE = CiFile(path=".github/workflows/ci.yml", runs_tests=True, paths=("docs",))
HALF_COVERED = (Covered(path="app/a.py", statements=10, missing=()),)
MADE_UP = tuple(replace(one, module="tests.fake", name="fake", file="tests/fake_app.py", line=3) for one in ALL_SEEN)
STRANGERS = tuple(replace(one, stranger=True) for one in ALL_SEEN)
NAMES_ALL = a_test("test_all", ids=("AC-CART-001-1", "AC-CART-001-2", "AC-CART-002-1"))
ON_POSTGRES = a_test(dialects=("postgresql",))
READS = tuple(one for one in ALL_SEEN if one.method == "GET")

HOLLOWS: dict[str, Callable[[], Verdict]] = {
    "TS001 nothing was collected": lambda: c.the_suite_passes(suite()),
    "TS001 all were taken out": lambda: c.the_suite_passes(suite(dropped=("a", "b"))),
    "TS001 most are skipped": lambda: c.the_suite_passes(
        suite(a_test(), *(a_test(f"test_{n}", "skipped") for n in range(9)))
    ),
    "TS001 most are expected to fail": lambda: c.the_suite_passes(
        suite(a_test(), *(a_test(f"test_{n}", "xfailed") for n in range(9)))
    ),
    "TS001 most were never collected": lambda: c.the_suite_passes(suite(a_test(), unseen=("a", "b", "c"))),
    "TS001 its process was gone": lambda: c.the_suite_passes(suite(*MANY, ended=False)),
    "TS002 the reversed run was gone": lambda: c.tests_pass_in_any_order(
        suite(*MANY), SuiteReversed(tests=MANY[:1], ended=False)
    ),
    "TS002 the reversed run was a small one": lambda: c.tests_pass_in_any_order(
        suite(*MANY), SuiteReversed(tests=MANY[:2])
    ),
    "TS002 nothing ran either way": lambda: c.tests_pass_in_any_order(
        suite(a_test(outcome="skipped")), SuiteReversed(tests=(a_test(outcome="skipped"),))
    ),
    "TS003 CI runs what is elsewhere": lambda: c.tests_and_ci_exist(
        TestsAndCi(files=("tests/test_a.py",), functions=9, ci=(ELSEWHERE,), judged=0)
    ),
    "TS004 one file of many": lambda: c.tests_cover_the_sources(suite(a_test(), coverage=HALF_COVERED, sources=9)),
    "TS005 one test names them all": lambda: b.every_criterion_has_a_passing_test(
        suite(replace(NAMES_ALL, asserts=False)), spec()
    ),
    "TS006 no source to read": lambda: c.every_test_asserts(suite(a_test(asserts=None), a_test("b", asserts=None))),
    "TS006 all were taken out": lambda: c.every_test_asserts(suite(a_test(), dropped=("a", "b"))),
    "TS007 nothing was changed": lambda: b.tests_run_on_postgresql(suite(ON_POSTGRES, exchanges=READS), contract()),
    "TS008 the tests answer themselves": lambda: b.every_documented_status_was_seen(
        suite(a_test(), exchanges=MADE_UP), contract()
    ),
    "TS009 the tests refuse themselves": lambda: b.every_protected_route_refuses_in_a_test(
        suite(a_test(), exchanges=MADE_UP), contract(), TurnedRefusals(turned=())
    ),
    "TS009 an app that the tests made up": lambda: b.every_protected_route_refuses_in_a_test(
        suite(a_test(), exchanges=STRANGERS), contract(), TurnedRefusals(turned=())
    ),
    "TS009 no refusal could be taken back": lambda: b.every_protected_route_refuses_in_a_test(
        suite(a_test(), exchanges=ALL_SEEN), contract(), TurnedRefusals(turned=())
    ),
    "TS010 one handler of many": lambda: b.emptied_handlers_are_noticed(Gutted(handlers=(HANDLER,), there=20)),
    "TS012 most look at a clock that stood still": lambda: c.the_suite_passes_later(
        SuiteLater(day=LATER, passed=(MANY[0].id,), unsure=MANY[1:])
    ),
    "TS012 nothing ran there": lambda: c.the_suite_passes_later(SuiteLater(day=LATER, passed=())),
    "TS013 nothing was collected": lambda: t.what_tests_name_exists(suite(), spec()),
    "TS013 most were never collected": lambda: t.what_tests_name_exists(
        suite(NAMES_ALL, unseen=("a", "b", "c")), spec()
    ),
    "TS011 one refusal of many": lambda: b.refusals_are_noticed(Guards(guards=(GUARD,), more=9)),
}


@pytest.mark.parametrize("name", HOLLOWS)
def test_tests_that_prove_nothing_do_not_pass(name: str) -> None:
    verdict = HOLLOWS[name]()
    assert verdict.outcome in {Outcome.FAILED, Outcome.UNKNOWN}, verdict.message


def test_a_criterion_is_not_proved_by_a_test_that_asks_something_else() -> None:
    asked = spec()
    requirement = asked.content.requirements[0].model_copy(update={"endpoints": ("POST /orders",)})
    others = asked.content.requirements[1].model_copy(update={"endpoints": ("DELETE /orders",)})
    content = asked.content.model_copy(update={"requirements": (requirement, others)})
    verdict = b.every_criterion_has_a_passing_test(
        suite(NAMES_ALL, exchanges=ALL_SEEN), replace(asked, content=content)
    )
    assert verdict.outcome is Outcome.UNKNOWN
    assert "the tests of AC-CART-001-1, AC-CART-001-2, AC-CART-002-1 never ask what the requirement names" in (
        verdict.message
    )


PYTHON = Path(__file__).parents[2] / "sample_service" / ".venv" / "bin" / "python"
QUIET = """\
def used():
    return 1


def not_worth_it():  # pragma: no cover
    a = 1
    b = 2
    c = 3
    return a + b + c
"""


def test_code_that_calls_itself_not_worth_covering_is_counted(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "code.py").write_text(QUIET, encoding="utf-8")
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "late").mkdir()  # no package: coverage does not look into it by itself
    (tmp_path / "app" / "late" / "never_imported.py").write_text("A = 1\nB = 2\n", encoding="utf-8")
    (tmp_path / ".coveragerc").write_text("[run]\nomit = *\n[report]\nexclude_also = return\n", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    text = "from app.code import used\n\n\ndef test_used():\n    assert used() == 1\n"
    (tmp_path / "tests" / "test_code.py").write_text(text, encoding="utf-8")
    (tmp_path / "conftest.py").touch()
    config = Config(env={"DATABASE_URL": "{database_url}"}, service=Service(sources=["app"]))
    with Workshop() as workshop:
        kept = Shelf(Target(root=tmp_path, python=PYTHON, config=config), workshop).get(Suite)
    assert isinstance(kept.evidence, Suite), kept.problem
    lines = {one.path: (one.statements, len(one.missing)) for one in kept.evidence.coverage}
    assert lines == {"app/code.py": (7, 4), "app/late/never_imported.py": (2, 2), "app/__init__.py": (0, 0)}
    assert c.tests_cover_the_sources(kept.evidence).outcome is Outcome.FAILED


def test_ts030_nothing_that_could_have_changed_proves_nothing() -> None:
    assert c.tests_leave_the_main_database_alone(suite(a_test())).outcome is Outcome.UNKNOWN
    unreached = suite(a_test(), main=MainDatabase(tables=4, beside="TEST_DATABASE_URL"))
    assert c.tests_leave_the_main_database_alone(unreached).outcome is Outcome.UNKNOWN
    skipped = suite(a_test(outcome="skipped"), main=MainDatabase(tables=4, setting="DATABASE_URL"))
    assert c.tests_leave_the_main_database_alone(skipped).outcome is Outcome.UNKNOWN
