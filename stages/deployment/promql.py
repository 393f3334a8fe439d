"""What does an alert's expression ask for, with what does it compare, and can it ever hold? Parsed; pure."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import promql_parser as promql

from runner.said import say

COMPARES = frozenset((">", ">=", "<", "<=", "==", "!="))
OPPOSITE = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One selector: a metric's name and its matchers as (label, operator, value)."""

    name: str
    matchers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`value operator number`; `text` is the value as written."""

    text: str
    operator: str
    number: float
    asked: tuple[Asked, ...]
    hundredfold: bool = False  # the value is a percentage: 100 * …
    ratio: bool = False  # one value over another
    quantiles: tuple[float, ...] = ()  # that `histogram_quantile` takes, from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """`problem` says why it can't be read, or why it never holds."""

    asked: tuple[Asked, ...] = ()
    compared: tuple[Compared, ...] = ()
    functions: frozenset[str] = frozenset()
    problem: str = ""


def parsed(text: str, records: Mapping[str, str] | None = None) -> Expression:
    """An expression, with the recording rules that it uses (`records`: name → expression) opened."""
    try:
        tree = promql.parse(text)
    except (ValueError, TypeError):
        return Expression(problem=say("it is no PromQL that can be read"))
    asked = tuple(_asked(tree, records or {}))
    problem = "" if asked else say("it asks for no metric")
    return Expression(
        asked=asked,
        compared=tuple(_compared(tree, records or {})),
        functions=frozenset(_functions(tree)),
        problem=problem or (say("a part of it never holds") if _never(tree) else ""),
    )


def _bare(node: object) -> object:
    while isinstance(node, promql.ParenExpr):
        node = node.expr
    return node


def _children(node: object) -> list[object]:
    node = _bare(node)
    if isinstance(node, promql.BinaryExpr):
        return [node.lhs, node.rhs]
    if isinstance(node, promql.Call):
        return list(node.args)
    if isinstance(node, promql.MatrixSelector):
        return [node.vector_selector]
    inner = getattr(node, "expr", None)
    return [inner] if inner is not None else []


def _asked(node: object, records: Mapping[str, str], deep: int = 0) -> Iterator[Asked]:
    node = _bare(node)
    if isinstance(node, promql.VectorSelector):
        told = [(m.name, str(m.op).rpartition(".")[2], m.value) for m in node.matchers.matchers]
        name = node.name or next((value for label, _, value in told if label == "__name__"), "")
        if name in records and deep < 3:  # noqa: PLR2004 - a record of a record of a record
            try:
                yield from _asked(promql.parse(records[name]), records, deep + 1)
            except (ValueError, TypeError):
                yield Asked(name=name)
            return
        yield Asked(name=name, matchers=tuple(one for one in told if one[0] != "__name__"))
    for child in _children(node):
        yield from _asked(child, records, deep)


def _functions(node: object) -> Iterator[str]:
    node = _bare(node)
    if isinstance(node, promql.Call):
        yield str(node.func.name)
    for child in _children(node):
        yield from _functions(child)


def _compared(node: object, records: Mapping[str, str]) -> Iterator[Compared]:
    """The comparisons with a number that decide whether it holds, through `and`, `or` and `unless`."""
    node = _bare(node)
    if not isinstance(node, promql.BinaryExpr):
        return
    operator = str(node.op)
    if operator in {"and", "or", "unless"}:
        yield from _compared(node.lhs, records)
        if operator != "unless":
            yield from _compared(node.rhs, records)
    if operator not in COMPARES:
        return
    left, right = constant(node.lhs), constant(node.rhs)
    if right is not None and left is None:
        yield _comparison(node.lhs, operator, right, records)
    elif left is not None and right is None:
        yield _comparison(node.rhs, OPPOSITE[operator], left, records)


def _comparison(value: object, operator: str, number: float, records: Mapping[str, str]) -> Compared:
    return Compared(
        text=value.prettify() if hasattr(value, "prettify") else str(value),
        operator=operator,
        number=number,
        asked=tuple(_asked(value, records)),
        hundredfold=_times_100(value),
        ratio=_divides(value),
        quantiles=tuple(_quantiles(value, records)),
    )


def _quantiles(node: object, records: Mapping[str, str], deep: int = 0) -> Iterator[float]:
    node = _bare(node)
    if isinstance(node, promql.Call) and node.func.name == "histogram_quantile":
        taken = constant(node.args[0])
        yield from () if taken is None else (taken,)
    if isinstance(node, promql.VectorSelector) and node.name and node.name in records and deep < 3:  # noqa: PLR2004
        with contextlib.suppress(ValueError, TypeError):
            yield from _quantiles(promql.parse(records[node.name]), records, deep + 1)
    for child in _children(node):
        yield from _quantiles(child, records, deep)


def constant(node: object) -> float | None:
    """The number that an expression without a metric is: `0.25`, `(14.4 * 0.001)`, `vector(0)`."""
    node = _bare(node)
    if isinstance(node, promql.NumberLiteral):
        return float(node.val)
    if isinstance(node, promql.UnaryExpr):
        inner = constant(node.expr)
        return None if inner is None else -inner
    if isinstance(node, promql.Call) and node.func.name in {"vector", "scalar"} and len(node.args) == 1:
        return constant(node.args[0])
    if isinstance(node, promql.BinaryExpr):
        left, right = constant(node.lhs), constant(node.rhs)
        return None if left is None or right is None else _worked_out(str(node.op), left, right)
    return None


def _worked_out(operator: str, left: float, right: float) -> float | None:
    if operator == "/" and right == 0:
        return None
    known = {"+": left + right, "-": left - right, "*": left * right}
    return left / right if operator == "/" else known.get(operator)


def _never(node: object) -> bool:
    """A comparison of constants that is false, and whatever stands in an `and` with it."""
    node = _bare(node)
    if not isinstance(node, promql.BinaryExpr):
        return False
    operator = str(node.op)
    if operator == "or":
        return _never(node.lhs) and _never(node.rhs)
    if operator == "unless":
        return _never(node.lhs) or constant(node.rhs) is not None
    if operator not in COMPARES:
        return _never(node.lhs) or _never(node.rhs)
    left, right = constant(node.lhs), constant(node.rhs)
    if left is None or right is None:
        return _never(node.lhs) or _never(node.rhs)
    holds = {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right, "==": left == right}
    return not holds.get(operator, left != right)


def _times_100(node: object) -> bool:
    node = _bare(node)
    if not isinstance(node, promql.BinaryExpr) or str(node.op) not in {"*", "/"}:
        return False
    by = [side for side in (node.lhs, node.rhs) if str(node.op) == "*" and constant(side) == 100]  # noqa: PLR2004
    return bool(by) or _times_100(node.lhs) or (str(node.op) == "*" and _times_100(node.rhs))


def _divides(node: object) -> bool:
    node = _bare(node)
    here = isinstance(node, promql.BinaryExpr) and str(node.op) == "/"
    return here or any(_divides(child) for child in _children(node))
