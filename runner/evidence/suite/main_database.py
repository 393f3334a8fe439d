"""The database that the service's settings name, while the tests run: do they leave it alone?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg

from runner.errors import NotThere
from runner.live.postgres import Database
from runner.live.writes import Watch
from runner.migrator import Migrator
from runner.probe import Probe
from runner.vocabulary.names import words_of

TESTS = frozenset({"test", "tests", "testing", "pytest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MainDatabase:
    """What tests that are well made never see change."""

    tables: int = 0
    changed: tuple[str, ...] = ()  # "users has other rows", "posts is gone"
    setting: str = ""  # that names it: DATABASE_URL
    beside: str = ""  # that names a database for tests, where there is one


def database_for(probe: Probe) -> Database:
    """A migrated database; an empty one for a service without migrations."""
    try:
        return Migrator(probe).usable_database()
    except NotThere:
        return probe.servers.new_database()


def tests_elsewhere(probe: Probe) -> dict[str, str]:
    """The settings that name a database for tests, each with one that is not the service's own."""
    names = [name for name, value in probe.environment.named().items() if "{database" in value and _of_tests(name)]
    given = probe.environment.of(database_for(probe)) if names else {}
    return {name: given[name] for name in names}


def main_database(
    probe: Probe, before: Mapping[str, str], database: Database, beside: Mapping[str, str]
) -> MainDatabase:
    named = (name for name, value in probe.environment.named().items() if "{database" in value and not _of_tests(name))
    return MainDatabase(
        tables=len(before),
        changed=tuple(changed_between(before, state_of(database))),
        setting=next(named, ""),
        beside=next(iter(beside), ""),
    )


def state_of(database: Database) -> Mapping[str, str]:
    """A fingerprint of each table's rows; of none where the database is gone."""
    try:
        with Watch(database) as watch:
            return watch.look().tables
    except psycopg.OperationalError:
        return {}


def changed_between(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name, rows in before.items():
        if name not in after:
            yield f"{name} is gone"
        elif after[name] != rows:
            yield f"{name} has other rows"
    yield from (f"{name} has rows" for name, rows in after.items() if name not in before and rows)


def _of_tests(name: str) -> bool:
    return bool(TESTS & set(words_of(name)))
