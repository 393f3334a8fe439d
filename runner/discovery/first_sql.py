"""Which schemas and extensions must a new database have before its first migration? What the repository itself says."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.said import say
from runner.vocabulary.folders import SKIPPED

# Scripts of a database's image, of compose and of workflows; the tests' own preparations.
READ = (".sql", ".sh", ".py", ".yml", ".yaml")
LARGEST = 200_000  # bytes: what is larger holds data
MADE = re.compile(
    r"\bCREATE\s+(SCHEMA|EXTENSION)\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    r"(?:\"(\w[\w-]*)\"|\\\"(\w[\w-]*)\\\"|(\w+))(?![\w.{])",
    re.IGNORECASE,
)
MIGRATIONS = frozenset({"versions", "alembic", "migrations"})
IN_PYTHON = re.compile(r"\bCreateSchema\(\s*[\"'](\w+)[\"']")
NOT_A_NAME = frozenset({"authorization", "if", "and", "or", "for", "in", "with"})


@dataclass(frozen=True, slots=True)
class Script:
    """A file that speaks of schemas or extensions: its name from the service's folder, and its text."""

    name: str
    text: str


def first_statements(scripts: Iterable[Script]) -> Mapping[str, str]:
    """Statement → the file that has it, for what files outside of the migrations create and no migration does."""
    found: dict[tuple[str, str], str] = {}
    made_later: set[tuple[str, str]] = set()
    for script in scripts:
        if MIGRATIONS & set(Path(script.name).parts):
            made_later |= set(created_in(script.text))
            continue
        for thing in created_in(script.text):
            found.setdefault(thing, script.name)
    return {
        f'CREATE {kind} IF NOT EXISTS "{name}"': path
        for (kind, name), path in found.items()
        if (kind, name) not in made_later
    }


def created_in(text: str) -> Iterator[tuple[str, str]]:
    """("SCHEMA" or "EXTENSION", its name) of each statement in a script, or in a program's text."""
    for kind, *names in MADE.findall(text):
        quoted, name = bool(names[0] or names[1]), next(filter(None, names))
        if name.lower() not in NOT_A_NAME:
            yield kind.upper(), name if quoted else name.lower()
    yield from (("SCHEMA", name) for name in IN_PYTHON.findall(text))


def missing_in(complaint: str) -> str:
    """What to do when PostgreSQL says that a schema is not there; empty otherwise."""
    if not (schema := re.search(r'schema "(\w+)" does not exist', complaint)):
        return ""
    key = say('[database] prepare = ["CREATE SCHEMA {schema}"]', schema=schema[1])
    return say(". Where something else makes that schema before the migrations, say so in gonogo.toml: {key}", key=key)


def scripts_in(folders: Iterable[Path]) -> Iterator[Script]:
    """Each file below the folders, of which the first is the service's, that may have such statements."""
    seen: set[str] = set()
    top, *_ = places = [str(folder) for folder in folders]
    for start in places:
        for folder, below, names in os.walk(start):
            below[:] = sorted(name for name in below if name not in SKIPPED)
            for path in (f"{folder}{os.sep}{name}" for name in sorted(names) if name.endswith(READ)):
                if path not in seen and (content := _content(path)) is not None:
                    seen.add(path)
                    if _speaks_of_them(content):
                        text = content.decode(errors="replace")
                        yield Script(Path(os.path.relpath(path, top)).as_posix(), text)


def _content(path: str) -> bytes | None:
    """None for what is no file, holds data, or can't be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a pipe would wait for ever
            return None
        with open(path, "rb") as file:  # noqa: PTH123 - thousands of them
            return file.read() if os.fstat(file.fileno()).st_size <= LARGEST else None
    except OSError:
        return None


def _speaks_of_them(content: bytes) -> bool:
    """A look that costs little before patterns are tried and programs are parsed: thousands of files don't."""
    words = content.lower()
    return b"create" in words and (b"schema" in words or b"extension" in words)
