"""What is a key for repeated requests worth? The same once more and at once, with another body, by another caller."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import uuid4

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.accounts.concurrent_requests import AT_ONCE, answers_at_once
from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.expendable import caller_and_owner
from runner.http.examples import accepts
from runner.http.identities import Identity, is_done
from runner.http.openapi import Operation, choose, properties_of
from runner.http.references import Document, Schema
from runner.http.requests import Request
from runner.http.shown_ids import id_in
from runner.http.siblings import REFERS
from runner.postgres.writes import Watch
from runner.said import say, together
from runner.vocabulary.names import words_of

MOST = 12  # operations
WORDS = frozenset({"idempotency", "idempotent", "idempotence"})
FAILED = 500
TELLING = frozenset({400, 409, 412, 422, 425})  # refusals that speak of the key or the body
HELD = (True, False)  # first the database keeps writes waiting until all have looked, then they run as they come


class Asked(StrEnum):
    """What was asked of a key."""

    AGAIN = "the same once more"
    AT_ONCE = "the same at once"
    BODY = "another body"
    CALLER = "another caller"


@dataclass(frozen=True, slots=True)
class Key:
    """Where an operation takes a key by which it knows a repeated request."""

    place: str  # header, query or body
    name: str
    schema: Schema

    def value(self) -> str:
        """One that was never sent, as the contract allows it."""
        text = uuid4().hex if "maxLength" in self.schema else str(uuid4())
        return text if accepts(self.schema, text) else text[: int(self.schema.get("maxLength", len(text)))]

    def on(self, request: Request, value: str) -> Request:
        if self.place == "header":
            return request.with_headers({self.name: value})
        return request.with_field(self.name, value) if self.place == "body" else request.with_query(self.name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFault:
    """What went wrong with one key."""

    what: str
    curl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """An operation that takes such a key."""

    endpoint: str
    key: str  # "the header Idempotency-Key"
    asked: frozenset[Asked] = frozenset()  # what was answered so that it says something
    wanted: frozenset[Asked] = frozenset(Asked)
    faults: tuple[KeyFault, ...] = ()
    problem: str = ""

    @property
    def judged(self) -> bool:
        return self.wanted <= self.asked


def key_of(document: Document, operation: Operation) -> Key | None:
    """By its name, in a header, the query or the body of an operation that changes something."""
    if not operation.changes:
        return None
    places = [(p.place, p.name, choose(document, p.schema)) for p in operation.parameters if p.place != "path"]
    if operation.takes_json:
        places += [("body", name, schema) for name, schema in properties_of(document, operation.body).items()]
    return next((Key(place, name, schema) for place, name, schema in places if WORDS & set(words_of(name))), None)


def repeated_keys(here: Visit) -> Iterator[Keyed]:
    """Each operation that takes a key, with what came of it."""
    document = here.requests.document
    found = [(op, key) for op in here.requests.operations if (key := key_of(document, op))]
    if not found:
        return
    with Watch(here.database) as watch:
        for number, (operation, key) in enumerate(found):
            keyed = Keyed(endpoint=operation.endpoint, key=say("the {place} {name}", place=key.place, name=key.name))
            try:
                yield KeyLook(here, watch, operation, key).look(keyed) if number < MOST else keyed
            except (ProbeError, httpx.HTTPError) as error:
                yield replace(keyed, problem=first_line(error))


class KeyLook:
    """Asks one operation with keys. Raises `ProbeError` where no valid request can be made or nobody can sign in."""

    def __init__(self, here: Visit, watch: Watch, operation: Operation, key: Key) -> None:
        self.here, self.watch, self.operation, self.key = here, watch, operation, key
        self.caller, self.owner = caller_and_owner(here, operation)
        self.asked: set[Asked] = set()
        self.faults: list[KeyFault] = []

    def look(self, keyed: Keyed) -> Keyed:
        used = self.key.value()
        request = self.key.on(self._fresh(self.owner), used)
        before = self.watch.rows()
        first = self._send(request, self.caller)
        if not is_done(first):
            return replace(
                keyed, problem=say("a first request was answered {status_code}", status_code=first.status_code)
            )
        grown = _grown(before, self.watch.rows())
        wanted = {Asked.AGAIN, Asked.AT_ONCE}
        self._again(request, first)
        if (other := _with_another_body(request, self.key, self.here.requests.document)) is not None:
            wanted.add(Asked.BODY)
            self._body(other)
        if self.operation.is_protected:
            wanted.add(Asked.CALLER)
            self._caller(request, first, used, grown)
        for held in HELD:
            self._at_once(grown, held=held)
        return replace(
            keyed, asked=frozenset(self.asked), wanted=frozenset(wanted), faults=tuple(dict.fromkeys(self.faults))
        )

    def _fresh(self, owner: Identity) -> Request:
        if self.operation == self.here.people.register:
            return self.here.people.registration()
        return self.here.objects.request(self.operation, owner)

    def _send(self, request: Request, caller: Identity) -> httpx.Response:
        return request.send(self.here.client, caller.headers)

    def _again(self, request: Request, first: httpx.Response) -> None:
        """One that is refused was not done twice, though its client never learns what became of the first."""
        before = self.watch.look()
        answer = self._send(request, self.caller)
        if self._broke(answer, say("the same request once more"), request):
            return
        if not is_done(answer):
            self._note(Asked.AGAIN, answer.status_code in TELLING)
            return
        self.asked.add(Asked.AGAIN)
        written = [one for one in before.differs(self.watch.look()) if not WORDS & set(words_of(one))]
        if self._id(answer) != self._id(first):
            self._fault(say("the same request once more makes another one"), request)
        elif written and self._writes_again(request):
            self._fault(say("the same request once more writes to {written}", written=together(written)), request)

    def _writes_again(self, request: Request) -> bool:
        """What an earlier request wrote may have been stored after its answer."""
        before = self.watch.look()
        self._send(request, self.caller)
        return any(not WORDS & set(words_of(one)) for one in before.differs(self.watch.look()))

    def _body(self, request: Request) -> None:
        answer = self._send(request, self.caller)
        if self._broke(answer, say("another body under the same key"), request):
            return
        self._note(Asked.BODY, is_done(answer) or answer.status_code in TELLING)
        if is_done(answer):
            self._fault(say("another body under the same key is taken"), request)

    def _caller(self, request: Request, first: httpx.Response, used: str, grown: Mapping[str, int]) -> None:
        """The same key and body from somebody else, on a thing of their own."""
        other = self.here.fresh(self.caller.role)
        own = replace(self._fresh(other), body=request.body) if request.operation.placeholders else request
        own = self.key.on(own, used)
        before = self.watch.rows()
        answer = self._send(own, other)
        if self._broke(answer, say("another caller's request under the same key"), own):
            return
        self._note(Asked.CALLER, is_done(answer) or answer.status_code in TELLING)
        made = self._id(answer)
        nothing = bool(grown) and not _grown(before, self.watch.rows())
        if is_done(answer) and ((made is not None and made == self._id(first)) or nothing):
            self._fault(say("another caller is answered what the first one was, under the same key"), own)

    def _at_once(self, grown: Mapping[str, int], *, held: bool) -> None:
        request = self.key.on(self._fresh(self.owner), self.key.value())
        before = self.watch.rows()
        answers = answers_at_once(self.here, request, self.caller.headers, held=held)
        told = [answer for answer in answers if answer is not None]
        if any(
            self._broke(answer, say("one of {at_once} equal requests at once", at_once=AT_ONCE), request, loud=True)
            for answer in told
        ):
            return
        done = [answer for answer in told if is_done(answer)]
        self._note(Asked.AT_ONCE, len(told) == AT_ONCE and bool(done))
        after = _grown(before, self.watch.rows())
        twice = [name for name, number in after.items() if number > grown.get(name, number)]
        ids = {str(self._id(answer)) for answer in done}
        if twice or len(ids) > 1:
            self._fault(
                say("{at_once} equal requests at once are done more than once", at_once=AT_ONCE), request, loud=True
            )

    def _broke(self, answer: httpx.Response, what: str, request: Request, *, loud: bool = False) -> bool:
        if answer.status_code >= FAILED:
            self._fault(
                say("{what} is answered {status_code}", what=what, status_code=answer.status_code), request, loud=loud
            )
        return answer.status_code >= FAILED

    def _note(self, asked: Asked, told: bool) -> None:  # noqa: FBT001 - whether the answer says something
        if told:
            self.asked.add(asked)

    def _fault(self, what: str, request: Request, *, loud: bool = False) -> None:
        curl = request.curl(signed_in=self.operation.is_protected)
        again = f"for n in $(seq {AT_ONCE}); do {curl} & done; wait" if loud else f"{curl}  # twice"
        self.faults.append(KeyFault(what=what, curl=again))

    def _id(self, answer: httpx.Response) -> Any:
        return id_in(answer, "id", self.operation.last)


def _grown(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """By how many rows each table grew; those that hold the keys themselves do not count."""
    grown = {name: count - before.get(name, 0) for name, count in after.items() if not WORDS & set(words_of(name))}
    return {name: number for name, number in grown.items() if number > 0}


def _with_another_body(request: Request, key: Key, document: Document) -> Request | None:
    """The same with another text or number in the first field that may have one; None where none may."""
    for name, schema in properties_of(document, request.operation.body).items():
        value = request.fields.get(name)
        if name == key.name or name.endswith(REFERS) or "enum" in schema or isinstance(value, bool):
            continue
        if isinstance(value, int | float) and value + 1 <= schema.get("maximum", value + 1):
            return request.with_field(name, value + 1)
        other = f"{value[:-1]}{'b' if value.endswith('a') else 'a'}" if isinstance(value, str) and value else ""
        if other and "format" not in schema and accepts(schema, other):
            return request.with_field(name, other)
    return None
