"""What does one request of the access matrix say? Pure: a request that fits its cell, what came, and the cell then."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from runner.evidence.access.cells import ANOTHERS, OWN, SUCCESS, Cell
from runner.http.identities import Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.said import say
from runner.specification import ANONYMOUS

UNAUTHORIZED, FORBIDDEN = 401, 403
SHUT_OUT = frozenset({UNAUTHORIZED, FORBIDDEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A cell and the request that asks it."""

    operation: Operation
    cell: Cell
    request: Request
    owner: Identity  # of the object that the request names
    sender: Identity
    known: Mapping[str, Any] = field(default_factory=dict)  # what the object looks like now


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """The answer, and what it left behind."""

    status: int
    written: tuple[str, ...] = ()  # tables that changed although it refused
    gone: bool = False  # the object's owner does not find it either


def seen(attempt: Attempt, came: Came) -> Cell:
    """The cell, once asked. That made-up credentials are refused says nothing about who may call."""
    cell = _filled(attempt, came)
    made_up = not attempt.sender.signed_in and came.status == UNAUTHORIZED and _takes_password(attempt.request)
    return replace(cell, impossible=True, problem=say("its credentials are made up")) if made_up else cell


def guarded(attempt: Attempt, came: Came, lost: Cell) -> Cell:
    """What an invented object shows: a guard answers before anything is looked for. `lost` where it shows nothing."""
    let_in = attempt.cell.role == ANONYMOUS and came.status in SUCCESS
    return _filled(attempt, came) if came.status in SHUT_OUT or let_in else lost


def may_be_guarded(cell: Cell) -> bool:
    """Should the caller be refused for its role alone, whoever owns the object?"""
    for_the_role = cell.declared is False and not cell.by
    return cell.owner == ANOTHERS and (for_the_role or (cell.role == ANONYMOUS and cell.declared is not True))


def unasked(cell: Cell, problem: CannotMake, *, missing: bool) -> Cell:
    """The cell whose object can't be made. Where a role is `missing` that may be for the lack of it: it is unseen."""
    refused = problem.status in SHUT_OUT and not missing
    return replace(cell, problem=str(problem), impossible=refused and cell.owner == OWN, unseen=missing)


def _filled(attempt: Attempt, came: Came) -> Cell:
    curl = attempt.request.curl(signed_in=attempt.sender.signed_in)
    return replace(attempt.cell, status=came.status, written=came.written, gone=came.gone, curl=curl)


def _takes_password(request: Request) -> bool:
    return any("passw" in name.lower() for name in request.fields)
