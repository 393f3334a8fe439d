"""How do words get into a Markdown document as they are read? Tables, code, and text that is no Markdown."""

import re
from collections.abc import Iterable, Sequence

from runner.said import Said, told

# An underscore inside a word means nothing, and neither does an `&` that begins no entity.
MEANING = re.compile(r"([\\*\[\]<>|#~`$]|(?<!\w)_|_(?!\w)|&(?=#?\w+;))")
CODE = re.compile(r"(`[^`\n]+`)")
# Also what turns text around or is taken for the end of a line.
CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
LONGEST = 1000  # characters of a cell


class Marked(str):
    """Markdown of our own, which stays what it is."""

    __slots__ = ()


def legible(text: str) -> str:
    """A text in which each sign is seen; its lines stay."""
    return CONTROL.sub("�", text)


def plain(text: str) -> str:
    """Text of a service as it is read, not as Markdown or HTML: only what would change its meaning is escaped.

    Code in backticks stays code, as our own messages use it.
    """
    return "".join(part if n % 2 else MEANING.sub(r"\\\1", part) for n, part in enumerate(CODE.split(text)))


def code(text: object) -> Marked:
    """`text` as code on one line, with backticks in it or not; empty for nothing."""
    line = _line(text)
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return Marked(f"{fence}{room}{line}{room}{fence}" if line else "")


def bold(text: str) -> Marked:
    return Marked(f"**{plain(_line(told(text)))}**")


def below(texts: Iterable[str]) -> Marked:
    """Several in one cell, one below the other."""
    return Marked("<br>".join(_marked(one) for one in texts))


def cell(text: object) -> str:
    """What may stand in a cell of a table: one line, no pipe, no meaning but that of our own."""
    found = _marked(text)
    # A pipe that `plain` has escaped stays so.
    return re.sub(r"(\\\\)*(\\?)\|", lambda one: one[0] if one[2] else f"{one[0][:-1]}\\|", found)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> str:
    """A table, its head told to the reader; `right`: the columns, from 0, that stand at the right."""
    head = [name if isinstance(name, Marked) else told(name) for name in head]
    marks = "".join("--:|" if n in right else "---|" for n in range(len(head)))
    lines = [f"| {' | '.join(map(cell, head))} |", f"|{marks}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)])


def heads(*names: str) -> str:
    """The head of a table that a template writes row by row, told to its reader."""
    return table(names, ())


def _marked(text: object) -> str:
    if isinstance(text, Marked):
        return _line(text)
    line = _line(told(text) if isinstance(text, Said) else text)
    line = line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
    return plain(line)


def _line(text: object) -> str:
    return legible(" ".join(str(text).split()))
