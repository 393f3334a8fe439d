"""By which of several orders may a query be ordered? Those of a dictionary that a parameter chooses from."""

import ast
import itertools
from collections.abc import Iterator, Sequence

from runner.evidence.code.code_names import Code, Function, Module

MOST = 64  # orders of one query
Columns = tuple[ast.expr, ...]


def choices_of(code: Code, module: Module, function: Function, ordered: Sequence[ast.expr]) -> Columns:
    """What a query is ordered by; an argument that a dictionary holds becomes the set of what it may be."""
    return tuple(_choice(code, module, function, one) for one in ordered)


def each_way(columns: Columns) -> Iterator[Columns]:
    """The columns, once for each way that they may be: alone where nothing chooses."""
    for parts in itertools.islice(itertools.product(*map(_ways_of, columns)), MOST):
        yield tuple(one for part in parts for one in part)


def assigned(scope: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Name and value of each assignment to a plain variable in a function."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, node.value) for target in targets if isinstance(target, ast.Name))


def _ways_of(column: ast.expr) -> list[Columns]:
    if not isinstance(column, ast.Set):
        return [(column,)]
    return [tuple(one.elts) if isinstance(one, ast.Tuple | ast.List) else (one,) for one in column.elts]


def _choice(code: Code, module: Module, function: Function, argument: ast.expr) -> ast.expr:
    """What `ORDERS[by]`, `*ORDERS[by]`, `ORDERS.get(by, Post.id)` and `desc(ORDERS[by])` may be, as a set."""
    node = argument.value if isinstance(argument, ast.Starred) else argument
    while isinstance(node, ast.Call) and not _is_get(node):
        if isinstance(node.func, ast.Attribute) and not node.args:
            node = node.func.value
        elif len(node.args) == 1:
            node = node.args[0]
        else:
            return argument
    if isinstance(node, ast.Subscript):
        held, more = node.value, Columns()
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        held, more = node.func.value, Columns(node.args[1:])
    else:
        return argument
    found = _dictionary(code, module, function, held)
    return ast.Set(elts=[*found.values, *more]) if found and found.values and None not in found.keys else argument


def _is_get(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "get" and len(node.args) in {1, 2}


def _dictionary(code: Code, module: Module, function: Function, node: ast.expr) -> ast.Dict | None:
    """The dictionary that a name means: of the function, of its module, or of one that it is taken from."""
    if isinstance(node, ast.Dict):
        return node
    own = _last([function], node.id) if isinstance(node, ast.Name) else None
    return own or _of_module(code, module, module.full_name(node))


def _of_module(code: Code, module: Module, full: str) -> ast.Dict | None:
    home, _, name = full.rpartition(".")
    owner = code.module(home) if home else module
    return _last(owner.tree.body, name) if owner and name else None


def _last(nodes: Sequence[ast.AST], name: str) -> ast.Dict | None:
    """The dictionary that a name is given there, where it is given one value alone."""
    values = [value for node in nodes for target, value in assigned(node) if target == name]
    return values[0] if len(values) == 1 and isinstance(values[0], ast.Dict) else None
