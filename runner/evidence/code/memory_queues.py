"""Where is work handed to a queue or a pool of the service's own process? It dies with it. Imports followed; pure."""

import ast
from collections.abc import Iterator, Mapping

from runner.evidence.code.code_names import Code, Function, Module
from runner.evidence.code.job_starts import functions_of, own_nodes
from runner.reading.syntax import last_name

# What is made → by which calls it is handed work, and how a sentence names it.
QUEUE = (frozenset({"put", "put_nowait"}), "memory queue")
POOL = (frozenset({"submit"}), "thread pool")
KEPT: Mapping[str, tuple[frozenset[str], str]] = {
    "queue.Queue": QUEUE,
    "queue.SimpleQueue": QUEUE,
    "queue.LifoQueue": QUEUE,
    "queue.PriorityQueue": QUEUE,
    "asyncio.Queue": QUEUE,
    "asyncio.PriorityQueue": QUEUE,
    "concurrent.futures.ThreadPoolExecutor": POOL,
    "concurrent.futures.thread.ThreadPoolExecutor": POOL,
}
WAITED = frozenset({"result", "join", "wait", "as_completed", "wrap_future"})


def in_memory(code: Code) -> Iterator[tuple[Module, Function, ast.Call, str]]:
    """Each function that hands work over, with the call and what it is handed to.

    A queue that a function makes for itself is none, nor is a pool in a `with`, nor what the function waits for.
    """
    kept = dict(_kept(code))
    for module in code.modules:
        calls = frozenset().union(*(calls for calls, _ in kept.values())) & module.called
        for function in functions_of(module) if calls else ():
            if any(isinstance(one, ast.Attribute) and one.attr in WAITED for one in own_nodes(function.body)):
                continue
            own = {last_name(one.targets[0]) for one in own_nodes(function.body) if isinstance(one, ast.Assign)}
            for node in own_nodes(function.body):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                owner = last_name(node.func.value)
                handed, way = kept.get(owner, (frozenset(), ""))
                if node.func.attr in handed and owner not in own:
                    yield module, function, node, way


def _kept(code: Code) -> Iterator[tuple[str, tuple[frozenset[str], str]]]:
    """The names, of variables or of attributes, that the service keeps such a thing under."""
    for module in code.modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            made = node.value.func if isinstance(node.value, ast.Call) else None
            made = made.value if isinstance(made, ast.Subscript) else made  # `queue.Queue[int]()`
            way = KEPT.get(module.full_name(made)) if made is not None else None
            if way:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from ((name, way) for one in targets if (name := last_name(one)))
