"""A database with the declared rows: filled once by the service's own seed, copied for each use."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import psycopg
from psycopg import sql

from runner.errors import NotThere, ProbeError
from runner.evidence.specification import Spec
from runner.live.postgres import Database
from runner.model import Evidence
from runner.probe import TargetProbe

PATIENCE = 300  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded(Evidence):
    """A database of the declared size."""

    declared: Mapping[str, int]
    there: Mapping[str, int]  # rows counted after the seed; -1 for a table that does not exist
    seed: str | None

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        database = seeded_template(probe)
        declared = declared_rows(probe)
        return cls(
            declared=declared,
            there={table: count_rows(database, table) for table in declared},
            seed=probe.target.config.load.seed,
        )

    def short(self) -> dict[str, tuple[int, int]]:
        """Tables with fewer rows than declared: (there, declared)."""
        pairs = {table: (self.there.get(table, -1), wanted) for table, wanted in self.declared.items()}
        return {table: pair for table, pair in pairs.items() if pair[0] < pair[1]}


def declared_rows(probe: TargetProbe) -> Mapping[str, int]:
    try:
        return probe.need(Spec).content.data
    except NotThere:
        return {}


def seeded_template(probe: TargetProbe) -> Database:
    """The database to copy; nobody may stay connected to it. Filled at the first call of a run."""
    return probe.workshop.once.get(f"seeded {probe.root}", lambda: _fill(probe))


def seeded_database(probe: TargetProbe) -> Database:
    """A new copy of the filled database."""
    return probe.new_database(seeded_template(probe).name)


def _fill(probe: TargetProbe) -> Database:
    database = probe.migrated_database()
    command = probe.target.config.load.seed
    if command:
        words = [word.format(python=probe.target.python) for word in shlex.split(command)]
        ran = probe.run(words, env=probe.environment(database), timeout=PATIENCE)
        if ran.code:
            raise ProbeError(f"the seed command failed ({command}): {ran.last_words}")
    database.rows("VACUUM (ANALYZE)")
    return database


def count_rows(database: Database, table: str) -> int:
    name = sql.Identifier(*table.split("."))
    try:
        with database.connect() as connection:
            row = connection.execute(sql.SQL("SELECT count(*) AS n FROM {}").format(name)).fetchone()
    except psycopg.errors.UndefinedTable:
        return -1
    return int(row["n"]) if row else 0
