"""The database that the service's settings name, while the tests run: do they leave it alone?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.errors import NotThere
from runner.migrator import Migrator
from runner.postgres.database import Database
from runner.postgres.driver import OperationalError
from runner.postgres.marks import Mark, mark_tables, take_marks
from runner.postgres.writes import Watch
from runner.probe import Probe
from runner.said import say
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


def tests_elsewhere(probe: Probe, database: Database | None) -> dict[str, str]:
    """The settings that name a database for tests, each with one that is not the service's own: a new one, or this."""
    names = [name for name, value in probe.environment.named().items() if "{database" in value and _of_tests(name)]
    given = probe.environment.of(database or database_for(probe)) if names else {}
    return {name: given[name] for name in names}


def watched(database: Database) -> Mapping[str, str]:
    """A fingerprint of each table's rows; from now on each table keeps in mind that somebody wrote into it."""
    before = state_of(database)
    mark_tables(database)
    return before


def main_database(
    probe: Probe, before: Mapping[str, str], database: Database, beside: Mapping[str, str]
) -> MainDatabase:
    """What the tests did to a database that was `watched`, which holds no marks from then on."""
    named = (name for name, value in probe.environment.named().items() if "{database" in value and not _of_tests(name))
    marks = {one.table: _in_words(one) for one in take_marks(database) if one.table in before}
    changed = dict(changed_between(before, state_of(database)))
    return MainDatabase(
        tables=len(before),
        changed=tuple(say("{name} {how}", name=name, how=how) for name, how in (marks | changed).items()),
        setting=next(named, ""),
        beside=next(iter(beside), ""),
    )


def state_of(database: Database) -> Mapping[str, str]:
    """A fingerprint of each table's rows; of none where the database is gone."""
    try:
        with Watch(database) as watch:
            return watch.look().tables
    except OperationalError:
        return {}


def _in_words(mark: Mark) -> str:
    return say("was made anew") if mark.made_anew else say("was written and holds what it held ({how})", how=mark.how)


def changed_between(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each table that differs, and how."""
    for name, rows in before.items():
        if name not in after:
            yield name, "is gone"
        elif after[name] != rows:
            yield name, say("has other rows")
    yield from ((name, say("has rows")) for name, rows in after.items() if name not in before and rows)


def _of_tests(name: str) -> bool:
    return bool(TESTS & set(words_of(name)))
