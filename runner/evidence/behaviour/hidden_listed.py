"""Does a list show, or count, what is hidden from its caller? Each list beside a thing, by each of its filters."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit
from runner.http.identities import Identity, json_of
from runner.http.list_questions import asked_by, questions
from runner.http.listed import Listed, ids_of, items_in, listed
from runner.http.objects import Made, Objects
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.postgres.driver import PostgresError

NOT_FOUND = 404  # a list may show a little of what is answered 401 or 403: a teaser of what others pay for
SUCCESS = range(200, 300)
PLAIN: tuple[Any, ...] = (None, True, False, "", 0, 1)  # values that anything may have


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenListed:
    """One question to a list by a caller who is answered 404 about one of its things."""

    endpoint: str  # "GET /posts"
    parent: str  # "GET /posts/{post_id}"
    signed_in: bool
    curl: str
    query: str = ""  # the filter: "author_id"; empty where none was asked for
    shown: bool = False  # the hidden thing stands in the list
    counted: bool = False  # the total beside the list grew by it

    @property
    def told(self) -> bool:
        return self.shown or self.counted


def lists_beside(parent: Operation, operations: Sequence[Operation]) -> list[Operation]:
    """Where things like that of `GET /posts/{post_id}` are listed: `GET /posts`, and `GET /posts/search` below it."""
    collection, _, last = parent.path.rpartition("/")
    if parent.method != "GET" or not last.startswith("{"):
        return []
    gets = (one for one in operations if one.method == "GET" and one.placeholders == parent.placeholders[:-1])
    return [one for one in gets if one.path.rstrip("/") == collection or one.path.startswith(f"{collection}/")]


def hidden_listed(here: Visit, parent: Operation, made: tuple[Made, Made], caller: Identity) -> Iterator[HiddenListed]:
    """What each list answers of the first thing, which is hidden from the caller; of the second one others may know.

    A list that shows neither proves nothing and is left out.
    """
    hidden, shown = made
    secret, known = (str(one.values.get(parent.placeholders[-1], "")) for one in made)
    for operation in lists_beside(parent, here.requests.operations) if secret and secret != known else ():
        for query, request in questions(here.requests, operation, hidden.known, hidden.values):
            again = asked_by(here.requests, operation, shown.known, query, shown.values)
            told = _stands_in(here, request, caller, (secret, hidden), parent)
            if told or _stands_in(here, again, caller, (known, shown), parent):
                yield _listed(request, parent, caller, query=query, shown=told)


def hidden_counted(
    here: Visit, parent: Operation, closed: Objects, maker: Identity, caller: Identity
) -> Iterator[HiddenListed]:
    """Whether the total beside a list grows by one more thing that is hidden from the caller."""
    for operation in lists_beside(parent, here.requests.operations):
        if operation.placeholders:
            continue
        request = asked_by(here.requests, operation, {}, "")
        before = _look(here, request, caller)
        if before.status not in SUCCESS or not before.total:
            continue
        try:
            made = closed.make(parent, maker)
            refused = _status(here, parent, made, caller)
        except (ProbeError, PostgresError, httpx.HTTPError):
            continue
        after = _look(here, request, caller)
        if after.status in SUCCESS and refused == NOT_FOUND and not after.ids - before.ids:
            yield _listed(request, parent, caller, counted=after.tells_more(before))


def _listed(
    request: Request,
    parent: Operation,
    caller: Identity,
    *,
    query: str = "",
    shown: bool = False,
    counted: bool = False,
) -> HiddenListed:
    return HiddenListed(
        endpoint=request.endpoint,
        parent=parent.endpoint,
        signed_in=caller.signed_in,
        curl=request.curl(signed_in=caller.signed_in),
        query=query,
        shown=shown,
        counted=counted,
    )


def _stands_in(here: Visit, request: Request, caller: Identity, thing: tuple[str, Made], parent: Operation) -> bool:
    """Does a list show the thing? Below the collection an id may be that of something else: more has to be the same."""
    id, made = thing
    answer = _sent(here, request, caller)
    if answer is None or answer.status_code not in SUCCESS:
        return False
    body = json_of(answer)
    if request.operation.path.rstrip("/") == parent.path.rpartition("/")[0]:
        return id in listed(200, body, request.operation.last).ids
    rows = [row for row in items_in(body) or () if isinstance(row, dict) and id in ids_of(row, parent.last)]
    return any(_is_alike(row, made.known, id) for row in rows)


def _is_alike(row: Mapping[str, Any], known: Mapping[str, Any], id: str) -> bool:
    """Have both the same value in a field besides the id?"""
    return any(value not in PLAIN and str(value) != id and known.get(name) == value for name, value in row.items())


def _status(here: Visit, parent: Operation, made: Made, caller: Identity) -> int:
    request = here.requests.example(parent, made.values, made.known)
    return request.send(here.client, caller.headers).status_code


def _look(here: Visit, request: Request, caller: Identity) -> Listed:
    answer = _sent(here, request, caller)
    if answer is None:
        return Listed(status=0, ids=frozenset(), count=0)
    return listed(answer.status_code, json_of(answer), request.operation.last)


def _sent(here: Visit, request: Request, caller: Identity) -> httpx.Response | None:
    with suppress(httpx.HTTPError):
        return request.send(here.client, caller.headers)
    return None
