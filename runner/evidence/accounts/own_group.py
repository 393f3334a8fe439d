"""An organisation of an account's own, in which it is the mightiest: as whoever founds one is. Not evidence itself."""

import itertools
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from typing import Any

import httpx

from runner.evidence.accounts.planted_account import TEXTS
from runner.evidence.accounts.planted_role import PlantedRole
from runner.evidence.database.named_keys import with_named_keys
from runner.evidence.database.planting import Planter
from runner.evidence.database.schema import Constraint, Shape, Table, read_shape
from runner.http.callers import Callers
from runner.http.identities import ADMINISTRATOR, Identity
from runner.http.requests import Requests
from runner.http.second_step import SecondStep
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.vocabulary.people import known_by
from runner.vocabulary.roles import KIND, most
from runner.words import ones


def second_step(
    requests: Requests, client: httpx.Client, database: Database, roles: Callable[[], Sequence[str]], people: Callers
) -> Callable[[Identity], Identity]:
    """What is done behind a sign-in: the choice of an organisation, where the service has one.

    An account with all power stays above them: what it may do there, its owner may.
    """

    def join(identity: Identity, kind: str) -> Any:
        called = people.sign_ups.called.get(identity.email, {}).values()
        names = [identity.email, *(one for one in called if isinstance(one, str))]
        return groups.of(names, kind) if identity.role != ADMINISTRATOR and database.is_asked else None

    groups = OwnGroups(database, roles)
    return SecondStep(requests, client, join, people.note)


class OwnGroups:
    """`roles`: those that the code names."""

    def __init__(self, database: Database, roles: Callable[[], Sequence[str]]) -> None:
        self.database, self.roles = database, roles
        self._number = itertools.count(7000)

    def of(self, names: Sequence[str], kind: str) -> Any:
        """What names the organisation (`kind`: `tenant`) of the account with one of these names.

        The one that it is in, else a new one; None where no table joins people to such organisations.
        """
        shape = with_named_keys(read_shape(self.database))
        for link, whose, which in _links(shape, kind):
            account = self._account(shape.table(str(whose.target)), names)
            group = shape.table(str(which.target))
            if account and group is not None:
                person = {whose.columns[0]: account.get(whose.target_columns[0])}
                return self._joined(link, which, person) or self._founded(shape, link, which, group, person)
        return None

    def _account(self, people: Table | None, names: Sequence[str]) -> Mapping[str, Any]:
        texts = {one.name for one in people.columns if one.type.startswith(TEXTS)} if people else set()
        found = (self._row(people, {key: list(names)}) for key in known_by(texts)) if people else iter(())
        return next((row for row in found if row), {})

    def _joined(self, link: Table, which: Constraint, person: Mapping[str, Any]) -> Any:
        return self._row(link, {name: [value] for name, value in person.items()}).get(which.columns[0])

    def _founded(self, shape: Shape, link: Table, which: Constraint, group: Table, person: Mapping[str, Any]) -> Any:
        planter = Planter(self.database, shape, self._number)
        row = planter.one(group, {})
        if row is None:
            return None
        named = row[which.target_columns[0]]
        known = self.roles()
        kinds = [one for one in link.columns if KIND.fullmatch(one.name)]
        allowed = {one.name: PlantedRole(self.database, shape, link, "", ()).allowed(one) for one in kinds}
        roles = {name: _founder(labels or known) for name, labels in allowed.items() if labels or known}
        return named if planter.one(link, {**person, which.columns[0]: named, **roles}) else None

    def _row(self, table: Table, given: Mapping[str, Sequence[Any]]) -> Mapping[str, Any]:
        where = sql.SQL(" AND ").join(sql.SQL("{} = ANY(%s)").format(sql.Identifier(name)) for name in given)
        look = sql.SQL("SELECT * FROM {} WHERE {}").format(sql.Identifier(*table.name.split(".")), where)
        with suppress(PostgresError), self.database.connect() as connection:  # a value of another type
            return connection.execute(look, list(given.values())).fetchone() or {}
        return {}


def _founder(roles: Sequence[str]) -> str:
    return next((one for one in roles if "owner" in one.lower()), most(roles))


def _links(shape: Shape, kind: str) -> list[tuple[Table, Constraint, Constraint]]:
    """Tables that make somebody a member of an organisation of this kind: the table, who it is, and of which."""
    found = []
    for link in shape.tables:
        keys = [key for key in link.of_kind("foreign key") if len(key.columns) == 1]
        which = next((key for key in keys if kind in ones(str(key.target).rpartition(".")[2].strip('"'))), None)
        whose = [key for key in keys if which is not None and key.target not in (which.target, link.name)]
        if which is not None and len(whose) == 1 and _makes_member(link, {*whose[0].columns, *which.columns}):
            found.append((link, whose[0], which))
    return found


def _makes_member(link: Table, both: Set[str]) -> bool:
    """Does a row say as what somebody belongs there, or no more than that? One of an order has both, too."""
    return any(KIND.fullmatch(one.name) for one in link.columns) or set(link.key) == both
