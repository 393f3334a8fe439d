"""What did our pytest plugin write down? Lines of JSON in, frozen facts out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.evidence.database.statements import shape_of
from runner.said import say

PHASES = ("setup", "call", "teardown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test. `outcome`: passed, failed, error, skipped, xfailed, xpassed, not run (begun or not, it never ended)."""

    __test__ = False  # it is no test of ours

    id: str
    path: str
    line: int
    outcome: str = "passed"
    seconds: float = 0.0
    ids: tuple[str, ...] = ()  # of requirements and criteria that its docstring or a marker names
    marked: tuple[str, ...] = ()  # those that a marker names
    asserts: bool | None = True  # None: no source to read
    why: str = ""  # the first line of what went wrong, or the reason of a skip
    dialects: tuple[str, ...] = ()  # databases it opened, as SQLAlchemy calls them

    @property
    def failed(self) -> bool:
        return self.outcome in {"failed", "error"}

    @property
    def name(self) -> str:
        """Without its parameters and its file: what a person calls it."""
        return self.id.partition("::")[2].partition("[")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request that reached the app while a test ran, and the status it got."""

    test: str
    method: str
    path: str
    status: int
    signed: bool = False  # it carried a token, a cookie or a key
    stranger: bool = False  # it was answered by an app that the tests made up: no handler of the service's is in it
    module: str = ""  # of the handler that answered; empty when none was reached
    name: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a handler asked of databases while it answered a request of the tests."""

    file: str  # of the handler, as in `Exchange`
    line: int
    method: str
    tables: tuple[str, ...]  # of statements that SQLAlchemy made
    texts: tuple[str, ...] = ()  # statements that were written as text, without their values


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A file whose tests could not be collected."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gut:
    """What happened when one handler was emptied: noticed, unnoticed, not tried or no time."""

    key: str
    state: str
    tried: int
    by: str  # the test that noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What happened when one refusal was left out: noticed, unnoticed, unreached, not tried or no time."""

    key: str
    state: str
    reached: int  # passing tests that came to it
    by: str  # the test that noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What happened when one operation's refusals became successes: noticed, unnoticed, not tried or no time."""

    key: str
    state: str
    by: str  # the test that noticed; of unnoticed the first that did not

    @property
    def endpoint(self) -> str:
        return self.key.rpartition(" ")[0]

    @property
    def status(self) -> str:
        return self.key.rpartition(" ")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    tests: tuple[Test, ...]
    exchanges: tuple[Exchange, ...]
    problems: tuple[Problem, ...]
    touched: tuple[Touched, ...]
    gutted: tuple[Gut, ...]
    guards: tuple[Left, ...]
    turned: tuple[Turned, ...]
    started: bool
    running: str  # the test that was begun and did not end
    ended: bool = False  # pytest came to the end of its session
    dropped: tuple[str, ...] = ()  # tests that were collected and taken out again, by id
    clocks: tuple[float, ...] = ()  # what time it was at its start, by each way to ask


def read_record(text: str) -> Record:
    lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    reports: dict[str, list[Mapping[str, Any]]] = {}
    for one in _of(lines, "report"):
        reports.setdefault(one["id"], []).append(one)
    dialects: dict[str, list[str]] = {}
    for one in _of(lines, "dialect"):
        dialects.setdefault(one["test"], []).append(one["name"])
    begun = [one["id"] for one in _of(lines, "begin")]
    running = begun[-1] if begun and not any(one["when"] == "teardown" for one in reports.get(begun[-1], [])) else ""
    called = {one["id"]: one for one in _of(lines, "called")}
    listed = [one for one in _tests(lines) if not one.get("dropped")]
    return Record(
        tests=tuple(
            _test(one, reports.get(one["id"], []), dialects.get(one["id"], []), called.get(one["id"], {}))
            for one in listed
        ),
        exchanges=tuple(Exchange(**_without_kind(one)) for one in _of(lines, "exchange")),
        problems=tuple(Problem(path=one["id"], why=one["why"]) for one in _of(lines, "problem")),
        touched=tuple(_touched(_of(lines, "touched"))),
        gutted=tuple(Gut(**_without_kind(one)) for one in _of(lines, "gutted")),
        guards=tuple(Left(**_without_kind(one)) for one in _of(lines, "guard")),
        turned=tuple(Turned(**_without_kind(one)) for one in _of(lines, "turned")),
        started=bool(lines),
        running=running,
        ended=bool(_of(lines, "end")),
        dropped=tuple(one["id"] for one in _tests(lines) if one.get("dropped")),
        clocks=tuple(clock for one in _of(lines, "start") for clock in one.get("clocks", ())),
    )


def _of(lines: Iterable[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [one for one in lines if one["kind"] == kind]


def _touched(facts: Iterable[Mapping[str, Any]]) -> Iterator[Touched]:
    """One for each handler and method."""
    found: dict[tuple[str, int, str], tuple[set[str], set[str]]] = {}
    for one in facts:
        tables, texts = found.setdefault((one["file"], one["line"], one["method"]), (set(), set()))
        tables.update(one["tables"])
        texts.update(map(shape_of, one["texts"]))
    for (file, line, method), (tables, texts) in found.items():
        yield Touched(file=file, line=line, method=method, tables=tuple(sorted(tables)), texts=tuple(sorted(texts)))


def _tests(lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({one["id"]: one for one in _of(lines, "test")}.values())


def _without_kind(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != "kind"}


def _test(
    fact: Mapping[str, Any], reports: list[Mapping[str, Any]], dialects: list[str], called: Mapping[str, Any]
) -> Test:
    outcome, why = _outcome(reports)
    if outcome == "passed" and called.get("raised"):
        outcome, why = "failed", say("{called} (a hook of the tests reported it as passed)", called=called["raised"])
    elif outcome == "passed" and called.get("entered") is False:
        outcome, why = "not run", say("a hook of the tests reported it as passed and never called it")
    return Test(
        id=fact["id"],
        path=fact["path"],
        line=fact["line"],
        ids=tuple(fact["ids"]),
        marked=tuple(fact.get("marked", ())),
        asserts=fact["asserts"],
        outcome=outcome,
        why=why,
        seconds=round(sum(one["seconds"] for one in reports), 3),
        dialects=tuple(sorted(set(dialects))),
    )


def _outcome(reports: list[Mapping[str, Any]]) -> tuple[str, str]:
    """The worst of its phases: an error in setup or teardown counts like a failure. No teardown: it never ended."""
    if not reports:
        return "not run", ""
    for one in reports:
        if one["outcome"] == "failed":
            return "failed" if one["when"] == "call" else "error", one["why"]
    for one in reports:
        if one["outcome"] != "passed":
            return one["outcome"], one["why"]
    whole = {"call", "teardown"} <= {one["when"] for one in reports}
    return ("passed", "") if whole else ("not run", say("it never ended"))
