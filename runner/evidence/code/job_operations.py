"""Which operations start work that goes on beside the request, and is any of it given to a queue? Read, never run."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from runner.discovery.worker_commands import worker_commands
from runner.evidence.code.code_names import Code, Function, Module, read_code
from runner.evidence.code.hook_code import reached_from
from runner.evidence.code.job_starts import Way, functions_of, own_nodes, starts_in
from runner.evidence.code.memory_queues import in_memory
from runner.evidence.contract.routes import Route, Routes
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say
from runner.words import plural

PUSHES = frozenset({"lpush", "rpush", "xadd"})  # a queue of the service's own in Redis
BESIDE = frozenset({Way.TASK, Way.AFTER, Way.THREAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An operation that starts work in its own process."""

    endpoint: str
    path: str
    line: int
    way: str  # "background task", "memory queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOperations(Evidence):
    """Operations and the jobs that their code starts."""

    files: int
    queue: str = ""  # what shows that there is a queue: "app/mails.py:12 gives a job to a worker"
    queueing: tuple[str, ...] = ()  # endpoints in whose way a job is given to a queue
    beside: tuple[Beside, ...] = ()
    none_at_all: bool = False  # no job of any kind, timed ones included

    @property
    def looked(self) -> str:
        return say("the {files} of the service, its compose file and Procfile", files=plural(self.files, "Python file"))

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp, routes: Routes) -> Self:
        target = probe.target
        command = next(worker_commands(target.root, target.compose, target.config.service.worker), None)
        told = say("{path}:{line} starts a worker", path=command.path, line=command.line) if command else ""
        return cls.of(
            read_code(probe, served), [(e, r) for r in routes.routes for e in r.endpoints if r.function], told
        )

    @classmethod
    def of(cls, code: Code, routes: Iterable[tuple[str, Route]], worker: str = "") -> Self:
        every = starts_in(code)
        starts = [one for one in every if one.way is not Way.TIMED]
        inside = {
            id(one.inside): (one.module, one.call, one.way.value)
            for one in starts
            if one.way in BESIDE and one.inside is not None
        }
        inside |= {id(function): (module, call, way) for module, function, call, way in in_memory(code)}
        given = {id(one.inside): (one.module, one.call) for one in starts if one.way is Way.WORKER}
        given |= {id(function): (module, call) for module, function, call in _pushes(code)}
        queueing, beside = [], []
        for endpoint, route in routes if inside or given else ():
            reached = [one for _, one in reached_from(code, route.module, route.function, set())]
            queueing += [endpoint] if any(id(one) in given for one in reached) else []
            start = next((inside[id(one)] for one in reached if id(one) in inside), None)
            if start:
                module, call, way = start
                beside.append(Beside(endpoint=endpoint, path=module.path, line=call.lineno, way=way))
        first = next(iter(given.values()), None)
        queue = (
            say("{path}:{line} gives a job to a queue", path=first[0].path, line=first[1].lineno) if first else worker
        )
        return cls(
            files=len(code.modules),
            queue=queue,
            queueing=tuple(queueing),
            beside=tuple(beside),
            none_at_all=not every and not queue and not inside,
        )


def _pushes(code: Code) -> Iterator[tuple[Module, Function, ast.Call]]:
    for module in code.modules:
        for function in functions_of(module) if module.called & PUSHES else ():
            for node in own_nodes(function.body):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in PUSHES:
                    yield module, function, node
