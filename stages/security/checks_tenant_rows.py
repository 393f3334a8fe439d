"""Security: what does a caller of one tenant get of another's, when every route is asked for it?"""

from collections.abc import Sequence

from runner.evidence.access.tenant_crossing import Crossed
from runner.evidence.access.tenant_rows import TenantRows
from runner.model import Verdict, at_endpoint, check, failed, not_applicable, passed, share, unknown
from runner.said import say


@check("SC140", step="4.1")
def no_tenant_reads_anothers_rows(rows: TenantRows) -> Verdict:
    """Nobody reads the rows of another tenant: neither by their ids, nor in a list, nor by a parameter.

    Two tenants, an account in each, and every read is asked with the other one's ids. With the data of one tenant, as
    in most tests, a query that forgets whose row it is looks as good as any other.
    Fix: put the caller's tenant into the condition (`Invoice.id == id, Invoice.tenant_id == user.tenant_id`), for what
    lies below as well (a task by its project's tenant), and answer 404. Take the tenant from the caller, never from the
    request.
    """
    return _judged(rows, rows.reads, "reads", "read", say("reads another tenant's rows"))


@check("SC141", step="4.1")
def no_tenant_changes_anothers_rows(rows: TenantRows) -> Verdict:
    """Nobody changes or deletes a row of another tenant.

    Two tenants, an account in each, and every change is asked with the other one's ids; the rows are compared after it.
    Fix: look the row up with the caller's tenant before anything is changed, for what lies below as well, or put the
    tenant into the condition of the UPDATE and the DELETE.
    """
    return _judged(rows, rows.writes, "writes", say("changing operation"), say("changes another tenant's rows"))


@check("SC142", step="4.1")
def no_body_chooses_the_tenant(rows: TenantRows) -> Verdict:
    """A body that names another tenant, or something of one's, puts nothing there.

    A field `tenant_id` that is taken as it comes lets everybody write into everybody's books, and a `project_id` that
    is not looked up puts rows under what others own.
    Fix: take the tenant from the caller and leave the field out of the model that requests are read into; look up every
    id that a body names with the caller's tenant.
    """
    if not rows.bodies and not rows.there.get("bodies"):
        looked = say("the fields of all bodies, by the tables that they name")
        return not_applicable(
            say("no body names a tenant ({column}) or what belongs to one", column=rows.column), looked=looked
        )
    return _judged(rows, rows.bodies, "bodies", say("changing operation"), say("lets a body choose the tenant"))


def _judged(rows: TenantRows, tried: Sequence[Crossed], kind: str, what: str, does: str) -> Verdict:
    there = rows.there.get(kind, 0)
    if crossed := [one for one in tried if one.got]:
        first = crossed[0]
        places = [at_endpoint(one.endpoint, say("{how}: {got}", how=one.how, got=one.got)) for one in crossed]
        others = say(" (and {crossed} more)", crossed=len(crossed) - 1) if len(crossed) > 1 else ""
        said = say(
            "{endpoint} {does}: {how}, {got}{others}",
            endpoint=first.endpoint,
            does=does,
            how=first.how,
            got=first.got,
            others=others,
        )
        return failed(said, at=places, again=[one.curl for one in crossed])
    if not tried:
        about = say(
            "{column} says whose rows are, and no {what} that a tenant may use was seen to be about them",
            column=rows.column,
            what=what,
        )
        return unknown(rows.problem or about)
    endpoints = {one.endpoint for one in tried}
    how = say("two tenants put into the database") if rows.planted else say("two tenants that signed up")
    return passed(
        say("{how}, and none gets at the other's", how=how), share(len(endpoints), max(there, len(endpoints)), what)
    )
