"""Which fields of a request may be null in its model, and yet bring no null: refused by a validator, or replaced?"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from runner.evidence.code.code_names import Code, Function, Module, read_code
from runner.evidence.contract.routes import Route, Routes
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence, Looked
from runner.probe import Probe

DEEP = 3  # functions that lead from the route's to the one that stores


@dataclass(frozen=True, slots=True, kw_only=True)
class NullsHandled(Evidence):
    """What becomes of a null that a request brings, by endpoint: names of fields."""

    refused: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by the model, which was asked
    replaced: Mapping[str, frozenset[str]] = field(default_factory=dict)  # somewhere in the code that serves it

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp, looked: Looked[Routes]) -> Self:
        routes = looked.evidence
        taking = [route for route in routes.routes if route.body_models] if routes else []
        if routes is None or not taking:
            return cls()
        code = read_code(probe, served)
        refused = {e: _refused(routes, route) for route in taking for e in route.endpoints}
        replaced = {e: frozenset(asked_for_none(code, route)) for route in taking for e in route.endpoints}
        return cls(refused=refused, replaced=replaced)


def _refused(routes: Routes, route: Route) -> frozenset[str]:
    models = routes.reached(route.body_models)
    return frozenset(name for model in models for name in model.no_null)


def asked_for_none(code: Code, route: Route) -> Iterator[str]:
    """Names of what a route's function, or one that it calls, replaces where it is null: `body.title or slug()`."""
    waiting = list(_functions_at(code, route))
    for _ in range(DEEP):
        for _, function in waiting:
            yield from (name for node in ast.walk(function) for name in _replaced(node))
        waiting = [found for module, function in waiting for found in _called(code, module, function)]


def _functions_at(code: Code, route: Route) -> Iterator[tuple[Module, Function]]:
    for module in code.modules:
        if module.path == route.file:
            for node in ast.walk(module.tree):
                first = (
                    min([node.lineno, *(one.lineno for one in node.decorator_list)])
                    if isinstance(node, Function)
                    else 0
                )
                if isinstance(node, Function) and first <= (route.line or 0) <= node.body[0].lineno:
                    yield module, node


def _called(code: Code, module: Module, function: Function) -> Iterator[tuple[Module, Function]]:
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        home, _, name = module.full_name(call.func).rpartition(".")
        owner = code.module(home) if home else module
        own = owner.functions.get(name) if owner else None
        found = (owner, own) if owner and own else code.function(module, call.func)
        if found:
            yield found


def _replaced(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        yield from _names(node.values[:-1])
    elif isinstance(node, ast.IfExp | ast.If):
        tested = [node.test, *(one for one in ast.walk(node.test) if isinstance(one, ast.expr))]
        yield from _names(tested)


def _names(nodes: Iterable[ast.expr]) -> Iterator[str]:
    """What an attribute, a variable, a key or a `.get("key")` is called."""
    for node in nodes:
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Subscript):
            yield from _names([node.slice])
        elif isinstance(node, ast.Call):
            yield from _names(node.args)
