"""Which object does an operation work on, and how does one come to be? Made through the service, owned by a caller."""

import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from runner.errors import ProbeError
from runner.http.account_operations import password_field
from runner.http.identities import ADMINISTRATOR, SUCCESS, Identity, is_done, json_of, said, status_of
from runner.http.openapi import Operation, choose, opened, properties_of
from runner.http.requests import Request, Requests
from runner.http.sessions import ends_session
from runner.http.shown_ids import first_in, id_in, id_of
from runner.http.siblings import REFERS
from runner.http.things import (
    alike,
    collection,
    collection_of,
    collection_path,
    is_named_by_its_caller,
    is_person,
    makes,
    object_path,
    preferred,
    subject,
    without_verb,
)
from runner.live.client import moved
from runner.said import say
from runner.vocabulary.names import joined
from runner.vocabulary.people import PEOPLE

ACCOUNT_IDS = frozenset({"owner_id", "owner", "user_id"})  # fields that say whose account a thing belongs to
OPENING_WORDS = frozenset({"publish", "publication", "approve", "approval", "activate", "open"})
OPENING_FIELDS = frozenset({"published", "is_published", "public", "is_public"})
TOO_MANY = 429
SHUT_OUT = frozenset({401, 403, TOO_MANY})
ERRORS = range(500, 600)
DEEPEST = 4
TRIES = 8  # requests that may be sent until an operation takes one


class CannotMake(ProbeError):
    """The object could not be made: by whom, and what the service said."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Values for path parameters and references, and what the last object looks like."""

    values: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    owned: bool = True  # the last object belongs to whom it was made for


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that was put into the database: the value that names it, and whether it is that of whom it was put for."""

    value: Any
    owned: bool
    remove: Callable[[], None]


Rows = Callable[[str, str, Mapping[str, Any], Any], Row | None]  # of: word, name, objects above it, the owner's id


class Objects:
    """Makes objects. `helpers` are asked for parents that the owner may not make itself, most powerful last.

    What no operation makes, or the one that should fails to make, is put into the database by `rows`. `at_last`: who is
    asked for what an operation needs, where neither owner nor helpers may make it.
    """

    def __init__(
        self,
        requests: Requests,
        client: httpx.Client,
        helpers: Sequence[Identity] = (),
        rows: Rows | None = None,
        at_last: Callable[[], Identity | None] = lambda: None,
    ) -> None:
        self.requests, self.client, self.helpers = requests, client, tuple(helpers)
        self.rows, self._at_last = rows, at_last
        self._kept: dict[tuple[str, str], Made] = {}
        self._named: dict[tuple[str, Hashable], tuple[tuple[str, Any], ...]] = {}

    def request(self, operation: Operation, owner: Identity) -> Request:
        """A valid request for an operation on a new object of the owner's. Raises `CannotMake`."""
        self.try_out(operation, owner)
        return self._valid(operation, owner)

    def try_out(self, operation: Operation, owner: Identity) -> None:
        """Send an operation valid requests until one is taken, once in a run: what its refusals ask for is learned.

        Not where that may cost an account, a session or an object that is needed.
        """
        given = operation.body_media or any(p.required and p.place != "path" for p in operation.parameters)
        person = operation.changes and any(is_person(collection_of(operation, n), n) for n in operation.placeholders)
        asks_who = password_field(properties_of(self.requests.document, operation.body))
        if not given or person or asks_who or ends_session(operation) or operation.method == "DELETE":
            return
        if self.requests.examples.learned.first_time(operation.endpoint):
            with contextlib.suppress(CannotMake):
                self._taken(operation, lambda: self._valid(operation, owner), owner)

    def _taken(self, operation: Operation, make: Callable[[], Request], sender: Identity) -> httpx.Response:
        """The answer to the first request that is taken, or to the last that can be made otherwise."""
        self.requests.examples.learned.first_time(operation.endpoint)
        request = make()
        response = request.send(self.client, sender.headers)
        if response.status_code == TOO_MANY and moved(self.client):
            response = request.send(self.client, sender.headers)
        for _ in range(TRIES):
            if is_done(response):
                return response
            if not self.requests.learn(request, response):
                break
            request = make()
            response = request.send(self.client, sender.headers)
        return self._in_full(request, make, sender, response)

    def _in_full(
        self, request: Request, make: Callable[[], Request], sender: Identity, refused: httpx.Response
    ) -> httpx.Response:
        """The last resorts: values that the database takes, those that tests show, and all that is optional as well."""
        learned, operation = self.requests.examples.learned, request.operation
        sent = {name for name, _ in request.named() if not name.endswith(REFERS)}
        if status_of(refused) in {401, 403, 429}:
            return refused
        fields = [path for path in self.requests.fields(operation) if path[-1] in sent]
        stored = learned.from_database(operation.endpoint, fields)
        while stored or learned.from_tests(operation.endpoint):
            stored, refused = False, make().send(self.client, sender.headers)
            if is_done(refused):
                return refused
        if not learned.in_full(operation.endpoint):
            return refused
        response = make().send(self.client, sender.headers)
        if not is_done(response):
            learned.never_in_full(operation.endpoint)
            return refused
        return response

    def _valid(self, operation: Operation, owner: Identity) -> Request:
        made = self.make(operation, owner)
        return self.requests.example(operation, self.references(operation, owner, made.values), made.known)

    def make(self, operation: Operation, owner: Identity, depth: int = 0) -> Made:
        """New objects for the operation's path parameters; the last belongs to the owner. Raises `CannotMake`."""
        made = Made()
        names = self.requests.things(operation)
        for number, name in enumerate(names):
            last = number == len(names) - 1
            made = self._one(operation, name, owner, made, last=last, depth=depth)
        return made

    def kept(self, operation: Operation, owner: Identity) -> Made:
        """As `make`, but the same object as last time for operations on the same thing."""
        key = (object_path(operation), f"{owner.role} {owner.email}")
        if key not in self._kept:
            self._kept[key] = self.make(operation, owner)
        return self._kept[key]

    def forget(self, operation: Operation, owner: Identity) -> None:
        """Make its object anew next time; after a DELETE also whatever stands below its path, whoever owns it."""
        below = f"{operation.path.rstrip('/')}/"
        if operation.method == "DELETE":
            self._kept = {key: made for key, made in self._kept.items() if not key[0].startswith(below)}
        self._kept.pop((object_path(operation), f"{owner.role} {owner.email}"), None)

    def _one(self, operation: Operation, name: str, owner: Identity, so_far: Made, *, last: bool, depth: int) -> Made:
        if name in so_far.values:
            return so_far
        own = owner.value_of(name) if self.is_account(operation, name) else None
        others = operation.changes and owner.role == ADMINISTRATOR  # no service lets anybody end its own account so
        if own is not None and not others:
            return Made(values={**so_far.values, name: own})
        try:
            return self._by_the_service(operation, name, owner, so_far, last=last, depth=depth)
        except CannotMake as refused:
            if own is not None:
                return Made(values={**so_far.values, name: own})
            if refused.status in (SHUT_OUT if last else {TOO_MANY}):
                raise
            for one in (owner, *self.helpers):  # the shop that it founded when it signed up
                if (told := one.belongs_to(name)) is not None:
                    return Made(values={**so_far.values, name: told}, owned=one == owner)
            stored = self._stored(operation, name, owner, so_far) or self._seen(operation, name, owner, so_far)
            if stored is None:
                raise
            return stored

    def _seen(self, operation: Operation, name: str, owner: Identity, so_far: Made) -> Made | None:
        """What a list shows, to be read: it may be anybody's."""
        value = None if operation.changes else self.existing(collection_of(operation, name), name, owner)
        return None if value is None else Made(values={**so_far.values, name: value}, owned=False)

    def _by_the_service(
        self, operation: Operation, name: str, owner: Identity, so_far: Made, *, last: bool, depth: int
    ) -> Made:
        word = collection_of(operation, name)
        creator = self.creator(operation, name)
        if creator is None:
            if last and is_named_by_its_caller(operation, name):
                return Made(values={**so_far.values, name: self.requests.examples.mark()})
            seen = None if last else self.existing(word, name, owner)
            if seen is not None:
                return Made(values={**so_far.values, name: seen})
            raise CannotMake(say("no operation makes the {name} of {endpoint}", name=name, endpoint=operation.endpoint))
        if depth >= DEEPEST:
            raise CannotMake(say("{endpoint} needs objects that need each other", endpoint=creator.endpoint))
        makers = [owner] if last else self._makers(owner)
        answer = self._create(creator, makers, so_far.values, depth)
        value = id_in(answer, name, word)
        if value is None:
            raise CannotMake(
                say(
                    "{endpoint} answered {said} without an id for {name}",
                    endpoint=creator.endpoint,
                    said=said(answer),
                    name=name,
                )
            )
        values = {**so_far.values, name: value}
        known = self._opened(creator, value, json_of(answer), [owner, *self.helpers])
        return Made(values=values, known=known)

    def _stored(self, operation: Operation, name: str, owner: Identity, so_far: Made) -> Made | None:
        """A row in the database, where a read of the service shows it and none fails at it; else none is left."""
        account = owner.user_id if owner.signed_in else None
        row = self.rows(collection_of(operation, name), name, so_far.values, account) if self.rows else None
        if row is None:
            return None
        values = {**so_far.values, name: row.value}
        if not self._is_shown(operation, name, values, owner):
            row.remove()
            return None
        return Made(values=values, owned=row.owned)

    def _is_shown(self, operation: Operation, name: str, values: Mapping[str, Any], owner: Identity) -> bool:
        """Does a read of it, and the list that it stands in, answer well to somebody, and fail for nobody?"""
        before = operation.path.partition("{" + name)[0]
        path = f"{before}{{{name}}}"
        shown = False
        for read in self.requests.operations:
            if read.method != "GET" or read.path.rstrip("/") not in {path, before.rstrip("/")}:
                continue
            request = self.requests.example(read, values)
            for reader in (owner, *self.helpers):
                status = status_of(request.send(self.client, reader.headers))
                if status in ERRORS:
                    return False
                if status in SUCCESS:
                    shown = shown or read.path.rstrip("/") == path
                    break
        return shown

    def _makers(self, owner: Identity) -> Iterator[Identity]:
        """Of what is nobody's own: each is asked when those before it were refused."""
        yield from (owner, *self.helpers)
        if (last := self._at_last()) is not None:
            yield last

    def creator(self, operation: Operation, name: str) -> Operation | None:
        """The POST (or a PUT that answers 201) that makes what a path parameter names.

        On the same collection, else on one of that name.
        """
        prefix = collection_path(operation, name)
        word = collection_of(operation, name)
        posts = [op for op in self.requests.operations if makes(op) and not op.path.rstrip("/").endswith("}")]
        exact = [op for op in posts if without_verb(op) == prefix]
        named = [op for op in posts if op.last == word] or [op for op in posts if alike(subject(name), collection(op))]
        return next(iter([*sorted(exact, key=preferred), *sorted(named, key=preferred)]), None)

    def _create(
        self, creator: Operation, makers: Iterable[Identity], values: Mapping[str, Any], depth: int
    ) -> httpx.Response:
        problem = ""
        status = 0
        for maker in makers:
            shared = {name: value for name, value in values.items() if name in creator.placeholders}
            parents = self._parents(creator, maker, shared, depth)
            response = self._taken(creator, partial(self._creation, creator, maker, parents, depth), maker)
            if is_done(response):
                return response
            problem, status = (
                say(
                    "{role} could not {endpoint}: {said}",
                    role=maker.role,
                    endpoint=creator.endpoint,
                    said=said(response),
                ),
                response.status_code,
            )
        raise CannotMake(problem or say("nobody is there to {endpoint}", endpoint=creator.endpoint), status)

    def _creation(self, creator: Operation, maker: Identity, parents: Mapping[str, Any], depth: int) -> Request:
        return self.requests.example(creator, self.references(creator, maker, parents, depth))

    def _parents(self, creator: Operation, maker: Identity, values: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """The objects that a creating operation stands under; whoever may make them does."""
        made = Made(values=values)
        for name in self.requests.things(creator):
            made = self._one(creator, name, maker, made, last=False, depth=depth + 1)
        return made.values

    def references(
        self, operation: Operation, owner: Identity, values: Mapping[str, Any], depth: int = 0
    ) -> dict[str, Any]:
        """Also values for what refers to other things in its body, query and headers: objects made for it."""
        found = dict(values)
        if depth >= DEEPEST:
            return found
        for name, value in self._sends(operation):
            if name not in found and (name.endswith(REFERS) or self._is_reference(operation, name)):
                known = self._referred(operation, name, owner, depth)
                if known is not None:
                    found[name] = self._as_taken(operation, name, known, value)
        return found

    def _sends(self, operation: Operation) -> tuple[tuple[str, Any], ...]:
        """(name, some value) of all that a request for it holds beside its path, as far as is learned by now."""
        key = (operation.endpoint, self.requests.examples.learned.asked(operation.endpoint).state)
        if key not in self._named:
            self._named[key] = tuple(self.requests.example(operation).named())
        return self._named[key]

    def _as_taken(self, operation: Operation, name: str, known: Any, value: Any) -> Any:
        """An id as its field takes it: in a list where it takes one, and as a text where it is one."""
        schema = properties_of(self.requests.document, operation.body).get(name, {})
        many = isinstance(value, list)
        inner = choose(self.requests.document, schema.get("items")) if many else schema
        text = inner.get("type") == "string" or isinstance(value, str)
        known = str(known) if text and isinstance(known, int) else known
        return [known] if many else known

    def _is_reference(self, operation: Operation, name: str) -> bool:
        """`category: int` and `category: UUID`, where something makes categories."""
        schema = properties_of(self.requests.document, operation.body).get(name, {})
        holds = choose(self.requests.document, schema.get("items")) if schema.get("type") == "array" else schema
        names = holds.get("type") == "integer" or holds.get("format") == "uuid"
        return names and self._creator_of(name, exactly=True) is not None

    def _referred(self, operation: Operation, name: str, owner: Identity, depth: int) -> Any:
        """The id of something that a field names: made for it, else one that is there; None where there is none."""
        creator = self._creator_of(name)
        people = is_person(subject(name), name) and (creator is None or self._takes_password(creator))
        if people and owner.user_id is not None:
            return owner.user_id
        if creator is not None and creator.path != operation.path:
            try:
                return id_in(self._create(creator, self._makers(owner), {}, depth + 1), name, creator.last)
            except CannotMake:
                found = self.existing(subject(name), name, owner)
                if found is None:
                    raise
                return found
        return self.existing(subject(name), name, owner)

    def existing(self, word: str, name: str, owner: Identity) -> Any:
        """The id of the first thing that a list of that name shows to the owner or a helper; None where none does."""
        for listing in self.requests.operations:
            if listing.method != "GET" or listing.placeholders or not alike(word, listing.last):
                continue
            request = self.requests.example(listing)
            for reader in (owner, *self.helpers):
                answer = request.send(self.client, reader.headers)
                shown = first_in(json_of(answer)) if is_done(answer) else None
                value = shown if isinstance(shown, str) else id_of(shown, name, listing.last)
                if value is not None:
                    return value
        return None

    def is_account(self, operation: Operation, name: str) -> bool:
        """Does it name somebody who can sign in? No author of books, whom an operation makes without a password,
        and no customer whose record belongs to an account.
        """
        word = collection_of(operation, name)
        if not is_person(word, name):
            return False
        creator = self.creator(operation, name)
        if creator is None or self._takes_password(creator):
            return True
        return bool({word.lower(), subject(name)} & PEOPLE) and not self._has_owner(creator, word, name)

    def names_record(self, name: str) -> bool:
        """Does a field name a thing that somebody's account owns, though it sounds like an account: `customer_id`?"""
        creator = self._creator_of(name, exactly=True)
        return (
            creator is not None
            and not self._takes_password(creator)
            and self._has_owner(creator, collection(creator), name)
        )

    def record_of(self, name: str, owner: Identity) -> Any:
        """The id of one that is the owner's, made for it. Raises `CannotMake`."""
        creator = self._creator_of(name, exactly=True)
        if creator is None:
            message = say("nothing makes a {subject}", subject=subject(name))
            raise CannotMake(message)
        return id_in(self._create(creator, (owner,), {}, 0), name, creator.last)

    def _has_owner(self, creator: Operation, word: str, name: str) -> bool:
        """Does its answer say whose it is? The `user_id` of a user is its own."""
        shown = (one.schema for one in creator.responses if one.is_success)
        fields = {joined(field) for schema in shown for field in properties_of(self.requests.document, schema)}
        own = joined(name)
        return any(field != own and not alike(subject(field), word.lower()) for field in fields & ACCOUNT_IDS)

    def _takes_password(self, operation: Operation) -> bool:
        return bool(password_field(properties_of(self.requests.document, operation.body)))

    def _creator_of(self, name: str, *, exactly: bool = False) -> Operation | None:
        """The POST to a collection of that name: `location` also for `home_location_id`."""
        posts = [op for op in self.requests.operations if op.method == "POST" and not op.path.rstrip("/").endswith("}")]
        words = subject(name).split("_")
        for start in range(1 if exactly else len(words)):
            named = [op for op in posts if alike("_".join(words[start:]), collection(op))]
            if named:
                return min(named, key=preferred)
        return None

    def _opened(self, creator: Operation, value: Any, known: Any, makers: Sequence[Identity]) -> dict[str, Any]:
        """Publish it, where that is a step of its own: what nobody may see proves little about who may change it."""
        before = known if isinstance(known, dict) else {}
        opening = next((op for op in self.requests.operations if self._opens(op, creator)), None)
        if opening is None or any(before.get(name) is True for name in OPENING_FIELDS):
            return before
        for maker in makers:
            request = self.requests.example(opening, {opening.placeholders[-1]: value}, before)
            response = request.send(self.client, maker.headers)
            if response.is_success:
                after = json_of(response)
                return {**before, **after} if isinstance(after, dict) else before
        return before

    def _opens(self, operation: Operation, creator: Operation) -> bool:
        start = f"{creator.path.rstrip('/')}/" + "{"
        if not operation.changes or operation.method == "DELETE" or not operation.path.startswith(start):
            return False
        fields = opened(self.requests.document, operation.body).get("properties", {})
        under = operation.path.removeprefix(start).partition("}")[2].strip("/")
        return under.lower() in OPENING_WORDS or (bool(OPENING_FIELDS & set(fields)) and "/" not in under)
