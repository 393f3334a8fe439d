"""A little of the load on the declared rows, watched statement by statement: which statements does the service send?"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from runner.errors import NotThere, ProbeError
from runner.evidence.agreed.specification import AgreedLoad
from runner.evidence.contract.contract import Contract, Operation
from runner.evidence.contract.routing import operation_of
from runner.evidence.database.seeded import Seeded, seeded_database
from runner.evidence.database.statements import Statement, StatementLog
from runner.live import pace
from runner.live.locust import Answer, start_locust
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.said import say

USERS = 4
SECONDS = 5.0
LONGEST = 20.0  # seconds, where an endpoint that a quality need speaks of was not called before …
TELLING = 200  # … or answers, after which it is not called by bad luck
NO_FILE = say("no locustfile: write locustfile.py, or name it in gonogo.toml, [service] load")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementKind:
    """All executions of one piece of SQL."""

    shape: str
    calls: int
    total_ms: float
    slowest: Statement

    @property
    def mean_ms(self) -> float:
        return self.total_ms / self.calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic(Evidence):
    """A few users at work, and the statements that they cause."""

    kinds: tuple[StatementKind, ...]  # the costliest in total first
    answers: int
    called: tuple[str, ...]  # endpoints as the contract names them

    @classmethod
    def collect(
        cls, probe: Probe, seeded: Looked[Seeded], contract: Looked[Contract], agreed: Looked[AgreedLoad]
    ) -> Self:
        if probe.target.load is None or not probe.inside(probe.target.load).is_file():
            raise NotThere(NO_FILE, looked="locustfile.py, here and one folder below")
        seeded.must()
        operations = contract.evidence.operations if contract.evidence else ()
        named = [need.endpoint for need in agreed.evidence.quality if need.load] if agreed.evidence else []
        wanted = {endpoint for endpoint in named if endpoint}

        def enough(answers: Sequence[Answer]) -> bool:
            return len(answers) >= TELLING or wanted <= _called(answers, operations)

        answers, statements = watch_traffic(probe, probe.target.load, enough)
        if not answers:
            raise ProbeError("the load test sent no request in its first seconds")
        contract.must()
        called = tuple(sorted(_called(answers, operations)))
        return cls(kinds=kinds_of(statements), answers=len(answers), called=called)


def _called(answers: Iterable[Answer], operations: Sequence[Operation]) -> set[str]:
    return {one.endpoint for a in answers if (one := operation_of(operations, a.method, a.path))}


def watch_traffic(
    probe: Probe, file: str, enough: Callable[[Sequence[Answer]], bool]
) -> tuple[list[Answer], tuple[Statement, ...]]:
    """Run a few locust users on a copy of the filled database; its answers, and the statements.

    What they call is left to chance, so they go on until it is `enough`, but not for ever.
    """
    database = seeded_database(probe)
    log = StatementLog(probe.servers.postgres(), database)
    with probe.service(database) as server:
        log.mark()
        record = probe.workshop.scratch("traffic") / "answers.jsonl"
        locust = start_locust(
            probe.workshop.runner,
            python=probe.own_python(),
            file=probe.inside(file),
            base=server.base,
            users=USERS,
            record=record,
            env=probe.environment.of(database),
        )
        probe.note(locust.command)
        locust.wait_for_users(USERS)
        ends = time.monotonic() + LONGEST * pace.slowness()
        locust.watch(SECONDS)
        while not enough(locust.answers()) and time.monotonic() < ends:
            locust.watch(SECONDS / 2)
        locust.stop()
        statements = log.since()
    return locust.answers(), statements


def kinds_of(statements: Iterable[Statement]) -> tuple[StatementKind, ...]:
    groups: dict[str, list[Statement]] = defaultdict(list)
    for one in statements:
        groups[one.shape].append(one)
    kinds = [
        StatementKind(
            shape=shape,
            calls=len(group),
            total_ms=round(sum(one.ms for one in group), 3),
            slowest=max(group, key=lambda one: one.ms),
        )
        for shape, group in groups.items()
    ]
    return tuple(sorted(kinds, key=lambda kind: -kind.total_ms))


def calls_by_shape(statements: Iterable[Statement]) -> Counter[str]:
    return Counter(one.shape for one in statements)
