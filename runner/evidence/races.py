"""What happens when many do the same at once? Equal requests one after the other, and then at the same moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from runner.evidence.crowd import CROWD, at_once
from runner.evidence.race_numbers import numbers_in, steps_of
from runner.evidence.versions import STALE, keeps_version
from runner.evidence.visit import Visit, ends_session, on_person, visit
from runner.live.identities import Identity
from runner.live.objects import CannotMake
from runner.live.openapi import Operation
from runner.live.requests import Request
from runner.model import Evidence
from runner.probe import TargetProbe

SUCCESS = range(200, 300)
DUPLICATE = frozenset({400, 403, 409, 412, 422})
# In the first rounds the database keeps writes waiting until all have looked; in the last they run as they come.
HELD = (True, True, False)
IN_A_ROW = 3  # equal requests from which the step of a number is read


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
class Counted:
    """A number that an operation moves by the same step each time: after many at once, is it where it should be?"""

    endpoint: str
    field: str  # dotted
    step: float
    expected: float
    found: float
    curl: str = ""

    @property
    def lost(self) -> bool:
        """Fewer steps than answers that said "done"; more are a request that was done and whose answer was lost."""
        return (self.expected - self.found) / self.step > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Races(Evidence):
    """Equal requests at the same moment."""

    doubled: tuple[Doubled, ...]
    counted: tuple[Counted, ...]
    guarded: tuple[str, ...]  # changing operations that keep a version: they refuse the second of two equal requests
    created: int  # creating operations that were asked twice in a row
    changed: int  # changing operations that were asked in a row
    overtaken: tuple[Doubled, ...] = ()  # the guarded ones, asked many times at once

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        with visit(probe, open_too=True) as here:
            race = Race(here)
            for operation in here.requests.operations:
                race.at(operation)
            asked = race.created + race.changed
            probe.note(
                f"{asked} operations with equal requests: in a row, and {CROWD} at once where that says something"
            )
        return cls(
            doubled=tuple(race.doubled),
            counted=tuple(race.counted),
            guarded=tuple(race.guarded),
            created=race.created,
            changed=race.changed,
            overtaken=tuple(race.overtaken),
        )


class Race:
    """Asks one operation after the other, and keeps what came of it."""

    def __init__(self, here: Visit) -> None:
        self.here, self.created, self.changed = here, 0, 0
        self.doubled: list[Doubled] = []
        self.counted: list[Counted] = []
        self.guarded: list[str] = []
        self.overtaken: list[Doubled] = []

    def at(self, operation: Operation) -> None:
        """Nothing is learned of an operation whose object nobody can make: the matrix tells which those are."""
        if not self._fits(operation):
            return
        try:
            if operation.method == "POST" and not operation.path.rstrip("/").endswith("}"):
                self._create(operation)
            if operation.placeholders:
                self._change(operation)
        except CannotMake:
            return

    def _fits(self, operation: Operation) -> bool:
        """Signing in is guarded against haste, and a person who was changed may no longer sign in."""
        if operation.method not in {"POST", "PUT", "PATCH"} or operation == self.here.people.login:
            return False
        return not on_person(operation) and not ends_session(operation)

    def _create(self, operation: Operation) -> None:
        caller = self.here.caller(self.here.allowed(operation))
        first = self._fresh(operation, caller)
        if first.send(self.here.client, caller.headers).status_code not in SUCCESS:
            return
        self.created += 1
        refuses = first.send(self.here.client, caller.headers).status_code
        if refuses in DUPLICATE:
            rounds = [self._at_once(operation, caller, refuses, held) for held in HELD]
            self.doubled.append(max(rounds, key=lambda one: (one.taken > 1, one.broken, one.clear)))

    def _at_once(self, operation: Operation, caller: Identity, refuses: int, held: bool) -> Doubled:  # noqa: FBT001
        request = self._fresh(operation, caller)
        return Doubled(
            endpoint=operation.endpoint,
            refuses=refuses,
            statuses=at_once(self.here, request, caller.headers, held=held),
            curl=request.curl(signed_in=operation.secured),
        )

    def _fresh(self, operation: Operation, caller: Identity) -> Request:
        """A valid request with values of its own."""
        if operation == self.here.people.register:
            return self.here.people.registration()
        return self.here.objects.request(operation, self._owner(caller))

    def _owner(self, caller: Identity) -> Identity:
        return caller if caller.signed_in else self.here.caller(self.here.roles[-1])

    def _change(self, operation: Operation) -> None:
        caller = self.here.caller(self.here.allowed(operation))
        request = self.here.objects.request(operation, self._owner(caller))
        seen: list[Mapping[str, float]] = []
        for number in range(IN_A_ROW):
            answer = request.send(self.here.client, caller.headers)
            if number and answer.status_code in STALE:
                self.changed += 1
                if keeps_version(request, answer.status_code):
                    self.guarded.append(operation.endpoint)
                    self._overtake(operation, caller, answer.status_code)
            if answer.status_code not in SUCCESS:
                return
            seen.append(self._numbers(request, answer, caller))
        self.changed += 1
        for held in HELD if (steps := steps_of(seen)) else ():
            taken = at_once(self.here, request, caller.headers, held=held)
            if 0 in taken:  # one that was not answered may have been done
                return
            answer = request.send(self.here.client, caller.headers)
            if answer.status_code not in SUCCESS:
                return
            times = 1 + sum(status in SUCCESS for status in taken)
            seen.append(self._numbers(request, answer, caller))
            found = list(_counted(request, steps, seen[-2], seen[-1], times))
            self.counted = [one for one in self.counted if one.endpoint != operation.endpoint] + found
            if any(one.lost for one in found):
                return

    def _overtake(self, operation: Operation, caller: Identity, refuses: int) -> None:
        """A version that is compared in Python lets through all who looked before the first one wrote."""
        rounds: list[Doubled] = []
        for held in HELD:
            if not any(one.taken > 1 for one in rounds):
                rounds.append(self._at_once(operation, caller, refuses, held))
        self.overtaken.append(max(rounds, key=lambda one: (one.taken, one.clear)))

    def _numbers(self, request: Request, answer: httpx.Response, caller: Identity) -> Mapping[str, float]:
        """The numbers in the answer; where it has none, those of the object that was changed, as it is read."""
        if found := dict(numbers_in(_json(answer))):
            return found
        path, template = request.path.rstrip("/"), request.operation.path.rstrip("/")
        readable = {one.path.rstrip("/") for one in self.here.requests.operations if one.method == "GET"}
        while template and template not in readable:
            path, template = path.rpartition("/")[0], template.rpartition("/")[0]
        shown = self.here.client.get(path, headers=dict(caller.headers)) if template else None
        return dict(numbers_in(_json(shown))) if shown is not None and shown.is_success else {}


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
                curl=request.curl(signed_in=request.operation.secured),
            )


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
