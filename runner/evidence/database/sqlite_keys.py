"""Does SQLite keep foreign keys for this service? Each of its own engines is given a row that refers to nothing."""

from dataclasses import dataclass
from typing import Self

from runner.discovery.fastapi_app import NO_APP
from runner.errors import NotThere, ProbeError
from runner.evidence.database.database_limits import ask_on_postgres, engines_in
from runner.evidence.database.sqlite_walk import environment, must_mention_sqlite
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say
from runner.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteKeys(Evidence):
    """The service's engines on SQLite."""

    engines: tuple[tuple[str, bool], ...]  # (address, are foreign keys kept)

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        app = probe.target.app
        if app is None:
            raise ProbeError(NO_APP)
        must_mention_sqlite(probe)
        file = probe.workshop.scratch("sqlite") / "keys.db"
        answer = probe.ask("engines", app, env=environment(probe, file))
        raw = [one for one in answer.get("engines", ()) if one["dialect"] == "sqlite"]
        if not raw:
            why = answer.get("startup") or say("its engines are for another database")
            on_postgres = len(engines_in(ask_on_postgres(probe)))  # where it finds none there either, nobody knows
            looked = say(
                "its {engines} on PostgreSQL; with a SQLite file it has none", engines=plural(on_postgres, "engine")
            )
            raise NotThere(say("the app does not run on SQLite: {why}", why=why), looked=looked)
        if broken := [one for one in raw if "session" not in one]:
            raise ProbeError(say("its engine on SQLite could not be asked: {broken}", broken=broken[0].get("problem")))
        kept: dict[str, bool] = {}
        for one in raw:
            url = one["url"].replace(str(file), "service.db")
            kept[url] = kept.get(url, True) and one["session"]["orphans"] == "refused"
        return cls(engines=tuple(kept.items()))
