"""Which jobs does every process of the service start with its app and do again and again, each time anew? Pure."""

import ast
import re
from collections.abc import Iterator, Sequence

from runner.evidence.code.code_names import Code, Function, Module, called_in
from runner.evidence.code.job_starts import Start, Way, function_of, functions_of

SLEEPS = frozenset({"sleep", "wait", "wait_for", "sleep_until"})
REPEATS = frozenset({"repeat_every", "repeat_at"})  # of fastapi-utils: each process by itself
SCHEDULED = "scheduled_job"
BEGINS = re.compile(r"lifespan|startup|start_?up|on_start|create_app|make_app|boot", re.IGNORECASE)
# What is done twice where two processes do it: a row more, a mail more. A deletion or an update of what is due is not.
DONE_AGAIN = re.compile(
    r"add|add_all|bulk_save_objects|insert(?:_many|_one)?|create|sendmail|enqueue(?:_job)?|delay|apply_async|kiq"
    r"|send_(?!json$|text$|bytes$)\w+"
)
# What a process holds itself, or takes out of a queue that hands each thing to one of them.
OWN = re.compile(r"queue|buffer|batch|pending|get_message|b?[lr]pop|xread|popleft|subscri", re.IGNORECASE)
# Any word by which one of several processes is chosen, or a row is taken by one of them alone.
CHOSEN = re.compile(
    r"advisory|\.lock\(|flock|filelock|leader|elect|skip_locked|SKIP LOCKED|redlock|\bnx=|on_conflict|ON CONFLICT"
    r"|with_for_update|FOR UPDATE|setnx|semaphore",
    re.IGNORECASE,
)
DEEP = 4  # functions that call each other


def timed_jobs(code: Code, starts: Sequence[Start]) -> Iterator[tuple[Module, ast.AST, Function, bool]]:
    """Where each starts, what it does, and whether something chooses the process that does it."""
    for module, at, owner, job in _repeated(code, starts):
        inner = list(_reached(code, *job))
        if any(_does_again(one) for _, one in inner):
            texts = [ast.unparse(one) for _, one in inner] + ([ast.unparse(owner)] if owner else [])
            yield module, at, job[1], any(CHOSEN.search(text) for text in texts)


def _repeated(
    code: Code, starts: Sequence[Start]
) -> Iterator[tuple[Module, ast.AST, Function | None, tuple[Module, Function]]]:
    here = _in_this_process(code)
    for one in starts:
        job = function_of(code, one.module, one.inside, _called(one.job)) if one.job is not None else None
        by_hand = one.way in {Way.TASK, Way.THREAD} and _begins(one.inside)
        if job and ((one.way is Way.TIMED and here) or (by_hand and _goes_round(job[1]))):
            yield one.module, one.call, one.inside, job
    names = REPEATS | ({SCHEDULED} if here else set())
    for module in (one for one in code.modules if one.called & names):
        for function in functions_of(module):
            called = [one.func for one in function.decorator_list if isinstance(one, ast.Call)]
            if any(module.full_name(one).rpartition(".")[2] in names for one in called):
                yield module, function, None, (module, function)


def _called(job: ast.expr) -> ast.expr:
    """`f` of `create_task(f())`."""
    return job.func if isinstance(job, ast.Call) else job


def _in_this_process(code: Code) -> bool:
    """Is the scheduler one that runs beside the app, and not a program of its own?"""
    names = {full.rpartition(".")[2] for module in code.modules for full in module.imports.values()}
    return bool(names & {"AsyncIOScheduler", "BackgroundScheduler", "TornadoScheduler", "AsyncScheduler"})


def _begins(function: Function | None) -> bool:
    """Does it run when the app starts? What stands at the top of a module does."""
    if function is None or BEGINS.search(function.name):
        return True
    return any(
        "on_event" in ast.unparse(one) or "asynccontextmanager" in ast.unparse(one) for one in function.decorator_list
    )


def _goes_round(function: Function) -> bool:
    """A loop without an end that sleeps."""
    loops = [node for node in ast.walk(function) if isinstance(node, ast.While)]
    return any(called_in(loop) & SLEEPS and not OWN.search(ast.unparse(loop)) for loop in loops)


def _reached(code: Code, module: Module, function: Function) -> Iterator[tuple[Module, Function]]:
    """It and the service's own functions that it calls."""
    waiting, seen = [(module, function, 0)], set()
    while waiting:
        home, one, deep = waiting.pop()
        if id(one) in seen or deep > DEEP:
            continue
        seen.add(id(one))
        yield home, one
        for node in ast.walk(one):
            found = function_of(code, home, one, node.func) if isinstance(node, ast.Call) else None
            waiting += [(*found, deep + 1)] if found else []


def _does_again(function: Function) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if DONE_AGAIN.fullmatch(name) and not _is_collection(function, node):
                return True
    return False


def _is_collection(function: Function, call: ast.Call) -> bool:
    """`seen.add(id)`: a set of the function's own is no session."""
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return False
    owner = call.func.value.id
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None) if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if any(isinstance(one, ast.Name) and one.id == owner for one in targets):
            made = ast.unparse(value) if value is not None else ""
            return bool(re.match(r"set\(|\{|\[|list\(|dict\(", made))
    return False
