"""Which schemas and extensions must a new database have before its first migration? What the repository itself says."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
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


def first_statements(folders: Iterable[Path]) -> Mapping[str, str]:
    """Statement → the file that has it, for what files outside of the migrations create and no migration does."""
    found: dict[tuple[str, str], str] = {}
    made_later: set[tuple[str, str]] = set()
    for path, name in script_files(folders):
        text = path.read_text(encoding="utf-8", errors="replace")
        if MIGRATIONS & set(Path(name).parts):
            made_later |= set(created_in(text))
            continue
        for thing in created_in(text):
            found.setdefault(thing, name)
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


def script_files(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Path, and name from the first folder (the service's), of each file that may have such statements."""
    seen: set[Path] = set()
    top, *_ = places = list(folders)
    for start in places:
        for folder, below, names in os.walk(start):
            below[:] = sorted(name for name in below if name not in SKIPPED)
            for path in (Path(folder) / name for name in sorted(names) if name.endswith(READ)):
                if path not in seen and path.is_file() and path.stat().st_size <= LARGEST and os.access(path, os.R_OK):
                    seen.add(path)
                    yield path, Path(os.path.relpath(path, top)).as_posix()
