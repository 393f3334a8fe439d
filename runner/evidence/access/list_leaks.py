"""Does a list show what somebody else made? Decided by the ids in it and their number, not by texts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from runner.evidence.access.cells import SUCCESS, Cell
from runner.evidence.accounts.visit import Visit
from runner.http.identities import Identity, json_of
from runner.http.list_questions import questions
from runner.http.listed import Listed, ids_of, listed
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.shown_ids import content_of, id_in
from runner.said import say
from runner.words import ones


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
    own = _ids(_made(here, creator, caller), operation)
    for other in others:
        before, owned = look(here, operation, caller), look(here, operation, other)
        known = _made(here, creator, other)
        made = _ids(known, operation)
        if known is None or made is None:
            problem = say("{role} could not {endpoint}", role=other.role, endpoint=creator.endpoint)
            continue
        after, owns = look(here, operation, caller), look(here, operation, other)
        shown, counted = after.has_more(before, made), after.tells_more(before)
        by, again = ("", "")
        if not (shown or counted):
            by, again = _filter_that_shows(here, operation, caller, known.body, made - before.ids)
        leaked = shown or counted or bool(by)
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
            cell,
            by="list",
            status=after.status,
            leaked=leaked,
            counted=counted and not shown,
            filtered=by,
            problem=why,
            curl=again or curl,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """An object that was just made, as it was answered, and the id that its maker was told."""

    body: Any
    named: str


def _filter_that_shows(
    here: Visit, operation: Operation, caller: Identity, known: Any, made: frozenset[str]
) -> tuple[str, str]:
    """The filter of the list by which the caller is shown somebody else's new object, and its command; else empty."""
    fields = content_of(known, operation.last)
    for query, request in questions(here.requests, operation, fields if isinstance(fields, dict) else {}):
        answer = request.send(here.client, caller.headers) if query else None
        if answer is not None and made & listed(answer.status_code, json_of(answer), operation.last).ids:
            return query, request.curl(signed_in=True)
    return "", ""


def _made(here: Visit, creator: Operation, maker: Identity) -> _New | None:
    """A new object; None where this caller may not make one."""
    try:
        answer = here.request(creator, maker).send(here.client, maker.headers)
    except CannotMake:
        return None
    if answer.status_code not in SUCCESS:
        return None
    named = id_in(answer, "id", creator.last)
    return _New(body=json_of(answer), named=str(named) if named else "")


def _ids(made: _New | None, lists: Operation) -> frozenset[str] | None:
    """The ids of a new object, none where the answer names none; None where there is none."""
    if made is None:
        return None
    found = frozenset[str]() if isinstance(made.body, str) else ids_of(made.body, lists.last)
    return found | ({made.named} if made.named else set())


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
    return listed(answer.status_code, json_of(answer), operation.last)
