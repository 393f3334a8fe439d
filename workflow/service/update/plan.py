"""What becomes of each file when a service is generated anew and people have edited it since? Pure.

An edit is never lost: whatever the team's file says that was not generated, the file goes on saying.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from runner.said import say

REVISIONS = "migrations/versions/"  # what was released is never changed: a new one follows
BESIDE = ".conflict"


class Kind(StrEnum):
    """What happens to a file."""

    ADDED = "added"
    CHANGED = "changed"  # nobody had edited it
    MERGED = "merged"  # both had, in different places
    REMOVED = "removed"  # nobody had edited it
    KEPT = "kept"  # as the team has it, though it would be otherwise now
    CONFLICT = "conflict"  # both had, in the same place


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Two versions of a file, brought together. `clash`: the whole with what each says, where both say something."""

    text: bytes
    clash: bytes | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One file: what it shall hold (None: nothing is there), and what is written beside it for a person to look at."""

    path: str
    kind: Kind
    ours: bytes | None
    content: bytes | None
    beside: bytes | None = None
    why: str = ""


Merge = Callable[[str, bytes, bytes, bytes], Outcome]  # path, base, ours, new


def plan(
    base: Mapping[str, bytes], ours: Mapping[str, bytes], new: Mapping[str, bytes], merge: Merge
) -> tuple[Move, ...]:
    """A move for each file that is generated otherwise now than then, in the order of their paths."""
    return tuple(_moves(base, ours, new, merge))


def _moves(
    base: Mapping[str, bytes], ours: Mapping[str, bytes], new: Mapping[str, bytes], merge: Merge
) -> Iterator[Move]:
    for path in sorted({*base, *new}):
        was, now, is_there = base.get(path), new.get(path), ours.get(path)
        if now in {was, is_there} or path.startswith(REVISIONS):
            continue
        move = _move(path, was, is_there, now, merge)
        if move.content != move.ours or move.beside is not None or move.why:
            yield move


def _move(path: str, was: bytes | None, ours: bytes | None, now: bytes | None, merge: Merge) -> Move:
    if ours == was:
        kind = Kind.ADDED if was is None else Kind.REMOVED if now is None else Kind.CHANGED
        return Move(path=path, kind=kind, ours=ours, content=now)
    if was is not None and ours is not None and now is not None:
        return _merged(path, was, ours, now, merge)
    if now is None:
        why = say("it isn't generated any more, and was edited here")
        return Move(path=path, kind=Kind.KEPT, ours=ours, content=ours, why=why)
    why = say("it was removed here") if ours is None else say("it was written here before it was generated")
    why += say("; what it would be now stands beside")
    return Move(path=path, kind=Kind.CONFLICT, ours=ours, content=ours, beside=now, why=why)


def _merged(path: str, was: bytes, ours: bytes, now: bytes, merge: Merge) -> Move:
    outcome = merge(path, was, ours, now)
    if outcome.clash is None:
        return Move(path=path, kind=Kind.MERGED, ours=ours, content=outcome.text, why=outcome.why)
    return Move(path=path, kind=Kind.CONFLICT, ours=ours, content=outcome.text, beside=outcome.clash, why=outcome.why)
