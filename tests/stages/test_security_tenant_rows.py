"""Do the checks on two tenants pass who gets at nothing, and name each way into the other's?"""

from dataclasses import replace

import pytest

from runner.evidence.access.tenant_crossing import Crossed
from runner.evidence.access.tenant_rows import TenantRows
from runner.model import Outcome, Verdict, share
from stages.security import checks_tenant_rows

READ = Crossed(endpoint="GET /projects/{id}", how="another tenant's ids", curl="curl $BASE/projects/2")
CHANGE = replace(READ, endpoint="PATCH /projects/{id}")
BODY = Crossed(endpoint="POST /projects", how="org_id of another tenant in the body", curl="curl -X POST")
ROWS = TenantRows(
    column="org_id",
    planted=True,
    reads=(READ,),
    writes=(CHANGE,),
    bodies=(BODY,),
    there={"reads": 1, "writes": 1, "bodies": 1},
)
JUDGES = {
    "reads": checks_tenant_rows.no_tenant_reads_anothers_rows,
    "writes": checks_tenant_rows.no_tenant_changes_anothers_rows,
    "bodies": checks_tenant_rows.no_body_chooses_the_tenant,
}


def judged(rows: TenantRows, kind: str) -> Verdict:
    return JUDGES[kind](rows)


@pytest.mark.parametrize("kind", JUDGES)
def test_sc140_sc141_sc142_pass_with_what_was_judged(kind: str) -> None:
    verdict = judged(ROWS, kind)
    what = "read" if kind == "reads" else "changing operation"
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(1, 1, what),))
    assert verdict.message == "two tenants put into the database, and none gets at the other's"
    assert judged(replace(ROWS, planted=False), kind).message.startswith("two tenants that signed up")


@pytest.mark.parametrize(
    ("kind", "way", "said"),
    [
        (
            "reads",
            READ,
            "GET /projects/{id} reads another tenant's rows: another tenant's ids, it is shown",
        ),
        (
            "writes",
            CHANGE,
            "PATCH /projects/{id} changes another tenant's rows: another tenant's ids, it is",
        ),
        ("bodies", BODY, "POST /projects lets a body choose the tenant: org_id of another tenant in the body, it is"),
    ],
)
def test_sc140_sc141_sc142_name_the_way_in(kind: str, way: Crossed, said: str) -> None:
    open_way = replace(way, got="it is shown")
    verdict = judged(replace(ROWS, **{kind: (way, open_way)}), kind)  # type: ignore[arg-type]
    assert (verdict.outcome, verdict.again) == (Outcome.FAILED, (way.curl,))
    assert verdict.message.startswith(said)
    assert [place.endpoint for place in verdict.places] == [way.endpoint]


@pytest.mark.parametrize("kind", JUDGES)
def test_sc140_sc141_sc142_are_unknown_where_nobody_got_through_with_her_own(kind: str) -> None:
    none = replace(ROWS, **{kind: ()}, problem="GET /projects/{id} answers 403 to the tenant's own")  # type: ignore[arg-type]
    verdict = judged(none, kind)
    assert (verdict.outcome, verdict.message) == (Outcome.UNKNOWN, "GET /projects/{id} answers 403 to the tenant's own")
    unseen = judged(replace(none, there={}, problem=""), kind)
    assert unseen.outcome is (Outcome.NOT_APPLICABLE if kind == "bodies" else Outcome.UNKNOWN)


def test_sc140_does_not_pass_where_one_of_five_was_judged() -> None:
    assert judged(replace(ROWS, there={"reads": 5}), "reads").outcome is Outcome.UNKNOWN
