"""What is a query ordered and grouped by? Its chain of calls is read, through variables and the service's functions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from runner.evidence.code.code_names import Code, Function, Module
from runner.evidence.load.order_choices import assigned, choices_of

MAKERS = {"select", "query", "union", "union_all", "intersect", "except_"}  # where a query begins
BRANCHES = (ast.If, ast.Match, ast.Try, ast.For, ast.AsyncFor, ast.While)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
DEEP = 12  # functions and variables that lead from one to the next


@dataclass(frozen=True)
class Query:
    """Where a query is read: a function of the service."""

    code: Code
    module: Module
    function: Function


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a query is ordered by, as far as it was read."""

    columns: tuple[ast.expr, ...] = ()
    grouped: tuple[ast.expr, ...] = ()
    selected: tuple[ast.expr, ...] = ()
    distinct: bool = False  # of what is selected, no row comes twice
    maybe: bool = False  # by one or another, as a condition says
    whole: bool = True  # it was read from where it begins
    argument: str = ""  # of the function, that it begins with

    def with_(self, other: "Order", *, known: bool = True) -> "Order":
        """Both; `known` says that the other one is where this one begins."""
        return Order(
            columns=self.columns + other.columns,
            grouped=self.grouped + other.grouped,
            selected=self.selected or other.selected,
            distinct=self.distinct or other.distinct,
            maybe=self.maybe or other.maybe,
            whole=other.whole and (self.whole or bool(self.argument)) if known else self.whole,
            argument=self.argument or other.argument,
        )


def query_around(query: Query, call: ast.Call) -> ast.expr:
    """The whole chain that a call is a part of: `select(Post).limit(5).order_by(Post.id)`."""
    whole: ast.expr = call
    for node in ast.walk(query.function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and call in _chain(node):
            whole = max(whole, node, key=lambda one: len(list(_chain(one))))
    return whole


def root_of(node: ast.expr) -> ast.expr:
    """Where a chain of calls starts: `select(Post)` of `select(Post).where(…).limit(…)`."""
    return list(_chain(node))[-1]


def _chain(node: ast.expr) -> Iterator[ast.expr]:
    yield node
    while True:
        if isinstance(node, ast.Await):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr not in MAKERS:
            node = node.func.value
        else:
            return
        yield node


def order_of(query: Query, node: ast.expr, used: ast.expr) -> Order:
    """The order of a query that a function makes, as it is where it is `used`."""
    found = _read(query, node, used, frozenset(), DEEP)
    for call in _later(query.function, node):
        args = choices_of(query.code, query.module, query.function, call.args)
        new = tuple(one for one in args if one not in found.columns)
        if not _is_conditional(query.function, call, used):
            found = replace(found, columns=found.columns + new)
    return found


def _later(function: Function, node: ast.expr) -> Iterator[ast.Call]:
    """How the variable that it is given to is ordered afterwards: `page = statement.limit(9)`, `page.order_by(…)`."""
    names = {name for name, value in assigned(function) if value is node}
    for one in ast.walk(function) if names else ():
        root = root_of(one) if isinstance(one, ast.Call) and _called(one) == "order_by" else None
        if isinstance(one, ast.Call) and isinstance(root, ast.Name) and root.id in names:
            yield one


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _read(query: Query, node: ast.expr, used: ast.expr, seen: frozenset[str], deep: int) -> Order:
    columns: tuple[ast.expr, ...] = ()
    grouped: tuple[ast.expr, ...] = ()
    selected: tuple[ast.expr, ...] = ()  # in place of what it began with
    distinct = False
    start: Order | None = None
    undone = False  # by `.order_by(None)`, which takes away what was ordered before
    for one in _chain(node):
        if not isinstance(one, ast.Call):
            continue
        start = _of_own_function(query, one, seen, deep)
        if start is not None:
            break
        if _called(one) == "order_by" and not undone:
            undone = any(isinstance(arg, ast.Constant) and arg.value is None for arg in one.args)
            args = choices_of(query.code, query.module, query.function, one.args)
            columns = columns if undone else (*args, *columns)
        elif _called(one) == "group_by":
            grouped = (*one.args, *grouped)
        elif _called(one) == "distinct":
            distinct, grouped = distinct or not one.args, (*one.args, *grouped)  # DISTINCT ON: one row of each
        elif _called(one) in {"with_only_columns", "with_entities"}:
            selected = selected or tuple(one.args)
    if start is None:
        start = _begun(query, root_of(node), used, seen, deep)
    before = () if undone else start.columns
    return replace(
        start,
        columns=before + columns,
        grouped=start.grouped + grouped,
        selected=selected or start.selected,
        distinct=start.distinct or distinct,
    )


def _begun(query: Query, root: ast.expr, used: ast.expr, seen: frozenset[str], deep: int) -> Order:
    """How the start of a chain is ordered: a variable, a query of its own, or what can't be read."""
    if isinstance(root, ast.Name):
        return _of_variable(query, root.id, used, seen, deep)
    if isinstance(root, ast.IfExp):
        both = [_read(query, one, used, seen, deep) for one in (root.body, root.orelse)]
        return Order(maybe=True, whole=all(one.whole for one in both))
    if isinstance(root, ast.Call):
        whole = query.module.full_name(root.func).rpartition(".")[2] in MAKERS or _called(root) in MAKERS
        wrapped = root.args[0] if len(root.args) == 1 and isinstance(root.args[0], ast.Call) else None
        if wrapped and query.module.full_name(wrapped.func).rpartition(".")[2] == "distinct":
            return Order(whole=whole, selected=tuple(wrapped.args), distinct=True)
        return Order(whole=whole, selected=tuple(root.args))
    return Order(whole=isinstance(root, ast.Attribute) and root.attr == "query")  # `Post.query`


def _of_variable(query: Query, name: str, used: ast.expr, seen: frozenset[str], deep: int) -> Order:
    here = f"{id(query.function)}.{name}"  # another function may give its own query the same name
    if here in seen or not deep:
        return Order()
    values = [value for target, value in assigned(query.function) if target == name and value is not used]
    if not values:
        arguments = query.function.args
        given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return Order(whole=False, argument=name if name in {one.arg for one in given} else "")
    found = Order()
    sometimes: list[ast.expr] = []
    for value in values:
        if used in list(ast.walk(value)):  # what is made of it with the limit
            continue
        inner = _read(query, value, used, seen | {here}, deep - 1)
        conditional = _is_conditional(query.function, value, used)
        sometimes += [value] if conditional and inner.columns else []
        found = Order(
            columns=found.columns + (() if conditional else inner.columns),
            grouped=found.grouped + inner.grouped,
            selected=found.selected or inner.selected,
            distinct=found.distinct or (inner.distinct and not conditional),
            maybe=found.maybe or inner.maybe,
            whole=found.whole and inner.whole,
            argument=found.argument or inner.argument,
        )
    return replace(found, maybe=found.maybe or _one_or_another(query.function, sometimes))


def _one_or_another(function: Function, values: list[ast.expr]) -> bool:
    """May one of them be done whatever happens: both sides of an `if`, several cases, a loop? Else none need be."""
    for branch in (one for one in ast.walk(function) if isinstance(one, BRANCHES)):
        parts = [{id(inner) for statement in part for inner in ast.walk(statement)} for part in _parts(branch)]
        held = sum(any(id(value) in part for value in values) for part in parts)
        if held > 1 or (held and isinstance(branch, LOOPS)):
            return True
    return False


def _of_own_function(query: Query, call: ast.Call, seen: frozenset[str], deep: int) -> Order | None:
    """The order of what a function of the service returns; None where the call means none."""
    found = query.code.function(query.module, call.func) if deep else None
    if found is None or found[1] is query.function:
        return None
    inner = Query(query.code, *found)
    values = [node.value for node in ast.walk(found[1]) if isinstance(node, ast.Return) and node.value is not None]
    read = [_read(inner, value, value, seen, deep - 1) for value in values]
    if len(read) == 1:
        return replace(read[0], argument="", whole=read[0].whole or bool(read[0].argument))
    bare = (
        one
        for one in read
        if one.whole and one.selected and not (one.columns or one.grouped or one.distinct or one.maybe)
    )
    without = next(bare, None)  # one way out without an order is enough: whoever takes it gets pages without
    return without or Order(maybe=any(one.columns or one.maybe for one in read), whole=bool(read))


def _is_conditional(function: Function, node: ast.AST, used: ast.AST) -> bool:
    """Does it stand in a branch, or a loop, in which the use does not?"""
    branches = [one for one in ast.walk(function) if isinstance(one, BRANCHES)]
    for branch in branches:
        for part in _parts(branch):
            inside = {id(inner) for statement in part for inner in ast.walk(statement)}
            if id(node) in inside and id(used) not in inside:
                return True
    return False


def _parts(branch: ast.AST) -> list[list[ast.stmt]]:
    """The blocks of a branch, each of which may be left out."""
    if isinstance(branch, ast.Match):
        return [case.body for case in branch.cases]
    blocks = [getattr(branch, name, []) for name in ("body", "orelse")]
    handlers = [handler.body for handler in getattr(branch, "handlers", ())]
    return [*([] if isinstance(branch, ast.Try) else blocks), *handlers]


def column_of(node: ast.expr) -> str:
    """`Post.id` of `col(Post.id).desc()`; empty for what is no plain column."""
    while isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None
        if inner is None and len(node.args) == 1:
            inner = node.args[0]
        if inner is None:
            return ""
        node = inner
    if isinstance(node, ast.UnaryOp):
        return column_of(node.operand)
    plain = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return ast.unparse(node) if plain else ""


def unlabelled(node: ast.expr) -> ast.expr:
    """`Post.author` of `Post.author.label("name")`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "label":
        return node.func.value
    return node


def label_of(node: ast.expr) -> Iterator[str]:
    """`'name'` of `Post.author.label("name")`, as an order spells it."""
    if isinstance(node, ast.Call) and _called(node) == "label":
        yield from (ast.unparse(one) for one in node.args)
