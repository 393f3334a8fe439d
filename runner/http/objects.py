"""Which object does an operation work on, and how does one come to be? Made through the service, owned by a caller."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from runner.errors import ProbeError
from runner.http.account_operations import PEOPLE_WORDS
from runner.http.identities import Identity, said
from runner.http.openapi import Operation, opened
from runner.http.requests import Request, Requests
from runner.words import ones

PERSON_WORDS = frozenset(
    {*PEOPLE_WORDS, "user", "account", "member", "customer", "person", "author", "owner", "assignee"}
    | {"username", "user_name", "login", "handle", "profiles", "profile"}
)
OPENING_WORDS = frozenset({"publish", "publication", "approve", "approval", "activate", "open"})
OPENING_FIELDS = frozenset({"published", "is_published", "public", "is_public"})
NAMES = ("slug", "key", "code", "name")  # what may stand for an id
ENDS = ("_id", "_uuid", "_uid", "_guid", "_pk", "_slug", "_name", "Id", "Uuid", "Uid", "_key", "_code")
REFERS = ("_id", "_uuid", "_uid")
DEEPEST = 4


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


class Objects:
    """Makes objects. `helpers` are asked for parents that the owner may not make itself, most powerful last."""

    def __init__(self, requests: Requests, client: httpx.Client, helpers: Sequence[Identity] = ()) -> None:
        self.requests, self.client, self.helpers = requests, client, tuple(helpers)
        self._kept: dict[tuple[str, str], Made] = {}

    def request(self, operation: Operation, owner: Identity) -> Request:
        """A valid request for an operation on a new object of the owner's. Raises `CannotMake`."""
        made = self.make(operation, owner)
        return self.requests.example(operation, self.references(operation, owner, made.values), made.known)

    def make(self, operation: Operation, owner: Identity, depth: int = 0) -> Made:
        """New objects for the operation's path parameters; the last belongs to the owner. Raises `CannotMake`."""
        made = Made()
        names = operation.placeholders
        for number, name in enumerate(names):
            last = number == len(names) - 1
            made = self._one(operation, name, owner, made, last=last, depth=depth)
        return made

    def kept(self, operation: Operation, owner: Identity) -> Made:
        """As `make`, but the same object as last time for operations on the same thing."""
        key = (_object_path(operation), f"{owner.role} {owner.email}")
        if key not in self._kept:
            self._kept[key] = self.make(operation, owner)
        return self._kept[key]

    def forget(self, operation: Operation, owner: Identity) -> None:
        """Make its object anew next time; after a DELETE also whatever stands below its path, whoever owns it."""
        below = f"{operation.path.rstrip('/')}/"
        if operation.method == "DELETE":
            self._kept = {key: made for key, made in self._kept.items() if not key[0].startswith(below)}
        self._kept.pop((_object_path(operation), f"{owner.role} {owner.email}"), None)

    def _one(self, operation: Operation, name: str, owner: Identity, so_far: Made, *, last: bool, depth: int) -> Made:
        if name in so_far.values:
            return so_far
        word = collection_of(operation, name)
        if is_person(word, name) and (value := owner.value_of(name)) is not None:
            return Made(values={**so_far.values, name: value})
        creator = self.creator(operation, name)
        if creator is None:
            raise CannotMake(f"no operation makes the {name} of {operation.endpoint}")
        if depth >= DEEPEST:
            raise CannotMake(f"{creator.endpoint} needs objects that need each other")
        makers = [owner] if last else [owner, *self.helpers]
        answer = self._create(creator, makers, so_far.values, depth)
        value = id_in(answer, name, word)
        if value is None:
            raise CannotMake(f"{creator.endpoint} answered {said(answer)} without an id for {name}")
        values = {**so_far.values, name: value}
        known = self._opened(creator, value, _json(answer), [owner, *self.helpers])
        return Made(values=values, known=known)

    def creator(self, operation: Operation, name: str) -> Operation | None:
        """The POST that makes what a path parameter names: on the same collection, else on one of that name."""
        prefix = operation.path.partition("{" + name)[0].rstrip("/")
        word = collection_of(operation, name)
        posts = [op for op in self.requests.operations if op.method == "POST" and not op.path.rstrip("/").endswith("}")]
        exact = [op for op in posts if op.path.rstrip("/") == prefix]
        alike = [op for op in posts if op.last == word] or [op for op in posts if subject(name) in ones(op.last)]
        return next(iter([*exact, *sorted(alike, key=lambda op: len(op.placeholders))]), None)

    def _create(
        self, creator: Operation, makers: Sequence[Identity], values: Mapping[str, Any], depth: int
    ) -> httpx.Response:
        trouble = ""
        status = 0
        for maker in makers:
            shared = {name: value for name, value in values.items() if name in creator.placeholders}
            parents = self._parents(creator, maker, shared, depth)
            whole = self.references(creator, maker, parents, depth)
            request = self.requests.example(creator, whole)
            response = request.send(self.client, maker.headers)
            while not response.is_success and self.requests.learn(request, response):
                request = self.requests.example(creator, whole)
                response = request.send(self.client, maker.headers)
            if response.is_success:
                return response
            trouble, status = f"{maker.role} could not {creator.endpoint}: {said(response)}", response.status_code
        raise CannotMake(trouble or f"nobody is there to {creator.endpoint}", status)

    def _parents(self, creator: Operation, maker: Identity, values: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """The objects that a creating operation stands under; whoever may make them does."""
        made = Made(values=values)
        for name in creator.placeholders:
            made = self._one(creator, name, maker, made, last=False, depth=depth + 1)
        return made.values

    def references(
        self, operation: Operation, owner: Identity, values: Mapping[str, Any], depth: int = 0
    ) -> dict[str, Any]:
        """Also values for the required `…_id` and `…_uid` fields of its body: objects made for it."""
        schema = opened(self.requests.document, operation.body)
        found = dict(values)
        for name in schema.get("required", []):
            if not name.endswith(REFERS) or name in found or not operation.body_media or depth >= DEEPEST:
                continue
            if is_person(subject(name), name):
                found[name] = owner.user_id
                continue
            creator = self._creator_of(name)
            if creator is not None and creator.path != operation.path:
                answer = self._create(creator, [owner, *self.helpers], {}, depth + 1)
                found[name] = id_in(answer, name, creator.last)
        return found

    def _creator_of(self, name: str) -> Operation | None:
        posts = [op for op in self.requests.operations if op.method == "POST" and not op.path.rstrip("/").endswith("}")]
        alike = [op for op in posts if subject(name) in ones(op.last)]
        return min(alike, key=lambda op: len(op.placeholders), default=None)

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
                after = _json(response)
                return {**before, **after} if isinstance(after, dict) else before
        return before

    def _opens(self, operation: Operation, creator: Operation) -> bool:
        start = f"{creator.path.rstrip('/')}/" + "{"
        if not operation.changes or operation.method == "DELETE" or not operation.path.startswith(start):
            return False
        fields = opened(self.requests.document, operation.body).get("properties", {})
        under = operation.path.removeprefix(start).partition("}")[2].strip("/")
        return under.lower() in OPENING_WORDS or (bool(OPENING_FIELDS & set(fields)) and "/" not in under)


def id_in(answer: httpx.Response, name: str, word: str) -> Any:
    """The value for a path parameter in the answer that made the object, or at the end of its Location."""
    body = _json(answer)
    found = _content(body)
    if isinstance(found, dict):
        end = re.split(r"_|(?<=[a-z])(?=[A-Z])", name)[-1].lower()  # `uid` of book_uid, `id` of bookId
        ended, plain = ([f"{one}_{last}" for one in ones(word)] for last in (end, "id"))
        for key in (name, end, *ended, "id", *plain, "uuid", "uid", "guid", "_id", "pk", *NAMES):
            if found.get(key) is not None:
                return found[key]
    return answer.headers.get("location", "").rstrip("/").rpartition("/")[2] or None


def _content(body: Any) -> Any:
    """An object out of its envelope: {"data": {…}} or {"article": {…}}."""
    inner = body.get("data") if isinstance(body, dict) else None
    if inner is None and isinstance(body, dict) and len(body) == 1:
        inner = next(iter(body.values()))
    return inner if isinstance(inner, dict) else body


def collection_of(operation: Operation, name: str) -> str:
    """The word before a path parameter: `posts` of /posts/{post_id}; its own name where none is."""
    before = operation.path.partition("{" + name)[0].rstrip("/").rpartition("/")[2]
    return before if before and not before.startswith("{") else subject(name)


def subject(name: str) -> str:
    """`post` of post_id, postId, post_slug."""
    for end in ENDS:
        if name.endswith(end) and name != end:
            return name.removesuffix(end).lower()
    return name.lower()


def is_person(word: str, name: str) -> bool:
    return bool({word.lower(), subject(name)} & PERSON_WORDS)


def _object_path(operation: Operation) -> str:
    return operation.path.rpartition("}")[0]


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
