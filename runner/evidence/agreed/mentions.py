"""Where do the tests name an id of the specification? A test is code that asks something, not a word in a file."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from runner.errors import ProbeError
from runner.evidence.agreed.specification import Spec
from runner.model import Evidence, Place, in_file
from runner.probe import Probe
from runner.reading.documents import text_of
from runner.reading.syntax import tree_of
from runner.said import say
from runner.vocabulary.folders import SKIPPED

ID = re.compile(r"(?<![\w-])(?:[A-Z][A-Z0-9]*(?:[-._][A-Z0-9]+)+|[A-Z]+[0-9]+)(?![\w-]|\.[A-Z0-9])")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions(Evidence):
    """The tests that name a requirement."""

    tests: str | None  # the folder; None where there is none
    places: Mapping[str, tuple[Place, ...]]  # id → where it stands

    @classmethod
    def collect(cls, probe: Probe, spec: Spec) -> Self:
        folder = probe.target.tests
        if folder is None:
            return cls(tests=None, places={})
        known = {r.id for r in spec.content.requirements}
        known |= {a.id for r in spec.content.requirements for a in r.acceptance}
        spelt = {re.sub("[._]", "-", id): id for id in known} | {id: id for id in known}  # `test_ac_5_2`: AC-5.2
        found: dict[str, list[Place]] = {}
        for path in sorted(probe.inside(folder).rglob("*.py")):
            if SKIPPED & set(path.parts):
                continue
            name = path.relative_to(probe.root.resolve()).as_posix()
            for word, line in mentioned(name, text_of(path)):
                if id := spelt.get(word):
                    found.setdefault(id, []).append(in_file(name, line))
        return cls(tests=folder, places={id: tuple(where) for id, where in found.items()})


def mentioned(name: str, source: str) -> Iterator[tuple[str, int]]:
    """(id, line) of what stands in a test that asks something, or speaks for the tests of a class or a file.

    Raises `ProbeError` for what is no Python.
    """
    try:
        tree = tree_of(source)
    except SyntaxError as error:
        raise ProbeError(
            say(
                "{name} line {lineno} is not Python that can be read: {msg}",
                name=name,
                lineno=error.lineno,
                msg=error.msg,
            )
        ) from error
    lines = source.splitlines()
    for number in sorted({number for first, last in _spans(tree, lines) for number in range(first, last + 1)}):
        yield from ((id, number) for id in sorted(ids_in(lines[number - 1])))


def ids_in(line: str) -> set[str]:
    """The ids that a line of code names, also as a test's name may: `test_ac_post_1_…` names AC-POST-1."""
    plain = set(ID.findall(line))
    named = re.search(r"def (test_\w+)", line)
    words = named[1].upper().split("_")[1:] if named else []
    ends = {"-".join(words[:n]) for n in range(1, len(words) + 1)} - {word for word in words if word.isalpha()}
    return plain | ends | {id.replace("_", "-") for id in plain}


def _spans(holder: ast.Module | ast.ClassDef, lines: list[str]) -> Iterator[tuple[int, int]]:
    """First and last lines of the tests, and of what speaks for them: docstrings, `pytestmark`, a class's head."""
    tests = [node for node in holder.body if isinstance(node, Function) and _asks(node)]
    for test in tests:
        yield _start(test, lines), test.end_lineno or test.lineno
    inner = [list(_spans(node, lines)) for node in holder.body if isinstance(node, ast.ClassDef)]
    yield from (span for spans in inner for span in spans)
    if not tests and not any(inner):
        return
    if isinstance(holder, ast.ClassDef):
        yield _start(holder, lines), holder.body[0].lineno - 1
    if holder.body and ast.get_docstring(holder):
        yield holder.body[0].lineno, holder.body[0].end_lineno or holder.body[0].lineno
    for node in holder.body:
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "pytestmark" for one in node.targets):
            yield node.lineno, node.end_lineno or node.lineno


def _start(node: Function | ast.ClassDef, lines: list[str]) -> int:
    """Its first decorator, and the comment right above."""
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return first


def _asks(function: Function) -> bool:
    """A test with something in it, that is not skipped whatever happens."""
    if not function.name.startswith("test") or any(_skips(one) for one in function.decorator_list):
        return False
    return any(not isinstance(node, ast.Pass) and not _is_constant(node) for node in function.body)


def _is_constant(node: ast.stmt) -> bool:
    """A docstring or `...`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _skips(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr == "skip"
