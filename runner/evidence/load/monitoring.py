"""Can it be watched? Health, readiness with the database gone, metrics under odd traffic, headers, log lines."""

import json
import re
import time
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

import httpx

from runner.errors import ProbeError
from runner.evidence.contract.contract import Contract, Operation
from runner.evidence.contract.served_app import (
    ServedApp,
    health_paths,
    live_paths,
    metrics_paths,
    ready_paths,
    told_apart,
)
from runner.evidence.load.caller_labels import CallerLabels, labels_of_callers
from runner.evidence.load.metrics_seen import (
    FIRST_ID,
    Counting,
    Growth,
    find_metrics,
    port_of_metrics,
    status_of,
    watch_metrics,
)
from runner.http.guarded_metrics import guarded_metrics
from runner.live import pace
from runner.live.server import Server
from runner.live.waiting import until
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.postgres.sessions import end_all, let_in
from runner.probe import Probe
from runner.said import say

LATE = 2.0  # seconds until a line is in the log
PATIENCE = 15.0  # seconds until readiness has to say the right thing again
TIMING = re.compile(r"^(server-timing|x-.*(time|duration|elapsed|took).*)$", re.IGNORECASE)
REQUEST_ID = re.compile(r"^(x-)?(request|correlation|trace)-?id$|^traceparent$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthEndpoint:
    """A path that tells about the service, with its statuses: normal, with the database gone, and after."""

    path: str
    normal: int
    without_database: int = 0
    after: int = 0
    seconds: float = 0.0  # it took to answer with the database gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One operation's answer: the headers that tell its id and its time, and whether the log has the id."""

    endpoint: str
    status: int
    identity: str = ""  # the value of the header with the request's id
    time: str = ""  # … and of the one with the time that it took
    logged: bool = False  # a structured line of the log has the id

    @property
    def whole(self) -> bool:
        return bool(self.identity and any(one.isdigit() for one in self.time) and self.logged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring(Evidence):
    """What the running service tells about itself."""

    ready: HealthEndpoint | None
    live: HealthEndpoint | None
    metrics: str | None  # the path
    series: int  # after the strange traffic
    families: tuple[str, ...]  # names of the metrics that count or time requests
    growth: tuple[Growth, ...]
    probed: tuple[str, ...]  # what the strange traffic was
    endpoint: str  # that was called for the headers
    timing_header: str | None
    request_id_header: str | None
    log_line: str | None  # a structured line with the request's id
    log_sample: str = ""  # the last line that it wrote, structured or not
    tried: tuple[str, ...] = ()  # paths where health was looked for
    metrics_elsewhere: str = ""  # where the code opens another port for its metrics: `app/main.py:24`
    metrics_shut: str = ""  # what asks who comes, and was opened by no setting: `GET /metrics answers 401`
    counting: Counting = field(default_factory=Counting)
    followed: tuple[Followed, ...] = ()  # one answer of every operation that could be asked
    operations: int = 0  # of the contract
    callers: CallerLabels = field(default_factory=CallerLabels)  # whom the metrics name
    slowness: float = 1.0  # by how much this machine was overcrowded meanwhile

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, served: ServedApp) -> Self:
        operations = contract.operations
        health = probe.target.config.health
        usual_ready = (*ready_paths(served), *health_paths(served))
        database = Migrator(probe).usable_database()
        with probe.service(database) as server, server.client() as client:
            places = (health.metrics,) if health.metrics else metrics_paths(served)
            guarded = guarded_metrics(client, places, probe.environment.of(database))
            if guarded and guarded.is_open:
                guarded.authenticate(client)
            shut = (
                say("GET {path} answers {status}", path=guarded.path, status=guarded.status)
                if guarded and not guarded.is_open
                else ""
            )
            metrics = find_metrics(client, None if shut else health.metrics, metrics_paths(served))
            growth, series, families, probed, counting = watch_metrics(client, metrics, operations)
            endpoint, headers = an_answer(client, operations)
            followed = follow(client, server, operations)
            identity, line = find_log_line(server, headers)
            callers = labels_of_callers(probe, contract, client, database, metrics)
            paths = {operation.path for operation in operations}
            asked = partial(status_of, client)
            ready = find_health(client, health.ready, told_apart(served, usual_ready, asked), paths)
            live = find_health(client, health.live, told_apart(served, live_paths(served), asked), paths)
            if ready:
                ready, live = without_database(client, database, ready, live)
            return cls(
                ready=ready,
                live=live,
                metrics=metrics,
                series=series,
                families=families,
                growth=growth,
                probed=probed,
                endpoint=endpoint,
                timing_header=next((name for name in headers if TIMING.match(name)), None),
                request_id_header=identity,
                log_line=line,
                log_sample=last_line(server.log()),
                metrics_shut=shut if metrics is None else "",
                metrics_elsewhere=port_of_metrics(probe.root) if metrics is None else "",
                tried=tuple(dict.fromkeys(filter(None, (health.ready, *usual_ready)))),
                counting=counting,
                followed=followed,
                operations=len(operations),
                callers=callers,
                slowness=pace.slowness(),
            )


def find_health(
    client: httpx.Client, named: str | None, usual: tuple[str, ...], served: Collection[str] = ()
) -> HealthEndpoint | None:
    """The named path, whatever it answers; else the first usual one that answers 2xx, else that is served and fails."""
    if named:
        return HealthEndpoint(path=named, normal=status_of(client, named))
    found = (HealthEndpoint(path=path, normal=status_of(client, path)) for path in dict.fromkeys(usual))
    failing = None
    for one in found:
        if 200 <= one.normal < 300:  # noqa: PLR2004 - HTTP
            return one
        failing = failing or (one if one.path in served and one.normal >= 500 else None)  # noqa: PLR2004
    return failing


def without_database(
    client: httpx.Client, database: Database, ready: HealthEndpoint, live: HealthEndpoint | None
) -> tuple[HealthEndpoint, HealthEndpoint | None]:
    """Shut the database, end its sessions, ask, and open it again."""
    admin = replace(database, name="postgres")
    let_in(admin, database, allowed=False)
    try:
        end_all(admin, database)
        began = time.monotonic()
        gone = status_of(client, ready.path)
        seconds = time.monotonic() - began
        if 200 <= gone < 300:  # noqa: PLR2004 - a result that is kept for a second or two is no fault
            time.sleep(2)
            gone = status_of(client, ready.path)
        lives = status_of(client, live.path) if live else 0
    finally:
        let_in(admin, database, allowed=True)
    after = wait_for(client, ready.path, ready.normal)
    told = HealthEndpoint(
        path=ready.path, normal=ready.normal, without_database=gone, after=after, seconds=round(seconds, 2)
    )
    alive = (
        HealthEndpoint(path=live.path, normal=live.normal, without_database=lives, after=live.normal) if live else None
    )
    return told, alive


def wait_for(client: httpx.Client, path: str, wanted: int) -> int:
    patience = PATIENCE * pace.slowness()
    return until(lambda: status_of(client, path), patience, enough=lambda status: status == wanted, pause=0.25)


# --- headers and log lines


def an_answer(client: httpx.Client, operations: tuple[Operation, ...]) -> tuple[str, Mapping[str, str]]:
    """The headers of one plain GET that belongs to the service's own business."""
    plain = [one for one in operations if one.method == "GET" and "{" not in one.path]
    plain.sort(key=lambda one: (one.is_protected, bool(re.search(r"health|ready|live|metrics", one.path))))
    path = plain[0].path if plain else "/"
    try:
        response = client.get(path)
    except httpx.HTTPError as error:
        raise ProbeError(say("GET {path} got no answer: {name}", path=path, name=type(error).__name__)) from error
    return f"GET {path}", {name.lower(): value for name, value in response.headers.items()}


def follow(client: httpx.Client, server: Server, operations: tuple[Operation, ...]) -> tuple[Followed, ...]:
    """Every operation asked once, by nobody and for what does not exist: a refusal is an answer as well."""
    answers = []
    for operation in operations:
        path = re.sub(r"\{[^}]*\}", str(FIRST_ID), operation.path)
        with suppress(httpx.HTTPError):
            answer = client.request(operation.method, path)
            answers.append((operation.endpoint, answer.status_code, dict(answer.headers)))
    wanted = {identity for _, _, headers in answers if (identity := _identity(headers))}
    logged = logged_ids(server, wanted)
    repeated = Counter(_identity(headers) for _, _, headers in answers)
    return tuple(
        Followed(
            endpoint=endpoint,
            status=status,
            identity=identity if repeated[identity := _identity(headers)] == 1 else "",
            time=next((value for name, value in headers.items() if TIMING.match(name)), ""),
            logged=identity in logged,
        )
        for endpoint, status, headers in answers
    )


def _identity(headers: Mapping[str, str]) -> str:
    """The request's id among an answer's headers; empty where there is none."""
    name, value = next(((name, value) for name, value in headers.items() if REQUEST_ID.match(name)), ("", ""))
    return value.split("-")[1] if name.lower() == "traceparent" and "-" in value else value


def logged_ids(server: Server, wanted: Collection[str]) -> set[str]:
    """Which of these ids the log has in structured lines; some services write a moment later."""

    def logged() -> set[str]:
        lines = [line for line in server.log().splitlines() if is_structured(line)]
        return {one for one in wanted if any(one in line for line in lines)}

    return until(logged, LATE * pace.slowness(), enough=lambda found: len(found) == len(set(wanted)))


def find_log_line(server: Server, headers: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The header with the request's id, and a line of JSON in the log that has this id."""
    name = next((name for name in headers if REQUEST_ID.match(name)), None)
    if name is None:
        return None, None
    wanted = headers[name].split("-")[1] if name == "traceparent" and "-" in headers[name] else headers[name]

    def told() -> str | None:
        return next((one[:400] for one in server.log().splitlines() if wanted in one and is_structured(one)), None)

    return name, until(told, LATE * pace.slowness())


def is_structured(line: str) -> bool:
    """JSON, or logfmt: at least three `key=value`."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return len(re.findall(r"(?:^|\s)[\w.]+=(?:\"[^\"]*\"|\S+)", line)) >= 3  # noqa: PLR2004


def last_line(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
