"""Security: does each tenant see its own rows alone?"""

from runner.errors import Thing
from runner.evidence.code.tenant_queries import TenantQueries
from runner.model import Verdict, check, every, failed, in_file, not_applicable, passed
from runner.said import say
from runner.words import listed, plural


@check("SC093", step="4.1")
def queries_ask_for_the_tenant(queries: TenantQueries) -> Verdict:
    """Every operation on the rows of tenants asks whose they are.

    One that takes an id and looks the row up by it alone shows each tenant the rows of all others. With the data of one
    tenant, as in most tests, nothing of it is seen.
    Fix: put the tenant of the caller into the condition (`Invoice.id == id, Invoice.tenant_id == user.tenant_id`), or
    filter for the whole session (`with_loader_criteria`, row-level security).
    """
    if not queries.tenants:
        looked = say(
            "the {tables} that the code declares, and who belongs to a tenant in them",
            tables=plural(queries.tables, "table"),
        )
        absent = None if queries.tables else Thing.DATABASE  # tables that the code does not declare are not followed
        return not_applicable("no table has rows of tenants that people belong to", looked=looked, absent=absent)
    if queries.whole:
        return passed(
            say("filtered for whole sessions: {whole}", whole=queries.whole), every(len(queries.tenants), "table")
        )
    if queries.unscoped:
        first = queries.unscoped[0]
        places = [
            in_file(one.path, one.line, say("{endpoint}: {query}", endpoint=one.endpoint, query=one.query))
            for one in queries.unscoped
        ]
        others = say(" (and {places} more)", places=len(places) - 1) if len(places) > 1 else ""
        said = say(
            "{endpoint} asks for rows of tenants, and not for whose: {query}{others}",
            endpoint=first.endpoint,
            query=first.query,
            others=others,
        )
        return failed(said, at=places)
    if not queries.operations:
        looked = say(
            "the protected operations of the app; rows of tenants are in {tenants}", tenants=listed(queries.tenants)
        )
        return not_applicable("no operation asks for rows of tenants", looked=looked)
    return passed("something in the way of each asks whose rows they are", every(len(queries.operations), "operation"))
