"""Which texts may an expression of the code be? From its tree: constants, tables, what is assigned or given; pure."""

import ast
import re
from collections.abc import Iterator, Mapping

Where = tuple[tuple[int, ...], tuple[str, ...]]


def values_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Of each enumeration the values that are words, and their lines: `UNDECLARED = "a field that nobody declared"`."""
    for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        if any(isinstance(base, ast.Name) and base.id == "StrEnum" for base in kind.bases):
            for value in (node.value for node in kind.body if isinstance(node, ast.Assign)):
                if isinstance(value, ast.Constant) and re.fullmatch(r"[a-z]['a-z-]*( [a-z'-]+)+", str(value.value)):
                    yield str(value.value), value.lineno


def named_in(expression: ast.expr, tree: ast.Module) -> Iterator[str]:
    """Also what stands in a table of this file: `tell(WORDS[kind])`, `tell(name) for name, width in (…)`."""
    yield from texts_in(expression)
    base = expression.value if isinstance(expression, ast.Subscript) else expression
    if not isinstance(base, ast.Name):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == base.id for t in node.targets):
            values = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
            yield from (text for value in values for text in texts_in(value))
        elif isinstance(node, ast.For | ast.comprehension):
            yield from _each(node.target, node.iter, base.id, tree)


def _each(target: ast.expr, iterable: ast.expr, name: str, tree: ast.Module) -> Iterator[str]:
    names = [one.id for one in getattr(target, "elts", [target]) if isinstance(one, ast.Name)]
    if name not in names:
        return
    call = iterable.func if isinstance(iterable, ast.Call) else None
    base = call.value if isinstance(call, ast.Attribute) else iterable
    if isinstance(base, ast.Name):
        assigns = (node for node in tree.body if isinstance(node, ast.Assign))
        base = next((n.value for n in assigns if getattr(n.targets[0], "id", "") == base.id), base)
    pairs = [list(pair) for pair in zip(base.keys, base.values, strict=True)] if isinstance(base, ast.Dict) else []
    for row in pairs or getattr(base, "elts", []):
        cells = row if isinstance(row, list) else getattr(row, "elts", [row])
        if len(cells) == len(names):
            cell = cells[names.index(name)]
            yield from texts_in(cell) if isinstance(cell, ast.expr) else ()


def nouns_in(expression: ast.expr, tree: ast.Module) -> Iterator[str]:
    """Also what a name stands for in this file: what is assigned to it, or given for it as an argument."""
    yield from texts_in(expression)
    if not isinstance(expression, ast.Name):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == expression.id for t in node.targets
        ):
            yield from texts_in(node.value)
        elif isinstance(node, ast.FunctionDef):
            names = [one.arg for one in node.args.args]
            if expression.id in names:
                yield from _given(tree, node.name, names.index(expression.id), expression.id)


def _given(tree: ast.Module, function: str, at: int, name: str) -> Iterator[str]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and called_name(node) == function):
        yield from (text for keyword in call.keywords if keyword.arg == name for text in texts_in(keyword.value))
        if at < len(call.args):
            yield from texts_in(call.args[at])


def called_name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def messages_of(call: ast.Call, take: Mapping[str, Where]) -> Iterator[ast.expr]:
    """Its arguments that are messages."""
    positions, names = take.get(called_name(call), ((), ()))
    yield from (call.args[at] for at in positions if at < len(call.args))
    yield from (keyword.value for keyword in call.keywords if keyword.arg in names)


def texts_in(expression: ast.expr) -> Iterator[str]:
    """The texts that an expression may be: each of `"a" if x else "b"`."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        yield expression.value
    elif isinstance(expression, ast.IfExp):
        yield from texts_in(expression.body)
        yield from texts_in(expression.orelse)
    elif isinstance(expression, ast.BoolOp | ast.Tuple):
        for one in expression.values if isinstance(expression, ast.BoolOp) else expression.elts:
            yield from texts_in(one)
