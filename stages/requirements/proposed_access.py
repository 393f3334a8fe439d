"""What may be written down as permission, after every role has asked? What was seen; the rest is a question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from runner.evidence.access.cells import ANOTHERS, NONE, OWN, Cell
from runner.evidence.access.seen_access import SeenAccess
from runner.said import say, together
from runner.specification import ANONYMOUS

Scope = Literal["any", "own"]
IN, OUT, UNSURE = "in", "out", "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One operation: who got in, what successes looked like, and what could not be told."""

    endpoint: str
    allow: dict[str, Scope]
    statuses: tuple[int, ...] = ()  # of those who got in
    refusals: tuple[int, ...] = ()  # 401 and 403 that were seen
    unsure: tuple[str, ...] = ()

    @property
    def told(self) -> bool:
        return bool(self.allow)


def row(access: SeenAccess, endpoint: str) -> Row:
    """What was seen of one operation."""
    allow: dict[str, Scope] = {}
    unsure: list[str] = []
    for role in (ANONYMOUS, *access.roles):
        scope, doubt = _judge(access.of(endpoint, role))
        if scope:
            allow[role] = scope
        if doubt:
            unsure.append(say("{role} {doubt}", role=role, doubt=doubt))
    if allow.get(ANONYMOUS) == "any":  # open to everyone: the others need no word
        allow, unsure = {ANONYMOUS: "any"}, []
    cells = [cell for cell in access.cells if cell.endpoint == endpoint and cell.status]
    return Row(
        endpoint=endpoint,
        allow=allow,
        statuses=tuple(sorted({cell.status for cell in cells if cell.status and cell.got_in})),
        refusals=tuple(sorted({cell.status for cell in cells if cell.status in {401, 403}})),
        unsure=tuple(unsure),
    )


def _judge(cells: Sequence[Cell]) -> tuple[Scope | None, str]:
    """The scope that was seen, and what is in doubt, for one role and one operation."""
    by_owner = {cell.owner: cell for cell in cells if cell.by != "list"}
    if not by_owner:
        return None, ""
    if NONE in by_owner:
        only = by_owner[NONE]
        return ("any" if _seen(only) == IN else None), _doubt(only)
    others, own = by_owner.get(ANOTHERS), by_owner.get(OWN)
    if own is None or own.impossible:
        return ("any" if others and _seen(others) == IN else None), _doubt(others) if others else ""
    doubts = [text for cell in (own, others) if cell and (text := _doubt(cell))]
    if _seen(own) != IN:
        return None, together(doubts, "; ")
    return ("any" if others and _seen(others) == IN else "own"), together(doubts, "; ")


def _seen(cell: Cell) -> str:
    if cell.status is None:
        return UNSURE
    if cell.got_in:
        return IN
    refusing = {401, 403, 404} if cell.owner == ANOTHERS else {401, 403}
    return OUT if cell.status in refusing else UNSURE


def _doubt(cell: Cell) -> str:
    if _seen(cell) != UNSURE:
        return ""
    about = {OWN: say(" on their own object"), ANOTHERS: say(" on somebody else's object")}.get(cell.owner, "")
    if cell.status is None:
        return (
            say("was not asked{about} ({without_body})", about=about, without_body=without_body(cell.problem))
            if cell.problem
            else say("was not asked{about}", about=about)
        )
    return say("got {status}{about}", status=cell.status, about=about)


def without_body(problem: str) -> str:
    """Why something was not seen, without the answer's body: long, and it may repeat what was sent."""
    return re.sub(r"(\b[1-5]\d\d) [{<\[\"].*", r"\1", problem.splitlines()[0]) if problem else ""


def callers(allow: dict[str, Scope]) -> str:
    """Those who got in, as the subject of a sentence."""
    if ANONYMOUS in allow:
        return "anyone"
    if not allow:
        return "a caller"
    return f"a signed-in {listed(_named(allow))}"


def _named(allow: dict[str, Scope]) -> Iterator[str]:
    if set(allow.values()) == {"any"}:
        yield from allow
        return
    for role, scope in allow.items():
        yield f"{role} ({'their own' if scope == 'own' else 'any'})"


def listed(words: Iterator[str] | Sequence[str], last: str = "or") -> str:
    """`a, b or c`."""
    *first, end = list(words)
    return f"{', '.join(first)} {last} {end}" if first else end
