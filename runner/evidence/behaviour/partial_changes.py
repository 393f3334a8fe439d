"""Does a PATCH keep what was not sent? Each of its fields alone, sent as it is, after all were given other values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.expendable import caller_and_owner
from runner.evidence.behaviour.named_things import named_by, object_in
from runner.evidence.contract.contract import Contract
from runner.http.account_operations import own_account_fields
from runner.http.budget import Budget
from runner.http.identities import Identity
from runner.http.openapi import Operation, choose, opened, properties_of
from runner.http.references import Schema
from runner.http.requests import Request
from runner.model import Evidence
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.secrets import is_password
from runner.vocabulary.versions import names_version

BROKEN = 500
ALONE = say("nothing beside the field can be read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwritten:
    """A field that was not sent and has another value afterwards; `field` is empty where the request broke (500)."""

    endpoint: str
    sent: str
    field: str
    was: str
    now: str
    curl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialChanges(Evidence):
    """Each PATCH of the contract, with each of its fields alone."""

    overwritten: tuple[Overwritten, ...]
    judged: frozenset[str]  # operations of which a field was sent alone while others could be read
    patches: frozenset[str]  # operations that change a part of an object
    problems: tuple[tuple[str, str], ...] = ()

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        with visit(probe, contract, agreed, open_too=True) as here:
            patches = [op for op in here.requests.operations if op.method == "PATCH" and op.takes_json and op.body]
            if not patches:
                looked = say("the {operations} operations of the contract", operations=len(here.requests.operations))
                absent = None if here.requests.operations else Thing.OPERATIONS
                raise NotThere("no operation of the contract is a PATCH with a body", looked=looked, absent=absent)
            change = _Change(here)
            for one in Budget(here.client).within(
                patches, lambda one, why: change.problems.update({one.endpoint: why})
            ):
                try:
                    change.at(one)
                except (ProbeError, PostgresError) as error:
                    change.problems[one.endpoint] = str(error)
            probe.note(say("{sent} requests, each with one field of a PATCH", sent=change.sent))
            return cls(
                overwritten=tuple(change.overwritten),
                judged=frozenset(change.judged),
                patches=frozenset(one.endpoint for one in patches),
                problems=tuple(change.problems.items()),
            )


class _Change:
    def __init__(self, here: Visit) -> None:
        self.here = here
        self.sent = 0
        self.overwritten: list[Overwritten] = []
        self.judged: set[str] = set()
        self.problems: dict[str, str] = {}
        self.sendable = {
            name
            for op in here.requests.operations
            if op.changes and op.body
            for name in properties_of(here.requests.document, op.body)
            if not names_version(name)
        }

    def at(self, operation: Operation) -> None:
        caller, owner = caller_and_owner(self.here, operation)
        plain = self.here.objects.request(operation, owner)
        fields = properties_of(self.here.requests.document, operation.body)
        required = set(opened(self.here.requests.document, operation.body).get("required", ()))
        free = [name for name in fields if not self._is_kept(operation, name)]
        self._give_other_values(plain, caller, {name: fields[name] for name in free}, required)
        before = self._state(plain, caller)
        if before is None:
            self.problems[operation.endpoint] = say("what it changes can't be read")
            return
        for name in free:
            others = self.sendable & set(before) - {name}
            if not others:
                self.problems.setdefault(operation.endpoint, ALONE)
                continue
            value = before.get(name, self.here.requests.examples.value(fields[name], name))
            request = self._with(plain, before, {name: value}, required)
            answer = request.send(self.here.client, caller.headers)
            self.sent += 1
            sent = _said(name, required)
            curl = request.curl(signed_in=operation.is_protected)
            if answer.status_code >= BROKEN:
                self._keep(operation, sent, "", "", str(answer.status_code), curl)
                continue
            after = self._state(plain, caller, answer.text)
            if not answer.is_success or after is None:
                self.problems.setdefault(
                    operation.endpoint,
                    say("{name} alone is answered {status_code}", name=name, status_code=answer.status_code),
                )
                continue
            self.judged.add(operation.endpoint)
            for other in sorted(others - required):
                if other in after and after[other] != before[other]:
                    self._keep(operation, sent, other, repr(before[other]), repr(after[other]), curl)
            before = after

    def _is_kept(self, operation: Operation, name: str) -> bool:
        """Is this field left as it is: a version, a password, or what ends the caller's own sign-in?"""
        return names_version(name) or is_password(name) or name in own_account_fields(self.here.requests, operation)

    def _keep(self, operation: Operation, sent: str, field: str, was: str, now: str, curl: str) -> None:
        one = Overwritten(endpoint=operation.endpoint, sent=sent, field=field, was=was, now=now, curl=curl)
        self.overwritten.append(one)

    def _give_other_values(
        self, plain: Request, caller: Identity, fields: Mapping[str, Schema], required: set[str]
    ) -> None:
        """All fields at once, else one after the other: none is to have the value that leaving it out might give."""
        state = self._state(plain, caller) or {}
        given = {name: self._other(fields[name], name, state.get(name)) for name in fields}
        tries = [given, *({name: value} for name, value in given.items())]
        for values in tries:
            answer = self._with(plain, state, values, required).send(self.here.client, caller.headers)
            self.sent += 1
            state = self._state(plain, caller) or state
            if answer.is_success and values is given:
                break
        self._fill_lists(plain, caller, fields, required)

    def _fill_lists(self, plain: Request, caller: Identity, fields: Mapping[str, Schema], required: set[str]) -> None:
        """A list that takes only what is there already, as `tags`, gets one made for it: an empty one tells nothing."""
        state = self._state(plain, caller) or {}
        for name, schema in fields.items():
            known = choose(self.here.requests.document, schema)
            if known.get("type") != "array" or state.get(name) != []:
                continue
            for value in named_by(self.here, name, choose(self.here.requests.document, known.get("items", {}))):
                answer = self._with(plain, state, {name: [value]}, required).send(self.here.client, caller.headers)
                self.sent += 1
                state = self._state(plain, caller) or state
                if answer.is_success and state.get(name):
                    break

    def _other(self, schema: Schema, name: str, now: Any) -> Any:
        """A value that is neither the default nor, where there is a choice, the present one."""
        known = [schema.get("default"), now]
        schema = choose(self.here.requests.document, schema)
        choices = [one for one in schema.get("enum", ()) if one is not None]
        if schema.get("type") == "boolean":
            choices = [True, False]
        if choices:
            return next((one for one in choices if one not in known), next(c for c in choices if c != known[0]))
        if schema.get("type") == "array" and schema.get("items"):
            return [self.here.requests.examples.value(schema["items"], name)]
        if schema.get("type") in {"integer", "number"}:
            return next(iter(self._numbers(schema, known)), now)
        return self.here.requests.examples.value(schema, name)

    def _numbers(self, schema: Schema, known: list[Any]) -> Iterator[int | float]:
        first = self.here.requests.examples.value(schema)
        step = schema.get("multipleOf", 1)
        for one in (first, first + step, first + 2 * step, first - step):
            fits = schema.get("minimum", one) <= one <= schema.get("maximum", one)
            if fits and one not in known:
                yield one

    def _with(self, plain: Request, state: Mapping[str, Any], values: Mapping[str, Any], required: set[str]) -> Request:
        """These fields alone, with what is required, and the version as it is now."""
        kept = {name: state.get(name, value) for name, value in plain.fields.items() if name in required}
        known = {name: state[name] for name in plain.fields if names_version(name) and name in state}
        return plain.with_fields({**kept, **known, **values})

    def _state(self, request: Request, caller: Identity, answered: str = "") -> dict[str, Any] | None:
        """What the object looks like now: as it is read, else as the change answered."""
        template = request.operation.path.rstrip("/")
        readable = {one.path.rstrip("/") for one in self.here.requests.operations if one.method == "GET"}
        shown = self.here.client.get(request.path, headers=dict(caller.headers)) if template in readable else None
        if shown is not None and shown.is_success:
            return object_in(shown.text)
        return object_in(answered) if answered else self._as_answered(request, caller)

    def _as_answered(self, request: Request, caller: Identity) -> dict[str, Any] | None:
        answer = request.send(self.here.client, caller.headers)
        return object_in(answer.text) if answer.is_success else None


def _said(name: str, required: set[str]) -> str:
    """What is sent, beside the version that belongs to every change."""
    others = any(one != name and not names_version(one) for one in required)
    return say("{name} and what is required", name=name) if others else name
