"""Which tables hold rows of tenants, and who belongs to which? Two tenants, each with an account."""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.errors import ProbeError
from runner.evidence.accounts.planted_account import holds_people
from runner.evidence.accounts.visit import Visit
from runner.evidence.database.planting import Planter
from runner.evidence.database.schema import Shape, Table
from runner.http.identities import Identity
from runner.postgres.driver import PostgresError, sql
from runner.said import say
from runner.vocabulary.people import account_names, names_owner

COLUMN = re.compile(r"(tenant|organi[sz]ation|org|workspace|company|firm|client_org)_(?:id|uuid|pk)", re.IGNORECASE)
WHOLE = frozenset({"smallint", "integer", "bigint"})
MOST_OF_MEMBERS = 10  # columns of a table that says who belongs to whom
FIRST = 71_001  # a number for a tenant that stands in no table


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """By which column rows say whose they are, and in which tables."""

    column: str
    people: str  # the table of accounts
    members: str = ""  # the table that says who belongs to whom, where that of accounts does not
    table: str = ""  # of the tenants themselves, where there is one
    owned: frozenset[str] = frozenset()  # with the column, or below a table that has it

    @property
    def called(self) -> frozenset[str]:
        """How a parameter or a field names a tenant: `org_id`, `org`."""
        bare = re.sub(r"_(?:id|uuid|pk)$", "", self.column)
        return frozenset({self.column, bare, f"{bare}_id", f"{bare}_uuid", f"{bare}Id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who is signed in, and the tenant that such a one belongs to."""

    caller: Identity
    tenant: Any


def tenancy_of(shape: Shape) -> Tenancy | None:
    """None where nobody belongs to a tenant, or no other table has rows of tenants."""
    people = [one for one in shape.tables if holds_people(one)]
    for table in people:
        for column in _columns(table):
            return _tenancy(shape, column, table.name)
    names = {one.name for one in people}
    for table in shape.tables:
        users = [key for key in table.of_kind("foreign key") if key.target in names and len(key.columns) == 1]
        for column in _columns(table) if users and len(table.columns) <= MOST_OF_MEMBERS else ():
            return _tenancy(shape, column, str(users[0].target), members=table.name)
    return None


def _columns(table: Table) -> Iterator[str]:
    return (one.name for one in table.columns if COLUMN.fullmatch(one.name))


def _tenancy(shape: Shape, column: str, people: str, members: str = "") -> Tenancy | None:
    keys = (k for one in shape.tables for k in one.of_kind("foreign key") if k.columns == (column,))
    tenants = next((str(key.target) for key in keys), "")
    owned = {one.name for one in shape.tables if one.column(column)} - {members}
    grown = True
    while grown:  # tasks of a project of a tenant
        below = {one.name for one in shape.tables if one.name not in owned and _stands_below(one, owned - {people})}
        grown = bool(below - {people, members, tenants})
        owned |= below - {people, members, tenants}
    return (
        Tenancy(column=column, people=people, members=members, table=tenants, owned=frozenset(owned))
        if owned - {people}
        else None
    )


def _stands_below(table: Table, owned: set[str]) -> bool:
    """It refers to one of them, and cannot be without."""
    for key in table.of_kind("foreign key"):
        columns = [table.column(name) for name in key.columns]
        if key.target in owned and all(one is not None and not one.nullable for one in columns):
            return True
    return False


class Tenants:
    """Two tenants, and members of each: those that a sign-up made, or that were put into the database."""

    def __init__(self, here: Visit, tenancy: Tenancy) -> None:
        self.here, self.tenancy = here, tenancy
        self.shape = here.rows.shape
        self._planter = Planter(here.database, self.shape, iter(range(5_000, 9_000)))
        self._made: list[Any] = []
        self.planted = False  # one of them was put into the database

    def pair(self, role: str) -> tuple[Member, Member]:
        """Somebody of this role in the one tenant, and somebody in the other. Raises `ProbeError`."""
        one, other = self.here.fresh(role), self.here.fresh(role)
        mine, theirs = self._belongs(one), self._belongs(other)
        if mine is not None and theirs is not None and mine != theirs:
            return Member(caller=one, tenant=mine), Member(caller=other, tenant=theirs)
        self.planted = True
        first, second = self._two()
        return self._moved(one, first), self._moved(other, second)

    def _two(self) -> tuple[Any, Any]:
        while len(self._made) < len(("the one", "the other")):
            self._made.append(self._new(FIRST + len(self._made)))
        return self._made[0], self._made[1]

    def _new(self, number: int) -> Any:
        table = self.shape.table(self.tenancy.table)
        if table is not None and len(table.key) == 1:
            row = self._planter.one(table, {})
            if row is None:
                raise ProbeError(
                    say("{name} takes no row that gonogo can make, so there is no second tenant", name=table.name)
                )
            return row[table.key[0]]
        holder = self.shape.table(self.tenancy.members or self.tenancy.people)
        column = holder.column(self.tenancy.column) if holder else None
        kind = column.type if column else ""
        return number if kind in WHOLE else str(uuid.UUID(int=number)) if kind == "uuid" else f"tenant-{number}"

    def _row_of_account(self, caller: Identity) -> Mapping[str, Any]:
        """The account's row. Raises `ProbeError` where it is not found."""
        table = self.shape.table(self.tenancy.people)
        assert table is not None
        names = account_names({one.name for one in table.columns})
        same = sql.SQL(" OR ").join(sql.SQL("{}::text = %s").format(sql.Identifier(name)) for name in names)
        query = sql.SQL("SELECT * FROM {} WHERE {}").format(_place(table.name), same)
        rows = self.here.database.rows(query, *[caller.email] * len(names)) if names else []
        if len(rows) != 1:
            raise ProbeError(say("the account of {role} was not found in {name}", role=caller.role, name=table.name))
        return rows[0]

    def _belongs(self, caller: Identity) -> Any:
        row = self._row_of_account(caller)
        if not self.tenancy.members:
            return row[self.tenancy.column]
        user, key = self._user_column(), self._key_column()
        query = sql.SQL("SELECT {} AS tenant FROM {} WHERE {} = %s").format(
            sql.Identifier(self.tenancy.column), _place(self.tenancy.members), sql.Identifier(user)
        )
        found = self.here.database.rows(query, row[key])
        return found[0]["tenant"] if found else None

    def _moved(self, caller: Identity, tenant: Any) -> Member:
        """Put into the tenant, and signed in anew: a token may carry it. Raises `ProbeError`."""
        row, key = self._row_of_account(caller), self._key_column()
        try:
            if self.tenancy.members:
                self._joined(row[key], tenant)
            else:
                change = sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(
                    _place(self.tenancy.people), sql.Identifier(self.tenancy.column), sql.Identifier(key)
                )
                self.here.database.rows(change, tenant, row[key])
        except PostgresError as error:
            raise ProbeError(say("no account could be put into another tenant: {error}", error=error)) from error
        again = self.here.people.sign_in(caller.role, caller.email, caller.password, caller.user_id)
        return Member(caller=again, tenant=tenant)

    def _joined(self, user: Any, tenant: Any) -> None:
        table = self.shape.table(self.tenancy.members)
        column = self._user_column()
        remove = sql.SQL("DELETE FROM {} WHERE {} = %s").format(_place(self.tenancy.members), sql.Identifier(column))
        self.here.database.rows(remove, user)
        if table is None or self._planter.one(table, {column: user, self.tenancy.column: tenant}) is None:
            raise ProbeError(say("{members} takes no row that gonogo can make", members=self.tenancy.members))

    def _user_column(self) -> str:
        table = self.shape.table(self.tenancy.members)
        keys = table.of_kind("foreign key") if table else ()
        return next(key.columns[0] for key in keys if key.target == self.tenancy.people)

    def _key_column(self) -> str:
        table = self.shape.table(self.tenancy.people)
        return table.key[0] if table and table.key else "id"

    def row_of(self, table: Table, member: Member) -> Mapping[str, Any] | None:
        """A row of this tenant's, put into the database."""
        given = {self.tenancy.column: member.tenant} if table.column(self.tenancy.column) else {}
        user = self._row_of_account(member.caller)[self._key_column()]
        people = {k.columns[0] for k in table.of_kind("foreign key") if k.target == self.tenancy.people}
        owners = people | {one.name for one in table.columns if names_owner(one.name) and one.type != "text"}
        above: dict[str, Any] = {}
        for key in table.of_kind("foreign key"):
            parent = self.shape.table(str(key.target))
            if (
                key.target in self.tenancy.owned - {self.tenancy.people, table.name}
                and parent
                and len(key.columns) == 1
            ):
                row = self.row_of(parent, member)
                above |= {key.columns[0]: row[key.target_columns[0]]} if row else {}
        return self._planter.one(table, {**dict.fromkeys(owners & people, user), **above, **given})

    def account(self, member: Member) -> Mapping[str, Any]:
        """The member's own row. Raises `ProbeError`."""
        return self._row_of_account(member.caller)

    def count(self, table: str, member: Member) -> int:
        """How many of its rows say that they are this tenant's."""
        one = self.shape.table(table)
        if one is None or not one.column(self.tenancy.column):
            return 0
        query = sql.SQL("SELECT count(*) AS n FROM {} WHERE {} = %s").format(
            _place(table), sql.Identifier(self.tenancy.column)
        )
        return int(self.here.database.rows(query, member.tenant)[0]["n"])


def _place(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))
