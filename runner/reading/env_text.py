"""What does an env file set? Read by python-dotenv, as most services read theirs; our own environment has no say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO

from dotenv.parser import parse_stream
from dotenv.variables import Atom, Variable, parse_variables

LONGEST = 10_000  # letters of a value that is put together


@dataclass(frozen=True, slots=True)
class Assigned:
    """One variable, its value without quotes, escapes and comments, and the 1-based line where it stands."""

    name: str
    value: str
    line: int


def assigned_in(text: str) -> Iterator[Assigned]:
    """What is set, in order. `${NAME}` is what the file set before, or its default; else it stays as it stands."""
    known: dict[str, str] = {}
    for one in parse_stream(StringIO(text)):
        if one.key is None or one.value is None:
            continue
        known[one.key] = value = _filled(one.value, known)
        blank = len(one.original.string) - len(one.original.string.lstrip())
        yield Assigned(one.key, value, one.original.line + one.original.string[:blank].count("\n"))


def unread_in(text: str) -> Iterator[tuple[str, str]]:
    """Name and rest of each line that sets nothing as it stands: a quote without end, part of a key.

    The name is empty where the line has none.
    """
    for one in parse_stream(StringIO(text)):
        line = one.original.string.strip()
        if line and not line.startswith("#") and one.value is None:
            name, equals, rest = line.partition("=")
            yield (name.strip(), rest.strip(" \t\"'")) if equals else ("", line)


def _filled(value: str, known: Mapping[str, str]) -> str:
    """As it stands where it would grow beyond every use: each line may double the one before."""
    filled = ""
    for one in parse_variables(value):
        filled += _atom(one, known)
        if len(filled) > max(LONGEST, len(value)):
            return value
    return filled


def _atom(one: Atom, known: Mapping[str, str]) -> str:
    if isinstance(one, Variable) and one.name not in known and one.default is None:
        return f"${{{one.name}}}"
    return one.resolve(known)
