"""Documents of the testing stage: evidence → text."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from runner.evidence.agreed.specification import Spec
from runner.evidence.contract.contract import Contract
from runner.evidence.database.table_names import TableNames
from runner.evidence.suite.gutted import Gutted
from runner.evidence.suite.suite import Suite, SuiteReversed
from runner.evidence.suite.suite_record import Test
from runner.markdown import below, bold, code, table
from runner.model import artifact
from runner.words import listed, plural
from stages.testing.checks_behaviour import exchanges_by_operation, tests_by_criterion
from stages.testing.trace import Node, trace

SLOWEST = 10


@artifact("test-report.md", step="5.1")
def test_report(suite: Suite, turned: SuiteReversed, gutted: Gutted) -> str:
    """Test report: what passed, in which order, and whether the tests would notice."""
    outcomes = Counter(test.outcome for test in suite.tests)
    parts = [
        "# Test report",
        f"{plural(len(suite.tests), 'test')} on PostgreSQL: "
        + ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
        + f". In reverse order: {_outcomes(turned.tests)}.",
        "## By file",
        table(("file", "tests", "passed", "not passed", "database"), _by_file(suite.tests)),
    ]
    bad = [test for test in suite.tests if test.outcome != "passed"]
    if bad:
        rows = [(code(test.id), test.outcome, test.why) for test in bad]
        parts += ["## Not passed", table(("test", "outcome", "why"), rows)]
    parts += ["## Emptied handlers", _gutted(gutted)]
    return "\n\n".join(parts) + "\n"


def _outcomes(tests: Sequence[Test]) -> str:
    return ", ".join(f"{n} {outcome}" for outcome, n in sorted(Counter(t.outcome for t in tests).items())) or "none ran"


def _by_file(tests: Sequence[Test]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for path in sorted({test.path for test in tests}):
        here = [test for test in tests if test.path == path]
        good = sum(test.outcome == "passed" for test in here)
        databases = ", ".join(sorted({name for test in here for name in test.dialects})) or "–"
        rows.append((code(path), len(here), good, len(here) - good, databases))
    return rows


def _gutted(gutted: Gutted) -> str:
    """Which handlers may be empty without a test noticing."""
    if not gutted.handlers:
        return "No handler could be emptied."
    ordered = sorted(gutted.handlers, key=lambda one: (one.state == "noticed", one.file, one.line))
    rows = [(one.method, code(f"{one.file}:{one.line}"), one.name, one.state, len(one.tests)) for one in ordered]
    said = "Each handler's body was replaced by `return None`, one at a time, and the tests that use it were run."
    return f"{said}\n\n{table(('method', 'place', 'handler', 'outcome', 'tests'), rows)}"


@artifact("coverage.md", step="5.1")
def coverage_report(suite: Suite) -> str:
    """Coverage: how much of each file the tests run."""
    if suite.coverage_problem:
        return f"# Coverage\n\nNot measured: {suite.coverage_problem}.\n"
    lines = sum(one.statements for one in suite.coverage)
    missing = sum(len(one.missing) for one in suite.coverage)
    percent = 100 - 100 * missing / lines if lines else 0.0
    rows = [
        (code(one.path), one.statements, len(one.missing), f"{one.percent:.0f} %", ranges(one.missing))
        for one in suite.coverage
    ]
    head = f"# Coverage\n\n**{percent:.1f} %** of {lines} lines run; {suite.wanted_coverage:g} % wanted."
    return f"{head}\n\n{table(('file', 'lines', 'never run', 'covered', 'which'), rows)}\n"


def ranges(lines: Sequence[int], most: int = 8) -> str:
    """`3–5, 9`: runs of lines, the first few."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    said = [str(a) if a == b else f"{a}–{b}" for a, b in runs]
    return listed(said, most)


@artifact("requirement-trace.md", step="5.2")
def requirement_trace(suite: Suite, spec: Spec) -> str:
    """Requirement trace: from each requirement to its criteria, their tests and the outcome."""
    found = tests_by_criterion(suite, spec.content.requirements)
    rows, proved = [], 0
    for requirement in spec.content.requirements:
        for criterion in requirement.acceptance:
            tests = found[criterion.id]
            good = any(test.outcome == "passed" for test in tests)
            proved += good
            names = below(code(f"{test.path}::{test.name}") for test in _once(tests)) or "–"
            outcome = "proved" if good else tests[0].outcome if tests else bold("no test")
            rows.append((requirement.id, criterion.id, criterion.text, names, outcome))
    loose = [r.id for r in spec.content.requirements if not r.acceptance]
    head = f"# Requirement trace\n\n{proved} of {len(rows)} acceptance criteria are proved by a passing test."
    tail = f"\n\nRequirements without a criterion: {', '.join(loose)}." if loose else ""
    return f"{head}\n\n{table(('requirement', 'criterion', 'says', 'tests', 'outcome'), rows)}{tail}\n"


@artifact("trace.json", step="5.2")
def trace_record(spec: Spec, contract: Contract, suite: Suite, tables: TableNames) -> str:
    """Trace: requirements, operations, tables, tests and quality needs, and what has no counterpart."""
    found = trace(spec, contract, suite, tables)
    things = [{key: value for key, value in asdict(one).items() if value} for one in found.things]
    told = {
        "format": 1,
        "things": things,
        "links": [[_named(left), _named(right)] for left, right in found.links],
        "orphans": [{"thing": _named(one.node), "why": one.why} for one in found.orphans],
        "tables": tables.problem or ("seen" if suite.touched else "the tests sent no statement while a request ran"),
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _named(node: Node) -> str:
    return ":".join(node)


def _once(tests: Iterable[Test]) -> list[Test]:
    """A parametrised test once."""
    return list({(test.path, test.name): test for test in tests}.values())


@artifact("status-coverage.md", step="5.2")
def status_coverage(suite: Suite, contract: Contract) -> str:
    """Status coverage: which documented answers the tests have seen, operation by operation."""
    found = exchanges_by_operation(suite, contract)
    rows = []
    for operation in contract.operations:
        seen = Counter(one.status for one in found.get(operation.endpoint, ()))
        documented = [response.status for response in operation.responses]
        there = ", ".join(f"{status} ({number}×)" for status, number in sorted(seen.items())) or "–"
        missing = [status for status in documented if status.isdigit() and int(status) not in seen]
        undocumented = [str(status) for status in sorted(seen) if str(status) not in documented]
        rows.append((code(operation.endpoint), there, ", ".join(missing) or "–", ", ".join(undocumented) or "–"))
    whole = sum(len(one.responses) for one in contract.operations)
    head = (
        f"# Status coverage\n\n{plural(len(contract.operations), 'operation')} document {whole} answers; the tests "
        f"sent {plural(len(suite.exchanges), 'different request')}. Shared refusals (413, 415, 429, 5xx) count once "
        "for all operations in the verdict; here they are listed where they were seen."
    )
    return f"{head}\n\n{table(('operation', 'seen', 'documented, not seen', 'seen, not documented'), rows)}\n"
