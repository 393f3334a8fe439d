"""How are many things said in a sentence?"""

from collections.abc import Iterable

from runner.words import listed


def some(things: Iterable[str], most: int = 3) -> str:
    """The first few, and how many there are beside."""
    return listed(things, most, "; ")
