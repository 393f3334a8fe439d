"""Which days and bounds are worked out once, at import, and asked for by what runs on other days? Read; pure."""

import ast
from collections.abc import Iterable, Iterator, Mapping

from runner.evidence.code.code_names import Module
from runner.evidence.code.made_once import MAKES, FrozenDefault, evaluated

IDS = frozenset(("uuid.uuid1", "uuid.uuid4", "uuid.uuid7"))  # a process may well have an id of its own
DAYS = frozenset(("datetime.date.today", "datetime.datetime.today"))
SHIFTS = frozenset(("date", "replace", "year", "month", "strftime", "combine"))  # what makes a day of a moment
CACHES = frozenset(("functools.cache", "functools.lru_cache"))
FALLBACKS = frozenset(("get", "combine", "getattr", "setdefault"))  # whose last argument stands in for what is missing
BOUNDS = frozenset(("ge", "gt", "le", "lt", "default"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def moments_in(modules: Iterable[Module]) -> Iterator[FrozenDefault]:
    """Bounds that stand in for what a caller leaves out, those of fields and parameters, and what a cache keeps."""
    every = tuple(modules)
    bounds = {_short(module.name, name): one for module in every for name, one in _constants(module)}
    for module in every:
        yield from _used(module, bounds)
        yield from _annotated(module)
        yield from _cached(module)


def _short(module: str, name: str) -> str:
    """Without the folders above: `src.app.days.TODAY` and `app.days.TODAY` are one."""
    return f"{module.rpartition('.')[2]}.{name}"


def _maker(module: Module, value: ast.expr) -> str:
    """What gives the moment in an expression; empty where none does."""
    names = (module.full_name(call.func) for call in evaluated(value))
    return next((full for full in names if full in MAKES - IDS), "")


def _constants(module: Module) -> Iterator[tuple[str, FrozenDefault]]:
    """A module's own names for a day, or for a moment before or after now. `STARTED = datetime.now()` is meant."""
    for node in module.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        made = _maker(module, value) if value is not None else ""
        if value is None or not made or not (made in DAYS or _is_shifted(value)):
            continue
        for target in (one for one in targets if isinstance(one, ast.Name)):
            yield target.id, FrozenDefault(path=module.path, line=value.lineno, owner="", name=target.id, made_by=made)


def _is_shifted(value: ast.expr) -> bool:
    added = any(isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add | ast.Sub) for one in ast.walk(value))
    return added or any(isinstance(one, ast.Attribute) and one.attr in SHIFTS for one in ast.walk(value))


def _used(module: Module, bounds: Mapping[str, FrozenDefault]) -> Iterator[FrozenDefault]:
    """Each bound once for a function or class that decides by it."""
    for function in (node for node in module.tree.body if isinstance(node, Function | ast.ClassDef)):
        asked = [one for node in ast.walk(function) for one in _deciding(node)]
        seen = dict.fromkeys(_full(module, one) for one in asked)
        for one in (bounds[full] for full in seen if full in bounds):
            yield FrozenDefault(path=one.path, line=one.line, owner=function.name, name=one.name, made_by=one.made_by)


def _full(module: Module, node: ast.expr) -> str:
    if not isinstance(node, ast.Name | ast.Attribute):
        return ""
    home, _, name = module.full_name(node).rpartition(".")
    return _short(home or module.name, name)


def _deciding(node: ast.AST) -> Iterator[ast.expr]:
    """What stands in for something that is missing, or is compared with it."""
    if isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Compare):
        yield from (node.left, *node.comparators)
    elif isinstance(node, ast.arguments):
        yield from (one for one in (*node.defaults, *node.kw_defaults) if one)
    elif isinstance(node, ast.keyword) and node.arg in BOUNDS:
        yield node.value
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in FALLBACKS:
        yield from node.args


def _annotated(module: Module) -> Iterator[FrozenDefault]:
    """`day: Annotated[date, Field(le=date.today())]`: today is the last day for as long as the process lives."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.AnnAssign):
            name, annotation = ast.unparse(node.target), node.annotation
        elif isinstance(node, ast.arg) and node.annotation:
            name, annotation = node.arg, node.annotation
        else:
            continue
        if made := _maker(module, annotation):
            yield FrozenDefault(path=module.path, line=annotation.lineno, owner="a bound", name=name, made_by=made)


def _cached(module: Module) -> Iterator[FrozenDefault]:
    """`@cache def today()`: the first day on which it is called is today for ever."""
    for function in (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef)):
        words = function.args
        if words.args or words.posonlyargs or words.kwonlyargs or words.vararg or words.kwarg:
            continue
        decorators = [one.func if isinstance(one, ast.Call) else one for one in function.decorator_list]
        if not any(module.full_name(one) in CACHES for one in decorators):
            continue
        for one in (node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value):
            if one.value is not None and (made := _maker(module, one.value)):
                yield FrozenDefault(
                    path=module.path, line=function.lineno, owner=function.name, name="cache", made_by=made
                )
