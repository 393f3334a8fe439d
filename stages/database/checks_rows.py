"""Database: where PostgreSQL itself decides who sees a row, is it asked each time?"""

from collections.abc import Iterator

from runner.evidence.database.row_security import RowSecurity, SecuredTable
from runner.model import Place, Verdict, check, every, failed, in_table, not_applicable, passed
from runner.said import say
from runner.words import plural

ASK = "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid IN (SELECT polrelid FROM pg_policy)"


@check("DB037", step="3.1")
def row_security_is_applied(security: RowSecurity) -> Verdict:
    """Row-level security that is there is applied, to the service too.

    A policy does nothing until it is enabled, nothing to the owner of the table until it is forced, and nothing where
    its condition is true for who sets no tenant: each tenant then sees the rows of all, and every test is green.
    Fix: `ALTER TABLE … ENABLE ROW LEVEL SECURITY` and `FORCE ROW LEVEL SECURITY`, a condition that is false where
    nothing is set (`tenant_id = current_setting('app.tenant', true)::uuid`), and the same for each table of a tenant.
    """
    secured = security.with_policies
    if not secured:
        looked = say(
            "the policies of the {tables} of the migrated database", tables=plural(len(security.tables), "table")
        )
        return not_applicable("no table has row-level security", looked=looked)
    if places := list(_open(security)):
        first = places[0]
        others = say(" (and {places} more)", places=len(places) - 1) if len(places) > 1 else ""
        return failed(
            say("{first}: {note}{others}", first=first, note=first.note, others=others), at=places, again=[ASK]
        )
    return passed("enabled, binding for the service, and closed where nothing is set", every(len(secured), "table"))


def _open(security: RowSecurity) -> Iterator[Place]:
    for table in security.with_policies:
        if why := _why_open(table):
            yield in_table(table.name, note=why)
    for table in security.forgotten:
        yield in_table(table.name, note="has the column that the policies of other tables ask for, and none itself")


def _why_open(table: SecuredTable) -> str:
    if not table.enabled:
        return say(
            "its {policies} does nothing: row-level security is not enabled",
            policies=plural(len(table.policies), "policy"),
        )
    if not table.forced and not table.granted:
        return say("its owner, which the service connects as, is not bound: row-level security is not forced")
    loose = next((policy for policy in table.policies if policy.lets_all_in), None)
    return (
        say("policy {name} lets everybody in: {condition}", name=loose.name, condition=loose.condition) if loose else ""
    )
