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
    list is longer. Where the one who made it does not see it either, the list proves nothing.
    """
    creator = creator_of(here, operation)
    if creator is None:
        return replace(cell, by="list", trouble=f"no operation was found that makes what {operation.endpoint} lists")
    caller = here.caller(cell.role)
    curl = here.requests.example(operation).curl(signed_in=True)
    trouble = f"nobody could {creator.endpoint}"
    for other in others:
        try:
            before = look(here, operation, caller)
            answer = here.request(creator, other).send(here.client, other.headers)
        except CannotMake as caught:
            trouble = str(caught)
            continue
        if answer.status_code not in SUCCESS:
            trouble = f"{other.role} could not {creator.endpoint}: {answer.status_code}"
            continue
        made = str(id_in(answer, "id", creator.last) or "")
        after, owns = look(here, operation, caller), look(here, operation, other)
        leaked = made in after.ids - before.ids if made else False
        leaked = leaked or after.count > before.count
        blind = not leaked and not (made in owns.ids or owns.count > 0)
        why = f"{operation.endpoint} does not show {other.role} what it made itself" if blind else ""
        return replace(cell, by="list", status=after.status, leaked=leaked, trouble=why, curl=curl)
    return replace(cell, by="list", trouble=trouble)


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
