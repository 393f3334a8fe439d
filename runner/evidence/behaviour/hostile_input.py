"""What does the service do with bad input? One bad value at a time, in every place of every operation."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import httpx

from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.http import hostile
from runner.http.identities import Identity
from runner.http.objects import CannotMake, collection_of, is_person
from runner.http.openapi import JSON_TYPE, Operation, properties_of
from runner.http.requests import Request
from runner.live.writes import Watch
from runner.model import Evidence
from runner.probe import Probe

SUCCESS, REFUSED = range(200, 300), range(400, 500)
TOO_LARGE = 413
FORBIDDEN = 403
CONFLICT, UNPROCESSABLE = 409, 422
MOST_LARGE = 24  # operations that get a large body
SETTLED = 0.2  # seconds in which a service has stored what it stores after its answer
UNKNOWN_CALLER, BAD_REQUEST = 401, 400
CLOSED = (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError, httpx.CloseError)  # while it was sent
LARGE_BODY = 32 * 1024 * 1024
CHUNK = 64 * 1024
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
UNTOLD = "a security scheme that no contract names"
PLAIN = "a plain request"
TWICE = "the same a second time"
VALID = "nothing bad, as the contract allows it"
INSIDES = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]+\.py\", line|sqlalchemy\.|psycopg|asyncpg|pymysql"
    r"|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM) [\w\". ,*()]+\b(?:FROM|SET|VALUES|WHERE)\b"
    r"|violates \w[\w-]* constraint"
    r"|\b[A-Z]\w*(?:Error|Exception)\([\\\"']"  # the repr of any exception
    r"|\b(?:IntegrityError|DataError|ProgrammingError|OperationalError|KeyError|AttributeError|TypeError)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One bad request, and the answer. Status 0: none came."""

    endpoint: str
    place: str
    what: str
    status: int
    curl: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileInput(Evidence):
    """Bad input in every field, path and query, one cause at a time."""

    sent: int
    operations: int
    documented: tuple[tuple[str, frozenset[str]], ...]  # statuses that the contract names, per endpoint
    seen: tuple[tuple[str, int, str], ...]  # (endpoint, status, curl), one of each
    crashed: tuple[Answered, ...]  # 5xx, or no answer
    written: tuple[Answered, ...]  # refused, and yet the tables that `text` names changed
    unknown_taken: tuple[Answered, ...]  # a field that nobody declared was taken
    unknown_tried: int
    assigned: tuple[Answered, ...]  # a field that the client must not decide had an effect
    assigned_tried: int
    insides: tuple[Answered, ...]  # answers that show the service's insides
    large: tuple[Answered, ...]  # bodies of 32 MiB
    callers: bool = True  # does the service know any? Else all were nobody
    troubles: tuple[tuple[str, str], ...]  # operations that were asked without an object of their own, and why
    reached: frozenset[str] = frozenset()  # operations whose handler did what a valid request asked, or found it done
    changing: frozenset[str] = frozenset()  # operations that change something
    bodies: frozenset[str] = frozenset()  # operations that change something and take a JSON object
    large_there: int = 0  # operations that take a JSON body
    hidden: frozenset[str] = frozenset()  # operations that the app serves and its contract does not name

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        with visit(probe, contract, agreed, open_too=True) as here, Watch(here.database) as watch:
            fire = Fire(here, watch)
            for operation in here.requests.operations:
                fire.at(operation)
            large = tuple(fire.large())
            for endpoint in contract.hidden:  # last: nobody knows what they do
                fire.at_hidden(endpoint)
            probe.note(f"{fire.sent} requests with one bad value each, at {fire.operations} operations")
            return cls(
                sent=fire.sent,
                operations=fire.operations,
                documented=tuple((op.endpoint, op.statuses) for op in here.requests.operations),
                seen=tuple((endpoint, status, curl) for (endpoint, status), curl in fire.seen.items()),
                crashed=tuple(fire.crashed),
                written=tuple(fire.written),
                unknown_taken=tuple(fire.unknown),
                unknown_tried=fire.unknown_tried,
                assigned=tuple(fire.assigned),
                assigned_tried=fire.assigned_tried,
                insides=tuple(fire.insides.values()),
                large=large,
                callers=not here.people.open,
                troubles=tuple(fire.troubles.items()),
                reached=frozenset(fire.reached),
                changing=frozenset(
                    op.endpoint for op in [*here.requests.operations, *fire.hidden.values()] if op.changes
                ),
                bodies=frozenset(op.endpoint for op in here.requests.operations if takes_object(op)),
                hidden=frozenset(contract.hidden),
                large_there=sum(op.changes and op.takes_json for op in here.requests.operations),
            )


class Fire:
    """Sends bad requests, and keeps what came back."""

    def __init__(self, here: Visit, watch: Watch) -> None:
        self.here, self.watch = here, watch
        self.sent = self.operations = self.unknown_tried = self.assigned_tried = 0
        self.seen: dict[tuple[str, int], str] = {}
        self.crashed: list[Answered] = []
        self.written: list[Answered] = []
        self.unknown: list[Answered] = []
        self.assigned: list[Answered] = []
        self.insides: dict[str, Answered] = {}
        self.troubles: dict[str, str] = {}
        self.reached: set[str] = set()
        self.hidden: dict[str, Operation] = {}
        self.other = here.fresh(here.roles[0])

    def at(self, operation: Operation) -> None:
        """Everything, at one operation."""
        role = self.here.allowed(operation)
        self.operations += 1
        self._bad_values(operation, role)
        if operation.method == "POST" and operation.body_media:
            self._twice(operation, role)
        if operation.changes and operation.takes_json:
            tolerant = self._unknown_field(operation, role)
            self._privileges(operation, tolerant=tolerant)

    def at_hidden(self, endpoint: str) -> None:
        """Bad values in the path, and bodies that are no good, as the most powerful caller: more is not known of it."""
        method, _, path = endpoint.partition(" ")
        operation = Operation(
            method=method,
            path=path,
            security=() if self.here.people.open else (UNTOLD,),
            body_media=JSON_TYPE if method in WITH_BODY else "",
        )
        self.hidden[endpoint] = operation
        self._bad_values(operation, self.here.roles[-1])

    def _valid(self, operation: Operation, role: str) -> Request:
        """A valid request by this role; where it works on a person, on one that nobody needs."""
        caller = self.here.caller(role)
        names = operation.placeholders
        if names and operation.changes and is_person(collection_of(operation, names[-1]), names[-1]):
            return self.here.requests.example(operation, {names[-1]: self.other.value_of(names[-1])})
        made = self.here.objects.kept(operation, self._owner(caller))
        values = self.here.objects.references(operation, caller, made.values)
        return self.here.requests.example(operation, values, made.known)

    def _valid_or_not(self, operation: Operation, role: str) -> Request:
        """A valid request, or one on an object that is not there when none can be made."""
        try:
            return self._valid(operation, role)
        except CannotMake as trouble:
            self.troubles[operation.endpoint] = str(trouble)
            return self.here.requests.example(operation)

    def _owner(self, caller: Identity) -> Identity:
        return caller if caller.signed_in else self.here.caller(self.here.roles[-1])

    def _bad_values(self, operation: Operation, role: str) -> None:
        if self._breaks_anyway(operation, role):
            return
        waiting = self._spoilt(operation, role)
        before = self.watch.look() if operation.changes else None
        for number in range(len(waiting)):
            one = waiting[number]
            answer = self._send(one.request, role)
            kept = self._keep(operation, one.place, one.what, one.request, answer)
            if before is not None:
                after = self.watch.look()
                tables = before.differs(after) if kept.status in REFUSED else ()
                tables = self._writes_again(one.request, role) if tables else ()
                self.written += [replace(kept, text=", ".join(tables))] if tables else []
                before = after
            if kept.status in SUCCESS and operation.method == "POST":  # what has to be unique is used up now
                waiting = self._spoilt(operation, role)
                before = self.watch.look()

    def _breaks_anyway(self, operation: Operation, role: str) -> bool:
        """Does a request that the contract allows make it fail already? Then no bad value of one field says more."""
        try:
            request = self._valid(operation, role)
        except CannotMake:
            return False
        answer = self._send(request, role)
        if answer is not None and answer.status_code < 500:  # noqa: PLR2004
            return False
        said = PLAIN if operation.endpoint in self.hidden else VALID
        self._keep(operation, "request", said, request, answer)
        return True

    def _writes_again(self, request: Request, role: str) -> tuple[str, ...]:
        """The tables that it changes for sure: what an earlier request wrote may have been stored after its answer."""
        time.sleep(SETTLED)
        before = self.watch.look()
        self._send(request, role)
        time.sleep(SETTLED)
        return before.differs(self.watch.look())

    def _spoilt(self, operation: Operation, role: str) -> list[hostile.Spoilt]:
        return list(hostile.spoilt(self.here.requests.document, self._valid_or_not(operation, role)))

    def _twice(self, operation: Operation, role: str) -> None:
        """The same valid request once more: what is taken already is to be refused, not to break."""
        request = self._valid_or_not(operation, role)
        first = self._send(request, role)
        if first is None or first.status_code not in SUCCESS:
            return
        self._keep(operation, "request", TWICE, request, self._send(request, role))

    def _send(self, request: Request, role: str) -> httpx.Response | None:
        """The answer; None when there was none. A caller whose session ended meanwhile signs in again."""
        self.sent += 1
        operation = request.operation
        try:
            answer = request.send(self.here.client, self.here.caller(role).headers)
            shut_out = answer.status_code == UNKNOWN_CALLER or (
                answer.status_code == FORBIDDEN and self.here.session_ended(role)
            )
            if shut_out and operation.is_protected and "password" not in operation.path:
                self.here.forget(role)
                answer = request.send(self.here.client, self.here.caller(role).headers)
        except (httpx.TimeoutException, httpx.RemoteProtocolError, httpx.ReadError, httpx.ConnectError):
            return None
        if answer.status_code in SUCCESS or answer.status_code == CONFLICT:
            self.reached.add(operation.endpoint)
        if answer.status_code in SUCCESS and operation.changes:
            self.here.objects.forget(operation, self._owner(self.here.caller(role)))
        return answer

    def _keep(
        self, operation: Operation, place: str, what: str, request: Request, answer: httpx.Response | None
    ) -> Answered:
        status = answer.status_code if answer is not None else 0
        one = Answered(
            endpoint=operation.endpoint,
            place=place,
            what=what,
            status=status,
            curl=f"{request.curl(signed_in=operation.is_protected)}{'  # twice' if what == TWICE else ''}",
            text=answer.text[:300] if answer is not None else "no answer",
        )
        another = place.startswith("path.") and what != str(hostile.MISSING) and status in {307, 404, 405}
        unreadable = place == "body" and status == BAD_REQUEST  # the framework's own answer to what is no JSON
        elsewhere = another or unreadable or operation.endpoint in self.hidden  # another route, or none, may answer
        if not elsewhere:
            self.seen.setdefault((operation.endpoint, status), one.curl)
        if status == 0 or status >= 500:  # noqa: PLR2004
            self.crashed.append(one)
        found = INSIDES.search(answer.text) if answer is not None and status >= 400 else None  # noqa: PLR2004
        if found:
            self.insides.setdefault(operation.endpoint, replace(one, text=found[0]))
        return one

    def _unknown_field(self, operation: Operation, role: str) -> bool:
        """Is a field that nobody declared taken?"""
        request = hostile.with_unknown_field(self._valid_or_not(operation, role))
        if request is None:
            return False
        answer = self._send(request, role)
        one = self._keep(operation, "body.gonogo_unknown", "a field that nobody declared", request, answer)
        # a refusal of the caller says nothing of the field
        self.unknown_tried += one.status in SUCCESS or one.status in {BAD_REQUEST, UNPROCESSABLE}
        if one.status in SUCCESS:
            self.unknown.append(one)
        return one.status in SUCCESS

    def _privileges(self, operation: Operation, *, tolerant: bool) -> None:
        """Try to decide what only the service may decide: as somebody of little power, about what is the caller's own.

        Where unknown fields are refused, only those that are declared can have an effect.
        """
        people, declared = self.here.people, properties_of(self.here.requests.document, operation.body)
        other = self.other.user_id
        fields = [
            (n, v) for n, v in hostile.privileged(operation, self.here.roles[-1], other) if tolerant or n in declared
        ]
        self.assigned_tried += len(fields)
        if operation == people.register:
            self._register_with([(name, value) for name, value in fields if value != other])
            return
        silent = [name for name in declared if operation.method == "POST" and hostile.may_own(name)]
        role = self._least(operation) if fields or silent else None
        if role is None or operation == people.login or any("password" in name for name in declared):
            return
        for name, value in fields:
            request = self._valid_or_not(operation, role).with_field(name, value)
            answer = self._send(request, role)
            one = self._keep(operation, f"body.{name}", f"{name}: {value}", request, answer)
            if answer is not None and one.status in SUCCESS and _holds(answer, name, value):
                self.assigned.append(one)
                self.here.forget(role)  # what the caller made of itself must not open the next operation
        for name in silent:
            self._owner_by_default(operation, role, name)

    def _owner_by_default(self, operation: Operation, role: str, name: str) -> None:
        """Left out, the field is filled with the caller, so it says whose a thing is: does the caller decide it?"""
        caller, other = self.here.caller(role), self.other.user_id
        plain = self._valid_or_not(operation, role)
        if other is None or caller.user_id is None or name in plain.fields:
            return
        answer = self._send(plain, role)
        if answer is None or answer.status_code not in SUCCESS or not _holds(answer, name, caller.user_id):
            return
        self.assigned_tried += 1
        request = self._valid_or_not(operation, role).with_field(name, other)
        answer = self._send(request, role)
        one = self._keep(operation, f"body.{name}", f"{name}: {other}, who is somebody else", request, answer)
        if answer is not None and one.status in SUCCESS and _holds(answer, name, other):
            self.assigned.append(one)

    def _least(self, operation: Operation) -> str | None:
        """The least powerful role that may call it; none where only the most powerful may, who may decide much."""
        if not operation.is_protected:
            return None
        for role in self.here.roles:
            if len(self.here.roles) > 1 and role == self.here.roles[-1]:
                return None
            try:
                answer = self._send(self._valid(operation, role), role)
            except CannotMake:
                continue
            if answer is not None and answer.status_code in SUCCESS:
                return role
        return None

    def _register_with(self, fields: list[tuple[str, Any]]) -> None:
        """Sign up with more than is offered, sign in, and look at oneself."""
        people = self.here.people
        plain = self._about_new(people.registration()) if fields else None
        for name, value in fields:
            request = people.registration().with_field(name, value)
            after = self._about_new(request)
            if after is None or after.get(name) != value or (plain or {}).get(name) == value:
                continue
            what = f"{name} is {value} after signing up with it"
            place = f"body.{name}"
            one = Answered(endpoint=request.endpoint, place=place, what=what, status=201, curl=request.curl())
            self.assigned.append(one)

    def _about_new(self, request: Request) -> dict[str, Any] | None:
        """What the service says about an account that was just made; None where it was not made."""
        people = self.here.people
        answer = request.send(self.here.client)
        self.sent += 1
        if answer.status_code not in SUCCESS:
            return None
        if people.me is None:
            shown = answer.json() if "json" in answer.headers.get("content-type", "") else None
            return shown if isinstance(shown, dict) else None
        password = next(str(v) for n, v in request.fields.items() if "password" in n.lower() or n.lower() == "pwd")
        email = str(request.fields.get("email") or request.fields.get("username"))
        tried = people.try_password(email, password)
        if tried.status_code not in SUCCESS:
            return None
        found = people.sign_in("user", email, password)
        about = self.here.requests.example(people.me).send(self.here.client, found.headers).json()
        return about if isinstance(about, dict) else None

    def large(self) -> Iterator[Answered]:
        """A body far larger than anything the service needs: with its length at each operation, without at one.

        Ends with the first operation that takes it.
        """
        takes = [op for op in self.here.requests.operations if op.changes and op.takes_json]
        takes.sort(key=lambda op: (not op.is_protected, bool(op.placeholders)))
        for number, operation in enumerate(takes[:MOST_LARGE]):
            answers = list(self._large(operation, ("announced", "in chunks") if number == 0 else ("announced",)))
            yield from answers
            if any(one.status != TOO_LARGE for one in answers):
                return

    def _large(self, chosen: Operation, wanted: Sequence[str]) -> Iterator[Answered]:
        body = hostile.large_body(LARGE_BODY)
        caller = self.here.caller(self.here.allowed(chosen))
        headers = {"content-type": JSON_TYPE, **caller.headers}
        path = self.here.requests.example(chosen).path
        chunks = (body[n : n + CHUNK] for n in range(0, len(body), CHUNK))
        ways: dict[str, bytes | Iterator[bytes]] = {"announced": body, "in chunks": chunks}
        for what, content in ((name, content) for name, content in ways.items() if name in wanted):
            try:
                answer = self.here.client.request(chosen.method, path, content=content, headers=headers, timeout=60)
                status, text = answer.status_code, answer.text[:200]
            except httpx.TransportError as refused:
                shut = isinstance(refused, CLOSED) and here_and_well(self.here)
                status, text = (413, "the connection was closed") if shut else (0, f"no answer: {refused!r}")
            send = f"curl -i -X {chosen.method} --data-binary @- -H 'Content-Type: {JSON_TYPE}'"
            curl = f"head -c {LARGE_BODY} /dev/zero | {send}"
            yield Answered(
                endpoint=chosen.endpoint,
                place="body",
                what=f"32 MiB, {what}",
                status=status,
                text=text,
                curl=f'{curl} "$BASE{path}"',
            )


def takes_object(operation: Operation) -> bool:
    return operation.changes and operation.takes_json and bool(operation.body)


def here_and_well(here: Visit) -> bool:
    """Does the service still run, and answer? Closing a connection is a refusal only for one that does."""
    try:
        return here.server.process.running() and here.client.get("/").status_code > 0
    except httpx.TransportError:
        return False


def _holds(answer: httpx.Response, name: str, value: Any) -> bool:
    """Does the answer show the value in this very field?"""
    try:
        body = answer.json()
    except ValueError:
        return False
    found = body.get("data", body) if isinstance(body, dict) else {}
    return isinstance(found, dict) and str(found.get(name)) == str(value)
