"""Which commands write whole tables out with COPY, and would psql end with an error where one fails?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runner.reading.shell import Command, Read
from runner.said import say

# `\copy posts to 'posts.csv'`, `COPY posts (id) TO STDOUT`; not `COPY (SELECT …) TO`, which is a report.
OUT = re.compile(r"\\?\bcopy\s+(?:only\s+)?([\w.\"$*{}]+)\s*(?:\([^)]*\)\s*)?to\s", re.IGNORECASE)
OUT_OF = re.compile(r"^[\w.\"]+$")
MEANT = re.compile(r"back[-_ ]?up|dump|snapshot", re.IGNORECASE)
STOPS = re.compile(r"ON_ERROR_STOP(?:[ =](?:1|on|true))?", re.IGNORECASE)
SCRIPT = ("-f", "--file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A psql that writes tables out."""

    tables: tuple[str, ...]
    sure: bool  # each of them is named, none by a variable
    goes_on: str = ""  # why an error in the middle does not end it


def tables_copied(command: Command, read: Read) -> Copied | None:
    """None for a command that writes no whole table out."""
    words = [word.rpartition("/")[2] for word in command.argv]
    if "psql" not in words or command.name in {"echo", "printf", "which", "command"}:
        return None
    behind = command.argv[words.index("psql") + 1 :]
    said, several = _told(behind, command.handed, read)
    names = [name.strip('"') for text in said for name in OUT.findall(text)]
    if not names:
        return None
    stops = any(STOPS.search(text) for text in (*behind, *said))
    return Copied(
        tables=tuple(names),
        sure=all(OUT_OF.match(name) for name in names),
        goes_on="" if stops or not several else say("psql goes on after an error, without `ON_ERROR_STOP`"),
    )


def is_backup(path: str, text: str) -> bool:
    """Does a script that copies tables say that it is for a backup: by its name, or by a word in it?"""
    return bool(MEANT.search(path) or MEANT.search(text))


def _told(words: Sequence[str], handed: str, read: Read) -> tuple[list[str], bool]:
    """What psql is told, and whether something stands behind the first of it, so that an error there is passed over."""
    given = [_value(words, n, ("-c", "--command")) for n in range(len(words))]
    files = [_value(words, n, SCRIPT) for n in range(len(words))]
    commands = [one for one in given if one]
    scripts = [text for one in files if one and (text := read(one))]
    said = [*commands, *scripts, *([handed] if handed and not commands and not scripts else [])]
    return said, len(commands) > 1 or len(said) > len(commands)


def _value(words: Sequence[str], place: int, options: tuple[str, str]) -> str:
    """The value of an option that stands here: `-c X`, `-cX`, `--command=X`; "" where there is none."""
    word, (short, long) = words[place], options
    if word in options:
        return words[place + 1] if place + 1 < len(words) else ""
    if word.startswith(f"{long}="):
        return word.partition("=")[2]
    return word.removeprefix(short) if word.startswith(short) and not word.startswith("--") else ""
