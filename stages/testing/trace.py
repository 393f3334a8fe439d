"""What belongs together? Requirements, criteria, operations, tables, tests and quality needs, as a graph.

Each link is a fact that other evidence holds: what the specification names, what a test names in a marker, its
docstring or its name, which operations it asked, which tables were touched for them. An orphan lacks a link.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.evidence.agreed.specification import Spec
from runner.evidence.contract.contract import Contract
from runner.evidence.database.table_names import TableNames
from runner.evidence.suite.suite import Suite
from runner.evidence.suite.suite_record import Exchange, Test
from runner.said import say
from runner.specification import Specification
from stages.testing.checks_behaviour import exchanges_by_operation, traces

REQUIREMENT, CRITERION, ENDPOINT = "requirement", "criterion", "endpoint"
TABLE, TEST, NEED = "table", "test", "need"
KINDS = (REQUIREMENT, CRITERION, ENDPOINT, TABLE, TEST, NEED)
WORD = re.compile(r'"((?:[^"]|"")+)"|(?<![\w$.])([^\W\d][\w$]*)(?!\s*\()')
Node = tuple[str, str]  # its kind, its id


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One node. `state` is how a test ended; `text` what a person reads beside the id."""

    kind: str
    id: str
    text: str = ""
    state: str = ""
    path: str = ""
    line: int = 0

    @property
    def node(self) -> Node:
        return self.kind, self.id


@dataclass(frozen=True, slots=True)
class Orphan:
    node: Node
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The graph. A link stands once, in the order of `KINDS`."""

    things: tuple[Thing, ...]
    links: tuple[tuple[Node, Node], ...]
    orphans: tuple[Orphan, ...]


def trace(spec: Spec, contract: Contract, suite: Suite, tables: TableNames) -> Trace:
    content = spec.content
    tests = by_function(suite.tests)
    asked = exchanges_by_operation(suite, contract)
    things = tuple(_things(spec, contract, tests, tables))
    known = {one.node for one in things}
    links = {
        pair
        for pair in (
            *_agreed(content),
            *_tested(content, tests),
            *(((ENDPOINT, end), (TEST, function_of(one.test))) for end, sent in asked.items() for one in sent),
            *_touched(suite, asked, tables),
        )
        if set(pair) <= known
    }
    ordered = sorted(links, key=lambda pair: [(KINDS.index(kind), id) for kind, id in pair])
    orphans = tuple(_orphans(content, contract, things, ordered, seen_tables=bool(suite.touched)))
    return Trace(things=things, links=tuple(ordered), orphans=orphans)


def function_of(test: str) -> str:
    """A parametrised test is one: its id without its parameters."""
    return test.partition("[")[0]


def by_function(tests: Iterable[Test]) -> dict[str, list[Test]]:
    found: dict[str, list[Test]] = defaultdict(list)
    for one in tests:
        found[function_of(one.id)].append(one)
    return found


def _things(spec: Spec, contract: Contract, tests: Mapping[str, Sequence[Test]], tables: TableNames) -> Iterator[Thing]:
    file = spec.file
    for one in spec.content.requirements:
        line = file.line_of(one.id) or 0
        yield Thing(kind=REQUIREMENT, id=one.id, text=one.title, state=one.priority, path=file.path, line=line)
        for criterion in one.acceptance:
            line = file.line_of(criterion.id) or 0
            yield Thing(kind=CRITERION, id=criterion.id, text=criterion.text, path=file.path, line=line)
    served = {one.endpoint: one.summary for one in contract.operations}
    for endpoint in dict.fromkeys([*served, *_endpoints(spec.content)]):
        state = "served" if endpoint in served else say("not served")
        yield Thing(kind=ENDPOINT, id=endpoint, text=served.get(endpoint, ""), state=state)
    for table in tables.names:
        yield Thing(kind=TABLE, id=table)
    for id, runs in tests.items():
        bad = next((one for one in runs if one.outcome != "passed"), runs[0])
        yield Thing(kind=TEST, id=id, state=bad.outcome, path=runs[0].path, line=runs[0].line)
    for need in spec.content.quality:
        yield Thing(kind=NEED, id=need.id, text=need.text, path=file.path, line=file.line_of(need.id) or 0)


def _endpoints(content: Specification) -> Iterator[str]:
    yield from (end for one in content.requirements for end in one.endpoints)
    yield from (row.endpoint for row in content.permissions)
    yield from (one.endpoint for one in content.quality if one.endpoint)


def _agreed(content: Specification) -> Iterator[tuple[Node, Node]]:
    """What the specification itself says."""
    for one in content.requirements:
        yield from (((REQUIREMENT, one.id), (CRITERION, criterion.id)) for criterion in one.acceptance)
        yield from (((REQUIREMENT, one.id), (ENDPOINT, end)) for end in one.endpoints)
        for need in content.quality:
            if need.endpoint in one.endpoints or re.search(rf"(?<![\w-]){re.escape(one.id)}(?![\w-])", need.text):
                yield (REQUIREMENT, one.id), (NEED, need.id)
    yield from (((ENDPOINT, one.endpoint), (NEED, one.id)) for one in content.quality if one.endpoint)


def _tested(content: Specification, tests: Mapping[str, Sequence[Test]]) -> Iterator[tuple[Node, Node]]:
    """What the tests name; who names a criterion speaks for its requirement as well."""
    for requirement in content.requirements:
        single = len(requirement.acceptance) == 1
        for id, runs in tests.items():
            whole = any(traces(one, requirement.id) for one in runs)
            named = [c.id for c in requirement.acceptance if any(traces(one, c.id) for one in runs)]
            named = [requirement.acceptance[0].id] if single and whole else named
            yield from (((CRITERION, criterion), (TEST, id)) for criterion in named)
            if whole or named:
                yield (REQUIREMENT, requirement.id), (TEST, id)


def _touched(suite: Suite, asked: Mapping[str, Sequence[Exchange]], tables: TableNames) -> Iterator[tuple[Node, Node]]:
    """The tables of each operation: of the handler that answered for it."""
    handlers = {(one.file, one.line, one.method): end for end, sent in asked.items() for one in sent if one.file}
    for one in suite.touched:
        endpoint = handlers.get((one.file, one.line, one.method))
        if endpoint:
            written = {word for text in one.texts for word in words_of(text)}
            names = [name for name in tables.names if name in one.tables or name.rpartition(".")[2] in written]
            yield from (((ENDPOINT, endpoint), (TABLE, name)) for name in names)


def words_of(statement: str) -> Iterator[str]:
    """The names in a statement that stand alone, not behind a point as a column does, and are no function."""
    for quoted, plain in WORD.findall(statement):
        yield quoted.replace('""', '"') if quoted else plain.lower()


def _orphans(
    content: Specification,
    contract: Contract,
    things: Sequence[Thing],
    links: Sequence[tuple[Node, Node]],
    *,
    seen_tables: bool,
) -> Iterator[Orphan]:
    reached: dict[Node, set[str]] = defaultdict(set)
    for left, right in links:
        reached[left].add(right[0])
        reached[right].add(left[0])
    measured_alone = {one.id for one in content.quality if one.endpoint is None}
    hidden = set(contract.hidden)
    for one in things:
        to = reached[one.node]
        match one.kind:
            case "requirement" if not to & {ENDPOINT, NEED, TEST}:
                yield Orphan(one.node, say("leads to no operation, quality need or test"))
            case "criterion" if TEST not in to:
                yield Orphan(one.node, say("no test names it"))
            case "endpoint" if one.state == "not served" and one.id not in hidden:
                yield Orphan(one.node, say("the specification names it, and the app does not serve it"))
            case "endpoint" if REQUIREMENT not in to:
                yield Orphan(one.node, say("no requirement asks for it"))
            case "endpoint" if TEST not in to and one.id not in hidden:
                yield Orphan(one.node, say("no test asks it"))
            case "table" if ENDPOINT not in to and seen_tables:
                yield Orphan(one.node, say("no request of the tests touched it"))
            case "test" if not to & {REQUIREMENT, CRITERION}:
                yield Orphan(one.node, say("names no requirement and no criterion"))
            case "need" if REQUIREMENT not in to and one.id not in measured_alone:
                yield Orphan(one.node, say("measures what no requirement asks for"))
