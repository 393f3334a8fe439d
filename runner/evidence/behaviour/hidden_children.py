"""Is what stands below a thing, or lists it, silent to whom the thing is hidden? A draft, and what tells about it."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.hidden_listed import (
    NOT_FOUND,
    HiddenListed,
    hidden_counted,
    hidden_listed,
    lists_beside,
)
from runner.http.identities import NOBODY, Identity
from runner.http.objects import Made, Objects
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.postgres.driver import PostgresError
from runner.said import say

SUCCESS, HIDDEN = range(200, 300), frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenChild:
    """What an operation below a thing answers a caller who may see such things, but not this one."""

    endpoint: str  # "GET /posts/{post_id}/comments"
    parent: str  # "GET /posts/{post_id}"
    caller: str
    refused: int  # by the parent
    status: int
    curl: str

    @property
    def let_in(self) -> bool:
        return self.status in SUCCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenChildren:
    """All that were asked, of those that could be."""

    found: tuple[HiddenChild, ...] = ()
    below: frozenset[str] = frozenset()  # operations below a thing that anything hides from somebody
    listed: tuple[HiddenListed, ...] = ()  # what lists answered of it
    problems: tuple[tuple[str, str], ...] = ()  # parents of which nothing could be made, and why
    made: frozenset[str] = frozenset()  # parents of which something was made
    unmade: tuple[tuple[str, str], ...] = ()  # … that are listed alone and of which nothing could be made, and why


def hidden_children(here: Visit, closed: Objects, opened: Objects, other: Identity) -> HiddenChildren:
    """`closed` makes things as they begin, `opened` as everybody may see them; `other` owns none of them."""
    found, problems, unmade, made = list[HiddenChild](), dict[str, str](), dict[str, str](), set[str]()
    below, told_by_lists = set[str](), list[HiddenListed]()
    for parent in here.requests.operations:
        children = [one for one in here.requests.operations if _is_below(one, parent)]
        lists = lists_beside(parent, here.requests.operations)
        if not (children or lists):
            continue
        try:
            (hidden, maker), (shown, _) = (_made(here, objects, parent) for objects in (closed, opened))
        except (ProbeError, PostgresError, httpx.HTTPError) as error:
            (problems if children else unmade)[parent.endpoint] = str(error)
            continue
        made.add(parent.endpoint)
        for caller in (NOBODY, other):
            refused = _ask(here, parent, hidden, caller)[1]
            if refused in HIDDEN and _ask(here, parent, shown, caller)[1] in SUCCESS:
                asked = [one for one in children if caller.signed_in or not one.is_protected]
                below |= {one.endpoint for one in asked}
                told = (_child(here, one, (hidden, shown), caller, parent, refused) for one in asked)
                found += filter(None, told)
            if refused == NOT_FOUND and lists:
                told_by_lists += hidden_listed(here, parent, (hidden, shown), caller)
                told_by_lists += hidden_counted(here, parent, closed, maker, caller)
    return HiddenChildren(
        found=tuple(found),
        below=frozenset(below),
        listed=tuple(told_by_lists),
        problems=tuple(problems.items()),
        made=frozenset(made),
        unmade=tuple(unmade.items()),
    )


def _is_below(operation: Operation, parent: Operation) -> bool:
    """`/posts/{post_id}/comments` below `GET /posts/{post_id}`, of the same thing and no other."""
    one_thing = parent.method == "GET" and parent.path.endswith("}")
    return one_thing and operation.path.startswith(f"{parent.path}/") and operation.placeholders == parent.placeholders


def _made(here: Visit, objects: Objects, parent: Operation) -> tuple[Made, Identity]:
    """Of the least powerful role that can make one, and who that is."""
    problem: ProbeError | None = None
    for role in here.roles:
        try:
            return objects.make(parent, here.caller(role)), here.caller(role)
        except ProbeError as error:
            problem = error
    raise problem or ProbeError("nobody could call it")


def _child(
    here: Visit, operation: Operation, made: tuple[Made, Made], caller: Identity, parent: Operation, refused: int
) -> HiddenChild | None:
    """None where the caller is refused below what is shown as well: its refusal says nothing of what is hidden."""
    hidden, shown = made
    request, status = _ask(here, operation, hidden, caller)
    if status not in SUCCESS and _ask(here, operation, shown, caller)[1] not in SUCCESS:
        return None
    return HiddenChild(
        endpoint=operation.endpoint,
        parent=parent.endpoint,
        caller=say("another {role}", role=caller.role) if caller.signed_in else "a stranger",
        refused=refused,
        status=status,
        curl=request.curl(signed_in=caller.signed_in),
    )


def _ask(here: Visit, operation: Operation, made: Made, caller: Identity) -> tuple[Request, int]:
    """The request, and the status of its answer; 0 where there was none."""
    known: Mapping[str, object] = made.known
    request = here.requests.example(operation, made.values, known)
    try:
        return request, request.send(here.client, caller.headers).status_code
    except httpx.HTTPError:
        return request, 0
