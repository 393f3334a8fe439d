"""How do the fields of one object stand to each other? A start lies before its end, a least below its most."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import permutations
from typing import Any

from runner.http.references import Schema

Path = tuple[str, ...]  # the names of fields, outermost first, without the places in lists

# How the name of a field ends that refers to other things.
REFERS = ("_ids", "_uuids", "_uids", "Ids", "Uuids", "_id", "_uuid", "_uid", "Id", "Uuid", "Uid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How two fields of one object must stand to each other: `after`, `same` or `other`."""

    first: Path
    how: str
    second: Path


# Words that stand in the names of two fields, of which the second is later or greater.
PAIRS = tuple(
    (one, other)
    for ones, others in (
        ("start starts begin begins from since", "end ends to until till finish finishes stop stops deadline due"),
        ("start starts valid effective", "expiry expires expiration"),
        ("min minimum low lower least lowest", "max maximum high higher upper most highest"),
        ("departure depart departs departing", "arrival arrive arrives arriving return returns returning"),
        ("checkin in pickup", "checkout out dropoff return"),
        ("open opens opening", "close closes closing"),
        ("issue issued issues", "expiry expires expired expiration due"),
        ("earliest first", "latest last"),
        ("sale discount discounted net cost", "list regular original gross"),
        ("hire hired", "termination terminated"),
    )
    for one in ones.split()
    for other in others.split()
)
EMPTY = frozenset(
    {"date", "time", "at", "on", "datetime", "timestamp", "value", "day"}
)  # words that tell no pairs apart
BETWEEN = timedelta(days=2)


def pairs_in(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(the earlier or lesser field, the later or greater one) of each pair that the names tell."""
    words = {name: _words(name) for name in names}
    for one, other in permutations(words, 2):
        if any(_paired(words[one], words[other], pair) for pair in PAIRS):
            yield one, other


def _paired(one: frozenset[str], other: frozenset[str], pair: tuple[str, str]) -> bool:
    first, second = pair
    return first in one and second in other and one - {first} - EMPTY == other - {second} - EMPTY


def _words(name: str) -> frozenset[str]:
    spelt = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("check_in", "checkin")
    return frozenset(spelt.replace("check_out", "checkout").split("_"))


def in_order(values: Mapping[str, Any], schemas: Mapping[str, Schema], told: Iterable[Relation] = ()) -> dict[str, Any]:
    """The same fields, in which the later lies behind the earlier. `told`: relations of these fields alone."""
    found = dict(values)
    for relation in told:
        first, second = relation.first[-1], relation.second[-1]
        if relation.how == "same" and second in found:
            found[first] = found[second]
        if relation.how == "after":
            _put_behind(found, second, first, schemas)
    turned = {(relation.first[-1], relation.second[-1]) for relation in told}
    for earlier, later in pairs_in(found):
        if (earlier, later) not in turned:
            _put_behind(found, earlier, later, schemas)
    return found


def _put_behind(values: dict[str, Any], earlier: str, later: str, schemas: Mapping[str, Schema]) -> None:
    """Move the later value up, or the earlier one down where that is against the bounds of the other."""
    low, high = values.get(earlier), values.get(later)
    if low is None or high is None or _is_behind(low, high) is not False:
        return
    moved = _moved(low, 1)
    if _fits(schemas.get(later, {}), moved):
        values[later] = moved
    else:
        values[earlier] = _moved(high, -1)


def _is_behind(low: Any, high: Any) -> bool | None:
    """Does the second value lie behind the first? None where they can't be compared."""
    one, other = _point(low), _point(high)
    try:
        return None if one is None or other is None else bool(other > one)
    except TypeError:
        return None


def _point(value: Any) -> Any:
    """A number, or the moment that a text is; None for anything else."""
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else value
    if not isinstance(value, str) or not value[:1].isdigit():
        return None
    for read in (datetime.fromisoformat, time.fromisoformat, float):
        try:
            return read(value)
        except ValueError:
            continue
    return None


def _moved(value: Any, steps: int) -> Any:
    """A value so many steps later or greater, written as the first one is."""
    point = _point(value)
    if isinstance(value, int | float):
        return value + steps
    if isinstance(point, float):
        return f"{point + steps:.2f}"
    if isinstance(point, time):
        return point.replace(hour=max(0, min(23, point.hour + 2 * steps))).isoformat()[: len(value)]
    moved = (point + BETWEEN * steps).isoformat(sep=" " if " " in value else "T")
    return moved.replace("+00:00", "Z")[: len(value)] if value.endswith("Z") or "T" not in value else moved


def _fits(schema: Schema, value: Any) -> bool:
    """As far as an upper bound goes."""
    if not isinstance(value, int | float):
        return True
    return bool(value <= schema.get("maximum", value)) and bool(value < schema.get("exclusiveMaximum", value + 1))
