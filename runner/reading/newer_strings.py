"""How does a source read whose f-strings were written for Python 3.12 and newer, to an older one?

Since 3.12 a field may hold the quotes of its own string, backslashes, comments and ends of lines: `f"{d["key"]}"`.
Each such string gets other quotes, on the same lines; what a backslash escapes in a field is read as blanks.
"""

import re
from dataclasses import dataclass

from runner.said import together

OPENS = re.compile(r"(?i:([rbuft]{0,2}))('''|\"\"\"|'|\")")
WORD = re.compile(r"\w+")
COMMENT = re.compile(r"#[^\n]*")
NAMED = re.compile(r"\\N\{[^}\n]*\}")  # `\N{DASH}`: no field
DEEPEST = 4


class _OpenEnded(Exception):
    """A string or a field without an end, or too deep in one another."""


@dataclass(slots=True)
class _Rewriting:
    """Where it is in `text`, and whether the string at hand has to be written anew."""

    text: str
    at: int = 0
    newer: bool = False

    def take(self, length: int) -> str:
        taken = self.text[self.at : self.at + length]
        if not taken:
            raise _OpenEnded
        self.at += length
        return taken

    def sees(self, *signs: str) -> bool:
        return self.text.startswith(signs, self.at)


def with_older_strings(text: str) -> str:
    """The same source for Python 3.11; as it is where a string has no end."""
    read, out = _Rewriting(text), []
    try:
        while read.at < len(text):
            start = read.at
            opened = OPENS.match(text, start)
            if opened is None:
                other = COMMENT.match(text, start) or WORD.match(text, start)
                out.append(read.take(len(other[0]) if other else 1))
                continue
            read.newer = False
            rewritten = _string(read, opened, (), opened[2])
            out.append(rewritten if read.newer else text[start : read.at])
    except (_OpenEnded, RecursionError):
        return text
    return together(out, "")


def _string(read: _Rewriting, opened: re.Match[str], around: tuple[str, ...], first: str) -> str:
    """A string, and where `read` stands behind it. `around`: the quotes of those whose fields it stands in."""
    prefix, quotes = opened[1], opened[2]
    other = "'" if first[0] == '"' else '"'
    mine = (first[0] * 3, other * 3, first[0], other)[min(len(around), DEEPEST - 1)]
    if len(around) >= DEEPEST:
        raise _OpenEnded
    read.newer |= quotes in around
    read.take(len(opened[0]))
    has_fields = bool(set(prefix.lower()) & {"f", "t"})
    body: list[str] = []
    while not read.sees(quotes):
        if read.sees("\\"):
            body.append(_escaped(read, in_field=bool(around)))
        elif has_fields and read.sees("{") and not read.sees("{{"):
            body.append(_field(read, (*around, quotes), first))
        else:
            if read.sees("\n") and len(quotes) == 1:
                raise _OpenEnded
            body.append(read.take(2 if has_fields and read.sees("{{", "}}") else 1))
    read.take(len(quotes))
    return f"{prefix}{mine}{together(body, '')}{mine}"


def _escaped(read: _Rewriting, *, in_field: bool) -> str:
    named = NAMED.match(read.text, read.at)
    taken = read.take(len(named[0]) if named else 2)
    if not in_field:
        return taken
    read.newer = True
    return "".join("\n" if sign == "\n" else " " for sign in taken)


def _field(read: _Rewriting, around: tuple[str, ...], first: str) -> str:
    """From `{` to its `}`: an expression, and behind a colon how it is written, with fields of its own."""
    body, depth, is_format = [read.take(1)], 0, False
    while depth or not read.sees("}"):
        opened = None if is_format else OPENS.match(read.text, read.at)
        if opened:
            body.append(_string(read, opened, around, first))
        elif is_format and read.sees("{"):
            body.append(_field(read, around, first))
        elif not is_format and read.sees("#"):
            read.newer = True
            read.at = COMMENT.match(read.text, read.at).end()  # type: ignore[union-attr]
        elif read.sees("\\"):
            body.append(_escaped(read, in_field=True))
        elif not is_format and (word := WORD.match(read.text, read.at)):
            body.append(read.take(len(word[0])))
        else:
            sign = read.take(1)
            read.newer |= sign == "\n" and len(around[0]) == 1
            depth += 0 if is_format else (sign in "([{") - (sign in ")]}")
            is_format |= sign == ":" and not depth
            body.append(sign)
    body.append(read.take(1))
    return together(body, "")
