"""The trace, and the check that holds tests to the specification; on evidence made by hand."""

import json
from dataclasses import replace
from typing import Any

import pytest

from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.evidence.database.table_names import TableNames
from runner.evidence.suite.suite import Suite
from runner.evidence.suite.suite_record import Touched
from runner.model import Outcome, every
from runner.specification_text import parse
from stages.testing.artifacts import trace_record
from stages.testing.checks_trace import what_tests_name_exists
from stages.testing.trace import Orphan, trace, words_of
from tests.stages.test_testing import SPEC, a_test, contract, sent, spec, suite

NEEDS = """\
quality:
  - {id: QN-1, text: Fast., metric: latency, endpoint: GET /things, percentile: 95, limit: 9, unit: ms}
  - {id: QN-2, text: Many., metric: throughput, limit: 9, unit: req/s}
permissions:
  - {endpoint: GET /lost, allow: {anonymous: any}}
"""
FILLS, PAYS = "tests/test_cart.py::test_adds", "tests/test_cart.py::test_pays"


def agreed() -> Spec:
    text = SPEC.replace("    priority: must\n", "    priority: must\n    endpoints: [GET /things]\n", 1) + NEEDS
    problems, parsed = parse("spec.yaml", text)
    assert parsed is not None, problems
    return Spec(file=SpecificationFile(path="spec.yaml", text=text, problems=(), parsed=parsed), content=parsed)


def a_suite() -> Suite:
    where: dict[str, Any] = {"file": "app/things.py", "line": 9}
    return suite(
        a_test(ids=("AC-CART-001-1",)),
        replace(a_test(), id=f"{PAYS}[1]", outcome="passed"),
        replace(a_test(), id=f"{PAYS}[2]", outcome="failed"),
        exchanges=(
            sent("GET", "/things", 200, FILLS, **where),
            sent("DELETE", "/things/5", 204, f"{PAYS}[1]", file="app/things.py", line=40),
        ),
        touched=(
            Touched(method="GET", **where, tables=("things",), texts=()),
            Touched(method="DELETE", file="app/things.py", line=40, tables=(), texts=("select ? from stock s",)),
        ),
    )


TABLES = TableNames(names=("things", "shop.stock", "parcels"))


def test_the_trace_leads_both_ways_from_requirements_to_tables() -> None:
    links = set(trace(agreed(), contract(), a_suite(), TABLES).links)
    cart, listing = ("requirement", "REQ-CART-001"), ("endpoint", "GET /things")
    assert {
        (cart, ("criterion", "AC-CART-001-1")),
        (cart, listing),
        (cart, ("test", FILLS)),
        (cart, ("need", "QN-1")),
        (("criterion", "AC-CART-001-1"), ("test", FILLS)),
        (listing, ("test", FILLS)),
        (listing, ("table", "things")),
        (listing, ("need", "QN-1")),
        (("endpoint", "DELETE /things/{thing_id}"), ("table", "shop.stock")),
        (("endpoint", "DELETE /things/{thing_id}"), ("test", PAYS)),
    } <= links
    assert not any(left == ("requirement", "REQ-CART-002") and right[0] == "test" for left, right in links)


def test_the_trace_names_what_has_no_counterpart_on_either_side() -> None:
    orphans = trace(agreed(), contract(), a_suite(), TABLES).orphans
    assert {
        Orphan(("requirement", "REQ-CART-002"), "leads to no operation, quality need or test"),
        Orphan(("criterion", "AC-CART-001-2"), "no test names it"),
        Orphan(("endpoint", "GET /lost"), "the specification names it, and the app does not serve it"),
        Orphan(("endpoint", "POST /things"), "no requirement asks for it"),
        Orphan(("table", "parcels"), "no request of the tests touched it"),
        Orphan(("test", PAYS), "names no requirement and no criterion"),
    } <= set(orphans)
    assert not {one.node for one in orphans} & {("need", "QN-1"), ("need", "QN-2"), ("table", "things")}


def test_no_table_is_an_orphan_where_nobody_saw_the_statements() -> None:
    blind = replace(a_suite(), touched=())
    assert not [one for one in trace(agreed(), contract(), blind, TABLES).orphans if one.node[0] == "table"]
    told = json.loads(trace_record(agreed(), contract(), blind, TABLES))
    assert told["tables"] == "the tests sent no statement while a request ran"


def test_a_test_failed_where_one_of_its_parameters_did() -> None:
    told = json.loads(trace_record(agreed(), contract(), a_suite(), TABLES))
    states = {one["id"]: one.get("state") for one in told["things"] if one["kind"] == "test"}
    assert states == {FILLS: "passed", PAYS: "failed"}
    assert ["requirement:REQ-CART-001", "endpoint:GET /things"] in told["links"]
    assert told["tables"] == "seen"


def test_names_in_a_statement_are_no_columns_and_no_functions() -> None:
    found = set(words_of('SELECT t.stock, count(*) FROM "Orders" o JOIN shop.things t ON true WHERE stock(o.id) > ?'))
    assert "Orders" in found
    assert "count" not in found
    assert "stock" not in found


def test_ts013_passes_where_each_id_is_there() -> None:
    verdict = what_tests_name_exists(suite(a_test(ids=("AC_CART-001-1", "UTF-8"), marked=("AC_CART-001-1",))), spec())
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "1 id that tests name, each in the specification")
    assert verdict.shares == (every(1, "test"),)


@pytest.mark.parametrize(
    ("id", "marked"),
    [("AC-CART-001-9", True), ("AC-CART-001-9", False), ("AC-TILL-001-1", True), ("REQ-CART-009", False)],
)
def test_ts013_names_the_test_and_what_is_not_there(*, id: str, marked: bool) -> None:
    verdict = what_tests_name_exists(suite(a_test(ids=(id,), marked=(id,) if marked else ())), spec())
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, f"not in spec.yaml: {id} (test_adds)")
    assert str(verdict.places[0]) == "tests/test_cart.py:7"


@pytest.mark.parametrize(("id", "marked"), [("JIRA-12", True), ("AC-DC", False), ("AC-TILL-001-1", False)])
def test_ts013_leaves_other_names_alone(*, id: str, marked: bool) -> None:
    verdict = what_tests_name_exists(suite(a_test(ids=(id,), marked=(id,) if marked else ())), spec())
    assert verdict.outcome is Outcome.NOT_APPLICABLE
