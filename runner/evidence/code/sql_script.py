"""Which statements does a text of PostgreSQL's SQL hold, without its comments? Pure; not evidence itself."""

import re
from collections.abc import Iterator

# What may hold a semicolon, or what looks like a comment and is none; then the comments, and the end of a statement.
TOKENS = re.compile(
    r"""
      (?P<kept> \b[eE]'(?:[^'\\]|\\.|'')*'          # a text with escapes
              | '(?:[^']|'')*'                      # a text
              | "(?:[^"]|"")*"                      # a name
              | [^\W\d][\w$]*                       # a word: its $ begins no text
              | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$ )
    | (?P<line> --[^\n]* )
    | (?P<block> /\* )
    | (?P<end> ; )
    """,
    re.VERBOSE | re.DOTALL,
)
BLOCK = re.compile(r"/\*|\*/")


def statements_in(text: str) -> Iterator[str]:
    """The statements, each without its semicolon; comments are blanks, as PostgreSQL reads them."""
    parts: list[str] = []
    place = 0
    while found := TOKENS.search(text, place):
        parts.append(text[place : found.start()])
        place = found.end()
        if found["kept"]:
            parts.append(found["kept"])
        elif found["end"]:
            yield from _told(parts)
            parts = []
        else:
            parts.append(" ")
            place = _after(text, place) if found["block"] else place
    yield from _told([*parts, text[place:]])


def words_in(statement: str) -> list[str]:
    """Its words in lower case, quoted names too; what stands in texts is among them."""
    return re.findall(r"\w+", statement.lower())


def _after(text: str, place: int) -> int:
    """The place behind a block comment, in which others may lie."""
    depth = 1
    while depth and (found := BLOCK.search(text, place)):
        depth += 1 if found[0] == "/*" else -1
        place = found.end()
    return len(text) if depth else place


def _told(parts: list[str]) -> Iterator[str]:
    if said := "".join(parts).strip():
        yield said
