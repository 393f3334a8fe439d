"""The checks of the testing stage, on evidence made by hand."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.evidence.contract.contract import Contract
from runner.evidence.release.ci_files import CiFile, TestsAndCi
from runner.evidence.suite.guards import Guard, Guards
from runner.evidence.suite.gutted import Gutted, Handler
from runner.evidence.suite.main_database import MainDatabase, changed_between
from runner.evidence.suite.suite import Suite, SuiteReversed
from runner.evidence.suite.suite_coverage import Covered
from runner.evidence.suite.suite_later import Expiring, SuiteLater
from runner.evidence.suite.suite_record import Exchange, Problem, Test, Turned
from runner.evidence.suite.turned_refusals import TurnedRefusals, pattern, refused_tests
from runner.model import Outcome, every
from runner.specification_text import parse
from stages.testing import artifacts
from stages.testing import checks as c
from stages.testing import checks_behaviour as b

SPEC = """\
gonogo: 1
service: {name: shop, summary: Sells, owner: seller}
requirements:
  - id: REQ-CART-001
    title: Fill a cart
    text: When a buyer adds a thing, the shop shall store it.
    priority: must
    acceptance:
      - {id: AC-CART-001-1, text: It is in the cart.}
      - {id: AC-CART-001-2, text: It is there tomorrow.}
  - id: REQ-CART-002
    title: Empty a cart
    text: When a buyer pays, the shop shall empty the cart.
    priority: must
    acceptance:
      - {id: AC-CART-002-1, text: It is empty.}
"""


def a_test(name: str = "test_adds", outcome: str = "passed", **more: Any) -> Test:
    facts: dict[str, Any] = {"path": "tests/test_cart.py", "line": 7, "outcome": outcome} | more
    return Test(id=f"tests/test_cart.py::{name}", **facts)


def suite(*tests: Test, **more: Any) -> Suite:
    return Suite(tests=tests, **({"driver": "psycopg"} | more))


def spec() -> Spec:
    problems, parsed = parse("spec.yaml", SPEC)
    assert parsed is not None, problems
    file = SpecificationFile(path="spec.yaml", text=SPEC, problems=(), parsed=parsed)
    return Spec(file=file, content=parsed)


def contract() -> Contract:
    def operation(*statuses: int, locked: bool = False) -> dict[str, Any]:
        security: dict[str, Any] = {"security": [{"bearer": []}]} if locked else {}
        return {"responses": {str(status): {"description": "…"} for status in statuses}, **security}

    paths = {
        "/things": {"get": operation(200), "post": operation(201, 401, 413, locked=True)},
        "/things/{thing_id}": {"get": operation(200, 404), "delete": operation(204, 403, locked=True)},
        "/things/best": {"get": operation(200)},
    }
    return Contract(document={"openapi": "3.1.0", "paths": paths})


def sent(method: str, path: str, status: int, test: str = "tests/test_cart.py::test_adds", **more: Any) -> Exchange:
    return Exchange(test=test, method=method, path=path, status=status, **more)


ALL_SEEN = (
    sent("GET", "/things", 200),
    sent("POST", "/things", 201),
    sent("POST", "/things", 401),
    sent("GET", "/things/5", 200),
    sent("GET", "/things/6", 404),
    sent("GET", "/things/best", 200),
    sent("DELETE", "/things/5", 204),
    sent("DELETE", "/things/5", 403),
    sent("PUT", "/elsewhere", 413),
)

NOTICED = TurnedRefusals(
    turned=tuple(
        Turned(key=key, state="noticed", by="t") for key in ("POST /things 401", "DELETE /things/{thing_id} 403")
    )
)


def test_ts001_passes_with_a_green_suite() -> None:
    verdict = c.the_suite_passes(suite(a_test(), a_test("test_slow", "skipped")))
    expected = "1 test passed, 1 skipped (1 of 2 tests judged)"
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, expected)
    assert c.the_suite_passes(suite(a_test())).shares == (every(1, "test"),)


def test_ts001_says_what_kept_tests_from_being_judged() -> None:
    verdict = c.the_suite_passes(suite(a_test(), a_test("test_b"), dropped=("t.py::a",), unseen=("t.py::b",)))
    assert verdict.message == (
        "2 tests passed, 1 collected and taken out again (such as t.py::a), 1 never collected (such as t.py::b) "
        "(2 of 4 tests judged)"
    )


def test_ts001_names_the_test_that_a_suite_ended_in() -> None:
    lost = a_test("test_quits", "not run", why="it never ended")
    verdict = c.the_suite_passes(suite(a_test(), lost, a_test("test_z", "not run"), ended=False))
    expected = (
        "pytest ended with code 0 before it was through: 2 of 3 tests never told their result, from test_quits on"
    )
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    assert verdict.places[0].line == 7


def test_ts001_does_not_blame_a_test_that_passes_again_on_a_busy_machine() -> None:
    bad = a_test("test_pays", "failed")
    facts: dict[str, Any] = {"code": 1, "shaky": (bad.id,)}
    assert c.the_suite_passes(suite(a_test(), bad, busy=True, **facts)).outcome is Outcome.UNKNOWN
    assert c.the_suite_passes(suite(a_test(), bad, **facts)).outcome is Outcome.FAILED
    again = c.the_suite_passes(suite(a_test(), bad, a_test("test_c", "failed"), busy=True, **facts))
    assert again.outcome is Outcome.FAILED


def test_ts001_knows_nothing_of_tests_that_want_sqlite() -> None:
    why = "TypeError: connect() got an unexpected keyword argument 'check_same_thread'"
    wanting, bad = a_test("test_stored", "error", why=why), a_test("test_pays", "failed", why="assert 1 == 2")
    alone = c.the_suite_passes(suite(a_test(), wanting, code=1))
    assert alone.outcome is Outcome.UNKNOWN
    assert alone.message == f"the tests want SQLite, and were given PostgreSQL: {why}"
    left = c.the_suite_passes(suite(problems=(Problem(path="tests/test_a.py", why=why),), code=2))
    assert left.outcome is Outcome.UNKNOWN
    assert c.the_suite_passes(suite(wanting, bad, code=1)).outcome is Outcome.FAILED
    assert c.the_suite_passes(suite(bad, code=1, problems=(Problem(path="a.py", why="x"),))).outcome is Outcome.FAILED


def test_ts001_knows_nothing_of_tests_that_want_a_container_engine() -> None:
    why = "docker.errors.DockerException: Error while fetching server API version: No such file or directory"
    wanting, bad = a_test("test_stored", "failed", why=why), a_test("test_pays", "failed", why="assert 1 == 2")
    alone = c.the_suite_passes(suite(a_test(), wanting, code=1))
    assert alone.outcome is Outcome.UNKNOWN
    assert alone.message == f"the tests start containers, and no engine is to be had in a run: {why}"
    left = suite(code=1, ended=False, last_words="Exit: Docker is not available or not running")
    assert c.the_suite_passes(left).outcome is Outcome.UNKNOWN
    assert c.the_suite_passes(suite(wanting, bad, code=1)).outcome is Outcome.FAILED
    assert c.the_suite_passes(suite(code=1, last_words="no tests ran")).outcome is Outcome.FAILED


def test_ts001_names_the_failing_test() -> None:
    verdict = c.the_suite_passes(suite(a_test(), a_test("test_pays", "failed", why="assert 1 == 2"), code=1))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "1 of 2 tests failed: test_pays")
    assert (str(verdict.places[0]), verdict.places[0].note) == ("tests/test_cart.py:7", "test_pays: assert 1 == 2")
    assert verdict.again == ("pytest tests/test_cart.py::test_pays",)


def test_ts001_names_a_file_that_cannot_be_collected() -> None:
    broken = Problem(path="tests/test_x.py", why="ModuleNotFoundError: No module named 'nowhere'")
    verdict = c.the_suite_passes(suite(problems=(broken,), code=2))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "cannot be collected: tests/test_x.py")


def test_ts001_names_a_suite_that_skips_everything() -> None:
    verdict = c.the_suite_passes(suite(a_test(outcome="skipped", why="no database")))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "no test passed: 1 test skipped")


def test_ts001_names_the_exit_code_of_a_plugin() -> None:
    verdict = c.the_suite_passes(suite(a_test(), code=1, last_words="coverage failed"))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "pytest ended with code 1: coverage failed")


def test_ts030_passes_where_the_main_database_holds_the_same() -> None:
    verdict = c.tests_leave_the_main_database_alone(
        suite(a_test(), main=MainDatabase(tables=4, setting="DATABASE_URL", beside="TEST_DATABASE_URL"))
    )
    assert verdict.message == "4 tables held the same after the tests; TEST_DATABASE_URL names one for tests"
    assert verdict.outcome is Outcome.PASSED


def test_ts030_names_the_tables_that_tests_wrote_into() -> None:
    differ = changed_between({"users": "7", "tags": "", "posts": "1"}, {"users": "8", "tags": "", "new": "3"})
    changed = tuple(f"{name} {how}" for name, how in differ)
    main = MainDatabase(tables=3, changed=changed, setting="DATABASE_URL")
    verdict = c.tests_leave_the_main_database_alone(suite(a_test(), main=main))
    said = "the database that DATABASE_URL names: users has other rows, posts is gone, new has rows"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, f"the tests write into {said}")
    assert [str(place) for place in verdict.places] == ["users", "posts", "new"]


def test_ts002_passes_when_the_order_does_not_matter() -> None:
    tests = (a_test(), a_test("test_pays", "failed"))
    verdict = c.tests_pass_in_any_order(suite(*tests), SuiteReversed(tests=tests[::-1]))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message == "2 tests, the same outcomes in reverse order"
    assert verdict.shares == (every(2, "test"),)


def test_ts002_names_the_test_that_the_reversed_run_ended_in() -> None:
    turned = SuiteReversed(tests=(a_test("test_pays"), a_test(outcome="not run")), ended=False)
    verdict = c.tests_pass_in_any_order(suite(a_test(), a_test("test_pays")), turned)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith("1 of 2 tests never told their result in reverse order, from test_adds on")


def test_ts002_does_not_blame_the_order_for_a_busy_machine() -> None:
    bad = a_test(outcome="failed")
    turned = SuiteReversed(tests=(bad,), shaky=(bad.id,), busy=True)
    assert c.tests_pass_in_any_order(suite(a_test()), turned).outcome is Outcome.UNKNOWN
    quiet = c.tests_pass_in_any_order(suite(a_test()), replace(turned, busy=False))
    assert quiet.message == "1 test failed in one of the two runs and passed when run once more: test_adds"


def test_ts002_names_the_test_that_needs_another_first() -> None:
    turned = SuiteReversed(tests=(a_test(outcome="failed", why="KeyError: 'cart'"),))
    verdict = c.tests_pass_in_any_order(suite(a_test()), turned)
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "the order decides over 1 test: test_adds")
    assert verdict.places[0].note == "test_adds: passed in file order, failed in reverse. KeyError: 'cart'"
    other = replace(a_test("test_pays"), path="tests/test_other.py")
    late = SuiteReversed(tests=(a_test("test_empties"), other, *turned.tests, a_test("test_ends")))
    again = c.tests_pass_in_any_order(suite(a_test()), late).again
    assert again == (f"pytest {a_test('test_empties').id} {a_test().id}",)


def test_ts002_does_not_know_without_a_turned_run() -> None:
    verdict = c.tests_pass_in_any_order(suite(a_test()), SuiteReversed(tests=(), last_words="no tests ran"))
    assert verdict.outcome is Outcome.UNKNOWN


def test_ts012_passes_when_the_suite_passes_later_too() -> None:
    verdict = c.the_suite_passes_later(SuiteLater(day=date(2028, 1, 9), passed=("a", "b")))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "2 tests passed on 2028-01-09")


def test_ts012_passes_and_says_what_failed_there_for_another_reason() -> None:
    later = SuiteLater(day=date(2028, 1, 9), passed=("a", "b"), unsure=(a_test("test_reads_a_file"),))
    verdict = c.the_suite_passes_later(later)
    assert verdict.outcome is Outcome.PASSED
    assert "1 failed there, not by a date in the sources: test_reads_a_file" in verdict.message


def test_ts012_names_the_test_and_a_day_on_which_it_fails() -> None:
    late = Expiring(test=a_test("test_recent", "failed", why="assert [] == [1]"), day=date(2026, 12, 27))
    verdict = c.the_suite_passes_later(
        SuiteLater(day=date(2028, 1, 9), passed=("a",), expiring=(late,), unsure=(a_test(),))
    )
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 test with a date that comes to its end: test_recent"
    assert verdict.places[0].note == "test_recent: passes today, fails on 2026-12-27: assert [] == [1]"
    assert verdict.again == ("pytest tests/test_cart.py::test_recent  # with the clock at 2026-12-27",)


def test_ts003_passes_with_a_workflow_that_runs_them() -> None:
    ci = CiFile(path=".github/workflows/ci.yml", runs_tests=True)
    verdict = c.tests_and_ci_exist(TestsAndCi(files=("tests/test_cart.py",), functions=3, judged=3, ci=(ci,)))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "3 test functions, run by .github/workflows/ci.yml")
    assert verdict.shares == (every(3, "test function"),)


def test_ts003_does_not_know_what_it_cannot_read() -> None:
    ci = CiFile(path="Jenkinsfile", runs_tests=None, why="Groovy is not read")
    verdict = c.tests_and_ci_exist(TestsAndCi(files=("tests/test_cart.py",), functions=3, ci=(ci,)))
    assert (verdict.outcome, verdict.message) == (
        Outcome.UNKNOWN, "it can't be told whether these run the tests: Jenkinsfile (Groovy is not read)",
    )  # fmt: skip


def test_ts003_names_what_is_missing() -> None:
    nothing = c.tests_and_ci_exist(TestsAndCi(files=(), functions=0, ci=()))
    assert (nothing.outcome, nothing.message) == (Outcome.FAILED, "no tests at all")
    alone = c.tests_and_ci_exist(TestsAndCi(files=("tests/test_cart.py",), functions=3, ci=()))
    assert (alone.outcome, alone.message) == (Outcome.FAILED, "3 test functions, but no CI configuration")
    assert [str(place) for place in alone.places] == [".github/workflows"], "the place that DP024 names, too"
    idle = CiFile(path=".gitlab-ci.yml", runs_tests=False)
    unused = c.tests_and_ci_exist(TestsAndCi(files=("tests/test_cart.py",), functions=3, ci=(idle,)))
    assert unused.message == "3 test functions, but no workflow runs them: .gitlab-ci.yml"


def test_ts004_does_not_know_what_tests_would_run_that_were_not_collected() -> None:
    low = suite(a_test(), coverage=(Covered(path="app/a.py", statements=10, missing=tuple(range(1, 10))),))
    assert c.tests_cover_the_sources(low).outcome is Outcome.FAILED
    broken = replace(low, problems=(Problem(path="tests/test_a.py", why="ImportError"),))
    verdict = c.tests_cover_the_sources(broken)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 file could not be collected (tests/test_a.py)" in verdict.message
    unseen = replace(low, unseen=tuple(f"tests/test_b.py::test_{n}" for n in range(100)))
    assert c.tests_cover_the_sources(unseen).outcome is Outcome.UNKNOWN
    assert c.tests_cover_the_sources(replace(unseen, chosen=True)).outcome is Outcome.FAILED, "left out on purpose"


def test_ts004_passes_above_the_bound() -> None:
    covered = (Covered(path="app/a.py", statements=100, missing=(3, 4)),)
    verdict = c.tests_cover_the_sources(suite(a_test(), coverage=covered))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "98.0 % of 100 lines (wanted 80 %)")
    assert verdict.shares == (every(1, "file of the sources"),)


def test_ts004_names_the_file_with_most_missing_lines() -> None:
    covered = (
        Covered(path="app/small.py", statements=10, missing=tuple(range(1, 10))),
        Covered(path="app/big.py", statements=90, missing=tuple(range(10, 50))),
    )
    verdict = c.tests_cover_the_sources(suite(a_test(), coverage=covered))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "51.0 % of 100 lines, wanted 80 %; worst: app/big.py")
    assert (str(verdict.places[0]), verdict.places[0].note) == ("app/big.py:10", "56 %, 40 lines never run")


def test_ts004_does_not_know_without_coverage() -> None:
    verdict = c.tests_cover_the_sources(suite(a_test(), coverage_problem="the service has no coverage"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert c.tests_cover_the_sources(suite(a_test())).outcome is Outcome.UNKNOWN


def test_ts005_passes_when_each_criterion_is_named() -> None:
    tests = (
        a_test("test_one", ids=("AC-CART-001-1",)),
        a_test("test_ac_cart_001_2_is_there_tomorrow"),
        a_test("test_three", ids=("REQ-CART-002",)),
    )
    verdict = b.every_criterion_has_a_passing_test(suite(*tests), spec())
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "3 criteria, each with a passing test")
    assert verdict.shares == (every(3, "acceptance criterion"),)


def test_ts005_names_criteria_without_a_passing_test() -> None:
    tests = (
        a_test("test_one", ids=("AC-CART-001-1", "REQ-CART-001")),
        a_test("test_x", "failed", ids=("AC-CART-002-1",)),
    )
    verdict = b.every_criterion_has_a_passing_test(suite(*tests), spec())
    expected = "2 of 3 criteria have no passing test: AC-CART-001-2, AC-CART-002-1"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    notes = [place.note for place in verdict.places]
    assert notes == ["AC-CART-001-2: no test names it", "AC-CART-002-1: test_x failed"]
    assert verdict.places[0].line == 10


def test_ts006_passes_when_each_asserts() -> None:
    assert c.every_test_asserts(suite(a_test(), a_test("test_doc", asserts=None))).outcome is Outcome.PASSED


def test_ts006_names_the_test_that_asserts_nothing() -> None:
    tests = (a_test(), a_test("test_calls[a]", asserts=False), a_test("test_calls[b]", asserts=False))
    verdict = c.every_test_asserts(suite(*tests))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "1 test without an assertion: test_calls")


def test_ts007_passes_on_postgresql() -> None:
    tests = (a_test(dialects=("postgresql",)), a_test("test_unit", dialects=("sqlite",)))
    verdict = b.tests_run_on_postgresql(suite(*tests, exchanges=ALL_SEEN), contract())
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "1 of 2 tests with a database ran on PostgreSQL")
    assert verdict.shares == (every(2, "changing operation"),)


def test_ts007_names_a_suite_on_sqlite() -> None:
    verdict = b.tests_run_on_postgresql(suite(a_test(dialects=("sqlite",))), contract())
    expected = "1 test opened sqlite, none PostgreSQL, which the service is made for"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)


def test_ts007_names_the_handler_tested_on_sqlite_alone() -> None:
    tests = (a_test(dialects=("postgresql",)), a_test("test_pays", dialects=("sqlite",)))
    paid = sent("POST", "/pay", 200, "tests/test_cart.py::test_pays", name="pay", file="app/pay.py", line=9)
    verdict = b.tests_run_on_postgresql(suite(*tests, exchanges=(paid,)), contract())
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "1 handler that change data never ran on PostgreSQL")
    assert str(verdict.places[0]) == "app/pay.py:9"


def test_ts007_does_not_know_or_does_not_apply() -> None:
    assert b.tests_run_on_postgresql(suite(a_test()), contract()).outcome is Outcome.UNKNOWN
    assert b.tests_run_on_postgresql(suite(a_test(), driver=None), contract()).outcome is Outcome.NOT_APPLICABLE


def test_ts008_passes_when_all_were_seen() -> None:
    verdict = b.every_documented_status_was_seen(suite(a_test(), exchanges=ALL_SEEN), contract())
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "9 documented statuses of 5 operations, all seen")
    assert verdict.shares == (every(9, "documented answer"),)


def test_ts008_names_operation_and_status() -> None:
    without = tuple(one for one in ALL_SEEN if one.status != 404)
    verdict = b.every_documented_status_was_seen(suite(a_test(), exchanges=without), contract())
    expected = "1 operation with a documented status that no test saw: GET /things/{thing_id}"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    assert verdict.places[0].note == "never seen: 404"


def test_ts008_does_not_know_without_requests() -> None:
    assert b.every_documented_status_was_seen(suite(a_test()), contract()).outcome is Outcome.UNKNOWN


def test_ts009_passes_when_each_refused() -> None:
    verdict = b.every_protected_route_refuses_in_a_test(suite(a_test(), exchanges=ALL_SEEN), contract(), NOTICED)
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "2 protected operations, each refused a test")
    assert verdict.shares == (every(2, "protected operation"),)


def test_ts009_names_the_route_that_refused_nobody() -> None:
    without = tuple(one for one in ALL_SEEN if one.status != 403)
    verdict = b.every_protected_route_refuses_in_a_test(suite(a_test(), exchanges=without), contract(), NOTICED)
    expected = "1 of 2 protected operations never refused a test: DELETE /things/{thing_id}"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)


def test_ts009_names_the_route_whose_refused_test_looks_away() -> None:
    unread = Turned(key="POST /things 401", state="unnoticed", by="tests/test_cart.py::test_adds")
    turned = TurnedRefusals(turned=(unread, NOTICED.turned[1]))
    verdict = b.every_protected_route_refuses_in_a_test(suite(a_test(), exchanges=ALL_SEEN), contract(), turned)
    expected = "1 refusal that no test would miss: POST /things 401 (tests/test_cart.py::test_adds passes without it)"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, expected)
    assert [place.endpoint for place in verdict.places] == ["POST /things"]


def test_ts009_does_not_pass_where_no_refusal_was_taken_back() -> None:
    untried = TurnedRefusals(turned=(Turned(key="POST /things 401", state="not tried", by=""),))
    verdict = b.every_protected_route_refuses_in_a_test(suite(a_test(), exchanges=ALL_SEEN), contract(), untried)
    assert verdict.outcome is Outcome.UNKNOWN
    one = TurnedRefusals(turned=NOTICED.turned[:1])
    verdict = b.every_protected_route_refuses_in_a_test(suite(a_test(), exchanges=ALL_SEEN), contract(), one)
    assert [str(each) for each in verdict.shares][1:] == ["1 of 2 refusals"]


def test_passing_tests_that_the_service_itself_refused_are_asked_again() -> None:
    seen = suite(a_test(), exchanges=(*ALL_SEEN, *(replace(one, stranger=True, test="x") for one in ALL_SEEN)))
    assert set(refused_tests(seen, contract().operations)) == {
        ("POST /things", 401),
        ("DELETE /things/{thing_id}", 403),
    }
    assert refused_tests(suite(a_test(outcome="failed"), exchanges=ALL_SEEN), contract().operations) == {}


def test_an_operation_is_known_by_the_paths_that_it_answers() -> None:
    for endpoint, path, fits in (
        ("DELETE /things/{thing_id}", "/things/5", True),
        ("DELETE /things/{thing_id}", "/things/5/notes", False),
        ("GET /files/{name:path}", "/files/a/b.txt", True),
        ("GET /a.b/{name}.json", "/a.b/c.json", True),
        ("GET /a.b/{name}.json", "/axb/c.json", False),
        ("POST /things", "/things/", True),
    ):
        assert bool(re.fullmatch(pattern(endpoint), path)) is fits, (endpoint, path)


HANDLER = Handler(
    method="POST",
    module="app.things",
    name="add",
    file="app/things.py",
    line=4,
    state="noticed",
    tests=("tests/test_cart.py::test_adds",),
    by="tests/test_cart.py::test_adds",
)


def test_ts010_passes_when_each_is_noticed() -> None:
    verdict = b.emptied_handlers_are_noticed(Gutted(handlers=(HANDLER, replace(HANDLER, name="b", state="no time"))))
    assert (verdict.outcome, verdict.message) == (
        Outcome.PASSED,
        "1 handler emptied, each noticed; 1 not tried (1 of 2 handlers judged)",
    )


def test_ts010_names_the_handler_nobody_misses() -> None:
    verdict = b.emptied_handlers_are_noticed(
        Gutted(handlers=(HANDLER, replace(HANDLER, name="pay", state="unnoticed")))
    )
    assert (verdict.outcome, verdict.message) == (
        Outcome.FAILED,
        "1 of 2 handlers can be empty and no test notices: pay",
    )
    assert verdict.places[0].note == "pay: 1 test passed with its body gone"


def test_ts010_does_not_know_without_handlers() -> None:
    assert b.emptied_handlers_are_noticed(Gutted(handlers=())).outcome is Outcome.UNKNOWN


GUARD = Guard(
    path="app/a.py", line=7, module="app.a", function="pay", raises="HTTPException(403)", state="noticed", reached=2
)


def test_ts011_passes_when_each_is_noticed() -> None:
    guards = Guards(guards=(GUARD, replace(GUARD, line=9), replace(GUARD, line=11, state="no time")), more=1)
    verdict = b.refusals_are_noticed(guards)
    assert (verdict.outcome, verdict.message) == (
        Outcome.PASSED,
        "2 refusals taken out one by one, each noticed; 2 not tried (2 of 4 refusals judged)",
    )


def test_ts011_names_what_nobody_misses_and_what_nobody_reaches() -> None:
    unnoticed, unreached = replace(GUARD, line=9, state="unnoticed"), replace(GUARD, line=12, state="unreached")
    verdict = b.refusals_are_noticed(Guards(guards=(GUARD, unnoticed, unreached)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "2 of 3 refusals can be taken out and no test notices (1 are reached by none)"
    assert [str(place) for place in verdict.places] == ["app/a.py:9", "app/a.py:12"]
    assert verdict.places[0].note == "pay, HTTPException(403): 2 tests passed without it"
    assert verdict.places[1].note == "pay, HTTPException(403): no test reaches it"


def test_ts011_does_not_know_when_none_was_tried() -> None:
    guards = Guards(guards=(replace(GUARD, state="not tried"),))
    assert b.refusals_are_noticed(guards).outcome is Outcome.UNKNOWN


def test_the_documents_say_what_was_found() -> None:
    whole = suite(
        a_test(ids=("AC-CART-001-1",), dialects=("postgresql",)),
        a_test("test_pays", "failed", why="a | b"),
        exchanges=ALL_SEEN,
        coverage=(Covered(path="app/a.py", statements=10, missing=(2, 3, 4, 9)),),
    )
    report = artifacts.test_report(whole, SuiteReversed(tests=whole.tests), Gutted(handlers=(HANDLER,)))
    assert "2 tests on PostgreSQL: 1 failed, 1 passed." in report
    assert "a \\| b" in str(report)
    assert "| `app/a.py` | 10 | 4 | 60 % | 2–4, 9 |" in str(artifacts.coverage_report(whole))
    assert "1 of 3 acceptance criteria are proved" in str(artifacts.requirement_trace(whole, spec()))
    assert "| `DELETE /things/{thing_id}` | 204 (1×), 403 (1×) | – | – |" in str(
        artifacts.status_coverage(whole, contract())
    )
