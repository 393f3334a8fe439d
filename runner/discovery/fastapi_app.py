"""Where is the service's FastAPI app? Read, never run."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.config import NAME
from runner.discovery.modules import module_name
from runner.reading.syntax import last_name, parsed
from runner.reading.walk import MANY
from runner.said import say

NO_APP = say('no FastAPI app found: name it in {name}, [service] app = "module:attribute"', name=NAME)


def find_app(root: Path, most: int = MANY) -> str | None:
    """`module:attribute` of the first module-level `x = FastAPI(…)`, shallowest file first.

    Where there is none, of the first `x = make_app(…)` with a function that another file of the service has; a function
    that makes one and is called nowhere comes last.
    """
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in python_files(root, most)}
    trees = {path: parsed(text) for path, text in texts.items() if "FastAPI" in text}
    found = [(path, name) for path, tree in trees.items() if (name := _app_in(tree))]
    made = next((one for one in found if not one[1].endswith("()")), None)
    elsewhere = next(_made_elsewhere(texts, _makers_in(trees.values())), None) if made is None else None
    path, name = made or elsewhere or next(iter(found), (None, None))
    return f"{module_name(root, path)}:{name}" if path else None


def _made_elsewhere(texts: Mapping[Path, str], makers: Set[str]) -> Iterator[tuple[Path, str]]:
    """Files with `app = create_application(…)` where that function is imported from another file of the service."""
    for path, text in texts.items():
        tree = parsed(text) if any(maker in text for maker in makers) else None
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)] if tree else []
        imported = {alias.asname or alias.name for node in imports for alias in node.names if alias.name in makers}
        imported |= _makers_in([tree], imported) if imported else set()
        name = next((name for name, value in _assigned(tree) if _makes_app(value, imported)), None) if tree else None
        if tree and name and not _serves(tree):
            yield path, name


def _serves(tree: ast.Module) -> bool:
    """Does the import of a module start a server, as `uvicorn.run(app)` at its top does? It never ends then."""
    calls = (node.value for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    return any(ast.unparse(call.func).rpartition(".")[2] == "run" for call in calls)


def _app_in(tree: ast.Module | None) -> str | None:
    if tree is None:
        return None
    makers = _makers_in([tree]) | _methods_that_make(tree)
    held = _held_by_objects(tree, makers)
    found = [name for name, value in _assigned(tree) if _makes_app(value, makers) or _takes_held(value, held)]
    if found:  # beside `app` there may be others that are mounted in it
        return "app" if "app" in found else found[0]
    return next((f"{n.name}()" for n in tree.body if isinstance(n, ast.FunctionDef) and _is_factory(n)), None)


def _methods_that_make(tree: ast.Module) -> set[str]:
    """Names of the methods that return an app: `app = Shop().build()`."""
    inside = (node for cls in tree.body if isinstance(cls, ast.ClassDef) for node in cls.body)
    return {node.name for node in inside if isinstance(node, ast.FunctionDef) and _returns_app(node)}


def _held_by_objects(tree: ast.Module, makers: Set[str]) -> set[tuple[str, str]]:
    """Class, or object of one at the top of the module, and the attribute of its app: `self.app = FastAPI()`."""
    classes = {
        (cls.name, target.attr)
        for cls in tree.body
        if isinstance(cls, ast.ClassDef)
        for node in ast.walk(cls)
        if isinstance(node, ast.Assign | ast.AnnAssign) and _makes_app(node.value, makers)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and last_name(target.value) == "self"
    }
    calls = {name: last_name(value.func) for name, value in _assigned(tree) if isinstance(value, ast.Call)}
    return classes | {(name, attribute) for name, made in calls.items() for cls, attribute in classes if made == cls}


def _takes_held(value: ast.expr | None, held: Set[tuple[str, str]]) -> bool:
    """`creator.app` or `Creator().app`, where such an object holds an app."""
    if not isinstance(value, ast.Attribute):
        return False
    holder = value.value.func if isinstance(value.value, ast.Call) else value.value
    return (last_name(holder), value.attr) in held


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None]]:
    """Name and value of each assignment at the top of a module."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if targets and isinstance(targets[0], ast.Name):
            yield targets[0].id, getattr(node, "value", None)


def _makes_app(value: ast.expr | None, makers: Iterable[str] = ()) -> bool:
    """A call of FastAPI, or of one of these functions."""
    function = value.func if isinstance(value, ast.Call) else None
    return last_name(function) in {"FastAPI", *makers}


def _makers_in(trees: Iterable[ast.Module | None], known: Set[str] = frozenset()) -> set[str]:
    """Names of the functions that return an app, which they make themselves or get from one of the known functions."""
    found = (node for tree in trees if tree for node in tree.body)
    return {node.name for node in found if isinstance(node, ast.FunctionDef) and _returns_app(node, known)}


def _is_factory(function: ast.FunctionDef) -> bool:
    """A function that makes an app and can be called without arguments."""
    return len(function.args.args) <= len(function.args.defaults) and _returns_app(function)


def _returns_app(function: ast.FunctionDef, known: Set[str] = frozenset()) -> bool:
    """It says that it returns one, or makes one and returns something."""
    if last_name(function.returns) == "FastAPI":
        return True
    inside = list(ast.walk(function))
    makes = any(isinstance(node, ast.Call) and _makes_app(node, known) for node in inside)
    return makes and any(isinstance(node, ast.Return) and node.value is not None for node in inside)
