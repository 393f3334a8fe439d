"""Would the tests notice if a handler did nothing? Each is emptied in memory, one at a time, and its own tests run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Self

from runner.evidence.contract.contract import Contract
from runner.evidence.suite.suite import Suite, SuiteTools, run_suite
from runner.evidence.suite.suite_files import is_of_tests
from runner.evidence.suite.suite_record import Exchange, Gut
from runner.live import pace
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.vocabulary.folders import SKIPPED

SECONDS = 45
MOST_TESTS = 25  # for one handler; the quickest first
SAFE = ("GET", "HEAD", "OPTIONS")
FIRST_ERROR = 400
Chosen = dict[str, tuple[Exchange, tuple[str, ...]]]  # by key: the handler, and the tests that reached it


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A function behind an operation, and what the tests said when its body was gone."""

    method: str
    module: str
    name: str
    file: str
    line: int
    state: str  # noticed, unnoticed, not tried, no time
    tests: tuple[str, ...]  # that used it and passed
    by: str = ""  # the test that noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class Gutted(Evidence):
    """The tests again, with one handler after the other doing nothing."""

    handlers: tuple[Handler, ...]
    there: int = 0  # operations of the contract, each of which some handler answers; 0 where there is no contract

    @classmethod
    def collect(cls, probe: Probe, suite: Suite, tools: SuiteTools, contract: Looked[Contract]) -> Self:
        there = len(contract.evidence.operations) if contract.evidence else 0
        chosen = sample(suite)
        if not chosen:
            return cls(handlers=(), there=there)
        plan = probe.workshop.scratch("gut") / "plan.json"
        plan.write_text(json.dumps(plan_of(chosen)), encoding="utf-8")
        _, record = run_suite(probe, tools, env={"GONOGO_GUT": str(plan)})
        unsaid = {key: Gut(key=key, state="not tried", tried=0, by="") for key in chosen}
        said = unsaid | {gut.key: gut for gut in record.gutted}
        handlers = tuple(_handler(one, tests, said[key]) for key, (one, tests) in chosen.items())
        return cls(handlers=handlers, there=there)


def sample(suite: Suite) -> Chosen:
    """Handlers that some passing test reached with success, those that change data first, each with its tests."""
    passed = {test.id: test.seconds for test in suite.tests if test.outcome == "passed"}
    found: dict[str, tuple[Exchange, dict[str, float]]] = {}
    for one in sorted(suite.exchanges, key=lambda e: (e.method in SAFE, e.file, e.line)):
        if (
            one.name
            and is_own(one.file)
            and not is_of_tests(one.file)
            and one.status < FIRST_ERROR
            and one.test in passed
        ):
            found.setdefault(_key(one), (one, {}))[1][one.test] = passed[one.test]
    return {key: (one, _quickest(tests)) for key, (one, tests) in found.items()}


def is_own(file: str) -> bool:
    """A file of the service: not of a package that it mounts, wherever that is installed."""
    path = PurePath(file)
    return bool(file) and not path.is_absolute() and not {"..", *SKIPPED} & set(path.parts)


def _quickest(tests: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(tests, key=lambda id: (tests[id], id))[:MOST_TESTS])


def plan_of(chosen: Chosen) -> dict[str, Any]:
    handlers = [
        {"key": key, "module": one.module, "name": one.name, "tests": list(tests)}
        for key, (one, tests) in chosen.items()
    ]
    return {"seconds": SECONDS * pace.slowness(), "handlers": handlers}


def _key(one: Exchange) -> str:
    return f"{one.module}:{one.name}"


def _handler(one: Exchange, tests: tuple[str, ...], gut: Gut) -> Handler:
    return Handler(
        method=one.method,
        module=one.module,
        name=one.name,
        file=one.file,
        line=one.line,
        state=gut.state,
        tests=tests,
        by=gut.by,
    )
