"""Does a list show what somebody else made? Decided by the ids in it and their number, not by texts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from runner.evidence.access.cells import SUCCESS, Cell
from runner.evidence.accounts.visit import Visit
from runner.http.identities import Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.shown_ids import id_in
from runner.said import say
from runner.words import ones

IDS = ("id", "uuid", "uid", "guid", "_id", "pk", "slug", "key", "code")
TOTALS = ("total", "count", "totalcount", "totalitems", "totalresults", "size", "n")
DEEPEST = 3  # levels of an object in which its id is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one answer of a list holds: its objects' ids, how many there are, and the total that stands beside them."""

    status: int
    ids: frozenset[str]
    count: int
    total: int = 0

    def has_more(self, earlier: "Listed", made: frozenset[str]) -> bool:
        """Does it hold the new object with these ids: one of them is new in it, or it is longer?"""
        return bool(made & (self.ids - earlier.ids)) or self.count > earlier.count

    def tells_more(self, earlier: "Listed") -> bool:
        """Has the total beside it grown?"""
        return self.total > earlier.total


def watch_list(here: Visit, operation: Operation, cell: Cell, others: Sequence[Identity]) -> Cell:
    """The cell of a list that a role may see only its own objects of.

    Somebody else makes an object between two looks of the caller. It leaked where its id is new in the list, or the
    list is longer, or the total beside it has grown. Where the one who made it does not see it either, or the caller
    not what it made itself, the list proves nothing.
    """
    creator = creator_of(here, operation)
    if creator is None:
        return replace(
            cell,
            by="list",
            problem=say("no operation was found that makes what {endpoint} lists", endpoint=operation.endpoint),
        )
    caller = here.caller(cell.role)
    curl = here.requests.example(operation).curl(signed_in=True)
    problem = say("nobody could {endpoint}", endpoint=creator.endpoint)
    first = look(here, operation, caller)
    own = _made(here, creator, caller, operation)
    for other in others:
        before, owned = look(here, operation, caller), look(here, operation, other)
        made = _made(here, creator, other, operation)
        if made is None:
            problem = say("{role} could not {endpoint}", role=other.role, endpoint=creator.endpoint)
            continue
        after, owns = look(here, operation, caller), look(here, operation, other)
        shown, counted = after.has_more(before, made), after.tells_more(before)
        leaked = shown or counted
        sees_own = own is None or before.has_more(first, own) or bool(own & before.ids)
        why = "" if leaked else _blind(operation, cell, after, sees_own=sees_own)
        if not leaked and not why and not owns.has_more(owned, made):
            why = say(
                "{endpoint} does not show {role} what it made itself", endpoint=operation.endpoint, role=other.role
            )
        if not leaked and not why and not made and after.ids - before.ids:
            why = say(
                "{endpoint} shows {role} something new, and {endpoint2} names no id",
                endpoint=operation.endpoint,
                role=cell.role,
                endpoint2=creator.endpoint,
            )
        return replace(
            cell, by="list", status=after.status, leaked=leaked, counted=counted and not shown, problem=why, curl=curl
        )
    return replace(cell, by="list", problem=problem)


def _blind(operation: Operation, cell: Cell, seen: Listed, *, sees_own: bool) -> str:
    """Why a list without somebody else's objects proves nothing; empty where it does."""
    if seen.status not in SUCCESS:
        return say(
            "{endpoint} answers {status} to {role}, who may list its own",
            endpoint=operation.endpoint,
            status=seen.status,
            role=cell.role,
        )
    return (
        ""
        if sees_own
        else say("{endpoint} does not show {role} what it made itself", endpoint=operation.endpoint, role=cell.role)
    )


def _made(here: Visit, creator: Operation, maker: Identity, lists: Operation) -> frozenset[str] | None:
    """The ids of a new object, none where the answer names none; None where this caller may not make one."""
    try:
        answer = here.request(creator, maker).send(here.client, maker.headers)
    except CannotMake:
        return None
    if answer.status_code not in SUCCESS:
        return None
    named = id_in(answer, "id", creator.last)
    body = _json(answer)
    found = frozenset[str]() if isinstance(body, str) else ids_of(body, lists.last)
    return found | ({str(named)} if named else set())


def creator_of(here: Visit, operation: Operation) -> Operation | None:
    """The POST that makes what a list shows: on the same path, below it, else one for a thing of the same name."""
    posts = [one for one in here.requests.operations if one.method == "POST"]
    same = [one for one in posts if one.path.rstrip("/") == operation.path.rstrip("/")]
    below = [one for one in posts if one.path.startswith(f"{operation.path.rstrip('/')}/") and not one.placeholders]
    things = set(ones(operation.last))
    named = [one for one in posts if things & _words(one) and not one.placeholders]
    return next(iter([*same, *below, *named]), None)


def _words(operation: Operation) -> frozenset[str]:
    """Its path's words, and what one of them is called, also those of `create-task` and `tasks:add`: `task`."""
    parts = (part for segment in operation.segments for part in (segment, *re.split(r"[-_.:]", segment)))
    return frozenset(one for part in parts for one in ones(part))


def look(here: Visit, operation: Operation, caller: Identity) -> Listed:
    """One answer of the list, as this caller gets it."""
    answer = here.requests.example(operation).send(here.client, caller.headers)
    return listed(answer.status_code, _json(answer), operation.last)


def listed(status: int, body: Any, thing: str) -> Listed:
    """What the answer of a list of such things holds. Where there is no list in it, its total counts."""
    items = items_in(body)
    if items is None:
        return Listed(status=status, ids=frozenset(), count=_total(body))
    ids = frozenset(name for item in items for name in ids_of(item, thing))
    return Listed(status=status, ids=ids, count=len(items), total=_total(body))


def ids_of(item: Any, thing: str, depth: int = DEEPEST) -> frozenset[str]:
    """The values that name an object: its own ids, else those of the objects in it; itself where it is a plain value.

    An id may be called after its thing: `order_id` or `orderId` of an order, or of `orders`.
    """
    if not isinstance(item, dict):
        return frozenset({str(item)} if isinstance(item, str | int) and not isinstance(item, bool) else ())
    names = {*IDS, *(f"{one}{name}" for one in ones(thing) for name in (*IDS, "_number"))}
    known = {name.replace("_", "") for name in names}
    own = {str(item[key]) for key in item if key.lower().replace("_", "") in known and item[key] is not None}
    inner = (value for value in item.values() if isinstance(value, dict)) if depth and not own else ()
    return frozenset(own).union(*(ids_of(value, thing, depth - 1) for value in inner))


def items_in(body: Any) -> Sequence[Any] | None:
    """What stands in a list: the answer itself, or the longest list inside of it. None where there is no list."""
    lists = [body] if isinstance(body, list) else list(_lists(body))
    return max(lists, key=len, default=None)


def _total(body: Any) -> int:
    """A number that is all of the answer, or stands in it as its total, also one level down."""
    if isinstance(body, int) and not isinstance(body, bool):
        return body
    if not isinstance(body, dict):
        return 0
    named = [value for key, value in body.items() if key.lower().replace("_", "") in TOTALS]
    return max([_total(value) for value in [*named, *(v for v in body.values() if isinstance(v, dict))]], default=0)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _lists(body: Any) -> Iterator[list[Any]]:
    for value in body.values() if isinstance(body, dict) else ():
        if isinstance(value, list):
            yield value
        elif isinstance(value, dict):
            yield from _lists(value)
