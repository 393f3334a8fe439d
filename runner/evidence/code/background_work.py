"""What goes on beside a request, and what of it gets lost, comes too early, or fails without a word?"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from runner.evidence.code.code_names import Code, Function, Module, read_code
from runner.evidence.code.early_jobs import early_jobs
from runner.evidence.code.job_starts import (
    SPAWNS,
    Start,
    Way,
    function_of,
    functions_of,
    is_job,
    is_spawn,
    libraries,
    own_nodes,
    starts_in,
)
from runner.evidence.code.request_things import Things, What
from runner.evidence.code.timed_jobs import timed_jobs
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.said import say

FOR_GOOD = (ast.Yield, ast.YieldFrom)
# Calls that tell nobody anything; production logs no debug.
NO_WORD = frozenset({"rollback", "close", "aclose", "sleep", "expunge_all", "cancel", "debug"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A place where a job is started, or what is wrong with it there."""

    path: str
    line: int
    way: str  # "asyncio task", "job of a worker"
    call: str  # as the code has it
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A job that each process of the service starts with its app, and does again and again."""

    path: str
    line: int
    name: str
    chosen: bool  # something chooses one process, or one row, for it


@dataclass(frozen=True, slots=True, kw_only=True)
class BackgroundWork(Evidence):
    """Work that goes on beside requests."""

    files: int
    there: int = 0  # files that the service may consist of
    starts: tuple[Job, ...] = ()
    jobs: int = 0  # functions of the service that run as a job
    dropped: tuple[Job, ...] = ()  # tasks that nothing holds
    handed: tuple[Job, ...] = ()  # what is given ends with the request
    early: tuple[Job, ...] = ()  # started before the commit
    mute: tuple[Job, ...] = ()  # jobs that fail without a word
    timed: tuple[Timed, ...] = ()  # that write a row more, or send something, each time

    @classmethod
    def collect(cls, probe: Probe, served: Looked[ServedApp]) -> Self:
        return cls.of(read_code(probe, served.evidence))

    @classmethod
    def of(cls, code: Code) -> Self:
        starts, things = starts_in(code), Things(code)
        jobs = _jobs(code, starts)
        return cls(
            files=len(code.modules),
            there=code.there or len(code.modules),
            starts=tuple(_told(one) for one in starts),
            jobs=len(jobs),
            dropped=tuple(_dropped(code)),
            handed=tuple(_told(one, problem) for one in starts if (problem := _handed(code, things, one))),
            early=tuple(
                _told(one, say("what was written before is committed later ({where})", where=where))
                for one, where in early_jobs(code, things, starts).items()
            ),
            mute=tuple(job for module, function in jobs for job in _mute(module, function)),
            timed=tuple(
                Timed(path=module.path, line=getattr(at, "lineno", 1), name=job.name, chosen=chosen)
                for module, at, job, chosen in timed_jobs(code, starts)
            ),
        )

    def of_way(self, *ways: Way) -> tuple[Job, ...]:
        return tuple(one for one in self.starts if one.way in ways)


def _told(start: Start, problem: str = "") -> Job:
    code = ast.unparse(start.call)[:100]
    return Job(path=start.module.path, line=start.call.lineno, way=start.way.value, call=code, problem=problem)


def _jobs(code: Code, starts: Sequence[Start]) -> list[tuple[Module, Function]]:
    """The functions that run as jobs: those that are started, and those that a decorator makes one."""
    found = [function_of(code, one.module, one.inside, one.job) for one in starts if one.job is not None]
    modules = code.modules if libraries(code) else ()
    found += [(module, one) for module in modules for one in functions_of(module) if is_job(module, one)]
    return list({id(one[1]): one for one in found if one}.values())


# --- tasks that nothing holds


def _dropped(code: Code) -> Iterator[Job]:
    """The event loop holds its tasks weakly: one that nobody else holds may be gone in the midst of its work."""
    spawning = [module for module in code.modules if {*module.called, *module.imports} & SPAWNS]
    every = [(module, one) for module in spawning for one in functions_of(module)]
    helpers = {one.name for module, one in every if _returns_a_task(module, one)} | SPAWNS
    for module in code.modules:
        aliases = {name for name, full in module.imports.items() if full.rpartition(".")[2] in helpers}
        words = module.called & (helpers | aliases)
        for function in functions_of(module) if words else ():
            nodes = list(own_nodes(function.body))
            lasts = any(isinstance(node, FOR_GOOD) or _is_endless(node) for node in nodes)
            for node in nodes:
                value = node.value if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign) else None
                for call in _spawned(code, module, function, value):
                    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                    name = next((one.id for one in targets if isinstance(one, ast.Name)), "")
                    if isinstance(node, ast.Expr) or (name and not lasts and not _is_held(function, name)):
                        yield _lost(
                            module,
                            call,
                            say("`{name}` ends with {name2}", name=name, name2=function.name)
                            if name
                            else say("nothing holds it"),
                        )


def _lost(module: Module, call: ast.Call, why: str) -> Job:
    return Job(path=module.path, line=call.lineno, way=Way.TASK.value, call=ast.unparse(call)[:100], problem=why)


def _spawned(code: Code, module: Module, function: Function, value: ast.expr | None) -> Iterator[ast.Call]:
    """The calls whose task is the value itself, or a list of them, or the owner of a callback that is added at once."""
    if isinstance(value, ast.ListComp | ast.SetComp):
        yield from _spawned(code, module, function, value.elt)
    elif isinstance(value, ast.Call):
        if isinstance(value.func, ast.Attribute) and value.func.attr == "add_done_callback":
            yield from _spawned(code, module, function, value.func.value)
        else:
            own = function_of(code, module, function, value.func)
            if is_spawn(module, value) or (own and _returns_a_task(*own)):
                yield value


def _returns_a_task(module: Module, function: Function) -> bool:
    returned = (node.value for node in own_nodes(function.body) if isinstance(node, ast.Return))
    return any(isinstance(one, ast.Call) and is_spawn(module, one) for one in returned)


def _is_endless(node: ast.AST) -> bool:
    return isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)


def _is_held(function: Function, name: str) -> bool:
    """The name is used for more than to ask the task something: it is awaited, returned, or put elsewhere."""
    asked = {id(node.value) for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
            return True
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) and id(node) not in asked:
            return True
    return False


# --- what is handed over


def _handed(code: Code, things: Things, start: Start) -> str:
    """What of the request the job is given; empty where it gets values alone."""
    if start.inside is None:
        return ""
    found = [two for one in start.given for two in things.handed(start.module, start.inside, one)]
    if isinstance(start.job, ast.Lambda):
        found += things.handed(start.module, start.inside, start.job)
    inner = function_of(code, start.module, start.inside, start.job) if start.job is not None else None
    if inner and inner[1] is not start.inside and any(node is inner[1] for node in ast.walk(start.inside)):
        found += things.used_inside(start.module, start.inside, inner[1])
    for what, name in found:
        stays = what is What.ROW and things.keeps_rows and start.way is not Way.WORKER
        if not stays and not (what is What.UPLOAD and start.way is Way.WORKER):
            return say("it is handed {value} (`{name}`)", value=what.value, name=name)
    return ""


# --- jobs that fail without a word


def _mute(module: Module, function: Function) -> Iterator[Job]:
    """The last thing that a job does is to catch whatever went wrong, and to keep it to itself."""
    last = _last(function.body)
    for handler in last.handlers if isinstance(last, ast.Try) else []:
        if _catches_all(module, handler.type) and not _says(handler):
            what = ast.unparse(handler).splitlines()[0]
            problem = say("{name} fails without a word", name=function.name)
            yield Job(path=module.path, line=handler.lineno, way="job", call=what, problem=problem)
    if isinstance(last, ast.With) and any(_suppresses(module, item.context_expr) for item in last.items):
        what, problem = ast.unparse(last).splitlines()[0], say("{name} fails without a word", name=function.name)
        yield Job(path=module.path, line=last.lineno, way="job", call=what, problem=problem)


def _last(body: Sequence[ast.stmt]) -> ast.stmt | None:
    """The last statement that does something, inside of what holds it all."""
    left = [one for one in body if not isinstance(one, ast.Return | ast.Pass)]
    last = left[-1] if left else None
    if isinstance(last, ast.With | ast.AsyncWith | ast.For | ast.AsyncFor | ast.While):
        return _last(last.body) if not isinstance(last, ast.With) or isinstance(_last(last.body), ast.Try) else last
    return last


def _catches_all(module: Module, caught: ast.expr | None) -> bool:
    every = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(one is None or module.full_name(one) in {"Exception", "BaseException"} for one in every)


def _suppresses(module: Module, value: ast.expr) -> bool:
    if not isinstance(value, ast.Call) or module.full_name(value.func).rpartition(".")[2] != "suppress":
        return False
    return any(_catches_all(module, one) for one in value.args)


def _says(handler: ast.ExceptHandler) -> bool:
    """It raises, keeps what happened, or calls anything that may tell it."""
    for node in own_nodes(handler.body):
        if isinstance(node, ast.Raise | ast.Assign | ast.AugAssign | ast.AnnAssign):
            return True
        if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) not in NO_WORD:
            return True
    return False
