"""Which requests does a test send? `client.post("/orders", json={…})`: a body that works, read and not run."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.reading.syntax import tree_of

SENDS = frozenset({"post", "put", "patch"})
BODIES = ("json", "data")
ANY = "{}"  # a part of a path that only running the test would tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One request of a test. Fields whose values are no literals are left out."""

    method: str
    path: str  # with `{}` for what is put in
    body: Mapping[str, Any] = field(default_factory=dict)


def requests_in(text: str) -> Iterator[Shown]:
    """The requests with a body that the Python code holds, in its order; nothing where it is no Python."""
    try:
        tree = tree_of(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    named = dict(_named(tree))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if isinstance(node.func, ast.Attribute):
            method, where = node.func.attr, node.args[:1]
            if method == "request" and len(node.args) > 1 and isinstance(node.args[0], ast.Constant):
                method, where = str(node.args[0].value).lower(), node.args[1:2]
            bodies = [_literals(word.value, named) for word in node.keywords if word.arg in BODIES]
            if method in SENDS and where and bodies and isinstance(bodies[0], dict) and bodies[0]:
                yield Shown(method=method.upper(), path=_path(where[0]), body=bodies[0])


def _named(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """(name, dictionary) of what is assigned, and of what a function of that name returns, as a fixture does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield from ((one.id, node.value) for one in node.targets if isinstance(one, ast.Name))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return | ast.Yield)]
            yield from ((node.name, one) for one in returned if isinstance(one, ast.Dict))


def _literals(node: ast.expr, named: Mapping[str, ast.expr], deep: int = 0) -> Any:
    """The value as far as it can be read; None for what can't be."""
    if isinstance(node, ast.Name | ast.Call) and deep < 4:  # noqa: PLR2004 - names of names end somewhere
        name = node.id if isinstance(node, ast.Name) else node.func.id if isinstance(node.func, ast.Name) else ""
        return _literals(named[name], named, deep + 1) if name in named else None
    if isinstance(node, ast.Dict):
        pairs = ((key.value, _literals(one, named, deep)) for key, one in zip(node.keys, node.values, strict=True)
                 if isinstance(key, ast.Constant))  # fmt: skip
        return {str(name): value for name, value in pairs if value is not None}
    if isinstance(node, ast.List):
        return [value for one in node.elts if (value := _literals(one, named, deep)) is not None]
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _path(node: ast.expr) -> str:
    """`/orders/{}/lines` of f"{API}/orders/{order.id}/lines", without what stands before its first slash."""
    if isinstance(node, ast.Constant):
        return str(node.value).partition("?")[0]
    if isinstance(node, ast.JoinedStr):
        parts = (str(one.value) if isinstance(one, ast.Constant) else ANY for one in node.values)
        return "".join(parts).partition("?")[0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _path(node.left) + _path(node.right)
    return ANY


def fits(shown: str, template: str) -> bool:
    """Does a path of a test lead to this path of the contract? A prefix may stand in the test's client."""
    asked = [part for part in shown.split("/") if part]
    there = [part for part in template.split("/") if part]
    while asked and asked[0].startswith(ANY):  # a prefix that a setting names
        asked = asked[1:]
    ends = there[len(there) - len(asked) :]
    return bool(asked) and len(ends) == len(asked) and asked[0] == ends[0] and all(map(_same, asked, ends))


def _same(asked: str, there: str) -> bool:
    """A literal part of the contract's path must be spelt; where the contract puts something in, anything may stand."""
    return asked == there or there.startswith("{")
