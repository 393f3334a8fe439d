"""Who gets in where? Every operation, asked by every role, for its own object and for another's."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import psycopg

from runner.errors import ProbeError, first_line
from runner.evidence.access.cells import ANOTHERS, NONE, OWN, SUCCESS, Cell
from runner.evidence.access.list_leaks import watch_list
from runner.evidence.accounts.visit import ENDS_SESSION, Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Routes
from runner.http.identities import ME_WORDS, NOBODY, Identity, header_of
from runner.http.objects import CannotMake, collection_of, is_person
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.live.writes import Fingerprint, Watch
from runner.model import Evidence, Looked, Share, share
from runner.probe import Probe
from runner.specification import ANONYMOUS, Access

UNAUTHORIZED, NOT_FOUND = 401, 404
REFUSALS = range(400, 500)
FORGED = "made-up.by-a.stranger"  # no service gave out such a token
SETTLED = 0.3  # seconds in which a service has stored what it stores after its answer
ACCOUNT_FIELDS = frozenset(("password", "new_password", "email", "username", "role", "active", "is_active", "disabled"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Evidence):
    """Every operation × role × owner, asked for real."""

    cells: tuple[Cell, ...]
    roles: tuple[str, ...]
    specified: bool  # the specification says who may; otherwise only the contract's `security` does
    without_specification: bool = False  # there is none at all
    missing: Mapping[str, str] = field(default_factory=dict)  # roles that could not sign in, and why
    hidden: tuple[str, ...] = ()  # operations that the app serves and the contract does not name: nobody was asked

    def declared(self) -> Share:
        """The operations of which somebody said who may call them, of all that are served.

        Where there is no specification the contract says it: by its security, or by having none.
        """
        served = {cell.endpoint for cell in self.cells}
        told = {cell.endpoint for cell in self.cells if cell.declared is not None} if self.specified else served
        return share(len(told), len(served) + len(self.hidden), "operation")

    def unseen(self) -> str:
        """Who could not sign in, and why; empty where everybody could."""
        return "; ".join(f"{role} could not sign in: {why}" for role, why in self.missing.items())

    def tells(self, refused: Cell) -> bool:
        """Does this refusal say something about the caller: was somebody else answered otherwise at the same operation?

        For a stranger it is enough that those who signed in get another answer. Who is refused another's object must
        get in for its own, where it can have one.
        """
        if refused.by == "list":
            return not refused.trouble
        if refused.unseen:
            return False
        others = [cell for cell in self.cells if cell.endpoint == refused.endpoint and cell is not refused]
        own = [
            cell for cell in others if cell.role == refused.role and cell.owner == OWN and cell.declared is not False
        ]
        if refused.owner == ANOTHERS and own and not all(cell.impossible for cell in own):
            return any(cell.let_in for cell in own)
        if any(cell.let_in for cell in others):
            return True
        known = [cell for cell in others if cell.role != ANONYMOUS and cell.status is not None]
        return refused.role == ANONYMOUS and any(cell.status != refused.status for cell in known)

    @classmethod
    def collect(cls, probe: Probe, agreed: AgreedAccess | None, contract: Contract, routes: Looked[Routes]) -> Self:
        """Also where nobody signs in, if the specification closes an operation: strangers are asked all the same."""
        strangers = closes(agreed)
        with visit(probe, contract, agreed, open_too=strangers) as here, Watch(here.database) as watch:
            cells = tuple(optional(cell, _lenient(routes.evidence)) for cell in Walk(here, watch).cells())
            probe.note(f"{len(cells)} requests: every operation × {', '.join((ANONYMOUS, *here.roles))}")
            specified = bool(here.specification and here.specification.permissions)
            return cls(
                cells=cells,
                roles=(ANONYMOUS, *here.roles),
                specified=specified,
                without_specification=here.specification is None,
                missing=dict(here.missing),
                hidden=contract.hidden,
            )


def closes(specification: Access | None) -> bool:
    """Does it name an operation that not everybody may call?"""
    return specification is not None and any(ANONYMOUS not in p.allow for p in specification.permissions)


def _lenient(known: Routes | None) -> frozenset[str]:
    """Operations whose security schemes let a caller through who brings nothing."""
    routes = known.routes if known else ()
    return frozenset(endpoint for route in routes if route.lenient for endpoint in route.endpoints)


def optional(cell: Cell, lenient: frozenset[str]) -> Cell:
    """A read that answers strangers, and whose sign-in is optional in the code: the contract has no word for that."""
    reads = cell.endpoint.startswith("GET ") and cell.status in SUCCESS
    return replace(cell, declared=None, by="") if cell.by == "security" and reads and cell.endpoint in lenient else cell


def declared(specification: Access | None, here: Visit, operation: Operation, cell: Cell) -> Cell:
    """What was declared about a cell: by the specification, else by the contract for those who are not signed in."""
    permissions = specification.permissions if specification else ()
    found = next((p for p in permissions if here.requests.find(p.endpoint) == operation), None)
    if found is None:
        closed = operation.is_protected and cell.role == ANONYMOUS
        return replace(cell, declared=False if closed else None, by="security" if closed else "")
    if ANONYMOUS in found.allow:
        return replace(cell, declared=True, by="any")
    scope = found.allow.get(cell.role, "")
    return replace(cell, declared=scope == "any" or (scope == "own" and cell.owner != ANOTHERS), by=scope)


class Walk:
    """Goes through the matrix, with objects that really belong to whom they should."""

    def __init__(self, here: Visit, watch: Watch) -> None:
        self.here, self.watch = here, watch
        self._others: dict[str, Identity] = {}
        self._changed_at = -SETTLED  # when a request last changed something, by `time.monotonic`
        self._forging = False  # the checks of tokens need who signed in, and somebody could not
        self._owner_of: dict[str, str] = {}  # which role can make the object of a path

    def cells(self) -> Iterator[Cell]:
        """All cells. Those of a role that can't sign in are unseen; then strangers come with made-up tokens, too."""
        self.here.sign_in_all()
        self._forging = bool(self.here.missing)
        for operation in self.here.requests.operations:
            if operation.method not in {"HEAD", "OPTIONS"}:
                yield from self._row(operation)

    def _row(self, operation: Operation) -> Iterator[Cell]:
        roles = (ANONYMOUS,) if self._signs_in(operation) else (ANONYMOUS, *self.here.roles)
        for role in roles:
            for owner in self._owners(operation, role):
                cell = Cell(endpoint=operation.endpoint, role=role, owner=owner, declared=None)
                cell = declared(self.here.specification, self.here, operation, cell)
                yield self._ask(operation, cell)
                if self._forging and role == ANONYMOUS and cell.declared is False:
                    yield self._ask(operation, replace(cell, forged=True))
            listed = self._listed(operation, role)
            if listed is not None:
                yield listed

    def _signs_in(self, operation: Operation) -> bool:
        return operation in (self.here.people.login, self.here.people.register) or (
            not operation.is_protected and "refresh" in operation.last.lower()
        )

    def _owners(self, operation: Operation, role: str) -> tuple[str, ...]:
        if not operation.placeholders:
            return (NONE,)
        return (ANOTHERS,) if role == ANONYMOUS else (OWN, ANOTHERS)

    def _ask(self, operation: Operation, cell: Cell) -> Cell:
        self.here.sign_in_all()
        if cell.role in self.here.missing:
            return replace(cell, trouble=_no_sign_in(self.here, cell.role), unseen=True)
        if cell.role != ANONYMOUS and not self.here.caller(cell.role).signed_in:
            return replace(cell, trouble=f"this service signs nobody in, so there is no {cell.role}")
        caller = self.here.caller(cell.role)
        try:
            owner = self._other(operation, caller) if cell.owner == ANOTHERS else caller
            request = self._request(operation, owner, caller)
        except CannotMake as trouble:
            return self._lost(operation, cell, trouble)
        return self._sent(operation, cell, request, owner)

    def _sender(self, cell: Cell) -> Identity:
        if not cell.forged:
            return self.here.caller(cell.role)
        name = header_of(self.here.requests)
        return replace(NOBODY, headers={name: FORGED} if name else {"Authorization": f"Bearer {FORGED}"})

    def _lost(self, operation: Operation, cell: Cell, trouble: CannotMake) -> Cell:
        """It could not be asked. Where a role is missing it may be for the lack of that one, so it is only unseen."""
        missing = bool(self.here.missing)
        refused = trouble.status in {401, 403} and not missing
        lost = replace(cell, trouble=str(trouble), impossible=refused and cell.owner == OWN, unseen=missing)
        guarded = cell.declared is False and not cell.by  # by the role, whoever the owner is
        others = cell.owner == ANOTHERS and (guarded or (cell.role == ANONYMOUS and cell.declared is not True))
        return self._made_up(operation, lost) if others else lost

    def _made_up(self, operation: Operation, lost: Cell) -> Cell:
        """A guard answers before anything is looked for, so an invented object shows it as well as a real one."""
        request = self.here.requests.example(operation)
        caller = self._sender(lost)
        answer = request.send(self.here.client, caller.headers)
        got_in = lost.role == ANONYMOUS and answer.status_code in SUCCESS
        if answer.status_code not in {401, 403} and not got_in:
            return lost
        curl = request.curl(signed_in=caller.signed_in)
        return replace(lost, trouble="", unseen=False, status=answer.status_code, curl=curl)

    def _sent(self, operation: Operation, cell: Cell, request: Request, owner: Identity) -> Cell:
        caller = self._sender(cell)
        before = self._settled() if operation.changes and cell.declared is False else None
        answer = request.send(self.here.client, caller.headers)
        written: tuple[str, ...] = ()
        if before is not None and answer.status_code not in SUCCESS:
            written = before.differs(self.watch.look())
        if operation.changes and (written or answer.status_code not in REFUSALS):
            self._changed_at = time.monotonic()
            self._changed(operation, request, cell, owner)
        curl = request.curl(signed_in=caller.signed_in)
        seen = replace(cell, status=answer.status_code, written=written, curl=curl)
        if answer.status_code == NOT_FOUND and cell.owner == ANOTHERS and operation.method == "GET" and owner.signed_in:
            seen = replace(seen, gone=request.send(self.here.client, owner.headers).status_code == NOT_FOUND)
        made_up = not caller.signed_in and answer.status_code == UNAUTHORIZED and _takes_password(request)
        return replace(seen, impossible=True, trouble="its credentials are made up") if made_up else seen

    def _settled(self) -> Fingerprint:
        """The tables, once what was asked before is stored: that may be after its own answer."""
        time.sleep(max(0, self._changed_at + SETTLED - time.monotonic()))
        return self.watch.look()

    def _changed(self, operation: Operation, request: Request, cell: Cell, owner: Identity) -> None:
        """What is no longer as it was must not be used again: the object, the person, the caller's session."""
        self.here.forget_object(operation, owner)
        if self._works_on_people(operation) and cell.owner == ANOTHERS:
            self._others.pop(owner.role, None)
        oneself = cell.owner == OWN and self._works_on_people(operation)
        ended = ENDS_SESSION.search(operation.path)
        alone = not operation.placeholders and operation.last.lower() in ME_WORDS
        deep = operation.method == "DELETE" or ACCOUNT_FIELDS & set(request.fields)
        if cell.role != ANONYMOUS and (oneself or ended or (alone and deep)):
            self.here.forget(cell.role)

    def _works_on_people(self, operation: Operation) -> bool:
        names = operation.placeholders
        return bool(names) and is_person(collection_of(operation, names[-1]), names[-1])

    def _request(self, operation: Operation, owner: Identity, caller: Identity) -> Request:
        if self._signs_in(operation):
            return self._with_credentials(operation)
        objects = self.here.objects
        made = objects.kept(operation, owner)
        values = objects.references(operation, caller if caller.signed_in else owner, made.values)
        request = self.here.requests.example(operation, values, made.known)
        return with_own_secrets(request, caller)

    def _with_credentials(self, operation: Operation) -> Request:
        """Signing up, in or on, as somebody who may: made-up credentials would be refused, whoever asks."""
        people = self.here.people
        if operation == people.register:
            return people.registration()
        somebody = self._fresh(next(iter(self.here.present), self.here.roles[0]))
        if operation == people.login:
            return people.login_request(somebody.email, somebody.password)
        return with_own_secrets(self.here.requests.example(operation), somebody)

    def _other(self, operation: Operation, caller: Identity) -> Identity:
        """Somebody else who owns an object of this kind: of the least powerful role that can make one."""
        path = operation.path.rpartition("}")[0]
        if self._works_on_people(operation):
            return self._kept_other(next(iter(self.here.present), self.here.roles[0]))
        known = self._owner_of.get(path)
        trouble: CannotMake | None = None
        for role in (known,) if known in self.here.present else self.here.present:
            try:
                self.here.objects.kept(operation, self._kept_other(role))
            except CannotMake as caught:
                trouble = caught
            else:
                self._owner_of[path] = role
                return self._kept_other(role)
        raise trouble or CannotMake(f"nobody can make the object of {operation.endpoint} for {caller.role}")

    def _kept_other(self, role: str) -> Identity:
        if role not in self._others:
            self._others[role] = self._fresh(role)
        return self._others[role]

    def _fresh(self, role: str) -> Identity:
        """One more of this role. Raises `CannotMake` where nobody of it can be signed in (any longer)."""
        if role in self.here.missing:
            raise CannotMake(_no_sign_in(self.here, role))
        try:
            return self.here.fresh(role)
        except (ProbeError, psycopg.Error) as trouble:
            raise CannotMake(f"no other {role} could sign in: {first_line(trouble)}") from trouble

    def _listed(self, operation: Operation, role: str) -> Cell | None:
        """Where a role may list only its own: does the list show what somebody else made?"""
        cell = Cell(endpoint=operation.endpoint, role=role, owner=ANOTHERS, declared=None)
        cell = declared(self.here.specification, self.here, operation, cell)
        if operation.method != "GET" or operation.placeholders or cell.by != "own":
            return None
        self.here.sign_in_all()
        if role in self.here.missing:
            return replace(cell, by="list", trouble=_no_sign_in(self.here, role), unseen=True)
        if not self.here.caller(role).signed_in:
            return replace(cell, by="list", trouble=f"this service signs nobody in, so there is no {cell.role}")
        try:
            others = [self._kept_other(one) for one in self.here.present]
        except CannotMake as trouble:
            return replace(cell, by="list", trouble=str(trouble))
        seen = watch_list(self.here, operation, cell, others)
        return replace(seen, unseen=bool(self.here.missing) and seen.status is None)


def _no_sign_in(here: Visit, role: str) -> str:
    return f"{role} could not sign in: {here.missing[role]}"


def _takes_password(request: Request) -> bool:
    return any("passw" in name.lower() for name in request.fields)


def with_own_secrets(request: Request, caller: Identity) -> Request:
    """What only the caller knows, in the fields that ask for it: its password, its refresh token."""
    if not isinstance(request.body, dict):
        return request
    for name in request.fields:
        lower = name.lower()
        if "password" in lower and any(word in lower for word in ("current", "old")):
            request = request.with_field(name, caller.password)
        elif lower == "refresh_token" and caller.refresh_token:
            request = request.with_field(name, caller.refresh_token)
    return request
