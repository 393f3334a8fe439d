"""Which numbers does an operation move, by which step? Pure: JSON in, dotted names and numbers out."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

DEEPEST = 4
# They name a thing, or tell a time or a page: that they move is no counting.
NAMES = ("id", "page", "limit", "offset", "size", "timestamp", "expires", "expires_in", "iat", "exp")


def numbers_in(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    """(dotted name, number) of every number in JSON objects; lists are left out, their order may change."""
    if isinstance(value, Mapping) and depth <= DEEPEST:
        for name, one in value.items():
            yield from numbers_in(one, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, int | float) and not isinstance(value, bool) and _counts(path):
        yield path, float(value)


def steps_of(seen: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Names whose number moved by one and the same step, other than none, from each look to the next."""
    found: dict[str, float] = {}
    for name in seen[0] if seen else ():
        values = [look.get(name) for look in seen]
        known = [value for value in values if value is not None]
        steps = {round(after - before, 6) for before, after in pairwise(known)}
        if len(known) == len(seen) and len(steps) == 1 and (step := steps.pop()):
            found[name] = step
    return found


def _counts(path: str) -> bool:
    last = path.rpartition(".")[2].lower()
    return bool(last) and last not in NAMES and not last.endswith(("_id", "_at", "id_", "_ts"))
