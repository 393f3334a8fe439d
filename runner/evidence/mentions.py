"""Where the service's tests name an id of the specification."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from runner.documents import text_of
from runner.evidence.specification import Spec
from runner.model import Evidence, Place, in_file
from runner.probe import TargetProbe
from runner.syntax import tree_of
from runner.target import SKIPPED

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ID = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)+(?![\w-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions(Evidence):
    """The tests that name a requirement."""

    tests: str | None  # the folder; None where there is none
    places: Mapping[str, tuple[Place, ...]]  # id → where it stands

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        spec = probe.need(Spec)
        folder = probe.target.tests
        if folder is None:
            return cls(tests=None, places={})
        known = {r.id for r in spec.content.requirements}
        known |= {a.id for r in spec.content.requirements for a in r.acceptance}
        found: dict[str, list[Place]] = {}
        for path in sorted(probe.inside(folder).rglob("*.py")):
            if SKIPPED & set(path.parts):
                continue
            name = path.relative_to(probe.root.resolve()).as_posix()
            for number, line in lines_of_tests(text_of(path)):
                for id in ids_in(line) & known:
                    found.setdefault(id, []).append(in_file(name, number))
        return cls(tests=folder, places={id: tuple(where) for id, where in found.items()})


def lines_of_tests(text: str) -> Iterator[tuple[int, str]]:
    """The lines of the functions that are tests, with their decorators: not of helpers, nor of tests that are skipped.

    A test does something: a body without an assertion, a call or a `with` proves nothing.
    """
    try:
        tree = tree_of(text)
    except SyntaxError:
        return
    lines = text.splitlines()
    inner = {
        id(one) for node in ast.walk(tree) if isinstance(node, FUNCTIONS) for one in ast.walk(node) if one is not node
    }
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS) and node.name.startswith("test") and id(node) not in inner and _does(node):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            yield from ((n, lines[n - 1]) for n in range(first, (node.end_lineno or first) + 1))


def _does(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    skipped = any(re.search(r"\bmark\.skip\b|\bskip\(", ast.unparse(one)) for one in node.decorator_list)
    acts = (ast.Assert, ast.Call, ast.With, ast.AsyncWith, ast.Raise)
    return not skipped and any(isinstance(one, acts) for part in node.body for one in ast.walk(part))


def ids_in(line: str) -> set[str]:
    """The ids that a line of code names, also as a test's name may: `test_ac_post_1_…` names AC-POST-1."""
    plain = set(ID.findall(line))
    named = re.search(r"def (test_\w+)", line)
    words = named[1].upper().split("_")[1:] if named else []
    ends = {"-".join(words[:n]) for n in range(2, len(words) + 1)}
    return plain | ends | {id.replace("_", "-") for id in plain}
