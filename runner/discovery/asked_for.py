"""What do a service's files say of the servers that it needs? Read, never run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.discovery.code_files import python_files
from runner.discovery.env_files import shown_env_files
from runner.discovery.first_sql import first_statements, scripts_in
from runner.discovery.other_databases import OtherDatabase, other_database
from runner.discovery.target import Target
from runner.discovery.wanted import Wanted, wanted_commands, wanted_extensions
from runner.reading.walk import folders_above

DRIVERS = ("psycopg", "asyncpg", "psycopg2", "pg8000")
COROUTINES = ("create_async_engine", "async_engine_from_config", "AsyncEngine", "asyncpg")
WORDS = ("postgres", "psycopg", "asyncpg", "pg8000", "_engine(", "sqlite")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """PostgreSQL's `driver` as SQLAlchemy spells it, extensions, and commands of Redis' modules.

    `other`: the database that the service keeps its data in, where that is none that gonogo starts.
    """

    driver: str | None
    driver_sync: str | None  # … for an engine without coroutines
    extensions: tuple[Wanted, ...]
    commands: tuple[Wanted, ...]
    other: OtherDatabase | None
    first_statements: Mapping[str, str]  # what makes schemas and extensions → the file that says so
    words: tuple[str, ...]  # of WORDS, those that the code has

    def mentions(self, *words: str) -> bool:
        return any(word in self.words for word in words)


def asked_for(target: Target) -> AskedFor:
    folders = [target.root, *folders_above(target.root)]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in python_files(target.root)]
    driver, scripts = _driver(target, texts), list(scripts_in(folders))
    return AskedFor(
        driver=driver,
        driver_sync=_without_coroutines(target, driver),
        extensions=wanted_extensions(scripts, target.config.database.prepare),
        commands=wanted_commands(target.root),
        other=None if driver else _other(target, texts),
        first_statements=first_statements(scripts),
        words=tuple(word for word in WORDS if any(word in text for text in texts)),
    )


def _driver(target: Target, texts: Sequence[str]) -> str | None:
    """The first that is installed; one for coroutines alone only where the code has an engine of that kind."""
    named = target.config.database.driver
    if named:
        return named
    found = _installed(target)
    if not any(word in text for text in texts for word in COROUTINES):
        found.sort(key=lambda name: name == "asyncpg")
    return found[0] if found else None


def _without_coroutines(target: Target, driver: str | None) -> str | None:
    """The same one, unless it is for coroutines alone and another is installed beside it."""
    others = [name for name in _installed(target) if name != "asyncpg"] if driver == "asyncpg" else []
    return others[0] if others else driver


def _installed(target: Target) -> list[str]:
    library = target.python.parent.parent
    return [name for name in DRIVERS if any(library.glob(f"lib/python*/site-packages/{name}"))]


def _other(target: Target, texts: list[str]) -> OtherDatabase | None:
    shown = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in shown_env_files(target.root, folders_above(target.root))
    ]
    return other_database(target.python.parent.parent, [*texts, *shown])
