"""What happens when many do the same at once? Equal requests one after the other, and then at the same moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import httpx

from runner.errors import ProbeError
from runner.evidence.accounts.concurrent_requests import AT_ONCE, at_once
from runner.evidence.accounts.visit import Visit, ends_session, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.cursor_walks import CursorWalk, cursor_walks
from runner.evidence.behaviour.expendable import caller_and_owner, shared
from runner.evidence.behaviour.race_numbers import DUPLICATE, IN_A_ROW, SUCCESS, Counted, numbers_in, steps_of
from runner.evidence.behaviour.repeated_keys import Keyed, repeated_keys
from runner.evidence.behaviour.tallies import tallies
from runner.evidence.code.versions import STALE, keeps_version
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.hidden_routes import hidden_changes
from runner.evidence.contract.routes import Routes
from runner.http.budget import Budget
from runner.http.identities import Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.other_ways import other_choices
from runner.http.requests import Request
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say

FAILURE, CONFLICT = range(500, 600), 409
# In the first rounds the database keeps writes waiting until all have looked; in the last they run as they come.
HELD = (True, True, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubled:
    """A creating operation that refuses the second of two equal requests, asked many times at once."""

    endpoint: str
    refuses: int  # the status of the second of two in a row
    statuses: tuple[int, ...]  # of the worst round at once; 0: no answer
    curl: str = ""

    @property
    def taken(self) -> int:
        return sum(status in SUCCESS for status in self.statuses)

    @property
    def broken(self) -> int:
        """Answers that say the service failed: the database said no, and nobody had expected it."""
        return sum(status >= 500 for status in self.statuses)  # noqa: PLR2004

    @property
    def clear(self) -> bool:
        """Did all answer, and was one taken or the service broken? A limit that refuses them all shows nothing."""
        return 0 not in self.statuses and bool(self.taken or self.broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broke:
    """An operation that took the first of two equal requests and answered the second with 5xx: that is no refusal."""

    endpoint: str
    status: int
    creates: bool
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Races(Evidence):
    """Equal requests at the same moment."""

    doubled: tuple[Doubled, ...]
    counted: tuple[Counted, ...]
    guarded: tuple[str, ...]  # changing operations that keep a version: they refuse the second of two equal requests
    created: int  # creating operations that were asked twice in a row, and answered
    changed: int  # changing operations that were asked in a row, answered, and whose numbers could be read
    operations: int  # of the contract
    creating: int  # creating operations that there are, those that the contract hides too
    changing: int  # changing operations that there are, those that the contract hides too
    overtaken: tuple[Doubled, ...] = ()  # the guarded ones, asked many times at once
    broke: tuple[Broke, ...] = ()  # operations that answer a repeated request with 5xx
    keyed: tuple[Keyed, ...] = ()  # operations that take a key by which they know a repeated request
    walks: tuple[CursorWalk, ...] = ()  # lists that take a cursor
    reading: int = 0  # operations of the contract that read
    unread: tuple[str, ...] = ()  # changing operations that no contract names

    @classmethod
    def collect(cls, probe: Probe, routes: Routes, contract: Contract, agreed: AgreedAccess | None) -> Self:
        hidden = hidden_changes(routes)
        with visit(probe, contract, agreed, open_too=True) as here:
            race = Race(here)
            operations = here.requests.operations
            budget = Budget(here.client)
            for operation in budget.within(operations):
                race.at(operation)
            keyed = tuple(repeated_keys(here))
            walks = tuple(cursor_walks(here))
            asked = race.created + race.changed
            if race.lost and not asked:
                raise ProbeError(race.lost)
            probe.note(
                say(
                    "{asked} operations with equal requests: in a row, and {at_once} at once where that "
                    "says something{spent}",
                    asked=asked,
                    at_once=AT_ONCE,
                    spent=budget.spent and say("; {spent}", spent=budget.spent),
                )
            )
        return cls(
            doubled=tuple(race.doubled),
            counted=tuple(race.counted),
            guarded=tuple(race.guarded),
            created=race.created,
            changed=race.changed,
            operations=len(operations),
            creating=sum(creates(one) and not race.signs(one) for one in operations) + sum(h.creates for h in hidden),
            changing=sum(map(changes_one, operations)) + sum(h.changes_one for h in hidden),
            overtaken=tuple(race.overtaken),
            broke=tuple(race.broke),
            keyed=keyed,
            walks=walks,
            reading=sum(one.method == "GET" for one in operations),
            unread=tuple(f"{one.method} {one.path}" for one in hidden),
        )


def creates(operation: Operation) -> bool:
    return operation.method == "POST" and not operation.path.rstrip("/").endswith("}")


def changes_one(operation: Operation) -> bool:
    return operation.method in {"POST", "PUT", "PATCH"} and bool(operation.placeholders)


class Race:
    """Asks one operation after the other, and keeps what came of it."""

    def __init__(self, here: Visit) -> None:
        self.here, self.created, self.changed = here, 0, 0
        self.lost = ""  # why an operation was not asked
        self.doubled: list[Doubled] = []
        self.counted: list[Counted] = []
        self.guarded: list[str] = []
        self.overtaken: list[Doubled] = []
        self.broke: list[Broke] = []

    def at(self, operation: Operation) -> None:
        """Nothing is learned of an operation whose object nobody can make: the matrix tells which those are."""
        try:
            if creates(operation) and not self.signs(operation):
                self._create(operation)
                self._count_beside(operation)
            if changes_one(operation):
                self._change(operation)
        except CannotMake:
            return
        except ProbeError as error:  # nobody of its role can sign in
            self.lost = str(error)

    def signs(self, operation: Operation) -> bool:
        """Does it sign in or out, where it documents no 201? It creates nothing, and is guarded against haste."""
        return operation == self.here.people.login or (ends_session(operation) and "201" not in operation.statuses)

    def _create(self, operation: Operation) -> None:
        caller = shared(self.here, self.here.allowed(operation))
        first = self._fresh(operation, caller)
        if first.send(self.here.client, caller.headers).status_code not in SUCCESS:
            return
        refuses = first.send(self.here.client, caller.headers).status_code
        self._answered(first, refuses, creates=True)
        if refuses in SUCCESS or refuses in DUPLICATE or refuses in FAILURE:  # not a limit, or a lost session
            self.created += 1
        if refuses in DUPLICATE:
            rounds = [self._at_once(self._fresh(operation, caller), caller, refuses, held) for held in HELD]
            self.doubled.append(max(rounds, key=lambda one: (one.taken > 1, one.broken, one.clear)))

    def _count_beside(self, operation: Operation) -> None:
        """The numbers of what it is made beside."""
        self.counted += tallies(self.here, operation)

    def _answered(self, request: Request, status: int, *, creates: bool) -> None:
        if status in FAILURE:
            curl = request.curl(signed_in=request.operation.is_protected)
            self.broke.append(Broke(endpoint=request.endpoint, status=status, creates=creates, curl=curl))

    def _at_once(self, request: Request, caller: Identity, refuses: int, held: bool) -> Doubled:  # noqa: FBT001
        return Doubled(
            endpoint=request.endpoint,
            refuses=refuses,
            statuses=at_once(self.here, request, caller.headers, held=held),
            curl=request.curl(signed_in=request.operation.is_protected),
        )

    def _fresh(self, operation: Operation, caller: Identity) -> Request:
        """A valid request with values of its own."""
        if operation == self.here.people.register:
            return self.here.people.registration()
        return self.here.objects.request(operation, self._owner(caller))

    def _owner(self, caller: Identity) -> Identity:
        last = self.here.roles[-1]
        return caller if caller.signed_in or last in self.here.missing else shared(self.here, last)

    def _change(self, operation: Operation) -> None:
        caller, owner = caller_and_owner(self.here, operation)
        request = self.here.objects.request(operation, owner)
        chosen: dict[str, Any] = {}
        seen: list[Mapping[str, float]] = []
        readable = True
        for number in range(IN_A_ROW):
            answer = request.send(self.here.client, caller.headers)
            if not number and answer.status_code == CONFLICT:  # to the first of its states none may go
                request, answer, chosen = self._chosen(request, answer, caller)
            if number:
                self._answered(request, answer.status_code, creates=False)
                self.changed += answer.status_code in DUPLICATE or answer.status_code in FAILURE
            if number and answer.status_code in STALE and keeps_version(request, answer.status_code):
                self.guarded.append(operation.endpoint)
                self._overtake(operation, answer.status_code, chosen)
            if answer.status_code not in SUCCESS:
                return
            shown = self._numbers(request, answer, caller)
            readable = readable and shown is not None
            seen.append(shown or {})
        self.changed += readable  # of what can't be read nobody knows whether it counts
        if steps := steps_of(seen):
            rounds = list(self._rounds(request, caller, steps, seen[-1]))
            self.counted += sorted(rounds, key=_tells)[-1] if rounds else []

    def _rounds(
        self, request: Request, caller: Identity, steps: Mapping[str, float], before: Mapping[str, float]
    ) -> Iterator[list[Counted]]:
        """The numbers after each round of equal requests at once, until one shows that something is wrong."""
        for held in HELD:
            taken = at_once(self.here, request, caller.headers, held=held)
            if 0 in taken:  # one that was not answered may have been done
                return
            answer = request.send(self.here.client, caller.headers)
            if answer.status_code not in SUCCESS:
                return
            now = self._numbers(request, answer, caller) or {}
            times = 1 + sum(status in SUCCESS for status in taken)
            found = [replace(one, statuses=taken) for one in _counted(request, steps, before, now, times)]
            yield found
            if any(one.lost or one.broken for one in found):
                return
            before = now

    def _chosen(
        self, request: Request, answer: httpx.Response, caller: Identity
    ) -> tuple[Request, httpx.Response, dict[str, Any]]:
        """The request with another of its fixed values that is taken, its answer and the value; else as they were."""
        for name, other in other_choices(self.here.requests, request):
            now = other.send(self.here.client, caller.headers)
            if now.status_code in SUCCESS:
                return other, now, {name: other.fields[name]}
        return request, answer, {}

    def _overtake(self, operation: Operation, refuses: int, chosen: Mapping[str, Any]) -> None:
        """A version that is compared in Python lets through all who looked before the first one wrote."""
        rounds: list[Doubled] = []
        for held in HELD:
            if not any(one.taken > 1 for one in rounds):
                caller, owner = caller_and_owner(self.here, operation)
                fresh = self.here.objects.request(operation, owner)
                fresh = fresh.with_fields({**fresh.fields, **chosen}) if chosen else fresh
                rounds.append(self._at_once(fresh, caller, refuses, held))
        self.overtaken.append(max(rounds, key=lambda one: (one.taken, one.broken, one.clear)))

    def _numbers(self, request: Request, answer: httpx.Response, caller: Identity) -> Mapping[str, float] | None:
        """The numbers in the answer; where it has none, those of the object that was changed, as it is read.

        None where neither can be read.
        """
        told = _json(answer)
        if found := dict(numbers_in(told)):
            return found
        path, template = request.path.rstrip("/"), request.operation.path.rstrip("/")
        readable = {one.path.rstrip("/") for one in self.here.requests.operations if one.method == "GET"}
        while template and template not in readable:
            path, template = path.rpartition("/")[0], template.rpartition("/")[0]
        shown = self.here.client.get(path, headers=dict(caller.headers)) if template else None
        if shown is not None and shown.is_success:
            return dict(numbers_in(_json(shown)))
        return {} if isinstance(told, Mapping) and told else None


def _tells(found: list[Counted]) -> tuple[bool, bool, bool]:
    """How much a round says: what was lost, what broke, and that several asked at once."""
    return any(one.lost for one in found), any(one.broken for one in found), any(one.clear for one in found)


def _counted(
    request: Request, steps: Mapping[str, float], before: Mapping[str, float], now: Mapping[str, float], times: int
) -> Iterator[Counted]:
    for field, step in steps.items():
        if field in before and field in now:
            yield Counted(
                endpoint=request.endpoint,
                field=field,
                step=step,
                expected=round(before[field] + step * times, 6),
                found=round(now[field], 6),
                curl=request.curl(signed_in=request.operation.is_protected),
            )


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
