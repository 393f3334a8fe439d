"""Is an operation that forgets the tenant told from one that asks for it, in its own code or behind it?"""

import ast

import pytest

from runner.evidence.code.code_names import Code, Module
from runner.evidence.code.tenant_queries import TenantQueries
from runner.evidence.contract.routes import Route

TABLES = (
    "from sqlmodel import SQLModel, select, update\n"
    "class User(SQLModel, table=True):\n    id: int\n    email: str\n    organization_id: int\n"
    "class Bill(SQLModel, table=True):\n    id: int\n    organization_id: int\n"
    "class Plan(SQLModel, table=True):\n    id: int\n"
)


def judged(text: str, endpoint: str = "GET /bills/{id}", dependencies: tuple[str, ...] = ("app.me",)) -> TenantQueries:
    route = Route(
        kind="operation", path="", pattern="", converters={}, module="app", function="a", dependencies=dependencies
    )  # fmt: skip
    code = Code(modules=(Module("app", "app.py", ast.parse(TABLES + text)),))
    return TenantQueries.of(code, [(endpoint, route)])


@pytest.mark.parametrize(
    "text",
    [
        "def a(id, s, user=Depends(me)):\n    return s.get(Bill, id)",
        "def a(s, user=Depends(me)):\n    return s.exec(select(Bill)).all()",
        "def a(id, s, user=Depends(me)):\n    s.execute(update(Bill).where(Bill.id == id))",
        "def a(s, user=Depends(me)):\n    return s.exec(select(Bill.id)).all()",
        "def a(id, s, user=Depends(me)):\n    '''Of the tenant.'''\n    log('no tenant')\n    return s.get(Bill, id)",
        "def find(s, id):\n    return s.get(Bill, id)\ndef a(id, s, user=Depends(me)):\n    return find(s, id)",
        "def a(id, s, tenant=Depends(tenant)):\n    return s.get(Bill, id)",
    ],
)
def test_an_operation_that_forgets_the_tenant_is_found(text: str) -> None:
    seen = judged(text)
    assert [one.endpoint for one in seen.unscoped] == ["GET /bills/{id}"]
    assert (seen.tenants, len(seen.operations)) == (("Bill", "User"), 1)


@pytest.mark.parametrize(
    "text",
    [
        "def a(s, user):\n    return s.exec(select(Bill).where(Bill.organization_id == user.organization_id)).all()",
        "def a(id, s, user):\n    bill = s.get(Bill, id)\n    if bill.organization_id != user.organization_id: raise X",
        "def a(id, s, user):\n    return s.exec(select(Bill).filter_by(organization_id=1, id=id)).one()",
        "def of(q, o):\n    return q.where(Bill.organization_id == o)\ndef a(s, o):\n    s.exec(of(select(Bill), o))",
        "def a(s, user):\n    return s.exec(select(Bill).where(Bill.made_by == user.id)).all()",
        "class Bills:\n  def of(self, o):\n    return o.tenant\ndef a(s, o):\n    s.exec(select(Bill), Bills().of(o))",
        "def a(s):\n    return s.execute(select(Bill).where(text('organization_id = :o'))).all()",
        "def me(s, tenant_id):\n    return s.get(Bill, tenant_id)\ndef a(s, b=Depends(me)):\n    s.get(Bill, 1)",
    ],
)
def test_an_operation_that_asks_for_the_tenant_is_left_alone(text: str) -> None:
    seen = judged(text)
    assert (len(seen.operations), seen.unscoped) == (1, ())


def test_the_column_may_come_from_a_class_above() -> None:
    tables = TABLES.replace("class Bill(SQLModel, table=True):\n    id: int\n    organization_id: int\n", "")
    mixed = "class Owned:\n    tenant_id: int\nclass Bill(Owned, SQLModel, table=True):\n    id: int\n"
    route = Route(kind="operation", path="", pattern="", converters={}, module="app", function="a")
    text = f"{tables}{mixed}def a(id, s):\n    return s.get(Bill, id)"
    seen = TenantQueries.of(Code(modules=(Module("app", "app.py", ast.parse(text)),)), [("GET /b", route)])
    assert [one.query for one in seen.unscoped] == ["s.get(Bill, id)"]


def test_those_above_the_tenants_may_see_all() -> None:
    text = "def a(s):\n    return s.exec(select(Bill)).all()"
    assert judged(text, endpoint="GET /admin/bills").unscoped == ()
    assert judged(text, dependencies=("app.require_superuser",)).unscoped == ()


def test_other_rows_are_nobodys_in_particular() -> None:
    assert judged("def a(id, s):\n    return s.get(Plan, id)").operations == ()


def test_where_people_belong_to_no_tenant_the_column_is_one_like_others() -> None:
    text = "def a(id, s):\n    return s.get(Bill, id)"
    route = Route(kind="operation", path="", pattern="", converters={}, module="app", function="a")
    tables = TABLES.replace("    email: str\n    organization_id: int\n", "    email: str\n")
    seen = TenantQueries.of(Code(modules=(Module("app", "app.py", ast.parse(tables + text)),)), [("GET /b", route)])
    assert (seen.tables, seen.tenants, seen.unscoped) == (3, (), ())


@pytest.mark.parametrize(
    "text",
    [
        "s.execute(text('SET LOCAL app.tenant = 1'))",
        "s.execute(text(\"SELECT set_config('app.tenant', :t, true)\"))",
        "state.statement.options(with_loader_criteria(Bill, one))",
    ],
)
def test_a_filter_for_whole_sessions_is_seen(text: str) -> None:
    lost = "def a(id, s):\n    return s.get(Bill, id)\n"
    assert judged(f"{lost}def of_tenant(s):\n    {text}").whole == "app.py:13"
    without = text.replace("app.tenant", "app.user")
    assert judged(f"{lost}def of_those_that_are_left(s):\n    {without}").whole == ""
