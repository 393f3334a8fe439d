"""Is row-level security that does nothing told from one that does?"""

from dataclasses import replace

import pytest

from runner.evidence.database.row_security import Policy, RowSecurity, SecuredTable
from runner.model import Outcome
from stages.database.checks_rows import row_security_is_applied

OWN = Policy(name="own", condition="(tenant_id = (current_setting('app.tenant'::text, true))::uuid)")
NOTES = SecuredTable(name="notes", enabled=True, forced=True, columns=("id", "tenant_id"), policies=(OWN,))
PLANS = SecuredTable(name="plans", columns=("id", "name"))


def test_db037_passes_where_the_service_is_bound() -> None:
    assert row_security_is_applied(RowSecurity(tables=(NOTES, PLANS))).outcome is Outcome.PASSED
    granted = replace(NOTES, forced=False, granted=True)
    assert row_security_is_applied(RowSecurity(tables=(granted,))).outcome is Outcome.PASSED


def test_db037_sees_where_there_is_none() -> None:
    verdict = row_security_is_applied(RowSecurity(tables=(PLANS,)))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.looked == "the policies of the 1 table of the migrated database"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (replace(NOTES, enabled=False, forced=False), "notes: its 1 policy does nothing: row-level security is not en"),
        (replace(NOTES, forced=False), "notes: its owner, which the service connects as, is not bound"),
        (replace(NOTES, policies=(Policy(name="all", condition="true"),)), "notes: policy all lets everybody in: true"),
        (replace(PLANS, columns=("id", "tenant_id")), "plans: has the column that the policies of other tables ask"),
    ],
)
def test_db037_names_what_lets_everybody_in(table: SecuredTable, said: str) -> None:
    verdict = row_security_is_applied(RowSecurity(tables=(replace(NOTES, name="a"), table)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith(said)


@pytest.mark.parametrize(
    ("condition", "opens", "column"),
    [
        ("true", True, ""),
        ("((current_setting('app.tenant'::text, true) IS NULL) OR (tenant_id = 1))", True, ""),
        ("((tenant_id = 1) OR (current_setting('app.tenant'::text, true) = ''::text))", True, "tenant_id"),
        ("((tenant_id)::text = current_setting('app.tenant'::text, true))", False, "tenant_id"),
        ("(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)", False, "tenant_id"),
        ("(owner IS NOT NULL)", False, ""),
    ],
)
def test_a_condition_tells_who_gets_in_and_by_which_column(condition: str, opens: bool, column: str) -> None:  # noqa: FBT001
    policy = Policy(name="p", condition=condition)
    assert (policy.lets_all_in, policy.column) == (opens, column)
    assert not replace(policy, permissive=False).lets_all_in
