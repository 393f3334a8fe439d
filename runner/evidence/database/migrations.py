"""What Alembic knows about the target's schema history."""

from dataclasses import dataclass, replace
from typing import Self

from runner.discovery.declared import declaring_files
from runner.errors import NotThere, ProbeError, Thing
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say

LOOKED = say("gonogo.toml, and alembic.ini in the service's folder and two below it")


def no_alembic() -> NotThere:
    """Where a service without Alembic has a database, its schema is made by something that nobody can take back."""
    return NotThere("this service has no Alembic configuration", looked=LOOKED, absent=Thing.DATABASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    id: str
    down: tuple[str, ...]  # what it builds on; none: a base, several: a merge
    message: str
    path: str
    released: bool = False  # it has run everywhere, says gonogo.toml: nobody can mend it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations(Evidence):
    """The migration history."""

    heads: tuple[str, ...]
    revisions: tuple[Revision, ...]  # oldest first
    declared: tuple[str, ...] = ()  # files with tables, where there is no revision that could make them
    ignored: tuple[str, ...] = ()  # revisions that git is told to leave out of the repository

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        config = probe.target.alembic
        answer = probe.ask("alembic_history", config) if config else {"revisions": (), "heads": ()}
        read = tuple(Revision(**{**r, "down": tuple(r["down"])}) for r in answer["revisions"])
        revisions = mark_released(read, probe.target.config.database.released)
        declared = () if revisions or not probe.servers.driver() else declaring_files(probe.root)
        files = tuple(path.relative_to(probe.root).as_posix() for path in declared)
        if config is None and not files:
            raise no_alembic()
        return cls(
            heads=tuple(answer["heads"]), revisions=revisions, declared=files, ignored=_ignored(probe, revisions)
        )

    def history(self) -> tuple[Revision, ...]:
        """The revisions. Raises `NotThere` where there is none."""
        if not self.revisions:
            raise NotThere("this service has no migration", looked=LOOKED, absent=Thing.DATABASE)
        return self.revisions

    def path_of(self, id: str) -> str:
        return next((r.path for r in self.revisions if r.id == id), "")


def _ignored(probe: Probe, revisions: tuple[Revision, ...]) -> tuple[str, ...]:
    """Revisions that `.gitignore` keeps out, where it does not keep out the whole service. None without git."""
    config = probe.target.alembic
    if config is None or not revisions:
        return ()
    try:
        ran = probe.run(["git", "check-ignore", "--", config, *(one.path for one in revisions)], timeout=30)
    except ProbeError:  # there is no git: nothing is kept out by it
        return ()
    found = ran.out.splitlines() if ran.code == 0 else []
    return () if config in found else tuple(one.path for one in revisions if one.path in found)


def mark_released(revisions: tuple[Revision, ...], until: str | None) -> tuple[Revision, ...]:
    """With the named revision and all that it builds on marked. Raises `ProbeError` when there is no such one."""
    if until is None:
        return revisions
    known = {one.id: one for one in revisions}
    if until not in known:
        raise ProbeError(say("gonogo.toml, [database] released: there is no revision `{until}`", until=until))
    waiting, found = [until], set[str]()
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting += [down for down in known[one].down if down in known and down not in found]
    return tuple(replace(one, released=one.id in found) for one in revisions)
