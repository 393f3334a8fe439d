"""Would the tests notice if an operation refused nobody? Its 401, then its 403, become 200, one at a time."""

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
Refused = Mapping[tuple[str, int], tuple[str, ...]]  # by endpoint and status: the passing tests that got it


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedRefusals(Evidence):
    """The tests again, with one operation after the other refusing nobody."""

    turned: tuple[Turned, ...]  # the key is the endpoint and the status: "DELETE /things/{id} 403"

    @classmethod
    def collect(cls, probe: Probe, suite: Suite, tools: SuiteTools, contract: Looked[Contract]) -> Self:
        operations = contract.evidence.operations if contract.evidence else ()
        refused = refused_tests(suite, operations)
        if not refused:
            return cls(turned=())
        plan = [
            {
                "key": f"{endpoint} {status}",
                "method": endpoint.partition(" ")[0],
                "path": pattern(endpoint),
                "status": status,
                "tests": list(tests),
            }
            for (endpoint, status), tests in refused.items()
        ]
        file = probe.workshop.scratch("turned") / "plan.json"
        file.write_text(json.dumps({"seconds": SECONDS * pace.slowness(), "refused": plan}), encoding="utf-8")
        _, record = run_suite(probe, tools, env={"GONOGO_TURNED": str(file)})
        said = {one.key: one for one in record.turned}
        keys = [f"{endpoint} {status}" for endpoint, status in refused]
        return cls(turned=tuple(said.get(key, Turned(key=key, state="not tried", by="")) for key in keys))

    @property
    def noticed(self) -> frozenset[str]:
        """Operations of which some test notices that they refuse nobody."""
        return frozenset(one.key.rpartition(" ")[0] for one in self.turned if one.state == "noticed")


def refused_tests(suite: Suite, operations: tuple[Operation, ...]) -> Refused:
    """Of each protected operation and status the passing tests that the service refused, the quickest first."""
    passed = {test.id: test.seconds for test in suite.tests if test.outcome == "passed"}
    known: dict[tuple[str, str], Operation | None] = {}
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in suite.exchanges:
        made_up = one.stranger or (bool(one.file) and is_of_tests(one.file))
        if one.status not in REFUSED or one.test not in passed or made_up:
            continue
        asked = (one.method, one.path)
        if asked not in known:
            known[asked] = operation_of(operations, *asked)
        if (operation := known[asked]) and operation.is_protected:
            found[operation.endpoint, one.status].add(one.test)
    return {key: tuple(sorted(tests, key=lambda id: (passed[id], id))[:MOST_TESTS]) for key, tests in found.items()}


def pattern(endpoint: str) -> str:
    """`DELETE /things/{id}` as a pattern of the paths that it answers."""
    path = endpoint.partition(" ")[2].rstrip("/")
    parts = re.split(r"\{([^}]*)\}", path)
    open_ = [".+" if name.endswith(":path") else "[^/]+" for name in parts[1::2]]
    literal = [re.escape(part) for part in parts[::2]]
    return "".join(a + b for a, b in zip(literal, [*open_, ""], strict=True)) + "/?"
