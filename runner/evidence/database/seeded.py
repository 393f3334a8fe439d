"""A database with the declared rows: filled once by the service's own seed, copied for each use."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from runner.errors import ProbeError
from runner.evidence.agreed.specification import DeclaredRows
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.postgres.sizes import count_rows, count_tables
from runner.probe import Probe
from runner.said import say

PATIENCE = 300  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded(Evidence):
    """A database of the declared size."""

    declared: Mapping[str, int]
    there: Mapping[str, int]  # rows counted after the seed; -1 for a table that does not exist
    seed: str | None
    tables: int = 0  # in the database, declared or not

    @classmethod
    def collect(cls, probe: Probe, declared: DeclaredRows | None) -> Self:
        database = seeded_template(probe)
        rows = declared.rows if declared else {}
        return cls(
            declared=rows,
            there={table: count_rows(database, table) for table in rows},
            seed=probe.target.config.load.seed,
            tables=count_tables(database),
        )

    def short(self) -> dict[str, tuple[int, int]]:
        """Tables with fewer rows than declared: (there, declared)."""
        pairs = {table: (self.there.get(table, -1), wanted) for table, wanted in self.declared.items()}
        return {table: pair for table, pair in pairs.items() if pair[0] < pair[1]}


def seeded_template(probe: Probe) -> Database:
    """The database to copy; nobody may stay connected to it. Filled at the first call of a run."""
    return probe.workshop.once.get(f"seeded {probe.root}", lambda: _fill(probe))


def seeded_database(probe: Probe) -> Database:
    """A new copy of the filled database."""
    return probe.servers.new_database(seeded_template(probe).name)


def _fill(probe: Probe) -> Database:
    database = Migrator(probe).usable_database()
    command = probe.target.config.load.seed
    if command:
        words = [word.format(python=probe.target.python) for word in shlex.split(command)]
        ran = probe.run(words, env=probe.environment.of(database), timeout=PATIENCE)
        if ran.code:
            raise ProbeError(
                say("the seed command failed ({command}): {last_words}", command=command, last_words=ran.last_words)
            )
    database.rows("VACUUM (ANALYZE)")
    return database
