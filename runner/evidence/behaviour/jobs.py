"""Is a job done once and never lost, whatever happens to its worker, its request or its queue? Tried for real."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Self, TypeVar

import httpx

from runner.discovery.worker_commands import WorkerCommand, worker_commands
from runner.errors import NotThere, ProbeError, Thing, first_line
from runner.evidence.accounts.scene import scene as opened
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.caches import own_redis
from runner.evidence.behaviour.job_effects import own_postbox
from runner.evidence.behaviour.job_scene import JobScene
from runner.evidence.behaviour.job_trials import (
    SUCCESS,
    Interrupted,
    Learned,
    NoBroker,
    Poisoned,
    Twice,
    Uncommitted,
    interrupted,
    learn,
    poisoned,
    twice,
    uncommitted,
    without_broker,
)
from runner.evidence.code.job_operations import JobOperations
from runner.evidence.contract.contract import Contract
from runner.http.openapi import Operation
from runner.live.redis_store import Store
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError
from runner.postgres.writes import Watch
from runner.probe import Probe
from runner.said import say

MOST_ASKED = 30  # operations that may queue something
MOST_TRIED = 2  # of those that do
SECONDS = 240.0  # after which no further trial begins
PATIENCE = 10.0  # seconds for an answer
T = TypeVar("T")
SETTING = '[service] worker = "celery -A app.tasks worker"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs(Evidence):
    """What became of jobs of a queue in what happens to them sooner or later."""

    command: str = ""  # that started the worker
    path: str = ""  # and the place that says so
    line: int = 1
    tried: tuple[str, ...] = ()  # operations whose jobs were tried
    queued: int = 0  # operations that were seen to queue a job
    problem: str = ""  # why none was tried
    interrupted: tuple[Interrupted, ...] = ()
    twice: tuple[Twice, ...] = ()
    uncommitted: tuple[Uncommitted, ...] = ()  # of the operations that write
    poisoned: tuple[Poisoned, ...] = ()
    without_broker: tuple[NoBroker, ...] = ()

    @classmethod
    def collect(cls, probe: Probe, found: JobOperations, contract: Contract, agreed: AgreedAccess | None) -> Self:
        absent = Thing.JOBS if found.none_at_all else None
        if not found.queue:
            raise NotThere("no request puts a job into a queue", looked=found.looked, absent=absent)
        target = probe.target
        command = next(worker_commands(target.root, target.compose, target.config.service.worker), None)
        if command is None:
            raise ProbeError(
                say(
                    "{queue}, and nothing says how its worker is started: name the command in gonogo.toml, {setting}",
                    queue=found.queue,
                    setting=SETTING,
                )
            )
        database = Migrator(probe).usable_database()
        with _scene(probe, contract, agreed, database, command) as scene:
            return cls._tried(scene, found, command)

    @classmethod
    def _tried(cls, scene: JobScene, found: JobOperations, command: WorkerCommand) -> Self:
        ends = time.monotonic() + SECONDS
        queueing, problem = _queueing(scene, found)
        seen = cls(command=command.said, path=command.path, line=command.line, queued=len(queueing), problem=problem)
        known: list[Learned] = []
        again: list[Twice] = []
        for operation in queueing[:MOST_TRIED]:
            one = _learned(scene, operation)
            why = (
                one
                if isinstance(one, str)
                else one.effect.why and say("{endpoint}: {why}", endpoint=operation.endpoint, why=one.effect.why)
            )
            seen = replace(seen, problem=seen.problem or why)
            if isinstance(one, Learned):
                known.append(one)
                again += [] if why else [twice(scene, one)]  # while its worker runs
            scene.end()
        shown = [one for one in known if not one.effect.why]
        trials = [
            (one, trial)
            for one in shown
            for trial in (partial(interrupted, kill=False), partial(interrupted, kill=True))
        ]
        return replace(
            seen,
            tried=tuple(one.operation.endpoint for one in known),
            twice=tuple(again),
            uncommitted=tuple(_each(ends, uncommitted, scene, [one for one in known if one.writes])),
            poisoned=tuple(_each(ends, poisoned, scene, shown)),
            interrupted=tuple(_clean(scene, trial, one) for one, trial in trials if time.monotonic() < ends),
            without_broker=tuple(_each(ends, without_broker, scene, known)),
        )


def _each(
    ends: float, trial: Callable[[JobScene, Learned], T], scene: JobScene, known: Sequence[Learned]
) -> Iterator[T]:
    for one in known:
        if time.monotonic() < ends:
            yield _clean(scene, trial, one)


@contextmanager
def _scene(
    probe: Probe, contract: Contract, agreed: AgreedAccess | None, database: Database, command: WorkerCommand
) -> Iterator[JobScene]:
    with own_redis(probe, database) as (redis, broker), own_postbox(probe, database) as (box, mails):
        if redis is None:
            raise ProbeError(
                "a job is put into a queue, and no variable is known to name the broker (gonogo starts Redis): "
                'name it in gonogo.toml, [env] BROKER_URL = "{redis_url}"'
            )
        env = broker | mails
        with (
            opened(probe, contract, agreed, database, env=env, timeout=PATIENCE) as here,
            Watch(database) as watch,
        ):
            scene = JobScene(
                probe=probe,
                here=here,
                watch=watch,
                postbox=box,
                store=Store(redis),
                command=command,
                env=probe.environment.of(database) | env,
            )
            try:
                yield scene
            except OSError as error:
                raise ProbeError(say("Redis stopped answering: {error}", error=error)) from error
            finally:
                scene.end(kill=True)


def _queueing(scene: JobScene, found: JobOperations) -> tuple[list[Operation], str]:
    """The operations that make a queue longer while no worker runs: those whose code says so, else all that change."""
    changing = [one for one in scene.here.requests.operations if one.changes and one != scene.here.people.login]
    named = [one for one in scene.here.requests.operations if one.endpoint in found.queueing]
    queueing, problem = [], ""
    for operation in (named or changing)[:MOST_ASKED]:
        try:
            asked = scene.ask(operation)
        except (ProbeError, PostgresError, httpx.HTTPError) as error:
            problem = problem or say(
                "{endpoint} could not be asked: {error}", endpoint=operation.endpoint, error=first_line(error)
            )
            continue
        if asked.status in SUCCESS and asked.queues:
            queueing.append(operation)
            if len(queueing) > MOST_TRIED:
                break
        elif operation.endpoint in found.queueing:
            problem = problem or say(
                "{endpoint} was answered {status}, and nothing waits in Redis",
                endpoint=operation.endpoint,
                status=asked.status,
            )
    waiting = scene.store.waiting()
    scene.store.reset({key: dump for key, dump in scene.store.copy().items() if key not in waiting})
    return queueing, "" if queueing else problem or say("no request makes anything in Redis longer")


def _learned(scene: JobScene, operation: Operation) -> Learned | str:
    try:
        return learn(scene, operation)
    except (ProbeError, PostgresError) as error:
        return say("{endpoint}: {error}", endpoint=operation.endpoint, error=first_line(error))


def _clean(scene: JobScene, trial: Callable[[JobScene, Learned], T], known: Learned) -> T:
    """The trial with an empty queue, and without a worker before and after it."""
    scene.end(kill=True)
    scene.store.reset(known.asked.before)
    found = trial(scene, known)
    scene.end(kill=True)
    return found
