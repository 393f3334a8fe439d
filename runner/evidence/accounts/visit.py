"""The running service with its callers: what most live evidence starts from. Not evidence itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from runner.discovery.code_files import python_files
from runner.discovery.variables_read import optional_in
from runner.errors import NotThere, ProbeError, first_line
from runner.evidence.accounts.named_in_code import hashers_in, permissions_in, roles_in
from runner.evidence.accounts.own_group import second_step
from runner.evidence.accounts.planted_account import belongs, called, planted, take_away
from runner.evidence.accounts.planted_objects import PlantedObjects
from runner.evidence.accounts.raised_account import raised
from runner.evidence.accounts.stored_forms import StoredForms
from runner.evidence.accounts.stored_values import stored_values
from runner.evidence.accounts.tested_requests import tested
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.http.callers import SHUT_OUT, Callers
from runner.http.handed_on import hands_on
from runner.http.identities import ADMINISTRATOR, NOBODY, PLAIN, Identity
from runner.http.issued import Issued
from runner.http.meant import as_meant
from runner.http.objects import CannotMake, Objects
from runner.http.openapi import Operation
from runner.http.own_origin import shown_origin
from runner.http.plainer import Learned, Stored
from runner.http.put_in import PutInto
from runner.http.requests import Request, Requests
from runner.http.sessions import ENDS_SESSION, ends_session
from runner.http.things import collection_of, is_person
from runner.live.problem import CUT, stopped_answering
from runner.live.server import Server
from runner.live.waiting import until
from runner.migrator import Migrator
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.processes.ran import Ran
from runner.said import say, together
from runner.specification import ANONYMOUS, Access
from runner.vocabulary.roles import by_power

BROKE = re.compile(r": 5\d\d\b")
UNKNOWN_CALLER = 401
LOGGED_WITHIN = 1.0  # seconds
LOST = re.compile(r"refused: 4\d\d\b")  # a sign-in to an account that was just made
__all__ = ["ENDS_SESSION", "ends_session"]  # that others take from here as well


@dataclass(slots=True, kw_only=True)
class Visit:
    """A running service, a client, and people of each role who are signed in as soon as they are asked for."""

    server: Server
    client: httpx.Client
    database: Database
    requests: Requests
    people: Callers
    specification: Access | None
    missing: dict[str, str] = field(default_factory=dict)  # roles that `sign_in_all` could not sign in, and why
    _known: dict[str, Identity] = field(default_factory=dict)
    _nowhere: set[str] = field(default_factory=set)  # roles that are let in nowhere, even just signed in
    _objects: Objects | None = None
    _rows: PlantedObjects | None = None
    _no_administrator: str = ""  # why there is none
    _guards: dict[str, bool] = field(default_factory=dict)  # endpoints without a guard in the contract: have they one?
    _shut: dict[str, bool] = field(default_factory=dict)  # endpoints: do they refuse an ordinary account?

    @property
    def roles(self) -> tuple[str, ...]:
        """The specification's roles, least powerful first; one plain user where nobody named any."""
        return roles_of(self.specification)

    def caller(self, role: str) -> Identity:
        """The identity of this role that everybody shares: do nothing to it that ends its session."""
        if role == ANONYMOUS:
            return NOBODY
        if role not in self._known:
            self._known[role] = self.fresh(role)
        return self._known[role]

    def forget(self, role: str) -> None:
        """The shared identity of this role is no longer what it was: the next one is new."""
        self._known.pop(role, None)
        self._objects = None

    def forget_object(self, operation: Operation, owner: Identity) -> None:
        """The object that an operation works on is no longer what it was. Nobody is signed in for that.

        After a DELETE all that stands below its path is made anew, whoever owns it.
        """
        if self._objects is not None:
            self._objects.forget(operation, owner)

    def sign_in_all(self) -> None:
        """Callers of all roles; who can't be signed in is `missing` from then on, and the others do without."""
        for role in self.present:
            try:
                self.caller(role)
            except (ProbeError, PostgresError) as error:
                self.missing[role] = first_line(error)
                self._objects = None

    def unseen(self) -> str:
        """Who could not sign in, and why; empty where everybody could, or nobody tried."""
        return together(
            (say("{role} could not sign in: {why}", role=role, why=why) for role, why in self.missing.items()), "; "
        )

    @property
    def present(self) -> tuple[str, ...]:
        """The roles that are not missing, least powerful first."""
        return tuple(role for role in self.roles if role not in self.missing)

    def session_ended(self, role: str) -> bool:
        """Is the shared identity of this role no longer let in anywhere, as after a change of its name?"""
        if role not in self._known or role in self._nowhere or not self.people.shut_out(self._known[role]):
            return False
        if self.people.shut_out(self.fresh(role)):  # it never was let in: signing in again changes nothing
            self._nowhere.add(role)
        return role not in self._nowhere

    def fresh(self, role: str) -> Identity:
        """A new user of this role, signed in."""
        return self.people.one(role)

    @property
    def objects(self) -> Objects:
        """Makes objects, with the help of one caller of each role."""
        if self._objects is None:
            helpers = [self.caller(role) for role in self.present]
            self._objects = Objects(self.requests, self.client, helpers, self.rows, lambda: self.administrator)
        return self._objects

    @property
    def rows(self) -> PlantedObjects:
        """Puts rows into the database."""
        if self._rows is None:
            self._rows = PlantedObjects(self.database)
        return self._rows

    def is_shared(self, operation: Operation) -> bool:
        """Does it work on something that is nobody's: a tag, a country?"""
        things = self.requests.things(operation)
        return bool(things) and self.rows.is_shared(collection_of(operation, things[-1]))

    @property
    def administrator(self) -> Identity | None:
        """Who may do what an ordinary account may not; None where a specification names the roles, or nobody can be.

        An account that signed up as others do and was given all power there is. It is never asked in an ordinary
        caller's place.
        """
        if self.specification is not None or (self.people.login is None and not self.people.by_issuer):
            return None
        if self._no_administrator:
            return None
        try:
            return self.caller(ADMINISTRATOR)
        except (ProbeError, PostgresError) as error:
            self._no_administrator = first_line(error)
        return None

    def allowed(self, operation: Operation) -> str:
        """The most powerful role that may call an operation; anonymous where it is open to all."""
        if self.specification is not None:
            found = [p for p in self.specification.permissions if self.requests.find(p.endpoint) == operation]
            named = {role for permission in found for role in permission.allow}
            fitting = [role for role in reversed(self.roles) if role in named]
            if fitting:
                return fitting[0]
        if not operation.is_protected and not self._is_guarded(operation):
            return ANONYMOUS
        return ADMINISTRATOR if self._is_shut(operation) else self.roles[-1]

    def _is_guarded(self, operation: Operation) -> bool:
        """Is a stranger refused where the contract names no guard at all? As one is that code reads a cookie for."""
        people = self.people
        sign_ins = (people.login, people.register, *people.log_ins)
        if (
            (people.login is None and not people.by_issuer)
            or operation in sign_ins
            or any(one.is_protected for one in self.requests.served)
        ):
            return False
        if operation.endpoint not in self._guards:
            asked = self.requests.example(operation)
            self._guards[operation.endpoint] = asked.send(self.client).status_code == UNKNOWN_CALLER
        return self._guards[operation.endpoint]

    def _is_shut(self, operation: Operation) -> bool:
        """Is an ordinary account refused where the administrator is not? Asked once, where that costs nothing."""
        if self.specification is not None or len(self.roles) != 1 or self.missing or _is_dear(operation):
            return False
        if operation.endpoint not in self._shut:
            self._shut[operation.endpoint] = self._refuses(operation)
        return self._shut[operation.endpoint]

    def _refuses(self, operation: Operation) -> bool:
        """A new account may be let in nowhere until it has a role: that says something where an administrator is."""
        try:
            if self._status(operation, self.caller(self.roles[0])) not in SHUT_OUT:
                return False
            return self.administrator is not None and self._status(operation, self.administrator) not in SHUT_OUT
        except (ProbeError, PostgresError, httpx.HTTPError):
            return False

    def _status(self, operation: Operation, caller: Identity) -> int:
        """Of its answer to a valid request; the one that stopped the making of its object, where there is none."""
        try:
            return self.objects.request(operation, caller).send(self.client, caller.headers).status_code
        except CannotMake as error:
            return error.status

    def request(self, operation: Operation, caller: Identity) -> Request:
        """A valid request on a new object of the caller's. Raises `CannotMake`."""
        return self.objects.request(operation, caller)


def _is_dear(operation: Operation) -> bool:
    """May one more request cost an account, a session or an object?"""
    return operation.method == "DELETE" or ends_session(operation) or (operation.changes and on_person(operation))


def on_person(operation: Operation) -> bool:
    """Does it work on an account: one that may be the caller's own?"""
    names = operation.placeholders
    return bool(names) and is_person(collection_of(operation, names[-1]), names[-1])


def roles_of(specification: Access | None) -> tuple[str, ...]:
    named = [role.id for role in specification.roles if role.id != ANONYMOUS] if specification else []
    if specification is None or len(named) <= 1:
        return tuple(named) or (PLAIN,)
    power = {role: sum(role in p.allow for p in specification.permissions) for role in named}
    return tuple(sorted(named, key=lambda role: power[role]))


def requests_of(probe: Probe, contract: Contract) -> Requests:
    requests = Requests(
        contract.document,
        probe.workshop.once.get(
            "learned values", lambda: Learned(partial(tested, probe.root), partial(_stored, probe))
        ),
        contract.untold,
    )
    requests.origins = contract.origins
    return requests


def _stored(probe: Probe) -> tuple[Stored, ...]:
    return tuple(stored_values(PlantedObjects(Migrator(probe).usable_database()).shape))


@contextmanager
def visit(
    probe: Probe,
    contract: Contract,
    agreed: AgreedAccess | None,
    *,
    production: bool = False,
    env: Mapping[str, str] | None = None,
    timeout: float = 10,
    open_too: bool = False,
) -> Iterator[Visit]:
    """Start the service on a database of its own.

    Raises `NotThere` where it knows no callers at all; with `open_too` everybody is nobody there.
    """
    requests = requests_of(probe, contract)
    database = Migrator(probe).usable_database()
    with probe.service(database, production=production, env=env) as server, server.client(timeout) as client:
        here = visited(probe, requests, server, client, database, agreed, open_too=open_too)
        try:
            with answering():
                yield here
        except ProbeError as error:
            if isinstance(error.__cause__, CUT):
                raise stopped_answering(server.process, error.__cause__) from error
            why = "" if isinstance(error, NotThere) else _in_the_log(str(error), server, probe.root)
            if not why:
                raise
            raise type(error)(say("{error}. {why}", error=error, why=why)) from error


def visited(
    probe: Probe,
    requests: Requests,
    server: Server,
    client: httpx.Client,
    database: Database,
    agreed: AgreedAccess | None,
    *,
    open_too: bool = False,
) -> Visit:
    """A service that runs already. Raises `NotThere` as `visit` does."""
    return Visit(
        server=server,
        client=client,
        database=database,
        requests=requests,
        people=people_of(probe, requests, client, database, open_too=open_too),
        specification=agreed,
    )


@contextmanager
def answering() -> Iterator[None]:
    """Raises `ProbeError` where a request inside of it gets no answer."""
    try:
        yield
    except httpx.HTTPError as error:
        raise ProbeError(
            say("the service stopped answering: {name} {error}", name=type(error).__name__, error=error)
        ) from error


def people_of(
    probe: Probe, requests: Requests, client: httpx.Client, database: Database, *, open_too: bool = False
) -> Callers:
    """Who can be signed up and in; where nobody signs up, by an account that is made without the service."""

    def put_in(name: str) -> Iterator[PutInto]:
        once = probe.workshop.once
        roles = in_code()
        stored = once.get("stored forms", lambda: StoredForms(ask, requests.examples.password, hashers_in(probe.root)))
        password, forms = stored.one()
        left = ""
        tables = stored.tried(forms, planted(database, name, tuple(forms.values()), roles))
        for table in tables:
            yield PutInto(
                table=table,
                password=password,
                called={**belongs(database, table, name), **called(database, table, name)},
            )
            left = table
        if left:  # with none of its forms anybody got in
            take_away(database, left, name)

    def ask(what: str) -> dict[str, Any]:
        return probe.ask("password_hashes", what, timeout=120)

    def in_code() -> tuple[str, ...]:
        return probe.workshop.once.get("roles in code", lambda: roles_in(probe.root))

    def raise_one(names: Sequence[str]) -> tuple[str, ...]:
        permissions = probe.workshop.once.get("permissions in code", lambda: permissions_in(probe.root))
        return raised(database, names, in_code(), permissions)

    if origin := shown_origin(requests, client):
        probe.note(
            say(
                "each request says that it comes from a page of {origin}: without that the service refuses it",
                origin=origin,
            )
        )
    as_meant(client, probe.note)
    named = probe.target.config.identities
    told = (requests, client, database, named, probe.hide, probe.note)
    people = Callers(
        *told, open_too=open_too, planted=put_in if database.is_asked else None, issued=_issued(probe, database)
    )
    people.sign_ups.rows = PlantedObjects(database)
    people.second_step = second_step(requests, client, database, in_code, people)
    people.raised, people.known_roles = raise_one, lambda: by_power(in_code())[::-1]
    if people.issued and people.login and probe.workshop.once.get("hands on", lambda: hands_on(people)):
        people.sign_in_at(())
    return people


def _issued(probe: Probe, database: Database) -> Issued | None:
    """Where a setting of the service leads to another server that signs people in: the run's own stands in for it."""
    issuer = probe.environment.issuer()
    if issuer is None:
        return None
    once = probe.workshop.once
    return Issued(
        issuer=issuer,
        told={**optional_in(python_files(probe.root)), **probe.environment.of(database)},
        roles=lambda: by_power(once.get("roles in code", lambda: roles_in(probe.root)))[::-1],
        permissions=lambda: once.get("permissions in code", lambda: permissions_in(probe.root)),
    )


def _in_the_log(problem: str, server: Server, root: Path) -> str:
    """What the log says of it. The answer of 500 may be here before the log is written."""
    return until(lambda: broke(problem, server.log(), root), LOGGED_WITHIN if BROKE.search(problem) else 0)


def broke(problem: str, log: str, root: Path) -> str:
    """The exception in the service's log, with its place, behind a 500 or a lost account; empty where there is none."""
    if not (BROKE.search(problem) or LOST.search(problem)) or "Traceback (most recent call last):" not in log:
        return ""
    return say("Its log says: {ran}", ran=Ran(argv=(), code=1, out="", err=log, seconds=0).complaint(root))
