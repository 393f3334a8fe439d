"""Does a list show what somebody else made? Decided by the ids in it and their number, not by texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runner.evidence.cells import SUCCESS, Cell
from runner.evidence.visit import Visit
from runner.live.identities import Identity
from runner.live.objects import CannotMake, id_in, singular
from runner.live.openapi import Operation

IDS = ("id", "uuid", "uid", "guid", "_id", "pk", "slug", "key", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one answer of a list holds: the ids of its objects, and how many there are."""

    status: int
    ids: frozenset[str]
    count: int


def watch_list(here: Visit, operation: Operation, cell: Cell, others: Sequence[Identity]) -> Cell | None:
    """The cell of a list that a role may see only its own objects of; None where nothing makes what is in it.

    Somebody else makes an object between two looks of the caller. It leaked where its id is new in the list, or the
    list is longer. Where the one who made it does not see it either, or the caller nothing of what it made itself, the
    list proves nothing.
    """
    creator = creator_of(here, operation)
    if creator is None:
        return replace(cell, by="list", trouble=f"no operation was found that makes what {operation.endpoint} lists")
    caller = here.caller(cell.role)
    curl = here.requests.example(operation).curl(signed_in=True)
    trouble = f"nobody could {creator.endpoint}"
    has_own = _made(here, creator, caller) is not None
    for other in others:
        before, owned = look(here, operation, caller), look(here, operation, other)
        made = _made(here, creator, other)
        if made is None:
            trouble = f"{other.role} could not {creator.endpoint}"
            continue
        after, owns = look(here, operation, caller), look(here, operation, other)
        leaked = made in after.ids - before.ids or after.count > before.count
        shown = made in owns.ids if made else owns.count > owned.count
        why = "" if leaked else _blind(operation, cell, other, after, shown=shown, has_own=has_own)
        return replace(cell, by="list", status=after.status, leaked=leaked, trouble=why, curl=curl)
    return replace(cell, by="list", trouble=trouble)


def _blind(operation: Operation, cell: Cell, other: Identity, seen: Listed, *, shown: bool, has_own: bool) -> str:
    """Why a list without somebody else's objects proves nothing; empty where it does."""
    if seen.status not in SUCCESS:
        return f"{operation.endpoint} answers {seen.status} to {cell.role}, who may list its own"
    if not shown:
        return f"{operation.endpoint} does not show {other.role} what it made itself"
    return f"{operation.endpoint} shows {cell.role} nothing, not even its own" if has_own and not seen.count else ""


def _made(here: Visit, creator: Operation, maker: Identity) -> str | None:
    """The id of a new object, empty where the answer names none; None where this caller may not make one."""
    try:
        answer = here.request(creator, maker).send(here.client, maker.headers)
    except CannotMake:
        return None
    return str(id_in(answer, "id", creator.last) or "") if answer.status_code in SUCCESS else None


def creator_of(here: Visit, operation: Operation) -> Operation | None:
    """The POST that makes what a list shows: on the same path, below it, else one for a thing of the same name."""
    posts = [one for one in here.requests.operations if one.method == "POST"]
    same = [one for one in posts if one.path.rstrip("/") == operation.path.rstrip("/")]
    below = [one for one in posts if one.path.startswith(f"{operation.path.rstrip('/')}/") and not one.placeholders]
    thing = singular(operation.last)
    named = [one for one in posts if any(singular(part) == thing for part in one.segments) and not one.placeholders]
    return next(iter([*same, *below, *named]), None)


def look(here: Visit, operation: Operation, caller: Identity) -> Listed:
    """One answer of the list, as this caller gets it."""
    answer = here.requests.example(operation).send(here.client, caller.headers)
    try:
        items = list(items_in(answer.json()))
    except ValueError:
        items = []
    ids = frozenset(str(item[name]) for item in items for name in IDS if item.get(name) is not None)
    return Listed(status=answer.status_code, ids=ids, count=len(items))


def items_in(body: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list: the answer itself, or the longest list of objects inside of it."""
    lists = [body] if isinstance(body, list) else list(_lists(body))
    longest = max(lists, key=len, default=[])
    return (item for item in longest if isinstance(item, dict))


def _lists(body: Any) -> Iterator[list[Any]]:
    for value in body.values() if isinstance(body, dict) else ():
        if isinstance(value, list):
            yield value
        elif isinstance(value, dict):
            yield from _lists(value)
