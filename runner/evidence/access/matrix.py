"""Who gets in where? Every operation, asked by every role, for its own object and for another's."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import unquote

from runner.errors import ProbeError
from runner.evidence.access.attempts import Attempt, Came, guarded, may_be_guarded, seen, unasked
from runner.evidence.access.cells import ANOTHERS, CONFLICT, NONE, OWN, SUCCESS, Cell
from runner.evidence.access.list_leaks import look, watch_list
from runner.evidence.access.others import Others, no_sign_in
from runner.evidence.accounts.visit import ENDS_SESSION, Visit, on_person, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Routes, routes_of
from runner.evidence.contract.served_app import ServedApp
from runner.http.account_operations import ACCOUNT_FIELDS, ME_WORDS, header_of
from runner.http.identities import ADMINISTRATOR, NOBODY, Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.other_ways import other_choices, other_ways
from runner.http.requests import MADE_UP, Request
from runner.http.sessions import with_own_secrets
from runner.live.client import moved
from runner.model import Evidence, Looked, Share, share
from runner.postgres.writes import SETTLED, Fingerprint, Watch
from runner.probe import Probe
from runner.said import say, together
from runner.specification import ANONYMOUS, Access
from runner.vocabulary.open_paths import why_open

NOT_FOUND, TOO_MANY = 404, 429
KEPT_OUT = frozenset({401, 403, NOT_FOUND})
REFUSALS = range(400, 500)
LONGEST = 900  # seconds of one walk; what was not asked by then counts as not seen
SPENT = say("the {longest} s of this look were over", longest=LONGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Evidence):
    """Every operation × role × owner, asked for real."""

    cells: tuple[Cell, ...]
    roles: tuple[str, ...]
    specified: bool  # the specification says who may; otherwise only the contract's `security` does
    without_specification: bool = False  # there is none at all
    missing: Mapping[str, str] = field(default_factory=dict)  # roles that could not sign in, and why
    nobody: bool = False  # the service knows no callers, and the specification closes nothing
    purposes: Mapping[str, str] = field(default_factory=dict)  # changing operations that are meant to be open: why
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
        return together(
            (say("{role} could not sign in: {why}", role=role, why=why) for role, why in self.missing.items()), "; "
        )

    def tells(self, refused: Cell) -> bool:
        """Does this refusal say something about the caller: was somebody else answered otherwise at the same operation?

        For a stranger it is enough that those who signed in get another answer. Who is refused another's object must
        get in for its own, where it can have one.
        """
        if refused.by == "list":
            return not refused.problem
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

    def is_partial(self) -> bool:
        return bool(self.missing)

    @classmethod
    def collect(cls, probe: Probe, agreed: AgreedAccess | None, contract: Contract, routes: Looked[Routes]) -> Self:
        """Also where nobody signs in: strangers are asked all the same."""
        with visit(probe, contract, agreed, open_too=True) as here, Watch(here.database) as watch:
            cells = tuple(optional(cell, _lenient(routes.evidence)) for cell in Walk(here, watch).cells())
            probe.note(
                say(
                    "{cells} requests: every operation × {what}",
                    cells=len(cells),
                    what=together((ANONYMOUS, *here.roles)),
                )
            )
            specified = bool(here.specification and here.specification.permissions)
            found = cls(
                cells=cells,
                roles=(ANONYMOUS, *here.roles),
                specified=specified,
                without_specification=here.specification is None,
                missing=dict(here.missing),
                nobody=here.people.open and not closes(agreed),
                purposes=dict(purposes(here, probe.target.config.access.open)),
                hidden=contract.hidden,
            )
        outside = only_outside_production(probe, routes.evidence) if found.opened else ()
        return replace(found, purposes={**found.purposes, **dict.fromkeys(outside, say("not served in production"))})

    @property
    def opened(self) -> tuple[Cell, ...]:
        """Where strangers changed something that nobody said they may."""
        strangers = [cell for cell in self.cells if cell.role == ANONYMOUS and cell.declared is None]
        return tuple(cell for cell in strangers if cell.changed and cell.endpoint not in self.purposes)


def purposes(here: Visit, meant: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Operations that are meant to be open, each with what says so. Raises `ProbeError` for one that is not served."""
    for endpoint in meant:
        found = here.requests.find(endpoint)
        if found is None and endpoint.startswith("GET "):
            continue  # a websocket, of which no contract speaks
        if found is None:
            raise ProbeError(say("gonogo.toml, [access] open: the contract has no `{endpoint}`", endpoint=endpoint))
        yield found.endpoint, "gonogo.toml"
    people = here.people
    signing = {op.endpoint for op in (people.register, *people.log_ins) if op is not None}
    for operation in here.requests.operations:
        why = (
            say("signs people up or in")
            if operation.endpoint in signing
            else why_open(operation.method, operation.path)
        )
        if operation.changes and why:
            yield operation.endpoint, why


def only_outside_production(probe: Probe, known: Routes | None) -> tuple[str, ...]:
    """Operations that the app does not have under its production settings: tools for developers."""
    env = probe.environment.of(production=True)
    if known is None or env == probe.environment.of():
        return ()
    try:
        there = {endpoint for route in routes_of(ServedApp.asked(probe, env)) for endpoint in route.endpoints}
    except ProbeError:
        return ()
    served = (endpoint for route in known.routes for endpoint in route.endpoints)
    return tuple(endpoint for endpoint in served if endpoint not in there) if there else ()


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
        self.others = Others(here)
        self._changed_at = -SETTLED  # when a request last changed something, by `time.monotonic`
        self._until = time.monotonic() + LONGEST
        self._forging = False  # the checks of tokens need who signed in, and somebody could not

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
        if not self.here.requests.things(operation):
            return (NONE,)
        return (ANOTHERS,) if role == ANONYMOUS else (OWN, ANOTHERS)

    def _ask(self, operation: Operation, cell: Cell) -> Cell:
        """A request that fits, sent as the caller, and what came; where no object can be made, on an invented one."""
        if absent := self._absent(cell):
            return absent
        if self._until < time.monotonic():
            return replace(cell, problem=SPENT, unseen=True)
        try:
            attempt = self._attempt(operation, cell)
        except CannotMake as error:
            lost = unasked(cell, error, missing=bool(self.here.missing))
            return self._with_invented(operation, cell, lost) if may_be_guarded(cell) else lost
        came = self._send(attempt)
        for other in self._other_choices(attempt) if came.status == CONFLICT else ():
            if came.status == CONFLICT:  # what can't follow (a state, a step) hides whether the caller may
                attempt = replace(attempt, request=other)
                came = self._send(attempt)
        for way, other in self._other_ways(attempt) if came.status in KEPT_OUT else ():
            tried = replace(attempt, request=other, cell=replace(cell, way=way))
            found = self._send(tried)
            if found.status in SUCCESS:
                return seen(tried, found)
        asked = seen(attempt, came)
        return replace(asked, kept_back=True) if asked.got_in and self._is_kept_back(attempt) else asked

    def _other_ways(self, attempt: Attempt) -> Iterator[tuple[str, Request]]:
        """What is refused, with each parameter or each field alone: one may be looked at before the caller is."""
        refused = attempt.cell.declared is False and not self._signs_in(attempt.operation)
        return other_ways(self.here.requests, attempt.request, attempt.known) if refused else iter(())

    def _other_choices(self, attempt: Attempt) -> Iterator[Request]:
        """The same request with each other value of its fixed ones, where its caller is to be refused."""
        if attempt.cell.declared is not False or attempt.cell.role == ANONYMOUS:
            return
        yield from (other for _, other in other_choices(self.here.requests, attempt.request))

    def _is_kept_back(self, attempt: Attempt) -> bool:
        """Does the list of such things show the object to its owner, and not to the caller who was answered with it?

        Looked at only where no specification says whose it is.
        """
        operation, cell = attempt.operation, attempt.cell
        if operation.method != "GET" or cell.owner != ANOTHERS or cell.declared is not None or cell.role == ANONYMOUS:
            return False
        collection, _, last = operation.path.rstrip("/").rpartition("/")
        lists = (op for op in self.here.requests.operations if op.method == "GET" and not op.placeholders)
        listing = next((op for op in lists if op.path.rstrip("/") == collection), None) if "{" in last else None
        thing = unquote(attempt.request.path.rstrip("/").rpartition("/")[2])
        if listing is None or thing not in look(self.here, listing, attempt.owner).ids:
            return False
        shown = look(self.here, listing, attempt.sender)
        return shown.status in SUCCESS and thing not in shown.ids

    def _absent(self, cell: Cell) -> Cell | None:
        """The cell where nobody is there to ask; None where somebody is."""
        self.here.sign_in_all()
        if cell.role in self.here.missing:
            return replace(cell, problem=no_sign_in(self.here, cell.role), unseen=True)
        if cell.role != ANONYMOUS and not self.here.caller(cell.role).signed_in:
            return replace(cell, problem=say("this service signs nobody in, so there is no {role}", role=cell.role))
        return None

    def _attempt(self, operation: Operation, cell: Cell) -> Attempt:
        """A request on an object that really is whose it should be. Raises `CannotMake`."""
        caller = self.here.caller(cell.role)
        owner = self.others.owner(operation, caller) if cell.owner == ANOTHERS else caller
        request, known = self._request(operation, owner, caller)
        if cell.owner == ANOTHERS and caller.signed_in:
            cell = replace(cell, shared=self.here.is_shared(operation) and not self._is_only_made_by_few(operation))
        sender = self._sender(cell)
        return Attempt(operation=operation, cell=cell, request=request, owner=owner, sender=sender, known=known)

    def _is_only_made_by_few(self, operation: Operation) -> bool:
        """Does the very collection that holds the thing refuse an ordinary account that makes one?"""
        creator = self.here.objects.creator(operation, operation.placeholders[-1])
        own = creator is not None and operation.path.startswith(f"{creator.path.rstrip('/')}/{{")
        return creator is not None and own and self.here.allowed(creator) == ADMINISTRATOR

    def _with_invented(self, operation: Operation, cell: Cell, lost: Cell) -> Cell:
        request = self.here.requests.example(operation)
        attempt = Attempt(operation=operation, cell=cell, request=request, owner=NOBODY, sender=self._sender(cell))
        return guarded(attempt, self._send(attempt), lost)

    def _sender(self, cell: Cell) -> Identity:
        if not cell.forged:
            return self.here.caller(cell.role)
        name = header_of(self.here.requests)
        return replace(NOBODY, headers={name: MADE_UP} if name else {"Authorization": f"Bearer {MADE_UP}"})

    def _send(self, attempt: Attempt) -> Came:
        """Send it; watch the tables where the caller should be refused; ask the owner for what is not found."""
        operation, request, owner = attempt.operation, attempt.request, attempt.owner
        stranger = attempt.cell.role == ANONYMOUS and attempt.cell.declared is None
        before = self._settled() if operation.changes and (attempt.cell.declared is False or stranger) else None
        answer = request.send(self.here.client, attempt.sender.headers)
        if answer.status_code == TOO_MANY and moved(self.here.client):  # a limit says nothing of who may
            answer = request.send(self.here.client, attempt.sender.headers)
        written: tuple[str, ...] = ()
        if before is not None and (stranger or answer.status_code not in SUCCESS):
            written = before.differs(self.watch.look())
        if operation.changes and (written or answer.status_code not in REFUSALS):
            self._changed_at = time.monotonic()
            self._changed(attempt)
        asks_owner = attempt.cell.owner == ANOTHERS and operation.method == "GET" and owner.signed_in
        gone = asks_owner and answer.status_code == NOT_FOUND
        gone = gone and request.send(self.here.client, owner.headers).status_code == NOT_FOUND
        return Came(status=answer.status_code, written=written, gone=gone)

    def _settled(self) -> Fingerprint:
        """The tables, once what was asked before is stored: that may be after its own answer."""
        time.sleep(max(0, self._changed_at + SETTLED - time.monotonic()))
        return self.watch.look()

    def _changed(self, attempt: Attempt) -> None:
        """What is no longer as it was must not be used again: the object, the person, the caller's session."""
        operation, cell = attempt.operation, attempt.cell
        self.here.forget_object(operation, attempt.owner)
        if on_person(operation) and cell.owner == ANOTHERS:
            self.others.forget(attempt.owner.role)
        oneself = cell.owner == OWN and on_person(operation)
        ended = ENDS_SESSION.search(operation.path)
        alone = not operation.placeholders and operation.last.lower() in ME_WORDS
        deep = operation.method == "DELETE" or ACCOUNT_FIELDS & set(attempt.request.fields)
        if cell.role != ANONYMOUS and (oneself or ended or (alone and deep)):
            self.here.forget(cell.role)

    def _request(self, operation: Operation, owner: Identity, caller: Identity) -> tuple[Request, Mapping[str, Any]]:
        """The request, and what the object that it works on looks like now."""
        if self._signs_in(operation):
            return self._with_credentials(operation), {}
        objects = self.here.objects
        objects.try_out(operation, caller if caller.signed_in else owner)
        made = objects.kept(operation, owner)
        if caller.signed_in and not made.owned:
            raise CannotMake(
                say("the object of {endpoint} is nobody's: a row put into the database", endpoint=operation.endpoint)
            )
        values = objects.references(operation, caller if caller.signed_in else owner, made.values)
        request = self.here.requests.example(operation, values, made.known)
        return with_own_secrets(request, caller), made.known

    def _with_credentials(self, operation: Operation) -> Request:
        """Signing up, in or on, as somebody who may: made-up credentials would be refused, whoever asks."""
        people = self.here.people
        if operation == people.register:
            return people.registration()
        somebody = self.others.fresh(next(iter(self.here.present), self.here.roles[0]))
        if operation == people.login:
            return people.login_request(somebody.email, somebody.password)
        return with_own_secrets(self.here.requests.example(operation), somebody)

    def _listed(self, operation: Operation, role: str) -> Cell | None:
        """Where a role may list only its own: does the list show what somebody else made?"""
        cell = Cell(endpoint=operation.endpoint, role=role, owner=ANOTHERS, declared=None)
        cell = declared(self.here.specification, self.here, operation, cell)
        if operation.method != "GET" or operation.placeholders or cell.by != "own":
            return None
        if absent := self._absent(replace(cell, by="list")):
            return absent
        try:
            others = [self.others.kept(one) for one in self.here.present]
        except CannotMake as error:
            return replace(cell, by="list", problem=str(error))
        shown = watch_list(self.here, operation, cell, others)
        return replace(shown, unseen=bool(self.here.missing) and shown.status is None)
