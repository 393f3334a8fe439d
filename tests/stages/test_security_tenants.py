"""Does the check of tenants say which operation forgot them, and where there are none?"""

from dataclasses import replace

from runner.errors import Thing
from runner.evidence.code.tenant_queries import TenantQueries, Unscoped
from runner.model import Outcome
from stages.security.checks_tenants import queries_ask_for_the_tenant

OWN = TenantQueries(tables=3, tenants=("Bill", "User"), operations=("GET /bills", "GET /bills/{id}"))
LOST = Unscoped(endpoint="GET /bills/{id}", path="app/bills.py", line=8, query="session.get(Bill, id)")


def test_sc093_passes_where_each_operation_asks() -> None:
    assert queries_ask_for_the_tenant(OWN).outcome is Outcome.PASSED


def test_sc093_names_the_operation_that_does_not() -> None:
    verdict = queries_ask_for_the_tenant(replace(OWN, unscoped=(LOST,)))
    said = "GET /bills/{id} asks for rows of tenants, and not for whose: session.get(Bill, id)"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, said)
    assert [str(place) for place in verdict.places] == ["app/bills.py:8"]


def test_sc093_leaves_what_is_filtered_for_the_whole_session() -> None:
    verdict = queries_ask_for_the_tenant(replace(OWN, unscoped=(LOST,), whole="app/db.py:3"))
    assert (verdict.outcome, verdict.message) == (Outcome.PASSED, "filtered for whole sessions: app/db.py:3")


def test_sc093_sees_where_there_are_no_tenants() -> None:
    verdict = queries_ask_for_the_tenant(TenantQueries(tables=3))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.looked == "the 3 tables that the code declares, and who belongs to a tenant in them"
    none = queries_ask_for_the_tenant(replace(OWN, operations=()))
    assert (none.outcome, none.looked.startswith("the protected operations")) == (Outcome.NOT_APPLICABLE, True)


def test_sc093_leaves_it_to_signs_where_the_code_declares_no_table() -> None:
    assert queries_ask_for_the_tenant(TenantQueries(tables=0)).absent is Thing.DATABASE
    assert queries_ask_for_the_tenant(TenantQueries(tables=3)).absent is None
