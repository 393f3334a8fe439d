"""What was a run made of, so that a later one may tell the same again?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from runner.engine.shelf import Kind, Shelf
from runner.model import Stage, needs_of
from runner.reuse.memory import keeps, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a whole run was made of: the pieces by their seals, and what was of the moment by its digest."""

    seals: Mapping[str, str]  # kind → the seal of the piece
    moment: Mapping[str, str]  # kind that is never kept → the digest of what it said
    seen_in: Mapping[str, int]  # check → the newest run that what it is judged from was seen in


def ground_of(stages: Sequence[Stage], shelf: Shelf) -> Ground | None:
    """What a run of these stages was made of; None where nobody could tell later whether it still holds."""
    memory, lies = shelf.memory, shelf.lies()
    seals = {name_of(kind): one.seal for kind, one in lies.items() if one.seal and keeps(kind)}
    moment = {name_of(kind): one.digest for kind, one in lies.items() if one.digest and not keeps(kind)}
    if memory is None or len(seals) + len(moment) < len(lies) or any(map(needs_of, map(kind_of, moment))):
        return None
    seen_in = {
        check.id: max(runs)
        for stage in stages
        for check in stage.checks
        if check.step not in shelf.target.config.scope
        if (runs := [lies[kind].run or memory.run for kind in check.needs.values() if keeps(kind)])
    }
    return Ground(seals=seals, moment=moment, seen_in=seen_in)


def moment_now(shelf: Shelf, names: Iterable[str]) -> dict[str, str]:
    """Of kinds of evidence that are never kept, the digest of what each says now."""
    return {name: digest for name in names if (digest := shelf.get(kind_of(name)).digest)}


def kind_of(name: str) -> Kind:
    """The kind of evidence of that name, which alone is loaded."""
    module, _, kind = name.partition(":")
    found: Kind = getattr(import_module(module), kind)
    return found
