"""A service with its queue: the app, a worker that is started and ended at will, and what waits in between."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.discovery.worker_commands import WorkerCommand
from runner.evidence.behaviour.job_effects import Effects, sent
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.live.redis_store import Key, Store
from runner.processes.process import Background

BEGINS = 20.0  # seconds in which a worker that is started takes its first job
UUID = re.compile(rb"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that put a job into the queue, while no worker ran."""

    request: Request
    status: int
    before: Mapping[Key, bytes]
    after: Mapping[Key, bytes]
    queues: frozenset[Key]  # that grew
    mark: bytes  # what tells the job from others

    @property
    def job(self) -> dict[Key, bytes]:
        """The keys that the request wrote."""
        return {key: dump for key, dump in self.after.items() if self.before.get(key) != dump}


@dataclass(slots=True, kw_only=True)
class JobScene(Effects):
    """Both halves of a service, and the hands that start and end the second."""

    store: Store
    command: WorkerCommand
    env: Mapping[str, str]
    worker: Background | None = None

    def start(self) -> Background:
        target = self.probe.target
        argv = argv_of(self.command, target.python)
        self.worker = self.probe.workshop.runner.start(argv, cwd=self.probe.root / target.folder, env=self.env)
        return self.worker

    def end(self, *, kill: bool = False, patience: float = 10) -> int | None:
        """The worker's exit code; None where none ran."""
        worker, self.worker = self.worker, None
        if worker is None:
            return None
        code = worker.kill() if kill else worker.stop(patience)
        self.probe.workshop.runner.forget(worker)
        return code

    def ask(self, operation: Operation) -> Asked:
        """What it put into the queue, while no worker takes it away. Raises `ProbeError`."""
        request, caller = self.valid(operation)
        before, items, lengths = self.store.copy(), self.store.items(), self.store.waiting()
        status = sent(self.here.client, request, caller)
        now = self.store.waiting()
        queues = frozenset(key for key, number in now.items() if number > lengths.get(key, 0))
        after = self.store.items()
        fresh = [item for key in queues for item in after.get(key, frozenset()) - items.get(key, frozenset())]
        mark = self._mark(fresh, items) if fresh else b""
        return Asked(request=request, status=status, before=before, after=self.store.copy(), queues=queues, mark=mark)

    def _mark(self, fresh: list[bytes], items: Mapping[Key, frozenset[bytes]]) -> bytes:
        """An id that no queue had before, else the whole entry."""
        known = b"\n".join(item for found in items.values() for item in found)
        ids = (found[0] for item in fresh for found in UUID.finditer(item))
        return next((one for one in ids if one not in known), max(fresh, key=len))

    def drained(self, queues: frozenset[Key], before: Mapping[Key, int]) -> bool:
        now = self.store.waiting()
        return all(now.get(key, 0) <= before.get(key, 0) for key in queues)


def argv_of(command: WorkerCommand, python: Path) -> list[str]:
    """With the service's own interpreter, or its own programs."""
    first, *rest = command.words
    name = first.rpartition("/")[2]
    if re.fullmatch(r"python[\d.]*", name):
        return [str(python), *rest]
    program = python.parent / name
    return [str(program), *rest] if program.is_file() else [str(python), "-m", name, *rest]
