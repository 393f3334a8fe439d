"""Which numbers does an operation move, by which step? Pure: JSON in, dotted names and numbers out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

SUCCESS = range(200, 300)
DUPLICATE = frozenset({400, 403, 409, 412, 422})
IN_A_ROW = 3  # equal requests from which the step of a number is read
DEEPEST = 4
# They name a thing, or tell a time or a page: that they move is no counting.
NAMES = ("id", "page", "limit", "offset", "size", "timestamp", "expires", "expires_in", "iat", "exp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A number that an operation moves by the same step each time: after many at once, is it where it should be?"""

    endpoint: str
    field: str  # dotted
    step: float
    expected: float
    found: float
    statuses: tuple[int, ...] = ()  # of those at once
    curl: str = ""

    @property
    def clear(self) -> bool:
        """Were several taken at once, or refused as one refuses a change? A limit that refuses them shows nothing."""
        return sum(status in SUCCESS or status in DUPLICATE for status in self.statuses) > 1

    @property
    def broken(self) -> int:
        """Answers that say the service failed: a change that is refused so was expected by nobody."""
        return sum(status >= 500 for status in self.statuses)  # noqa: PLR2004

    @property
    def lost(self) -> bool:
        """Fewer steps than answers that said "done"; more are a request that was done and whose answer was lost."""
        return (self.expected - self.found) / self.step > 0


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
