"""Somebody who leaves something everywhere: in the account, in all that can be made, in what is cached."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit, ends_session
from runner.evidence.behaviour.caches import is_read
from runner.evidence.behaviour.expendable import shared
from runner.http.erasing import erasing, own_account
from runner.http.identities import Identity
from runner.http.objects import CannotMake
from runner.http.openapi import FORM_TYPES, Operation, properties_of
from runner.http.requests import Request
from runner.http.siblings import REFERS
from runner.http.world import is_text
from runner.postgres.driver import PostgresError
from runner.said import say
from runner.vocabulary.secrets import is_password
from runner.vocabulary.versions import names_version

MOST_THINGS = 25  # operations that make something for one person
SHORTEST = 8  # letters of a text that is told from all others


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody to be erased. `own` and `texts`: by value, the field that it was sent in."""

    who: Identity
    own: dict[str, str] = field(default_factory=dict)  # of the account itself
    texts: dict[str, str] = field(default_factory=dict)  # of what was made by it
    things: list[str] = field(default_factory=list)
    values: Mapping[str, Any] = field(default_factory=dict)  # what names it in a path

    @property
    def all(self) -> Mapping[str, str]:
        return {**self.texts, **self.own}


class People:
    def __init__(self, here: Visit) -> None:
        self.here, self.made = here, 0
        self.start = here.requests.examples.mark()[:4]  # with which every text of these examples is marked
        self.erasing = {one.endpoint for one in erasing(here.requests.operations)}

    def one(self, operation: Operation, *, busy: bool) -> Person:
        """Raises `ProbeError`."""
        self.made += 1
        if not own_account(operation) and not self._is_account(operation):
            return self._of_a_list(operation)
        who = self.here.fresh(self._role(operation))
        person = Person(who=who, own=self._unlike(who.called) | {who.email: say("the name that it signs in with")})
        if busy:
            self._change_profile(person)
            self._make_things(person)
            self._read(person.who)
        person.values = {name: who.value_of(name) for name in operation.placeholders}
        return person

    def _role(self, operation: Operation) -> str:
        """Of those who may be erased by others the one next to the mightiest, as it may make most."""
        return self.here.allowed(operation) if own_account(operation) else self.here.roles[-2:][0]

    def _is_account(self, operation: Operation) -> bool:
        names = operation.placeholders
        return not names or self.here.objects.is_account(operation, names[-1])

    def _of_a_list(self, operation: Operation) -> Person:
        """A customer, a patient: who can't sign in, and is made like any other thing."""
        owner = shared(self.here, self.here.allowed(operation))
        made = self.here.objects.make(operation, owner)
        person = Person(who=owner, own=self._unlike(dict(_texts_in(made.known))), values=made.values)
        if not person.own:
            raise CannotMake("nothing of the person that was made is told, so that it could be looked for")
        return person

    def _unlike(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """The values that nobody else has."""
        return {
            value: name
            for name, value in fields.items()
            if isinstance(value, str)
            and len(value) >= SHORTEST
            and not is_password(name)
            and self._is_marked(value, name)
        }

    def _is_marked(self, value: str, name: str) -> bool:
        return self.start in value.lower() or "phone" in name.lower()

    def _change_profile(self, person: Person) -> None:
        """All texts that the account itself takes; what it is called stays."""
        known = {*person.who.called, "email"}
        for one in self.here.requests.operations:
            own = own_account(one) or (
                self._is_account(one) and one.path.rstrip("/").endswith("}") and one.placeholders
            )
            if one.method not in {"PATCH", "PUT"} or not own or not one.takes_json or ends_session(one):
                continue
            values = {name: person.who.value_of(name) for name in one.placeholders}
            request = self.here.requests.example(one, values)
            if any(map(is_password, request.fields)):
                continue
            kept = {n: v for n, v in request.fields.items() if n not in known and "email" not in n.lower()}
            same = {n: person.who.called.get(n, person.who.email) for n in request.fields if n not in kept}
            person.own |= self._sent(request.with_fields({**same, **kept}), person.who)

    def _make_things(self, person: Person) -> None:
        making = [one for one in self.here.requests.operations if one.method in {"POST", "PUT"} and self._makes(one)]
        for one in making[:MOST_THINGS]:
            with suppress(ProbeError, PostgresError):
                if sent := self._sent(self.here.objects.request(one, person.who), person.who):
                    person.texts |= sent
                    person.things.append(one.endpoint)

    def _makes(self, operation: Operation) -> bool:
        people = (self.here.people.login, self.here.people.register)
        if operation in people or operation.endpoint in self.erasing or ends_session(operation):
            return False
        takes = operation.takes_json or operation.body_media in FORM_TYPES
        fields = properties_of(self.here.requests.document, operation.body)
        return takes and not any(map(is_password, fields))

    def _sent(self, request: Request, who: Identity) -> dict[str, str]:
        """The texts that were taken, by value; with those that may be left out where that is taken."""
        fields = properties_of(self.here.requests.document, request.operation.body)
        free = {
            name: self.here.requests.examples.value(schema, name)
            for name, schema in fields.items()
            if name not in request.fields and not names_version(name) and is_text(schema) and not name.endswith(REFERS)
        }
        whole = request.with_fields({**request.fields, **free}) if free else request
        for one in (whole, request) if free else (request,):
            if one.send(self.here.client, who.headers).is_success:
                return self._unlike(dict(_texts_in(one.body)))
        return {}

    def _read(self, who: Identity) -> None:
        """What may be cached of a person is, as it sees it itself."""
        for one in self.here.requests.operations:
            if is_read(one) and all(self.here.objects.is_account(one, name) for name in one.placeholders):
                values = {name: who.value_of(name) for name in one.placeholders}
                with suppress(httpx.HTTPError):
                    self.here.requests.example(one, values).send(self.here.client, who.headers)


def _texts_in(body: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of a JSON value at any depth."""
    if isinstance(body, Mapping):
        for key, value in body.items():
            yield from _texts_in(value, key)
    elif isinstance(body, list):
        for value in body:
            yield from _texts_in(value, name)
    elif isinstance(body, str):
        yield name, body
