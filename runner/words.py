"""How is a number of things said, and how long something took?"""

import re
from collections.abc import Iterable
from functools import cache

import inflection

from runner.said import counted, say, together

PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*")  # a name in SQL that needs no quotes
MINUTE, HOUR = 60, 3600  # seconds
BRIEF = 10  # seconds that are told to a tenth


def plural(number: int, word: str) -> str:
    """`1 table`, `3 tables`, `2 queries`, `2 cookies`, `2 statuses`. `word` is one of them."""
    one, several = (f"{{number}} {form.replace('{', '{{').replace('}', '}}')}" for form in (word, many(word)))
    return counted(one, several, number)


def many(word: str) -> str:
    """`tables`, `queries`, `statuses`; of several words the first noun's end: `fields of a body`, `files in git`."""
    found = re.search(r" (?:of|in|to|that|with|for|from|at) ", word)
    if found:
        return f"{many(word[: found.start()])}{word[found.start() :]}"
    if word.endswith("criterion"):
        return f"{word[:-2]}a"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}{'es' if word.endswith(('s', 'x', 'ch', 'sh')) else 's'}"


@cache
def ones(word: str) -> tuple[str, ...]:
    """What one of many things may be called, most likely first, the word itself last: `status` of `statuses`.

    Where inflection takes an ending for an irregular one (`drife` of `drives`), the word without its s is there too.
    """
    word = word.lower().replace("-", "_")
    return tuple(dict.fromkeys((inflection.singularize(word), word.removesuffix("s"), word)))


def for_psql(name: str) -> str:
    """A table's name as psql's `\\d` finds it, which folds what is not quoted: `"Role"`, `shop."OrderItem"`."""
    return ".".join(part if PLAIN_NAME.fullmatch(part) else f'"{part}"' for part in name.split("."))


def lasted(seconds: float) -> str:
    """`0.4 s`, `59 s`, `1 min 01 s`, `1 h 01 min`."""
    if seconds < BRIEF:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"


def listed(things: Iterable[str], most: int = 3, between: str = ", ") -> str:
    """The first few, and how many there are beside: `a, b, c and 4 more`."""
    found = list(things)
    first = together(found[:most], between)
    return say("{things} and {more} more", things=first, more=len(found) - most) if len(found) > most else first
