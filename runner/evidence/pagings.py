"""The queries that are answered page by page, and what they are ordered by. From the source."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from runner.evidence.code_names import Code, Function, Module, read_code
from runner.evidence.served_app import ServedApp
from runner.model import Evidence
from runner.probe import TargetProbe

UniqueSets = Mapping[str, tuple[frozenset[str], ...]]  # class of a table → unique sets of its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """One query with a limit. `total`: its order leaves no two rows equal, as far as can be told."""

    path: str
    line: int
    function: str
    order: tuple[str, ...]  # "Post.created_at", as written where it is no plain column
    total: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagings(Evidence):
    """The order of what is answered page by page."""

    found: tuple[Paging, ...]

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        return cls(found=tuple(find(read_code(probe), probe.need(ServedApp).tables)))


def find(code: Code, tables: UniqueSets) -> Iterator[Paging]:
    for module in code.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                limit = next(_limits(node), None)
                if limit is not None:
                    order = list(_order(code, module, node))
                    grouped = {ast.unparse(arg) for call in _named(node, "group_by") for arg in call.args}
                    total = _is_total(order, tables) or any(ast.unparse(one) in grouped for one in order)
                    names = tuple(_column(one) or ast.unparse(one) for one in order)
                    yield Paging(path=module.path, line=limit.lineno, function=node.name, order=names, total=total)


def _named(function: Function, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield node


def _limits(function: Function) -> Iterator[ast.Call]:
    """`.limit(…)` of a query that the function makes itself; one row needs no order of pages."""
    made = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for call in _named(function, "limit"):
        one_row = call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == 1
        root = _root(call)
        elsewhere = isinstance(root, ast.Name) and (root.id not in made or "limiter" in root.id.lower())  # an argument
        if not one_row and call.args and not elsewhere:
            yield call


def _root(node: ast.expr) -> ast.expr:
    """Where a chain of calls starts: `select(Post)` of `select(Post).where(…).limit(…)`."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "query":  # session.query(Post): the session may be an argument
            return node
        node = node.func.value
    return node


def _order(code: Code, module: Module, function: Function) -> Iterator[ast.expr]:
    """What it is ordered by, here or in a function of the service's own that it calls."""
    for call in _named(function, "order_by"):
        yield from call.args
    for node in ast.walk(function):
        found = code.function(module, node.func) if isinstance(node, ast.Call) else None
        if found and found[1] is not function:
            for call in _named(found[1], "order_by"):
                yield from call.args


def _column(node: ast.expr) -> str:
    """`Post.id` of `col(Post.id).desc()`; empty for what is no plain column."""
    while isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None
        if inner is None and len(node.args) == 1:
            inner = node.args[0]
        if inner is None:
            return ""
        node = inner
    if isinstance(node, ast.UnaryOp):
        return _column(node.operand)
    plain = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return ast.unparse(node) if plain else ""


def _is_total(order: list[ast.expr], tables: UniqueSets) -> bool:
    """Does the order hold a unique set of columns? What can't be read is given the benefit of the doubt."""
    columns = [_column(one) for one in order]
    owners = {name.partition(".")[0] for name in columns}
    if "" in columns or not owners <= set(tables):
        return bool(order)
    by_table = {o: {c.partition(".")[2] for c in columns if c.startswith(f"{o}.")} for o in owners}
    return any(unique <= by_table[owner] for owner in owners for unique in tables[owner])
