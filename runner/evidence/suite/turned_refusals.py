"""Would the tests notice if an operation refused nobody? Its 401 and 403 become 200, one operation at a time."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from runner.evidence.contract.contract import Contract, Operation
from runner.evidence.contract.routing import operation_of
from runner.evidence.suite.suite import Suite, SuiteTools, run_suite
from runner.evidence.suite.suite_files import is_of_tests
from runner.evidence.suite.suite_record import Turned
from runner.live import pace
from runner.model import Evidence, Looked
from runner.probe import Probe

SECONDS = 45
MOST_TESTS = 6  # for one operation; the quickest first
REFUSED = frozenset({401, 403})
Refused = Mapping[str, tuple[str, ...]]  # by endpoint: the passing tests that it refused


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedRefusals(Evidence):
    """The tests again, with one operation after the other refusing nobody."""

    turned: tuple[Turned, ...]  # the key is the endpoint

    @classmethod
    def collect(cls, probe: Probe, suite: Suite, tools: SuiteTools, contract: Looked[Contract]) -> Self:
        operations = contract.evidence.operations if contract.evidence else ()
        refused = refused_tests(suite, operations)
        if not refused:
            return cls(turned=())
        by_endpoint = {one.endpoint: one for one in operations}
        plan = [
            {"key": endpoint, "method": by_endpoint[endpoint].method, "path": pattern(endpoint), "tests": list(tests)}
            for endpoint, tests in refused.items()
        ]
        file = probe.workshop.scratch("turned") / "plan.json"
        file.write_text(json.dumps({"seconds": SECONDS * pace.slowness(), "refused": plan}), encoding="utf-8")
        _, record = run_suite(probe, tools, env={"GONOGO_TURNED": str(file)})
        said = {one.key: one for one in record.turned}
        return cls(turned=tuple(said.get(one, Turned(key=one, state="not tried", by="")) for one in refused))

    def state(self, endpoint: str) -> str:
        return next((one.state for one in self.turned if one.key == endpoint), "not tried")


def refused_tests(suite: Suite, operations: tuple[Operation, ...]) -> Refused:
    """Of each protected operation the passing tests that the service refused, the quickest first."""
    passed = {test.id: test.seconds for test in suite.tests if test.outcome == "passed"}
    known: dict[tuple[str, str], Operation | None] = {}
    found: dict[str, set[str]] = defaultdict(set)
    for one in suite.exchanges:
        made_up = one.stranger or (bool(one.file) and is_of_tests(one.file))
        if one.status not in REFUSED or one.test not in passed or made_up:
            continue
        asked = (one.method, one.path)
        if asked not in known:
            known[asked] = operation_of(operations, *asked)
        if (operation := known[asked]) and operation.is_protected:
            found[operation.endpoint].add(one.test)
    return {name: tuple(sorted(tests, key=lambda id: (passed[id], id))[:MOST_TESTS]) for name, tests in found.items()}


def pattern(endpoint: str) -> str:
    """`DELETE /things/{id}` as a pattern of the paths that it answers."""
    path = endpoint.partition(" ")[2].rstrip("/")
    parts = re.split(r"\{([^}]*)\}", path)
    open_ = [".+" if name.endswith(":path") else "[^/]+" for name in parts[1::2]]
    literal = [re.escape(part) for part in parts[::2]]
    return "".join(a + b for a, b in zip(literal, [*open_, ""], strict=True)) + "/?"
