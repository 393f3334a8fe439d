"""What would Alembic still change to make the migrated schema equal to the models that it sees?"""

from dataclasses import dataclass
from typing import Self

from runner.errors import ProbeError
from runner.evidence.database.migrations import Migrations, no_alembic
from runner.evidence.database.schema import Schema
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.said import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    kind: str  # Alembic's word: add_column, remove_index, modify_nullable, …
    table: str
    column: str | None = None
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Evidence):
    """What `alembic check` says on the migrated database."""

    differences: tuple[Difference, ...]
    tables: tuple[str, ...]  # of the metadata that migrations/env.py gives to Alembic; none where it gives none
    hooks: tuple[str, ...] = ()  # of migrations/env.py, by which Alembic leaves out what it would have found

    @classmethod
    def collect(cls, probe: Probe, migrations: Migrations, schema: Looked[Schema]) -> Self:
        migrations.history()
        heads = migrations.heads
        if len(heads) != 1:
            raise ProbeError(say("{heads} heads hide any drift behind them: alembic merge heads", heads=len(heads)))
        config = probe.target.alembic
        if config is None:
            raise no_alembic()
        schema.must()  # the migrations must have been applied
        database = Migrator(probe).migrated_database()
        with probe.converse("alembic_steps", config, env=probe.environment.of(database)) as steps:
            probe.note("alembic check")
            answer = steps.ask(words=["check"])
        if answer["error"] and (answer["tables"] is not None or answer["early"]):
            raise ProbeError(say("alembic check could not compare: {answer}", answer=answer["error"]))
        found = tuple(Difference(**{**one, "table": one["table"] or ""}) for one in answer["diffs"])
        return cls(differences=found, tables=tuple(answer["tables"] or ()), hooks=tuple(answer["hooks"]))
