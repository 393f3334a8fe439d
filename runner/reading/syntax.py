"""Which syntax tree has a Python source, also when it was written for a newer Python than gonogo's own?"""

import ast
import io
import re
import sys
import threading
import time
import tokenize
import warnings
from collections.abc import Sequence
from typing import Any

from runner.reading.newer_strings import with_older_strings
from runner.said import say, together

# What Python 3.14 takes and older ones do not; each is rewritten within its line, so that line numbers stay true.
BARE_EXCEPT = re.compile(r"^(\s*except\*?\s+)([\w.]+(?:\s*,\s*[\w.]+)+)(\s*:)", re.MULTILINE)  # `except A, B:`
TEMPLATE = re.compile(r"(?<![\w\"'])(?:[tT][rR]?|[rR][tT])(?=[\"'])")  # `t"…"`, read like an f-string
# What a newer Python of ours reads by itself, as kinds of nodes that an older one does not have.
NEWER = re.compile(r"\btype\s+\w|\b(?:def|class)\s+\w+\s*\[|" + TEMPLATE.pattern)
SILENT = frozenset({tokenize.COMMENT, tokenize.NL})
BEGINS = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING})
# Python 3.11 counts the depth of a tree for the whole interpreter: two threads that parse at once upset each other
# ("AST constructor recursion depth mismatch"). Nor do its filters for warnings know threads.
ONE_AT_A_TIME = threading.Lock()
PATIENCE, PAUSE = 60, 0.02  # seconds: Hypothesis reads the source of every module that is loaded


class NotPython(SyntaxError):
    """It is not Python, or a newer one than we can read. `lineno` and `msg` as in SyntaxError."""


def tree_of(text: str) -> ast.Module:
    """The tree of a module. Raises `NotPython`, which says so when only our own Python may be too old."""
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # escapes in somebody else's strings are not our business
        try:
            tree = _undisturbed(text)
            return _Older().visit(tree) if NEWER.search(text) else tree
        except SyntaxError as error:
            problem = error
        except (ValueError, RecursionError, MemoryError) as error:  # a zero byte; thousands of terms in one another
            raise NotPython(
                say("it can't be parsed: {error}", error=str(error) or say("too deep")), (None, 1, None, None)
            ) from error
        try:
            older = with_older_strings(TEMPLATE.sub("f", BARE_EXCEPT.sub(r"\1(\2)\3", text)))
            return _undisturbed(without_parameters(older))
        except SyntaxError:
            ours = f"{sys.version_info.major}.{sys.version_info.minor}"
            message = say(
                "{msg} (read by gonogo's own Python {ours}; a newer one may know it)", msg=problem.msg, ours=ours
            )
            raise NotPython(message, (None, problem.lineno, None, None)) from problem


class _Older(ast.NodeTransformer):
    """A tree of a newer Python as Python 3.11 has it, so that the same is read whichever is ours.

    An alias of a type is a value that a name gets, parameters of types are left out, and a template is read like an
    f-string: as `without_parameters` and `TEMPLATE` make them where our own Python is older than the source.
    """

    def generic_visit(self, node: ast.AST) -> Any:
        super().generic_visit(node)
        if getattr(node, "type_params", None):
            node.type_params = []  # type: ignore[attr-defined]
        return node

    def visit_TypeAlias(self, node: Any) -> ast.AST:
        return ast.copy_location(ast.Assign(targets=[node.name], value=self.visit(node.value)), node)

    def visit_TemplateStr(self, node: Any) -> ast.AST:
        return ast.copy_location(ast.JoinedStr(values=[self.visit(one) for one in node.values]), node)

    def visit_Interpolation(self, node: Any) -> ast.AST:
        spec = self.visit(node.format_spec) if node.format_spec else None
        value = ast.FormattedValue(value=self.visit(node.value), conversion=node.conversion, format_spec=spec)
        return ast.copy_location(value, node)


def as_written(source: bytes) -> ast.Module | None:
    """The tree of a module, nothing rewritten; None for what our own Python can't read."""
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _undisturbed(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _undisturbed(text: str | bytes) -> ast.Module:
    """Parsed once more where a library that does not ask for the lock, as Hypothesis, parsed at the same moment."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return ast.parse(text)
        except SystemError:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE)


def parsed(text: str) -> ast.Module | None:
    """The tree of a module; None for what is no Python that can be read."""
    try:
        return tree_of(text)
    except NotPython:
        return None


def last_name(node: ast.AST | None) -> str:
    """`c` of the expressions `c` and `a.b.c`; empty for any other."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def expression_of(text: str) -> ast.expr | None:
    """The tree of one expression, as an annotation in quotes; None for what is none."""
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            body = _undisturbed(f"({text.strip()})").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None


def without_parameters(text: str) -> str:
    """Without Python 3.12's parameters of types: `class Page[T]:`, `def first[T](…)`, `type Ids = list[int]`."""
    try:
        tokens = [one for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.type not in SILENT]
    except (tokenize.TokenError, SyntaxError):
        return text
    lines = text.splitlines(keepends=True)
    for number in reversed(range(len(tokens) - 3)):  # from the end, so that places before stay true
        before, word, name, after = (tokens[number - 1] if number else None), *tokens[number : number + 3]
        begins = before is None or before.type in BEGINS or before.string in {":", ";"}
        alias = word.string == "type" and begins and name.type == tokenize.NAME and after.string in {"[", "="}
        if after.string == "[" and (alias or word.string in {"def", "class"}):
            _blank(lines, after.start, _closing(tokens[number + 2 :]))
        if alias:
            row, start = word.start
            lines[row - 1] = lines[row - 1][:start] + lines[row - 1][name.start[1] :]
    return together(lines, "")


def _closing(tokens: Sequence[tokenize.TokenInfo]) -> tuple[int, int]:
    """Where the bracket ends that the first token opens."""
    depth = 0
    for one in tokens:
        depth += (one.string in {"[", "(", "{"}) - (one.string in {"]", ")", "}"})
        if not depth:
            return one.end
    return tokens[-1].end


def _blank(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Spaces in place of a part of a text, and its lines joined by backslashes."""
    for row in range(start[0], end[0] + 1):
        line = lines[row - 1]
        first, last = start[1] if row == start[0] else 0, end[1] if row == end[0] else len(line.rstrip("\r\n"))
        rest = line[last:] if row == end[0] else "\\\n"
        lines[row - 1] = line[:first] + " " * (last - first) + rest


def comments_in(text: str) -> dict[int, str]:
    """Line (1-based) → its comment, from the `#` on; what stands in a string is none."""
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string
    except (tokenize.TokenError, SyntaxError):
        return found
    return found
