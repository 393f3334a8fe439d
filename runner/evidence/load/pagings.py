"""The queries that are answered page by page, and what they are ordered by. From the source."""

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Self

from runner.evidence.code.code_names import Code, Function, Module, read_code
from runner.evidence.contract.served_app import ServedApp
from runner.evidence.load.order_choices import each_way
from runner.evidence.load.query_orders import (
    MAKERS,
    Order,
    Query,
    column_of,
    label_of,
    order_of,
    query_around,
    root_of,
    unlabelled,
)
from runner.model import Evidence, Looked
from runner.probe import Probe

UniqueSets = Mapping[str, tuple[frozenset[str], ...]]  # class of a table → unique sets of its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """One query with a limit. `total`: its order leaves no two rows equal; None where that can't be read."""

    path: str
    line: int
    function: str
    order: tuple[str, ...]  # "Post.created_at", as written where it is no plain column
    total: bool | None
    most: int = 0  # rows, where the code says how many; 0 where somebody may ask for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagings(Evidence):
    """The order of what is answered page by page."""

    found: tuple[Paging, ...]
    files: int = 0  # of the sources, all of which were read

    @classmethod
    def collect(cls, probe: Probe, served: Looked[ServedApp]) -> Self:
        code = read_code(probe, served.evidence)
        return cls(found=tuple(find(code, served.must().tables)), files=len(code.modules))


def find(code: Code, tables: UniqueSets) -> Iterator[Paging]:
    for module, function in _functions(code):
        for limit in _limits(function):
            query = Query(code, module, function)
            whole = query_around(query, limit)
            made_here = order_of(query, whole, limit)
            for caller, given in _callers(query, made_here.argument) or [(query, limit)]:
                elsewhere = order_of(caller, given, given) if caller is not query else Order()
                order = made_here.with_(elsewhere, known=caller is not query)
                yield replace(_paging(caller, given, order, tables), most=_fixed(module, function, limit.args[0]))


def _functions(code: Code) -> Iterator[tuple[Module, Function]]:
    for module in code.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, Function):
                yield module, node


def _fixed(module: Module, function: Function, size: ast.expr) -> int:
    """The number of rows that the code says, itself or by a name of the module; 0 for what is handed in.

    Also 0 where the function asks more than once: which of its queries is answered is not read.
    """
    if (
        sum(
            isinstance(n, ast.Call) and module.full_name(n.func).rpartition(".")[2] in MAKERS
            for n in ast.walk(function)
        )
        != 1
    ):
        return 0
    if isinstance(size, ast.Name):
        constants = (n for n in module.tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == size.id)
        size = next((n.value for n in constants), size)
    return size.value if isinstance(size, ast.Constant) and type(size.value) is int else 0


def _paging(query: Query, at: ast.expr, order: Order, tables: UniqueSets) -> Paging:
    """Where several orders are chosen from, the worst of them."""
    ways = [replace(order, columns=columns) for columns in each_way(order.columns)]
    order = min(ways, key=lambda one: (False, None, True).index(_is_total(one, tables)))
    return Paging(
        path=query.module.path,
        line=at.lineno,
        function=query.function.name,
        order=tuple(column_of(one) or ast.unparse(one) for one in order.columns),
        total=_is_total(order, tables),
    )


def _limits(function: Function) -> Iterator[ast.Call]:
    """`.limit(…)` of a query; one row needs no order of pages, and a limiter limits no rows."""
    for call in _own_calls(function):
        if not (isinstance(call.func, ast.Attribute) and call.func.attr == "limit" and call.args):
            continue
        one_row = isinstance(call.args[0], ast.Constant) and call.args[0].value == 1
        root = root_of(call)
        if not one_row and "limiter" not in ast.unparse(root).lower():
            yield call


def _own_calls(function: Function) -> Iterator[ast.Call]:
    """The calls in a function, without those of the functions inside of it and of its decorators."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, Function):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting += ast.iter_child_nodes(node)


def _callers(query: Query, argument: str) -> list[tuple[Query, ast.expr]]:
    """Who calls this function, with the query that each gives as this argument."""
    return [
        (Query(query.code, module, function), given)
        for module, function in (_functions(query.code) if argument else ())
        for call in _own_calls(function)
        if _means(query, module, call) and (given := _given(query.function, call, argument)) is not None
    ]


def _means(query: Query, module: Module, call: ast.Call) -> bool:
    found = query.code.function(module, call.func)
    name = module.full_name(call.func)
    known = query.code.module(name.rpartition(".")[0])
    own = name == query.function.name and module is query.module
    there = known is query.module and name.rpartition(".")[2] == query.function.name
    return found[1] is query.function if found else own or there


def _given(function: Function, call: ast.Call, argument: str) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == argument), None)
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    place = names.index(argument) if argument in names else len(call.args)
    place -= names[:1] in (["self"], ["cls"])
    return named or (call.args[place] if 0 <= place < len(call.args) else None)


def _is_total(order: Order, tables: UniqueSets) -> bool | None:
    """Does the order hold a unique set of columns, or all that the rows are grouped by? None: can't be read."""
    columns = [column_of(one) for one in order.columns]
    said = {column or ast.unparse(one) for column, one in zip(columns, order.columns, strict=True)}
    grouped = {column_of(one) or ast.unparse(one) for one in order.grouped}
    if (grouped and grouped <= said) or (order.distinct and _orders_all(order.selected, said)):
        return True
    owners = {name.partition(".")[0] for name in columns} - {""}
    held = {o: {c.partition(".")[2] for c in columns if c.startswith(f"{o}.")} for o in owners}
    if any(unique <= held[owner] for owner in owners & set(tables) for unique in tables[owner]):
        return True
    unreadable = "" in columns or not owners <= set(tables) or bool(grouped & said)
    return None if unreadable or order.maybe or not order.whole else False


def _orders_all(selected: Sequence[ast.expr], said: Set[str]) -> bool:
    """Is every column that is selected in the order, by itself or by its label?"""
    names = [{column_of(unlabelled(one)) or ast.unparse(unlabelled(one)), *label_of(one)} for one in selected]
    return bool(names) and all(one & said for one in names)
