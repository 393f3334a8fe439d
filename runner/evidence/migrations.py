"""What Alembic knows about the target's schema history."""

from dataclasses import dataclass
from typing import Self

from runner.declared import declaring_files
from runner.errors import NotThere
from runner.model import Evidence
from runner.probe import TargetProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    id: str
    down: tuple[str, ...]  # what it builds on; none: a base, several: a merge
    message: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations(Evidence):
    """The migration history."""

    heads: tuple[str, ...]
    revisions: tuple[Revision, ...]  # oldest first
    declared: tuple[str, ...] = ()  # files with tables, where there is no revision that could make them

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        config = probe.target.alembic
        answer = probe.ask("alembic_history", config) if config else {"revisions": (), "heads": ()}
        revisions = tuple(Revision(**{**r, "down": tuple(r["down"])}) for r in answer["revisions"])
        declared = () if revisions or not probe.driver() else declaring_files(probe.root)
        files = tuple(path.relative_to(probe.root).as_posix() for path in declared)
        if config is None and not files:
            raise NotThere("this service has no Alembic configuration")
        return cls(heads=tuple(answer["heads"]), revisions=revisions, declared=files)

    def history(self) -> tuple[Revision, ...]:
        """The revisions. Raises `NotThere` where there is none."""
        if not self.revisions:
            raise NotThere("this service has no migration")
        return self.revisions

    def path_of(self, id: str) -> str:
        return next((r.path for r in self.revisions if r.id == id), "")
