"""How are many things said in a sentence?"""

from collections.abc import Iterable


def some(things: Iterable[str], most: int = 3) -> str:
    """The first few, and how many there are in all."""
    found = list(things)
    more = f" ({len(found)} in all)" if len(found) > most else ""
    return "; ".join(found[:most]) + more
