"""Would the tests notice if a refusal were gone? Each `raise` under an `if` is left out in memory, alone."""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from runner.errors import NotThere, ProbeError
from runner.evidence.code.code_names import Code, read_code
from runner.evidence.contract.served_app import ServedApp
from runner.evidence.suite.suite import Suite, SuiteTools, run_suite
from runner.evidence.suite.suite_record import Left
from runner.live import pace
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.said import say
from runner.words import plural

SECONDS = 60  # for leaving out; each test runs once more before
MOST = 60  # refusals
NO_REFUSAL = {"NotImplementedError", "AssertionError", "StopIteration", "StopAsyncIteration", "KeyboardInterrupt"} | {
    *("SystemExit", "Exit", "Abort"),  # how a program at the command line ends
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A `raise` under an `if`, and what the tests said without it."""

    path: str
    line: int
    module: str
    function: str  # qualified
    raises: str  # "HTTPException(403)"
    state: str = "not tried"  # noticed, unnoticed, unreached, not tried, no time
    reached: int = 0  # passing tests that came to it
    by: str = ""

    @property
    def key(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards(Evidence):
    """The tests again, with one refusal after the other left out."""

    guards: tuple[Guard, ...]
    more: int = 0  # refusals beyond the number that is tried

    @classmethod
    def collect(cls, probe: Probe, served: Looked[ServedApp], suite: Looked[Suite], tools: Looked[SuiteTools]) -> Self:
        code = read_code(probe, served.evidence)
        found = list(guards_in(code))
        if not found:
            if not code.modules:
                raise ProbeError("no source of the service was found: name it in gonogo.toml, [service] sources")
            looked = say("{files} of the sources", files=plural(len(code.modules), "file"))
            raise NotThere("the code refuses nothing: no `raise` stands under an `if`", looked=looked)
        if not any(test.outcome == "passed" for test in suite.must().tests):
            raise ProbeError("no test passes, so none can notice anything: mend the suite first (TS001)")
        plan = probe.workshop.scratch("guards") / "plan.json"
        asked = [
            {"key": one.key, "path": one.path, "module": one.module, "name": one.function, "line": one.line}
            for one in found[:MOST]
        ]
        plan.write_text(json.dumps({"seconds": SECONDS * pace.slowness(), "guards": asked}), encoding="utf-8")
        _, record = run_suite(probe, tools.must(), env={"GONOGO_GUARDS": str(plan)})
        said = {one.key: one for one in record.guards}
        return cls(guards=tuple(_told(one, said.get(one.key)) for one in found[:MOST]), more=len(found[MOST:]))


def _told(guard: Guard, left: Left | None) -> Guard:
    if left is None:
        return guard
    return Guard(
        path=guard.path,
        line=guard.line,
        module=guard.module,
        function=guard.function,
        raises=guard.raises,
        state=left.state,
        reached=left.reached,
        by=left.by,
    )


def guards_in(code: Code) -> Iterator[Guard]:
    """Every refusal of the service's own functions, in the order of its files."""
    for module in code.modules:
        for name, function in _functions(module.tree, ""):
            for node in _refusals(function):
                yield Guard(
                    path=module.path,
                    line=node.lineno,
                    module=module.name,
                    function=name,
                    raises=_shown(node.exc),
                )


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions of the module and methods of its classes, by qualified name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FUNCTIONS):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")


def _refusals(function: ast.AST, *, under: bool = False) -> Iterator[ast.Raise]:
    for node in ast.iter_child_nodes(function):
        if (
            isinstance(node, ast.Raise)
            and under
            and node.exc is not None
            and _shown(node.exc).split("(")[0].rpartition(".")[2] not in NO_REFUSAL
        ):
            yield node
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            yield from _refusals(node, under=under or isinstance(node, ast.If))


def _shown(raised: ast.expr | None) -> str:
    """`HTTPException(403)`: the class, and a status where it is given as a number or a name."""
    if not isinstance(raised, ast.Call):
        return ast.unparse(raised) if raised else ""
    name = ast.unparse(raised.func).rpartition(".")[2]
    given = [*raised.args[:1], *(word.value for word in raised.keywords if word.arg == "status_code")]
    status = next(
        (ast.unparse(one).rpartition(".")[2] for one in given if isinstance(one, ast.Constant | ast.Attribute)), ""
    )
    return f"{name}({status})" if status and len(status) < 40 else name  # noqa: PLR2004
