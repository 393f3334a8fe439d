"""Database: where PostgreSQL itself decides who sees a row, is it asked each time?"""

from collections.abc import Iterator

from runner.evidence.database.row_security import RowSecurity, SecuredTable
from runner.model import Place, Verdict, check, every, failed, in_table, not_applicable, passed
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
        looked = f"the policies of the {plural(len(security.tables), 'table')} of the migrated database"
        return not_applicable("no table has row-level security", looked=looked)
    if places := list(_open(security)):
        first = places[0]
        others = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
        return failed(f"{first}: {first.note}{others}", at=places, again=[ASK])
    return passed("enabled, binding for the service, and closed where nothing is set", every(len(secured), "table"))


def _open(security: RowSecurity) -> Iterator[Place]:
    for table in security.with_policies:
        if why := _why_open(table):
            yield in_table(table.name, note=why)
    for table in security.forgotten:
        yield in_table(table.name, note="has the column that the policies of other tables ask for, and none itself")


def _why_open(table: SecuredTable) -> str:
    if not table.enabled:
        return f"its {plural(len(table.policies), 'policy')} does nothing: row-level security is not enabled"
    if not table.forced and not table.granted:
        return "its owner, which the service connects as, is not bound: row-level security is not forced"
    loose = next((policy for policy in table.policies if policy.lets_all_in), None)
    return f"policy {loose.name} lets everybody in: {loose.condition}" if loose else ""
