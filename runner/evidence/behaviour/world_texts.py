"""What becomes of text in other scripts? Each text field at full length, and all that is made from it read again."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import httpx

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.caches import is_read, path_values
from runner.evidence.behaviour.expendable import caller_and_owner
from runner.evidence.contract.contract import Contract
from runner.http.account_operations import login_name
from runner.http.budget import Budget
from runner.http.identities import Identity
from runner.http.openapi import FORM_TYPES, Operation, choose, properties_of
from runner.http.requests import Request
from runner.http.shown_ids import content_of, id_in
from runner.http.things import subject
from runner.http.world import field_in, filled, is_text, same_text, texts
from runner.model import Evidence
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.secrets import is_password

BROKEN = 500
JUDGED = frozenset({400, 409, 413, 422})  # refusals that speak of the text; others speak of the caller or the path
PLAIN = say("Plain words and 42 more ")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldText:
    """What went wrong with one text."""

    endpoint: str
    field: str
    what: str
    seen: str  # "POST /posts answers 500", "GET /posts/{post_id} tells another text"
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldTexts(Evidence):
    """Chinese, Arabic and emoji in each text field that a client may send."""

    wrong: tuple[WorldText, ...]
    judged: frozenset[tuple[str, str]]  # (operation, field) that took a text or refused it
    fields: frozenset[tuple[str, str]]  # all text fields of bodies and queries that the contract lets such a text into
    sent: int = 0
    read: int = 0  # answers that were read after a text had been taken
    problems: tuple[tuple[str, str], ...] = ()

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        with visit(probe, contract, agreed, open_too=True) as here:
            world = _World(here)
            world.look()
            for one in here.requests.operations:
                world.at(one)
            if not world.fields:
                looked = say("the {operations} operations of the contract", operations=len(here.requests.operations))
                absent = None if here.requests.operations else Thing.OPERATIONS
                raise NotThere("no operation of the contract takes a free text", looked=looked, absent=absent)
            probe.note(
                say(
                    "{sent} requests with Chinese, Arabic and emoji, {read} answers read afterwards",
                    sent=world.sent,
                    read=world.read,
                )
            )
            return cls(
                wrong=tuple(world.wrong),
                judged=frozenset(world.judged),
                fields=frozenset(world.fields),
                sent=world.sent,
                read=world.read,
                problems=tuple(world.problems.items()),
            )


class _World:
    def __init__(self, here: Visit) -> None:
        self.here, self.budget = here, Budget(here.client)
        self.wrong: list[WorldText] = []
        self.judged: set[tuple[str, str]] = set()
        self.fields: set[tuple[str, str]] = set()
        self.problems: dict[str, str] = {}
        self.broken: set[str] = set()  # reads that failed already before
        self.sent = self.read = 0

    def look(self) -> None:
        """Which lists fail before any text was sent? They say nothing of one."""
        for one in self.here.requests.operations:
            if is_read(one) and not one.placeholders:
                with suppress(ProbeError, PostgresError, httpx.HTTPError):
                    caller = self.here.caller(self.here.allowed(one))
                    shown = self.here.request(one, caller).send(self.here.client, caller.headers)
                    self.broken |= {one.endpoint} if shown.status_code >= BROKEN else set()

    def at(self, operation: Operation) -> None:
        for name, field, tries in self._places(operation):
            self.fields.add((operation.endpoint, name))
            for what, text in self.budget.within(
                tries, lambda _, why: self.problems.setdefault(operation.endpoint, why)
            ):
                try:
                    self._try(operation, name, field, what, text)
                except (ProbeError, PostgresError, httpx.HTTPError) as error:
                    self.problems.setdefault(operation.endpoint, str(error))
                    break

    def _places(self, operation: Operation) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
        """(how it is told, its name, the texts for it) of each text field of the body and of the query."""
        document = self.here.requests.document
        if operation.changes and (operation.takes_json or operation.body_media in FORM_TYPES):
            for name, schema in properties_of(document, operation.body).items():
                if is_text(schema) and "email" not in name.lower() and (tries := list(texts(schema))):
                    yield name, name, tries
        for one in operation.parameters:
            schema = choose(document, one.schema)
            if one.place == "query" and is_text(schema) and (tries := list(texts({"maxLength": 100, **schema}))):
                yield f"?{one.name}", one.name, tries[:: max(1, len(tries) // 3)]

    def _try(self, operation: Operation, place: str, name: str, what: str, text: str) -> None:
        caller, request = self._request(operation, place, name, text)
        self.sent += 1
        curl = request.curl(signed_in=operation.is_protected)
        try:
            answer = request.send(self.here.client, caller.headers)
        except (httpx.TimeoutException, httpx.RemoteProtocolError, httpx.ReadError):
            self._keep(operation, place, what, say("{endpoint} gives no answer", endpoint=operation.endpoint), curl)
            return
        if answer.status_code >= BROKEN and self._plain_fails(operation, place, name, len(text)):
            self.problems.setdefault(operation.endpoint, say("fails at plain letters of that length as well"))
        elif answer.status_code >= BROKEN:
            self._keep(
                operation,
                place,
                what,
                say("{endpoint} answers {status_code}", endpoint=operation.endpoint, status_code=answer.status_code),
                curl,
            )
        elif answer.is_success:
            self.judged.add((operation.endpoint, place))
            if operation.changes:
                self._made(operation, name, what, text, request, caller, answer)
        elif answer.status_code in JUDGED:
            self.judged.add((operation.endpoint, place))

    def _plain_fails(self, operation: Operation, place: str, name: str, length: int) -> bool:
        """So that it is not the script: a column that is shorter, a handler that always fails."""
        caller, request = self._request(operation, place, name, filled(PLAIN, length))
        self.sent += 1
        return request.send(self.here.client, caller.headers).status_code >= BROKEN

    def _request(self, operation: Operation, place: str, name: str, text: str) -> tuple[Identity, Request]:
        people = self.here.people
        caller, owner = caller_and_owner(self.here, operation)
        if operation == people.register:
            request = people.registration()
            again = [n for n in request.fields if is_password(name) and is_password(n)]
            return caller, request.with_fields({**request.fields, **dict.fromkeys(again, text), name: text})
        request = self.here.objects.request(operation, owner)
        if place.startswith("?"):
            return caller, request.with_query(name, text)
        current = {n: owner.password for n in request.fields if is_password(n) and _is_old(n)}
        return caller, request.with_fields({**request.fields, **current, name: text})

    def _made(
        self, operation: Operation, name: str, what: str, text: str, request: Request, caller: Identity, answer: Any
    ) -> None:
        """The answer itself, what is read afterwards, and signing in with a password that was taken."""
        curl = request.curl(signed_in=operation.is_protected)
        told = field_in(content_of(_json(answer), operation.last), name)
        other = told is not None and not is_password(name) and not same_text(text, told)
        if other and self._echoes(operation, name, text):
            self._keep(operation, name, what, say("{endpoint} answers another text", endpoint=operation.endpoint), curl)
        if operation == self.here.people.register and is_password(name):
            self.read += 1
            signed = self.here.people.try_password(login_name(request.fields), text)
            if signed.status_code >= BROKEN or (not signed.is_success and signed.status_code in {400, 401, 422}):
                if not self._plain_signs_in(operation, name, len(text)):  # nor does any other, so the script is not why
                    return
                self._keep(
                    operation,
                    name,
                    what,
                    say("signing in with it is answered {status_code}", status_code=signed.status_code),
                    curl,
                )
        self._read_again(operation, name, what, text, request, caller, answer)

    def _echoes(self, operation: Operation, name: str, text: str) -> bool:
        """Does the operation answer a plain English text of that length as it was sent? A slug is made of any text."""
        plain = filled(PLAIN, len(text))
        caller, request = self._request(operation, name, name, plain)
        answer = request.send(self.here.client, caller.headers)
        told = field_in(content_of(_json(answer), operation.last), name) if answer.is_success else None
        return told is None or same_text(plain, told)

    def _plain_signs_in(self, operation: Operation, name: str, length: int) -> bool:
        """Is an account let in whose password is plain English of that length?"""
        plain = filled(PLAIN, length)
        caller, request = self._request(operation, name, name, plain)
        if not request.send(self.here.client, caller.headers).is_success:
            return False
        return self.here.people.try_password(login_name(request.fields), plain).is_success

    def _read_again(
        self, operation: Operation, name: str, what: str, text: str, request: Request, caller: Identity, answer: Any
    ) -> None:
        values: dict[str, Any] = dict(path_values(request))
        for one in self.here.requests.operations:
            if not is_read(one) or one.endpoint in self.broken:
                continue
            known = self._values(operation, one, values, answer)
            if known is None:
                continue
            self.read += 1
            shown = self.here.requests.example(one, known).send(self.here.client, caller.headers)
            if shown.status_code >= BROKEN:
                self.broken.add(one.endpoint)
                self._keep(
                    operation,
                    name,
                    what,
                    say(
                        "{endpoint} answers {status_code} afterwards",
                        endpoint=one.endpoint,
                        status_code=shown.status_code,
                    ),
                    request.curl(),
                )
            itself = one.path.rstrip("/") == operation.path.rstrip("/") or (
                operation.method == "POST" and one.path.rpartition("/{")[0] == operation.path.rstrip("/")
            )
            told = field_in(_json(shown), name) if shown.is_success and itself and one.placeholders else None
            if told is not None and not same_text(text, told) and self._echoes(operation, name, text):
                self._keep(
                    operation,
                    name,
                    what,
                    say("{endpoint} tells another text", endpoint=one.endpoint),
                    request.curl(signed_in=True),
                )

    def _values(self, made: Operation, read: Operation, values: dict[str, Any], answer: Any) -> dict[str, Any] | None:
        """What a read needs in its path: the path of the change, and the id of what it made; None where more."""
        missing = [one for one in read.placeholders if one not in values]
        if not missing:
            return values
        below = read.path.startswith(f"{made.path.rstrip('/')}/" + "{")
        if made.method != "POST" or len(missing) != 1 or not below:
            return None
        found = id_in(answer, missing[0], made.last or subject(missing[0]))
        return None if found is None else {**values, missing[0]: found}

    def _keep(self, operation: Operation, field: str, what: str, seen: str, curl: str) -> None:
        self.judged.add((operation.endpoint, field))
        self.wrong.append(WorldText(endpoint=operation.endpoint, field=field, what=what, seen=seen, curl=curl))


def _is_old(name: str) -> bool:
    return any(word in name.lower() for word in ("current", "old", "present"))


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
