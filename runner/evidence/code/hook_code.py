"""How does the code behind a webhook look at its signature? Followed into dependencies and helpers; pure."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.evidence.code.code_names import Code, Function, Module
from runner.evidence.code.job_starts import function_of, functions_of, own_nodes
from runner.vocabulary.secrets import is_secret

# Of other packages; the first kind raises by itself, of the second somebody must look at the answer.
RAISES = re.compile(r"verify\w*|construct_event|unwrap|decode")
ANSWERS = re.compile(r"compare_digest|is_valid_\w+|validate|validate_(?:request|signature|webhook)\w*")
DECODERS = frozenset({"jwt", "jose", "joserfc", "authlib"})  # whose `decode` verifies
DATED = frozenset({"stripe", "svix", "standardwebhooks", "slack_sdk", "slack_bolt"})  # refuse what is minutes old
DIGESTS = frozenset({"hexdigest", "digest"})
SIGNED = re.compile(r"signature|digest|hmac", re.IGNORECASE)
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+|signature", re.IGNORECASE)
DEEP = 6  # functions that call each other
Returned = tuple[Module, Function]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    path: str
    line: int
    what: str  # the code


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCode:
    checks: tuple[Spot, ...] = ()  # where a signature, or a secret word, is compared
    slow: tuple[Spot, ...] = ()  # … by `==`, which takes longer the more of it is right
    dropped: tuple[Spot, ...] = ()  # … and nobody looks at the answer
    headers: tuple[str, ...] = ()  # that are read
    secrets: tuple[str, ...] = ()  # names of settings
    algorithms: tuple[str, ...] = ("sha256",)
    dated: bool = False  # a library looks at it that refuses what is minutes old


def hook_code(code: Code, module: str, function: str, dependencies: tuple[str, ...]) -> HookCode:
    """What is read from the function of a route, and from all that it reaches in the service's own code."""
    reached = reached_from(code, module, function, {one.rpartition(".")[2] for one in dependencies})
    checks, slow, dropped = [], [], []
    for where, one in reached:
        for node in own_nodes(one.body):
            spot = (
                Spot(path=where.path, line=getattr(node, "lineno", 0), what=ast.unparse(node)[:120])
                if _may(node)
                else None
            )
            if spot and isinstance(node, ast.Compare) and _is_slow(code, where, one, node):
                slow.append(spot)
            elif spot and isinstance(node, ast.Call) and _verifies(code, where, one, node):
                checks.append(spot)
        dropped += list(_dropped(code, where, one))
    gone = {(one.path, one.line) for one in dropped}
    return HookCode(
        checks=tuple(one for one in (*checks, *slow) if (one.path, one.line) not in gone),
        slow=tuple(slow),
        dropped=tuple(dropped),
        headers=tuple(dict.fromkeys(name for _, one in reached for name in _headers(one))),
        secrets=tuple(dict.fromkeys(name for _, one in reached for name in _secrets(one))),
        algorithms=tuple(_algorithms(reached)) or ("sha256",),
        dated=any({full.partition(".")[0] for full in where.imports.values()} & DATED for where, _ in reached),
    )


def _may(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare | ast.Call)


def reached_from(code: Code, module: str, function: str, dependencies: set[str]) -> list[Returned]:
    """A function, those of the service's own that it calls, and the dependencies of these names with theirs."""
    home = code.module(module)
    first = next((one for one in functions_of(home) if one.name == function), None) if home else None
    waiting = [(home, first, 0)] if home and first else []
    if dependencies:
        waiting += [(m, one, 0) for m in code.modules for one in functions_of(m) if _names_of(m, one) & dependencies]
    found: dict[int, Returned] = {}
    while waiting:
        where, one, deep = waiting.pop(0)
        if id(one) in found or deep > DEEP:
            continue
        found[id(one)] = (where, one)
        for call in (node for node in own_nodes(one.body) if isinstance(node, ast.Call)):
            own = function_of(code, where, one, call.func) or code.function(where, call.func)
            waiting += [(*own, deep + 1)] if own else []
    return list(found.values())


def _names_of(module: Module, function: Function) -> set[str]:
    """Its own, and of what is called like a function that of its class."""
    owner = module.owners.get(id(function))
    return {function.name, owner.name} if owner and function.name == "__call__" else {function.name}


def _verifies(code: Code, module: Module, function: Function, call: ast.Call) -> bool:
    """A function of another package looks at it. The service's own are read themselves."""
    name = module.full_name(call.func)
    last = name.rpartition(".")[2] or getattr(call.func, "attr", "")
    if last == "decode":
        return name.partition(".")[0] in DECODERS
    fits = RAISES.fullmatch(last) or ANSWERS.fullmatch(last)
    return bool(fits) and function_of(code, module, function, call.func) is None


def _is_slow(code: Code, module: Module, function: Function, one: ast.Compare) -> bool:
    """`signature == expected`: what is worked out, or a secret word, is compared letter by letter."""
    if len(one.ops) != 1 or not isinstance(one.ops[0], ast.Eq | ast.NotEq):
        return False
    sides = [one.left, one.comparators[0]]
    if any(isinstance(side, ast.Constant) or _is_count(side) for side in sides):
        return False
    made = {
        target.id
        for node in own_nodes(function.body)
        if isinstance(node, ast.Assign) and _is_worked_out(code, module, function, node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return any(
        _is_worked_out(code, module, function, side) or _name_of(side) in made or _is_called_so(side) for side in sides
    )


def _is_count(side: ast.expr) -> bool:
    return isinstance(side, ast.Call) and getattr(side.func, "id", "") in {"len", "type"}


def _is_worked_out(code: Code, module: Module, function: Function, value: ast.expr) -> bool:
    """A digest is made in it, or by a function of the service's own that it calls."""
    if any(isinstance(node, ast.Attribute) and node.attr in DIGESTS for node in ast.walk(value)):
        return True
    calls = (node for node in ast.walk(value) if isinstance(node, ast.Call))
    own = (function_of(code, module, function, call.func) for call in calls)
    return any(
        isinstance(node, ast.Return) and any(getattr(inner, "attr", "") in DIGESTS for inner in ast.walk(node))
        for found in own
        if found
        for node in own_nodes(found[1].body)
    )


def _name_of(side: ast.expr) -> str:
    """Of a variable or a setting, also where its secret is taken out: `settings.word.get_secret_value()`."""
    if isinstance(side, ast.Call) and getattr(side.func, "attr", "") == "get_secret_value":
        side = getattr(side.func, "value", side)
    return str(getattr(side, "attr", getattr(side, "id", "")))


def _is_called_so(side: ast.expr) -> bool:
    """By its name, or by that of the header that it is taken from."""
    said = [node.value for node in ast.walk(side) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    header = any(HEADER.fullmatch(one) and SIGNED.search(one) for one in said)
    return header or bool(SIGNED.search(_name_of(side))) or is_secret(_name_of(side))


def _dropped(code: Code, module: Module, function: Function) -> Iterator[Spot]:
    """A comparison that stands alone in its line, or a helper's whose answer is all that it has."""
    for node in own_nodes(function.body):
        if not isinstance(node, ast.Expr):
            continue
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if not isinstance(call, ast.Call):
            continue
        last = module.full_name(call.func).rpartition(".")[2] or getattr(call.func, "attr", "")
        own = function_of(code, module, function, call.func)
        if (own and _only_answers(code, *own)) or (own is None and ANSWERS.fullmatch(last)):
            yield Spot(path=module.path, line=node.lineno, what=ast.unparse(node)[:120])


def _only_answers(code: Code, module: Module, function: Function) -> bool:
    nodes = list(own_nodes(function.body))
    if any(isinstance(node, ast.Raise) for node in nodes):
        return False
    for node in nodes:
        for inner in ast.walk(node) if isinstance(node, ast.Return) else ():
            if isinstance(inner, ast.Compare) and _is_slow(code, module, function, inner):
                return True
            if isinstance(inner, ast.Call) and ANSWERS.fullmatch(module.full_name(inner.func).rpartition(".")[2]):
                return function_of(code, module, function, inner.func) is None
    return False


def _headers(function: Function) -> Iterator[str]:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    defaults = [None] * (len(function.args.posonlyargs + function.args.args) - len(function.args.defaults))
    pairs = zip(arguments, [*defaults, *function.args.defaults, *function.args.kw_defaults], strict=True)
    for argument, default in pairs:
        said = [node for node in (argument.annotation, default) if node is not None]
        calls = [one for node in said for one in ast.walk(node) if isinstance(one, ast.Call)]
        for call in (one for one in calls if getattr(one.func, "attr", getattr(one.func, "id", "")) == "Header"):
            alias = next(
                (k.value.value for k in call.keywords if k.arg == "alias" and isinstance(k.value, ast.Constant)), ""
            )
            yield str(alias or argument.arg.replace("_", "-"))
    for node in own_nodes(function.body):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and HEADER.fullmatch(node.value):
            yield node.value


def _algorithms(reached: list[Returned]) -> Iterator[str]:
    """The hashes that the code names."""
    said = {
        str(getattr(node, "attr", getattr(node, "id", getattr(node, "value", ""))))
        for _, one in reached
        for node in own_nodes(one.body)
    }
    return (name for name in ("sha256", "sha1", "sha384", "sha512") if name in said)


def variables(code: Code, settings: Iterable[str]) -> set[str]:
    """The variables that settings may be read from: their names, also behind the prefixes that the code gives."""
    prefixes = {
        str(node.value.value)
        for module in code.modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.keyword) and node.arg == "env_prefix" and isinstance(node.value, ast.Constant)
    }
    return {f"{prefix}{name}".upper() for name in settings for prefix in ("", *prefixes)}


def _secrets(function: Function) -> Iterator[str]:
    for node in own_nodes(function.body):
        name = getattr(node, "attr", getattr(node, "id", node.value if isinstance(node, ast.Constant) else ""))
        if isinstance(name, str) and name.isidentifier() and is_secret(name):
            yield name
