"""What of a Python file counts for who imported it, and ran only some of its functions?

Whatever an import runs, each function's name, signature, decorators and docstring, and the bodies of those that ran. A
body that nobody entered changed nothing of what was seen. Comments and layout count where lines are told.
"""

import ast
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from runner.reading.syntax import as_written

Function = ast.FunctionDef | ast.AsyncFunctionDef
OF_A_CLASS = frozenset({"super", "__class__"})  # a body that says so gives its class a cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of one file counted: its digest, made of all but the bodies of functions that did not run."""

    digest: str
    names: tuple[str, ...]  # functions that ran, from the module: `read_post`, `Cache.remember`
    placed: bool  # does it count on which line things stand?


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A module, cut into what its import runs and the bodies of its outermost functions."""

    frame: str
    bodies: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[tuple[int, int, str], ...] = ()  # first and last one of each function

    def ran(self, first_lines: Collection[int]) -> tuple[str, ...]:
        """The functions in which code began that ran, by its first lines: also what is nested in them."""
        found = {name for first, last, name in self.lines if any(first <= line <= last for line in first_lines)}
        return tuple(sorted(found))

    def digest(self, names: Collection[str]) -> str:
        """Of the frame and of what these functions do."""
        return _sha("\n".join([self.frame, *(f"{name} {self.bodies.get(name, '')}" for name in sorted(names))]))


def parts_of(source: bytes, *, placed: bool) -> Parts | None:
    """None for what our own Python can't read as it is written."""
    tree = as_written(source)
    if tree is None:
        return None
    cut = _Cut(placed=placed)
    try:
        frame = cut.told(cut.visit(tree))
    except RecursionError:
        return None
    bodies = {name: _sha("\n".join(told)) for name, told in cut.bodies.items()}
    return Parts(frame=_sha(frame), bodies=bodies, lines=tuple(cut.lines))


class _Cut(ast.NodeTransformer):
    """Takes the bodies out of the functions of a module and of its classes. Two of one name count as one."""

    def __init__(self, *, placed: bool) -> None:
        self.bodies: dict[str, list[str]] = {}
        self.lines: list[tuple[int, int, str]] = []
        self._placed, self._above = placed, [""]

    def told(self, node: ast.AST) -> str:
        return ast.dump(node, include_attributes=self._placed)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._above.append(f"{self._above[-1]}{node.name}.")
        self.generic_visit(node)
        self._above.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._without_body(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._without_body(node)

    def _without_body(self, node: Function) -> ast.AST:
        name = f"{self._above[-1]}{node.name}"
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        self.lines.append((first, node.end_lineno or node.lineno, name))
        self.bodies.setdefault(name, []).extend(map(self.told, node.body))
        yields = any(isinstance(one, ast.Yield | ast.YieldFrom) for one in _own(node))
        of_class = any(isinstance(one, ast.Name) and one.id in OF_A_CLASS for one in ast.walk(node))
        seen = repr((ast.get_docstring(node, clean=False), yields, of_class))  # of it, where it does not run
        node.body = [ast.Expr(ast.Constant(seen))]
        node.end_lineno = node.end_col_offset = None
        return node


def _own(function: Function) -> Iterator[ast.AST]:
    """What stands in a function, without what stands in the functions inside of it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(one)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
