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
from runner.said import say, tell, together, told
from runner.words import listed, plural
from stages.testing.checks_behaviour import exchanges_by_operation, tests_by_criterion
from stages.testing.trace import Node, trace

OUTCOMES = {
    "passed": "{number} passed", "failed": "{number} failed", "skipped": "{number} skipped",
    "xfailed": "{number} failed as expected", "xpassed": "{number} passed unexpectedly", "error": "{number} broke",
}  # fmt: skip
STATES = {
    "noticed": "noticed", "unnoticed": "unnoticed", "unreached": "unreached", "not tried": "not tried",
    "no time": "no time",
}  # fmt: skip


@artifact("test-report.md", step="5.1")
def test_report(suite: Suite, turned: SuiteReversed, gutted: Gutted) -> str:
    """Test report: what passed, in which order, and whether the tests would notice."""
    parts = [
        f"# {tell('Test report')}",
        tell(
            "{tests} on PostgreSQL: {outcomes}. In reverse order: {turned}.",
            tests=plural(len(suite.tests), "test"),
            outcomes=_outcomes(suite.tests),
            turned=_outcomes(turned.tests),
        ),
        f"## {tell('By file')}",
        table(("file", "tests", "passed", "not passed", "database"), _by_file(suite.tests)),
    ]
    bad = [test for test in suite.tests if test.outcome != "passed"]
    if bad:
        rows = [(code(test.id), tell(test.outcome), test.why) for test in bad]
        parts += [f"## {tell('Not passed')}", table(("test", "outcome", "why"), rows)]
    parts += [f"## {tell('Emptied handlers')}", _gutted(gutted)]
    return "\n\n".join(parts) + "\n"


def _outcomes(tests: Sequence[Test]) -> str:
    counted = sorted(Counter(test.outcome for test in tests).items())
    return (
        together(say(OUTCOMES[word], number=n) if word in OUTCOMES else f"{n} {word}" for word, n in counted)
        if counted
        else say("none ran")
    )


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
        return tell("No handler could be emptied.")
    ordered = sorted(gutted.handlers, key=lambda one: (one.state == "noticed", one.file, one.line))
    rows = [
        (one.method, code(f"{one.file}:{one.line}"), one.name, tell(STATES[one.state]), len(one.tests))
        for one in ordered
    ]
    said = tell("Each handler's body was replaced by `return None`, one at a time, and the tests that use it were run.")
    return f"{said}\n\n{table(('method', 'place', 'handler', 'outcome', 'tests'), rows)}"


@artifact("coverage.md", step="5.1")
def coverage_report(suite: Suite) -> str:
    """Coverage: how much of each file the tests run."""
    if suite.coverage_problem:
        not_measured = tell("Not measured: {problem}.", problem=suite.coverage_problem)
        return f"# {tell('Coverage')}\n\n{not_measured}\n"
    lines = sum(one.statements for one in suite.coverage)
    missing = sum(len(one.missing) for one in suite.coverage)
    percent = 100 - 100 * missing / lines if lines else 0.0
    rows = [
        (code(one.path), one.statements, len(one.missing), f"{one.percent:.0f} %", told(ranges(one.missing)))
        for one in suite.coverage
    ]
    head = tell(
        "**{percent} %** of {lines} lines run; {wanted} % wanted.",
        percent=f"{percent:.1f}", lines=lines, wanted=f"{suite.wanted_coverage:g}",
    )  # fmt: skip
    return f"# {tell('Coverage')}\n\n{head}\n\n{table(('file', 'lines', 'never run', 'covered', 'which'), rows)}\n"


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
            outcome = say("proved") if good else tell(tests[0].outcome) if tests else bold("no test")
            rows.append((requirement.id, criterion.id, criterion.text, names, outcome))
    loose = [r.id for r in spec.content.requirements if not r.acceptance]
    head = tell(
        "{proved} of {criteria} acceptance criteria are proved by a passing test.", proved=proved, criteria=len(rows)
    )
    without = tell("Requirements without a criterion: {ids}.", ids=together(loose)) if loose else ""
    tail = f"\n\n{without}" if loose else ""
    listing = table(("requirement", "criterion", "says", "tests", "outcome"), rows)
    return f"# {tell('Requirement trace')}\n\n{head}\n\n{listing}{tail}\n"


@artifact("trace.json", step="5.2")
def trace_record(spec: Spec, contract: Contract, suite: Suite, tables: TableNames) -> str:
    """Trace: requirements, operations, tables, tests and quality needs, and what has no counterpart."""
    found = trace(spec, contract, suite, tables)
    things = [{key: value for key, value in asdict(one).items() if value} for one in found.things]
    record = {
        "format": 1,
        "things": things,
        "links": [[_named(left), _named(right)] for left, right in found.links],
        "orphans": [{"thing": _named(one.node), "why": one.why} for one in found.orphans],
        "tables": tables.problem or ("seen" if suite.touched else "the tests sent no statement while a request ran"),
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


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
    head = tell(
        "{operations} document {whole} answers; the tests sent {requests}. Shared refusals (413, 415, 429, 5xx) "
        "count once for all operations in the verdict; here they are listed where they were seen.",
        operations=plural(len(contract.operations), "operation"),
        whole=whole,
        requests=plural(len(suite.exchanges), "different request"),
    )
    listing = table(("operation", "seen", "documented, not seen", "seen, not documented"), rows)
    return f"# {tell('Status coverage')}\n\n{head}\n\n{listing}\n"
