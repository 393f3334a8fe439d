"""How long does the service wait for its database: for a connection, for a lock, for an answer?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from runner.discovery.fastapi_app import NO_APP
from runner.errors import NotThere, ProbeError, Thing
from runner.migrator import Migrator
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say, together

UNBOUNDED_POOLS = frozenset({"NullPool", "AssertionPool"})  # no queue to wait in


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One SQLAlchemy engine of the running app, and what PostgreSQL says in its sessions."""

    url: str
    pool: str
    size: int | None = None
    overflow: int | None = None
    timeout: float | None = None  # seconds that a request may wait for a connection
    recycle: int | None = None
    pre_ping: bool = False
    session: Mapping[str, str]  # statement_timeout, lock_timeout, …; "0": none

    @property
    def waits_in_queue(self) -> bool:
        return self.pool not in UNBOUNDED_POOLS and self.timeout is not None

    @property
    def waits_without_end(self) -> bool:
        """`pool_timeout=None`: who finds the pool empty waits for a connection, however long that takes."""
        return "QueuePool" in self.pool and self.timeout is None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLimits(Evidence):
    """The pools and timeouts of the service's engines."""

    engines: tuple[Engine, ...]
    there: int = 0  # engines on PostgreSQL in the running app, those that could not be asked included

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        answer = ask_on_postgres(probe)
        engines = engines_in(answer)
        silent = sum(one["dialect"] == "postgresql" and "session" not in one for one in answer["engines"])
        return cls(engines=engines, there=len(engines) + silent)


def ask_on_postgres(probe: Probe) -> Mapping[str, Any]:
    """What the running app says of its engines. Raises `NotThere` where it has no driver for PostgreSQL."""
    app = probe.target.app
    if app is None:
        raise ProbeError(NO_APP)
    if probe.servers.driver() is None:
        raise NotThere(
            "this service has no PostgreSQL driver installed",
            looked="the packages of its environment",
            absent=Thing.DATABASE,
        )
    return probe.ask("engines", app, env=probe.environment.of(Migrator(probe).usable_database()))


def engines_in(answer: Mapping[str, Any]) -> tuple[Engine, ...]:
    """The engines on PostgreSQL. Raises `ProbeError` when there is none to look at."""
    raw = [one for one in answer["engines"] if one["dialect"] == "postgresql"]
    good = [one for one in raw if "session" in one]
    if not good:
        why = next((one["problem"] for one in raw if "problem" in one), answer.get("startup", ""))
        none = say("no SQLAlchemy engine on PostgreSQL was found in the running app.")
        raise ProbeError(together(filter(None, (none, why)), " "))
    names = ("url", "pool", "size", "overflow", "timeout", "recycle", "pre_ping", "session")
    found = {one["url"] + one["pool"]: Engine(**{name: one[name] for name in names}) for one in good}
    return tuple(found.values())
