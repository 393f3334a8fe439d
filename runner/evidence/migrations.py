"""What Alembic knows about the target's schema history."""

from dataclasses import dataclass
from typing import Self

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

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        config = probe.target.alembic
        if config is None:
            raise NotThere("this service has no Alembic configuration")
        answer = probe.ask("alembic_history", config)
        revisions = tuple(Revision(**{**r, "down": tuple(r["down"])}) for r in answer["revisions"])
        return cls(heads=tuple(answer["heads"]), revisions=revisions)

    def path_of(self, id: str) -> str:
        return next((r.path for r in self.revisions if r.id == id), "")
