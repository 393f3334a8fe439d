"""Does SQLite keep foreign keys for this service? Asked in a connection of each of its own engines."""

from dataclasses import dataclass
from typing import Self

from runner.errors import NotThere, ProbeError
from runner.evidence.sqlite_walk import environment, mentions_sqlite
from runner.model import Evidence
from runner.probe import TargetProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteKeys(Evidence):
    """The service's engines on SQLite."""

    engines: tuple[tuple[str, bool], ...]  # (address, are foreign keys kept)

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        app = probe.target.app
        if app is None:
            raise NotThere('no FastAPI app found: name it in gonogo.toml, [service] app = "module:attribute"')
        if not mentions_sqlite(probe.root):
            raise NotThere("PostgreSQL only: neither the code nor the migrations of this service mention SQLite")
        file = probe.workshop.scratch("sqlite") / "keys.db"
        answer = probe.ask("engines", app, env=environment(probe, file))
        raw = [one for one in answer.get("engines", ()) if one["dialect"] == "sqlite"]
        if not raw:
            why = answer.get("startup") or answer.get("trouble") or "its engines are for another database"
            raise NotThere(f"the app does not run on SQLite: {why}")
        if broken := [one for one in raw if "session" not in one]:
            raise ProbeError(f"its engine on SQLite could not be asked: {broken[0].get('trouble')}")
        kept = {one["url"].replace(str(file), "service.db"): bool(one["session"]["foreign_keys"]) for one in raw}
        return cls(engines=tuple(kept.items()))
