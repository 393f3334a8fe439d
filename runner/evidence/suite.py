"""The service's own tests, run on a real PostgreSQL: what each is, how it ended, what it sent and ran."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from runner.errors import NotThere, ProbeError
from runner.evidence.ci_settings import settings_in_ci
from runner.evidence.suite_record import Exchange, Record, Test, Trouble, read_record
from runner.live.postgres import Database
from runner.model import Evidence
from runner.probe import GUESTS, TargetProbe
from runner.ran import Ran
from runner.target import SKIPPED

ALL_PASSED, SOME_FAILED, INTERRUPTED, INTERNAL_ERROR, USAGE, NOTHING = range(6)
EXCLUDED = (
    "pragma: no cover",
    "if TYPE_CHECKING:",
    "raise NotImplementedError",
    "@(typing\\.)?overload",
    "if __name__ == .__main__.:",
    "^\\s*\\.\\.\\.\\s*$",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTools(Evidence):
    """What the service has installed to test with."""

    versions: Mapping[str, str]

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        tests_of(probe)
        versions = probe.ask("test_tools")["versions"]
        if "pytest" not in versions:
            raise ProbeError(f"the service has no pytest: {probe.target.python} -m pip install pytest")
        return cls(versions=versions)

    def has(self, name: str) -> bool:
        return name in self.versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How much of one file the tests ran."""

    path: str
    statements: int
    missing: tuple[int, ...]

    @property
    def percent(self) -> float:
        return 100 * (self.statements - len(self.missing)) / self.statements if self.statements else 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite(Evidence):
    """The service's own tests, on PostgreSQL."""

    tests: tuple[Test, ...]
    exchanges: tuple[Exchange, ...] = ()
    troubles: tuple[Trouble, ...] = ()  # files that could not be collected
    code: int = ALL_PASSED  # pytest's exit code
    last_words: str = ""
    coverage: tuple[Covered, ...] = ()
    coverage_trouble: str = ""  # why there is no coverage
    wanted_coverage: float = 80
    driver: str | None = None  # the service's PostgreSQL driver; None: it has none
    command: str = "pytest"

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        tools = probe.need(SuiteTools)
        data = probe.workshop.scratch("coverage")
        ran, record = run_suite(probe, tools, under=coverage_words(probe, tools, data))
        coverage, trouble = read_coverage(probe, tools, data)
        return cls(
            tests=record.tests,
            exchanges=record.exchanges,
            troubles=record.troubles,
            code=ran.code,
            last_words=ran.last_words,
            coverage=coverage,
            coverage_trouble=trouble,
            wanted_coverage=probe.target.config.tests.coverage,
            driver=probe.driver(),
        )

    def passed(self) -> frozenset[str]:
        return frozenset(test.id for test in self.tests if test.outcome == "passed")

    def failing(self) -> tuple[Test, ...]:
        return tuple(test for test in self.tests if test.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteReversed(Evidence):
    """The service's own tests, once more from the last to the first."""

    tests: tuple[Test, ...]
    code: int = ALL_PASSED
    last_words: str = ""

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        ran, record = run_suite(probe, probe.need(SuiteTools), env={"GONOGO_REVERSED": "1"})
        return cls(tests=record.tests, code=ran.code, last_words=ran.last_words)


def tests_of(probe: TargetProbe) -> list[Path]:
    """The files with tests. Raises `NotThere` when there are none."""
    found = [p for p in probe.root.rglob("*.py") if p.name.startswith("test_") or p.name.endswith("_test.py")]
    found = [p for p in found if not SKIPPED & set(p.relative_to(probe.root).parts)]
    if not found:
        raise NotThere("this service has no tests (no test_*.py)")
    return sorted(found)


def run_suite(
    probe: TargetProbe,
    tools: SuiteTools,
    *,
    under: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    extra: Sequence[str] = (),
) -> tuple[Ran, Record]:
    """Run pytest in the service's interpreter, with our plugin watching, on a migrated database of its own."""
    folder = probe.workshop.scratch("suite")
    file = folder / "record.jsonl"
    whole = suite_environment(probe, file) | dict(env or {})
    argv = [str(probe.target.python), "-m", *under, "pytest", *pytest_words(probe, tools, folder), *extra]
    shown = " ".join(f"{name}={value}" for name, value in (env or {}).items() if name == "GONOGO_REVERSED")
    said = f"{shown} pytest {shlex.join(probe.target.config.tests.arguments)}".strip()
    try:
        ran = probe.run(argv, env=whole, timeout=probe.target.config.tests.seconds, said=said)
    except ProbeError as trouble:
        raise ProbeError(f"{trouble}{_where_it_hung(file)}") from trouble
    record = read_record(file.read_text(encoding="utf-8") if file.exists() else "")
    if not record.started:
        raise ProbeError(f"the service's pytest did not start: {ran.last_words}")
    if ran.code in (INTERNAL_ERROR, USAGE) and not record.tests and not record.troubles:
        raise ProbeError(f"pytest could not run the suite: {ran.last_words}")
    return ran, record


def _where_it_hung(file: Path) -> str:
    record = read_record(file.read_text(encoding="utf-8") if file.exists() else "")
    if record.running:
        return f". It was running {record.running}, after {len(record.tests)} tests were found"
    return ". It was still collecting tests" if record.started and not record.tests else ""


def suite_environment(probe: TargetProbe, file: Path) -> dict[str, str]:
    env = settings_in_ci(probe.root) | probe.environment(database_for(probe))
    plugin = str(GUESTS / "plugin")
    return env | {"PYTHONPATH": ":".join(filter(None, [plugin, env.get("PYTHONPATH")])), "GONOGO_RECORD": str(file)}


def database_for(probe: TargetProbe) -> Database:
    """A migrated database; an empty one for a service without migrations."""
    try:
        return probe.migrated_database()
    except NotThere:
        return probe.new_database()


def pytest_words(probe: TargetProbe, tools: SuiteTools, folder: Path) -> list[str]:
    """Our plugin, no stop at the first failure, one process, and nothing left behind in the service's folder."""
    words = ["-p", "gonogo_pytest", "-q", "--maxfail=0", "--tb=short", "-o", f"cache_dir={folder / 'cache'}"]
    words += ["-n0"] if tools.has("pytest-xdist") else []
    words += ["--randomly-dont-reorganize"] if tools.has("pytest-randomly") else []
    words += ["--no-cov"] if tools.has("pytest-cov") else []
    arguments, tests = probe.target.config.tests.arguments, probe.target.config.service.tests
    named = any((probe.root / word.partition("::")[0]).exists() for word in arguments)
    return [*words, *arguments, *([tests] if tests and not named else [])]


def coverage_words(probe: TargetProbe, tools: SuiteTools, data: Path) -> list[str]:
    if not tools.has("coverage"):
        return []
    threads = "thread, greenlet" if tools.has("greenlet") else "thread"
    excluded = "".join(f"\n    {line}" for line in EXCLUDED)
    settings = data / "coveragerc"
    settings.write_text(
        f"[run]\ndata_file = {data / 'data'}\nconcurrency = {threads}\nsource ={_lines(probe.target.sources)}\n"
        f"omit =\n    */tests/*\n    */test_*.py\n    */migrations/*\n    */alembic/*\n"
        f"[report]\nexclude_lines ={excluded}\n",
        encoding="utf-8",
    )
    return ["coverage", "run", f"--rcfile={settings}", "-m"]


def _lines(words: Sequence[str]) -> str:
    return "".join(f"\n    {word}" for word in words or ["."])


def read_coverage(probe: TargetProbe, tools: SuiteTools, data: Path) -> tuple[tuple[Covered, ...], str]:
    """What the tests ran, worst file first; else nothing and the reason."""
    if not tools.has("coverage"):
        return (), f"the service has no coverage: {probe.target.python} -m pip install coverage"
    out = data / "coverage.json"
    argv = [str(probe.target.python), "-m", "coverage", "json", f"--rcfile={data / 'coveragerc'}", "-o", str(out)]
    ran = probe.run([*argv, "-q"], said="coverage json", timeout=60)
    if not out.exists():
        return (), f"coverage gave no report: {ran.last_words}"
    return coverage_in(json.loads(out.read_text(encoding="utf-8"))), ""


def coverage_in(report: Mapping[str, Any]) -> tuple[Covered, ...]:
    found = [
        Covered(path=path, statements=one["summary"]["num_statements"], missing=tuple(one["missing_lines"]))
        for path, one in report["files"].items()
    ]
    return tuple(sorted(found, key=lambda one: (one.percent, one.path)))
