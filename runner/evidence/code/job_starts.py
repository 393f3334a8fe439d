"""Where does code start work that goes on beside the request, and what is handed to it? Imports followed; pure."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from runner.evidence.code.code_names import Code, Function, Module

LOOPS = frozenset({"get_running_loop", "get_event_loop", "new_event_loop"})
SPAWNS = frozenset({"create_task", "ensure_future"})
# Methods that give a job to another process, with the package whose they are.
QUEUES: Mapping[str, str] = {
    "delay": "celery", "apply_async": "celery", "send_task": "celery", "kiq": "taskiq", "enqueue_job": "arq",
    "enqueue": "rq", "send": "dramatiq", "send_with_options": "dramatiq",
}  # fmt: skip
STARTS = SPAWNS | {"add_task", "BackgroundTask", "Thread"}
TASKS = frozenset({"task", "shared_task", "actor", "periodic_task", "scheduled_job", "db_task"})
LIBRARIES = frozenset({*QUEUES.values(), "apscheduler", "huey"})
WAITS = frozenset({"gather", "wait", "wait_for", "as_completed", "run_until_complete"})
OPTIONS = frozenset({"args", "kwargs"})  # of apply_async, Thread and add_job: what the job is given
Scoped = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


class Way(StrEnum):
    """How a job runs beside its request; as a sentence names it."""

    TASK = "asyncio task"
    AFTER = "background task"
    WORKER = "job of a worker"
    THREAD = "thread"
    TIMED = "scheduled job"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Start:
    way: Way
    module: Module
    inside: Function | None  # None at the top of a module
    call: ast.Call
    job: ast.expr | None  # what runs
    given: tuple[ast.expr, ...]  # what it is handed


def starts_in(code: Code) -> list[Start]:
    """Each place where a job is started. One that the same function waits for is none."""
    packages = libraries(code)
    queues = {name for name, package in QUEUES.items() if package in packages}
    queues |= {"add_job"} if "apscheduler" in packages else set()
    found = []
    for module in code.modules:
        if not module.called & (STARTS | queues | set(_aliases(module))):
            continue
        for function in (None, *functions_of(module)):
            body = function.body if function else module.tree.body
            nodes = list(own_nodes(body))
            awaited = _awaited(nodes)
            for node in nodes:
                if isinstance(node, ast.Call) and id(node) not in awaited:
                    start = _start(code, module, function, node, queues)
                    found += [start] if start else []
    return found


def libraries(code: Code) -> set[str]:
    """The packages for jobs that the code imports."""
    return {full.partition(".")[0] for module in code.modules for full in module.imports.values()} & LIBRARIES


def functions_of(module: Module) -> Iterator[Function]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """What stands in these statements, in order, without the functions and classes inside of them."""
    for statement in body:
        waiting: list[ast.AST] = [statement]
        while waiting:
            node = waiting.pop()
            if not isinstance(node, Scoped):
                yield node
                waiting += reversed(list(ast.iter_child_nodes(node)))


def _aliases(module: Module) -> Iterator[str]:
    return (name for name, full in module.imports.items() if full.rpartition(".")[2] in STARTS)


def names_in(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def function_of(
    code: Code, module: Module, inside: Function | None, called: ast.expr
) -> tuple[Module, Function] | None:
    """The service's own function, of either kind: one beside, in another module, in this function, of this class."""
    if isinstance(called, ast.Name):
        own = module.inside.get(id(inside), {}).get(called.id) or module.functions.get(called.id)
        if own:
            return module, own
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in {"self", "cls"}:
        owner = module.owners.get(id(inside))
        method = module.inside.get(id(owner), {}).get(called.attr)
        return (module, method) if method else None
    home, _, name = module.full_name(called).rpartition(".")
    there = code.module(home)
    return (there, there.functions[name]) if there and name in there.functions else None


def is_job(module: Module, function: Function) -> bool:
    """A decorator makes it one that a worker or a scheduler runs."""
    called = [one.func if isinstance(one, ast.Call) else one for one in function.decorator_list]
    return any(module.full_name(one).rpartition(".")[2] in TASKS for one in called)


def _awaited(nodes: list[ast.AST]) -> set[int]:
    """The calls whose outcome the function waits for: in an `await`, or by a name that stands in one."""
    waits = [node for node in nodes if isinstance(node, ast.Await | ast.AsyncFor | ast.comprehension) or _waits(node)]
    names = {name for node in waits for name in names_in(node.iter if hasattr(node, "iter") else node)}
    held = {
        id(call) for node in waits for call in ast.walk(node) if isinstance(call, ast.Call) and _spawns_by_name(call)
    }
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None) if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"append", "add"}:
            targets, value = [node.func.value], next(iter(node.args), None)
        if value is not None and any(names_in(one) & names for one in targets if one is not None):
            held |= {id(call) for call in ast.walk(value) if isinstance(call, ast.Call) and _spawns_by_name(call)}
    return held


def _waits(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAITS


def _spawns_by_name(call: ast.Call) -> bool:
    return getattr(call.func, "attr", getattr(call.func, "id", "")) in SPAWNS


def is_spawn(module: Module, call: ast.Call) -> bool:
    """It makes a task of asyncio: not a method of the service's own that is called so, nor one of a TaskGroup."""
    name = module.full_name(call.func)
    if name in {"asyncio.create_task", "asyncio.ensure_future"}:
        return True
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "create_task":
        return False
    owner = call.func.value
    if isinstance(owner, ast.Call):
        return module.full_name(owner.func).rpartition(".")[2] in LOOPS
    return getattr(owner, "attr", getattr(owner, "id", "")).rpartition("_")[2] == "loop"


def _start(code: Code, module: Module, function: Function | None, call: ast.Call, queues: set[str]) -> Start | None:
    way = _way(code, module, function, call, queues)
    if way is None:
        return None
    job, given = _handed(way, call)
    return Start(way=way, module=module, inside=function, call=call, job=job, given=tuple(given))


def _way(code: Code, module: Module, function: Function | None, call: ast.Call, queues: set[str]) -> Way | None:
    name, called = module.full_name(call.func), call.func
    if is_spawn(module, call):
        return Way.TASK
    if name == "threading.Thread":
        return Way.THREAD
    if name.endswith(".BackgroundTask"):
        return Way.AFTER
    if not isinstance(called, ast.Attribute):
        return None
    if called.attr == "add_task":
        return Way.AFTER if _is_background(module, function, called.value) else None
    way = Way.TIMED if called.attr == "add_job" else Way.WORKER
    return way if called.attr in queues and _is_queued(code, module, called) else None


def _is_queued(code: Code, module: Module, called: ast.Attribute) -> bool:
    """`send` and `enqueue` are words of many: the first is meant of an actor alone, the second of a queue."""
    last, owner = called.attr, ast.unparse(called.value).lower()
    if last in {"send", "send_with_options"}:
        own = function_of(code, module, None, called.value)
        return bool(own and is_job(*own))
    if last == "enqueue":
        return "queue" in owner or owner == "q"
    return last != "apply_async" or "pool" not in owner


def _is_background(module: Module, function: Function | None, owner: ast.expr) -> bool:
    """It is FastAPI's or Starlette's BackgroundTasks: by its annotation, by what it was made from, by its name."""
    name = getattr(owner, "attr", getattr(owner, "id", ""))
    if name in {"background_tasks", "background", "bg_tasks", "bg"}:
        return True
    if function is None:
        return False
    for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        if argument.arg == name and argument.annotation and "BackgroundTasks" in ast.unparse(argument.annotation):
            return True
    made = (node for node in own_nodes(function.body) if isinstance(node, ast.Assign))
    return any(
        isinstance(node.value, ast.Call)
        and module.full_name(node.value.func).endswith("BackgroundTasks")
        and name in names_in(node.targets[0])
        for node in made
    )


def _handed(way: Way, call: ast.Call) -> tuple[ast.expr | None, list[ast.expr]]:
    """What runs, and what it is handed."""
    first = call.args[0] if call.args else None
    named = {one.arg: one.value for one in call.keywords}
    options = [value for name, value in named.items() if name in OPTIONS]
    last = getattr(call.func, "attr", "")
    if way is Way.TASK:
        inner = first if isinstance(first, ast.Call) else None
        return (inner.func, [*inner.args, *(k.value for k in inner.keywords)]) if inner else (first, [])
    if way is Way.THREAD:
        return named.get("target"), options
    if way is Way.TIMED:
        return first or named.get("func"), options
    if last == "apply_async":
        return getattr(call.func, "value", None), [*call.args[:2], *options]
    if way is Way.AFTER or last in {"enqueue_job", "enqueue", "send_task"}:
        return first or named.pop("func", None), [*call.args[1:], *named.values()]
    return getattr(call.func, "value", None), [*call.args, *named.values()]
