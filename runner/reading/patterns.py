"""How many characters does a regular expression take at most? Asked of Python's own parser of them."""

import re
from importlib import import_module

# The module behind `re`; its old name, `sre_parse`, warns since Python 3.11.
PARSER = import_module("re._parser")
UNBOUNDED = 2**31  # characters, more than any text has
START, END = frozenset({"AT_BEGINNING", "AT_BEGINNING_STRING"}), frozenset({"AT_END", "AT_END_STRING"})


def longest(pattern: str) -> int | None:
    """None where it sets no bound, or leaves open what stands around it, or is not read by Python."""
    try:
        parsed = PARSER.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    if len(parsed) == 0 or not (_is_at(parsed[0], START) and _is_at(parsed[-1], END)):
        return None
    most = int(parsed.getwidth()[1])
    return most if most < UNBOUNDED else None


def _is_at(part: tuple[object, object], places: frozenset[str]) -> bool:
    return str(part[0]) == "AT" and str(part[1]) in places
