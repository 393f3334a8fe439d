"""Which names and passwords does the code hold? Read from its syntax trees: what is given to what name, and where."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.reading.syntax import parsed
from runner.vocabulary.names import words_of
from runner.vocabulary.secrets import is_password

NAME_WORDS = frozenset({"user", "username", "login", "email", "mail", "superuser", "admin", "account"})
NAME = re.compile(r"[\w.@+-]{3,64}")
PASSWORD = re.compile(r"[^\s{}<>$]{3,64}")
WRAPS = frozenset({"SecretStr", "str", "Field", "cast"})
SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Dict)
METHODS = frozenset({"encode", "strip", "lower", "get_secret_value"})  # what gives back what it is given


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A text that the code gives to a name: a variable, a field, an argument, a key, a variable of the environment."""

    name: str
    value: str
    line: int
    scope: int  # the line of the class, function or dictionary that it stands in; 0: the module


def accounts_in(path: Path) -> Iterator[tuple[str, Given]]:
    """Each name beside each password of the same class, function or dictionary. Nothing where it is no Python."""
    given = list(given_in(path))
    names = [one for one in given if not is_password(one.name) and _is_name(one)]
    for password in passwords_of(given):
        yield from ((one.value, password) for one in names if one.scope == password.scope)


def passwords_in(path: Path) -> list[Given]:
    return passwords_of(list(given_in(path)))


def passwords_of(given: list[Given]) -> list[Given]:
    return [one for one in given if is_password(one.name) and PASSWORD.fullmatch(one.value)]


def given_in(path: Path) -> Iterator[Given]:
    tree = parsed(path.read_text(encoding="utf-8", errors="replace"))
    yield from _given(tree) if tree else ()


def _given(tree: ast.AST) -> Iterator[Given]:
    waiting = [(tree, 0)]  # a node, and the line of the scope around it; no recursion: sums may be thousands deep
    while waiting:
        node, scope = waiting.pop()
        inside = node.lineno if isinstance(node, SCOPES) else scope
        for name, value in _pairs(node):
            text = _text(value)
            if text:
                yield Given(name=name, value=text, line=value.lineno, scope=inside)
        waiting += [(child, inside) for child in reversed(list(ast.iter_child_nodes(node)))]


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What is given to what, right at this node."""
    if isinstance(node, ast.Assign):
        yield from ((name, node.value) for target in node.targets if (name := _name(target)))
    elif isinstance(node, ast.AnnAssign) and node.value is not None and (name := _name(node.target)):
        yield name, node.value
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from ((key.value, v) for key, v in pairs if isinstance(key, ast.Constant) and isinstance(key.value, str))
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
    elif isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.Compare) and len(node.comparators) == 1:  # `if password == "…"`: a back door
        yield from _compared(node.left, node.comparators[0])


def _compared(left: ast.expr, right: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    yield from ((name, value) for one, value in ((left, right), (right, left)) if (name := _name(_decoded(one))))


def _decoded(node: ast.expr) -> ast.expr:
    """`password` of `password.encode()`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
        return node.func.value
    return node


def _of_call(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """`os.getenv("ADMIN_PASSWORD", default="…")`; and what is hashed as a password: `hash_password("…")`."""
    first = node.args[0] if node.args else None
    if _name(node.func) == "compare_digest" and len(node.args) == 2:  # noqa: PLR2004 - what is compared with what
        yield from _compared(*map(_decoded, node.args))
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        defaults = [k.value for k in node.keywords if k.arg == "default"]
        yield from ((first.value, value) for value in [*node.args[1:2], *defaults])
        called = words_of(_name(node.func))
        if {"hash", "password"} <= set(called):
            yield "password", first


def _text(value: ast.expr) -> str:
    """The text itself, out of `SecretStr(…)`, `Field(default=…)`, `hash(…)`; that of a variable as its default."""
    if isinstance(value, ast.Constant):
        text = value.value.decode(errors="replace") if isinstance(value.value, bytes) else value.value
        return text if isinstance(text, str) else ""
    if isinstance(value, ast.BoolOp):  # os.getenv("…") or "…"
        return next(filter(None, map(_text, value.values)), "")
    if not isinstance(value, ast.Call):
        return ""
    defaults = [k.value for k in value.keywords if k.arg in {"default", "server_default"}]
    wraps = _name(value.func) in WRAPS or "hash" in _name(value.func).lower()
    inner = [*defaults, *(value.args[:1] if wraps else value.args[1:2])]
    return next(filter(None, map(_text, inner)), "")


def _is_name(one: Given) -> bool:
    return bool(NAME.fullmatch(one.value)) and ("@" in one.value or bool(NAME_WORDS & set(words_of(one.name))))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)  # data["password"]
    return node.id if isinstance(node, ast.Name) else ""
