"""What does an answer list? The ids of its objects, their number, and the total that stands beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.words import ones

IDS = ("id", "uuid", "uid", "guid", "_id", "pk", "slug", "key", "code")
# From the clearest to the least clear: what is called a size is that of the page where a total stands beside it.
TOTALS = (("total", "totalcount", "totalitems", "totalresults"), ("count", "n"), ("size",))
DEEPEST = 3  # levels of an object in which its id is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one answer of a list holds: its objects' ids, how many there are, and the total that stands beside them."""

    status: int
    ids: frozenset[str]
    count: int
    total: int = 0

    def has_more(self, earlier: "Listed", made: frozenset[str]) -> bool:
        """Does it hold the new object with these ids: one of them is new in it, or it is longer?"""
        return bool(made & (self.ids - earlier.ids)) or self.count > earlier.count

    def tells_more(self, earlier: "Listed") -> bool:
        """Has the total beside it grown?"""
        return self.total > earlier.total


def listed(status: int, body: Any, thing: str) -> Listed:
    """What the answer of a list of such things holds. Where there is no list in it, its total counts."""
    items = items_in(body)
    if items is None:
        return Listed(status=status, ids=frozenset(), count=_total(body))
    ids = frozenset(name for item in items for name in ids_of(item, thing))
    return Listed(status=status, ids=ids, count=len(items), total=_total(body))


def ids_of(item: Any, thing: str, depth: int = DEEPEST) -> frozenset[str]:
    """The values that name an object: its own ids, else those of the objects in it; itself where it is a plain value.

    An id may be called after its thing: `order_id` or `orderId` of an order, or of `orders`.
    """
    if not isinstance(item, dict):
        return frozenset({str(item)} if isinstance(item, str | int) and not isinstance(item, bool) else ())
    names = {*IDS, *(f"{one}{name}" for one in ones(thing) for name in (*IDS, "_number"))}
    known = {name.replace("_", "") for name in names}
    own = {str(item[key]) for key in item if key.lower().replace("_", "") in known and item[key] is not None}
    inner = (value for value in item.values() if isinstance(value, dict)) if depth and not own else ()
    return frozenset(own).union(*(ids_of(value, thing, depth - 1) for value in inner))


def items_in(body: Any) -> Sequence[Any] | None:
    """What stands in a list: the answer itself, or the longest list inside of it. None where there is no list."""
    lists = [body] if isinstance(body, list) else list(_lists(body))
    return max(lists, key=len, default=None)


def _total(body: Any) -> int:
    """A number that is all of the answer, or stands in it as its total, also one level down."""
    if isinstance(body, int) and not isinstance(body, bool):
        return body
    if not isinstance(body, dict):
        return 0
    ranked = min(_numbers(body), default=(0, 0))
    return -ranked[1]


def _numbers(body: Mapping[str, Any], depth: int = DEEPEST) -> Iterator[tuple[int, int]]:
    """(how unclear its name is, less than nothing by its value) of each number that may be a total."""
    for key, value in body.items():
        name = key.lower().replace("_", "")
        rank = next((rank for rank, names in enumerate(TOTALS) if name in names), None)
        if rank is not None and isinstance(value, int) and not isinstance(value, bool):
            yield rank, -value
        elif isinstance(value, dict) and depth:
            yield from _numbers(value, depth - 1)


def _lists(body: Any) -> Iterator[list[Any]]:
    for value in body.values() if isinstance(body, dict) else ():
        if isinstance(value, list):
            yield value
        elif isinstance(value, dict):
            yield from _lists(value)
