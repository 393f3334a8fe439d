"""What does an operation take that no contract names: a body, parameters, fields that its code reads by hand?"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from runner.evidence.code.code_names import Code, Function, Module, read_code
from runner.evidence.code.hook_code import reached_from
from runner.evidence.code.job_starts import own_nodes
from runner.evidence.contract.routes import Route, Routes
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence, Looked
from runner.probe import Probe

WRITES = frozenset({"write_bytes", "write", "put_object", "upload_fileobj", "upload_file", "copyfileobj", "copyfile"})
BODIES = frozenset({"body", "stream"})  # of a request: what they give is the whole of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the code behind one operation reads of a request by itself."""

    endpoint: str
    body: bool = False  # as it comes
    form: bool = False  # as a form
    fields: tuple[str, ...] = ()  # of that form
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    stores: bool = False  # something on the way writes bytes somewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class HandRead(Evidence):
    """What operations read of a request by hand."""

    taken: tuple[Taken, ...] = ()

    @classmethod
    def collect(cls, probe: Probe, routes: Routes, served: Looked[ServedApp]) -> Self:
        return cls.of(read_code(probe, served.evidence), routes.routes)

    @classmethod
    def of(cls, code: Code, routes: Iterable[Route]) -> Self:
        by_hand = [one for one in routes if one.reads_request and one.function]
        found = [one for route in by_hand for one in _read(code, route)]
        return cls(taken=tuple(one for one in found if one.body or one.form))


def _read(code: Code, route: Route) -> Iterator[Taken]:
    reached = reached_from(code, route.module, route.function, set())
    functions = [one for _, one in [*reached, *_handed_on(code, reached)]]
    nodes = [node for one in functions for node in own_nodes(one.body)]
    forms = set(_given(functions, "form"))
    for endpoint in route.endpoints:
        yield Taken(
            endpoint=endpoint,
            body=any(_asks(node, BODIES) for node in nodes),
            form=any(_asks(node, frozenset({"form"})) for node in nodes),
            fields=_keys(nodes, forms, called="form"),
            query=_keys(nodes, set(_given(functions, "query_params")), of="query_params"),
            headers=_keys(nodes, set(_given(functions, "headers")), of="headers"),
            stores=any(isinstance(node, ast.Attribute) and node.attr in WRITES for node in nodes),
        )


def _handed_on(code: Code, reached: Iterable[tuple[Module, Function]]) -> Iterator[tuple[Module, Function]]:
    """What others call for it, with what that reaches: `await run_in_threadpool(keep, name, content)`."""
    for module, function in reached:
        calls = [node for node in own_nodes(function.body) if isinstance(node, ast.Call)]
        for one in (arg for call in calls for arg in call.args if isinstance(arg, ast.Name | ast.Attribute)):
            if found := code.function(module, one):
                yield from reached_from(code, found[0].name, found[1].name, set())


def _asks(node: ast.AST, names: frozenset[str]) -> bool:
    """`request.body()`, `request.stream()`: a method of something that is called like a request."""
    call = node if isinstance(node, ast.Call) and not node.args else None
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in names:
        return False
    owner = call.func.value
    return "req" in (owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")).lower()


def _given(functions: Iterable[Function], what: str) -> Iterator[str]:
    """The names that stand for it: `wanted = request.query_params`, `form = await request.form()`."""
    for function in functions:
        for node in own_nodes(function.body):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            with_it = node if isinstance(node, ast.withitem) else None
            value = node.value if isinstance(node, ast.Assign) else with_it.context_expr if with_it else None
            target = with_it.optional_vars if with_it else target
            if isinstance(target, ast.Name) and value is not None and _is(value, what):
                yield target.id


def _is(value: ast.expr, what: str) -> bool:
    """`request.headers`, `await request.form()`."""
    value = value.value if isinstance(value, ast.Await) else value
    value = value.func if isinstance(value, ast.Call) else value
    return isinstance(value, ast.Attribute) and value.attr == what


def _keys(nodes: Iterable[ast.AST], names: set[str], *, of: str = "", called: str = "") -> tuple[str, ...]:
    """The texts by which it is asked: `request.query_params["name"]`, `form.get("file")`, `"x" in request.headers`."""
    found = []
    for node in nodes:
        owner, key = _asked(node)
        ours = owner is not None and ((isinstance(owner, ast.Name) and owner.id in names) or _is(owner, of or called))
        if ours and isinstance(key, ast.Constant) and isinstance(key.value, str):
            found.append(key.value)
    return tuple(dict.fromkeys(found))


def _asked(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    """What is asked, and for which key."""
    if isinstance(node, ast.Subscript):
        return node.value, node.slice
    method = node.func if isinstance(node, ast.Call) and node.args else None
    if isinstance(node, ast.Call) and isinstance(method, ast.Attribute) and method.attr in {"get", "getlist", "pop"}:
        return method.value, node.args[0]
    return None, None
