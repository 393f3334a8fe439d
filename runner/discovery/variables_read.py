"""Which environment variables does code read, which does it demand, and which can it do without? Read, never run."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from runner.reading.syntax import last_name, parsed
from runner.vocabulary.secrets import is_made_here, is_secret

READ_PLAINLY = re.compile(r"(?:getenv|environ\.get)$")
READERS = {"getenv", "get", "config", "str", "int", "env", "environ", "getitem"}


def names_read(path: Path) -> Iterator[str]:
    """Names of variables that a file reads: `os.getenv("X")`, `config("X")`, `environ["X"]`, fields of its settings."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not re.search(r"environ|getenv|Settings|config\(|env\(", text):
        return
    tree = parsed(text)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and last_name(node.func) in READERS and node.args:
            yield from _variable(node.args[0])
        elif isinstance(node, ast.Subscript) and last_name(node.value) == "environ":
            yield from _variable(node.slice)
    yield from (name for settings in _classes(tree) for name, _ in _fields(settings))


def demanded(path: Path) -> Iterator[tuple[str, ast.expr | None]]:
    """Fields of settings classes that have no default, with their types, and variables that are read without one."""
    text = path.read_text(encoding="utf-8", errors="replace")
    tree = parsed(text) if re.search(r"Settings|config\(|env\b|environ\[", text) else None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Subscript) and last_name(node.value) == "environ" and isinstance(node.ctx, ast.Load):
            yield from ((name, None) for name in _variable(node.slice))
        elif isinstance(node, ast.Call) and _is_strict(node):
            kind = next((word.value for word in node.keywords if word.arg == "cast"), None)
            yield from ((name, kind) for name in _variable(node.args[0]))
    yield from (field for settings in _classes(tree) for field in _fields(settings, wanted=_is_demanded))


def left_empty(path: Path) -> Iterator[tuple[str, ast.expr | None]]:
    """Fields with `""` for a default: what uses them works only where they are set. No secrets that others give out."""
    text = path.read_text(encoding="utf-8", errors="replace")
    tree = parsed(text) if "Settings" in text else None
    fields = (field for settings in _classes(tree) for field in _fields(settings, wanted=_is_empty))
    yield from (field for field in fields if not is_secret(field[0]) or is_made_here(field[0]))


def left_out(path: Path) -> Iterator[tuple[str, ast.expr | None]]:
    """Fields with `None` for a default, and variables that are read without one: nothing stands there if unset."""
    text = path.read_text(encoding="utf-8", errors="replace")
    tree = parsed(text) if re.search(r"environ|getenv|Settings", text) else None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and node.args and re.search(READ_PLAINLY, ast.unparse(node.func)):
            default = node.args[1] if len(node.args) > 1 else next((one.value for one in node.keywords), None)
            yield from ((name, None) for name in _variable(node.args[0]) if _is_nothing(default))
    yield from (field for settings in _classes(tree) for field in _fields(settings, wanted=_is_none))


def typed_in(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Every field of its settings, with its type."""
    text = path.read_text(encoding="utf-8", errors="replace")
    tree = parsed(text) if "Settings" in text else None
    yield from (field for settings in _classes(tree) for field in _fields(settings))


def optional_in(files: Iterable[Path]) -> dict[str, str]:
    """Variables that the code does without → their defaults, as far as these are texts; else empty."""
    found: dict[str, str] = {}
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        if not re.search(r"environ|getenv|Settings|config\(", text):
            continue
        tree = parsed(text)
        if tree is None:
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
            if re.search(r"(?:getenv|environ\.get|config)$", ast.unparse(call.func)) and not _is_strict(call):
                default = next((one.value for one in call.keywords if one.arg == "default"), (*call.args[1:2], None)[0])
                found |= dict.fromkeys(_variable(call.args[0]), _text_of(default))
        for settings in _classes(tree):
            optional = [(name, node.value) for name, node in _assigned(settings) if not _is_demanded(node.value)]
            found |= {name: _text_of(_default(value)) for name, value in optional}
    return found


def members_in(files: Iterable[Path]) -> dict[str, str]:
    """Settings whose default is a member of an enumeration → its name: `PRODUCTION` of `Environment.PRODUCTION`."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in files)
    trees = [tree for text in texts if "Settings" in text and (tree := parsed(text))]
    assigned = [one for tree in trees for settings in _classes(tree) for one in _assigned(settings)]
    defaults = {name: _default(node.value) for name, node in assigned}
    return {name: default.attr for name, default in defaults.items() if isinstance(default, ast.Attribute)}


def _text_of(default: ast.expr | None) -> str:
    return default.value if isinstance(default, ast.Constant) and isinstance(default.value, str) else ""


def _default(value: ast.expr | None) -> ast.expr | None:
    """Of `= "x"`, of `= Field("x")` and of `= Field(default="x")`."""
    if not isinstance(value, ast.Call) or last_name(value.func) != "Field":
        return value
    named = next((word.value for word in value.keywords if word.arg == "default"), None)
    return named or (value.args[0] if value.args else None)


def reads_by_other_names(path: Path) -> bool:
    """Is a variable read whose name is put together, through a helper, or in a class that builds on another one's?"""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not re.search(r"environ|getenv|Settings", text):
        return False
    tree = parsed(text)
    if tree is None:
        return True
    plain = {id(part) for node in ast.walk(tree) for part in _plainly_read(node)}
    spoken = (node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))
    if any(last_name(node) in {"environ", "getenv"} and id(node) not in plain for node in spoken):
        return True
    return any(last_name(base) != "BaseSettings" for settings in _classes(tree) for base in settings.bases) or (
        "env_nested_delimiter" in text or "prefixed(" in text
    )


def _plainly_read(node: ast.AST) -> Iterator[ast.expr]:
    """The `os.environ` or `os.getenv` of a place where a variable stands by its name in full."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
        yield from node.comparators
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        yield node.func
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "setdefault", "pop"}:
            yield node.func.value


def _classes(tree: ast.Module | None) -> Iterator[ast.ClassDef]:
    """Classes of settings, also those that build on another one of the same file: `Config(BaseConfig)`."""
    known: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef):
            bases = {last_name(base) for base in node.bases}
            if bases & known or any(base.endswith("Settings") for base in bases):
                known.add(node.name)
                yield node


def _is_strict(call: ast.Call) -> bool:
    """`config("X", cast=int)` of decouple or starlette, `env("X")` and `env.int("X")` of environs: no default given."""
    spoken = ast.unparse(call.func).split(".")
    strict = spoken[-1] in {"config", "env"} or (len(spoken) > 1 and spoken[-2] == "env" and spoken[-1] != "get")
    return strict and len(call.args) == 1 and all(keyword.arg != "default" for keyword in call.keywords)


def _is_demanded(value: ast.expr | None) -> bool:
    """No default: nothing, or pydantic's `Field(...)` with none in it."""
    if not isinstance(value, ast.Call) or last_name(value.func) != "Field":
        return value is None
    given = [keyword.arg for keyword in value.keywords]
    first = value.args[0] if value.args else None
    empty = first is None or (isinstance(first, ast.Constant) and first.value is Ellipsis)
    return empty and "default" not in given and "default_factory" not in given


def _variable(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", node.value):
        yield node.value


def _is_none(value: ast.expr | None) -> bool:
    made = isinstance(value, ast.Call) and any(word.arg == "default_factory" for word in value.keywords)
    return value is not None and not made and not _is_demanded(value) and _is_nothing(_default(value))


def _is_nothing(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _is_empty(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value == ""


def _fields(
    settings: ast.ClassDef, *, wanted: Callable[[ast.expr | None], bool] = lambda _: True
) -> Iterator[tuple[str, ast.expr]]:
    """The fields of a settings class, as the environment spells them (upper case, with the prefix), and their types.

    Fields that read a variable of another name themselves (`x: str = config("Y")`) are that variable. Only those
    with a `wanted` default.
    """
    yield from ((name, node.annotation) for name, node in _assigned(settings) if wanted(node.value))


def _assigned(settings: ast.ClassDef) -> Iterator[tuple[str, ast.AnnAssign]]:
    words = [n for n in ast.walk(settings) if isinstance(n, ast.keyword | ast.Assign)]
    prefix = next((_prefix(word) for word in words if _prefix(word)), "")
    for node in settings.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not _reads(node.value):
            yield (_alias(node.value) or f"{prefix}{node.target.id}").upper(), node


def _alias(value: ast.expr | None) -> str:
    """Of `Field(..., validation_alias="X")`: pydantic then reads that variable, without a prefix."""
    words = value.keywords if isinstance(value, ast.Call) and last_name(value.func) == "Field" else ()
    named = (word.value for word in words if word.arg in {"validation_alias", "alias", "env"})
    return next((str(one.value) for one in named if isinstance(one, ast.Constant)), "")


def _prefix(word: ast.keyword | ast.Assign) -> str:
    """Of `env_prefix="SHOP_"`, as an argument or in `class Config`."""
    names = [word.arg] if isinstance(word, ast.keyword) else [last_name(target) for target in word.targets]
    value = word.value.value if isinstance(word.value, ast.Constant) else None
    return value if "env_prefix" in names and isinstance(value, str) else ""


def _reads(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in READERS
