"""Which operation of the contract does a request belong to? The most literal template that fits its path."""

from collections.abc import Iterable

from runner.evidence.contract.contract import Operation


def operation_of(operations: Iterable[Operation], method: str, path: str) -> Operation | None:
    """`GET /posts/me` is `/posts/me`, not `/posts/{post_id}`, where the contract has both. HEAD counts as GET."""
    fitting = [one for one in operations if one.method == method and fits(one.path, path)]
    if not fitting and method == "HEAD":
        return operation_of(operations, "GET", path)
    return min(fitting, key=lambda one: _openness(one.path), default=None)


def fits(template: str, path: str) -> bool:
    wanted, given = _parts(template), _parts(path.partition("?")[0])
    for number, part in enumerate(wanted):
        if part.startswith("{") and part.endswith(":path}"):
            return len(given) > number
        if number >= len(given) or not (part == given[number] or _open(part, given[number])):
            return False
    return len(wanted) == len(given)


def _open(part: str, given: str) -> bool:
    """Does a segment with a placeholder, `{id}` or `{name}.json`, take this word?"""
    if "{" not in part:
        return False
    head, _, rest = part.partition("{")
    tail = rest.rpartition("}")[2]
    return given.startswith(head) and given.endswith(tail) and len(given) > len(head) + len(tail)


def _openness(template: str) -> tuple[bool, ...]:
    return tuple("{" in part for part in _parts(template))


def _parts(path: str) -> list[str]:
    return path.rstrip("/").split("/")
