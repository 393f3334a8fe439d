"""Which word chooses PostgreSQL, where a service knows several kinds of databases? Read, never run."""

import ast
import re
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from runner.reading.syntax import parsed

ENGINE = re.compile(r"(?:^|_)((?:DATABASE|DB)_(?:ENGINE|TYPE|BACKEND|DIALECT|KIND))$")
NAMED = re.compile(r"(?:database|db)_(?:engine|type|backend|dialect|kind)", re.IGNORECASE)
POSTGRES = re.compile(r"postgres(?:ql)?|pgsql", re.IGNORECASE)


def found_engine(names: Iterable[str], files: Iterable[Path]) -> dict[str, str]:
    """The variable that chooses among several databases, with the word for PostgreSQL that the code knows it by."""
    chosen = sorted(name for name in names if ENGINE.search(name))
    if len(chosen) != 1:
        return {}
    trees = [tree for path in files if (tree := _tree(path))]
    called = _called(chosen[0], trees)
    words = [word for tree in trees for word in _words(tree, called, trees) if POSTGRES.fullmatch(word)]
    return {chosen[0]: max(words, key=words.count)} if words else {}


def _tree(path: Path) -> ast.Module | None:
    text = path.read_text(encoding="utf-8", errors="replace")
    return parsed(text) if POSTGRES.search(text) or NAMED.search(text) else None


def _called(variable: str, trees: Iterable[ast.Module]) -> set[str]:
    """What the code calls it, in lower case: itself, without its prefix, and what it is read into."""
    found = ENGINE.search(variable)
    names = {variable.lower(), *([found[1].lower()] if found else [])}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and node.value is not None
            and _says(node.value, {variable.lower()})
        ):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {name.lower() for one in targets if (name := getattr(one, "id", getattr(one, "attr", "")))}
    return names


def _says(node: ast.AST, names: Set[str]) -> bool:
    """Does it speak of the variable, by one of its names or by a text?"""
    for one in ast.walk(node):
        said = getattr(one, "id", getattr(one, "attr", one.value if isinstance(one, ast.Constant) else None))
        if isinstance(said, str) and said.lower() in names:
            return True
    return False


def _words(tree: ast.Module, names: Set[str], trees: Iterable[ast.Module]) -> Iterator[str]:
    """The texts that it is compared with, that its type lists, and that a dictionary knows it by."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            yield from (word for side in sides if any(_says(one, names) for one in sides) for word in _texts(side))
        elif isinstance(node, ast.Match) and _says(node.subject, names):
            yield from (word for case in node.cases for word in _texts(case.pattern))
        elif isinstance(node, ast.Subscript) and _says(node.slice, names):
            yield from _texts(_assigned(tree, node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr == "get" and _says(node.args[0], names):
                yield from _texts(_assigned(tree, node.func.value))
            elif node.func.attr == "startswith" and _says(node.func.value, names):
                yield from _texts(node.args[0])
        elif isinstance(node, ast.AnnAssign) and _says(node.target, names):
            yield from _texts(node.annotation)
            kinds = {one.id for one in ast.walk(node.annotation) if isinstance(one, ast.Name)}
            classes = (
                one for other in trees for one in other.body if isinstance(one, ast.ClassDef) and one.name in kinds
            )
            yield from (word for one in classes for word in _texts(one))


def _assigned(tree: ast.Module, node: ast.expr) -> ast.AST:
    """The value of a variable of the module, else what stands there."""
    if not isinstance(node, ast.Name):
        return node
    given = (one for one in tree.body if isinstance(one, ast.Assign | ast.AnnAssign) and _says(one, {node.id.lower()}))
    return next((one.value for one in given if one.value is not None), node)


def _texts(node: ast.AST) -> Iterator[str]:
    yield from (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))
