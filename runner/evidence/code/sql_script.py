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
DO = re.compile(r"do\b(?:\s+language\s+\w+)?\s*\$(?P<tag>\w*)\$(?P<body>.*)\$(?P=tag)\$", re.IGNORECASE | re.DOTALL)
# What stands before a statement in PL/pgSQL: how it is reached.
LEADING = re.compile(
    r"\s*(?:<<\w+>>|declare\b.*?\bbegin\b|begin\b|else\b|loop\b|exception\s+when\b.*?\bthen\b|when\b.*?\bthen\b"
    r"|(?:els(?:e\s*)?)?if\b.*?\bthen\b|(?:for|foreach|while)\b.*?\bloop\b)",
    re.IGNORECASE | re.DOTALL,
)
EXECUTED = re.compile(
    r"execute\s+(?:[eE]?'(?P<text>(?:[^']|'')*)'|\$(?P<tag>\w*)\$(?P<quoted>.*?)\$(?P=tag)\$)\s*$",
    re.DOTALL | re.IGNORECASE,
)


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


def done_in_block(statement: str) -> Iterator[str]:
    """The statements that a DO block of PL/pgSQL may run, whatever it asks before; of any other statement, itself.

    `EXECUTE 'ALTER …'` is what its text says. What is put together there is no statement that can be read.
    """
    block = DO.match(statement)
    if block is None:
        yield statement
        return
    for part in map(_without_leading, _parts_of(block["body"])):
        if executed := EXECUTED.match(part):
            yield from statements_in(executed["quoted"] or (executed["text"] or "").replace("''", "'"))
        elif part:
            yield part


def _without_leading(part: str) -> str:
    while found := LEADING.match(part):
        part = part[found.end() :]
    return part.strip()


def _parts_of(body: str) -> Iterator[str]:
    """What stands between the semicolons; those of declarations belong to the BEGIN that follows them."""
    waiting = ""
    for one in statements_in(body):
        waiting = f"{waiting} ; {one}" if waiting else one
        declares = re.match(r"\s*declare\b", waiting, re.IGNORECASE)
        if declares and not re.search(r"\bbegin\b", waiting, re.IGNORECASE):
            continue
        yield waiting
        waiting = ""
    if waiting:
        yield waiting
