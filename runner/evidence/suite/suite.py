"""The service's own tests, run on a real PostgreSQL: what each is, how it ended, what it sent and ran."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from runner.errors import ProbeError
from runner.evidence.suite.ci_settings import foreign_to_tests, settings_in_ci
from runner.evidence.suite.main_database import MainDatabase, database_for, main_database, tests_elsewhere, watched
from runner.evidence.suite.stacks import where_threads_stood
from runner.evidence.suite.suite_coverage import Covered, coverage_words, read_coverage, source_lines, with_unimported
from runner.evidence.suite.suite_files import tests_in_files, tests_of, uncollected
from runner.evidence.suite.suite_record import Exchange, Problem, Record, Test, Touched, read_record
from runner.live import machine, pace
from runner.model import Evidence
from runner.postgres.database import Database
from runner.probe import GUESTS, Probe
from runner.processes.ran import Ran
from runner.said import say

ALL_PASSED, SOME_FAILED, INTERRUPTED, INTERNAL_ERROR, USAGE, NOTHING = range(6)


REVERSED = {"GONOGO_REVERSED": "1"}
MOST_AGAIN = 20  # failed tests that are run once more
MOST_PLACES = 5  # of threads of a suite that hangs


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTools(Evidence):
    """What the service has installed to test with."""

    versions: Mapping[str, str]

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        tests_of(probe)
        versions = probe.ask("test_tools")["versions"]
        if "pytest" not in versions:
            raise ProbeError(
                say("the service has no pytest: {python} -m pip install pytest", python=probe.target.python)
            )
        return cls(versions=versions)

    def has(self, name: str) -> bool:
        return name in self.versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite(Evidence):
    """The service's own tests, on PostgreSQL."""

    tests: tuple[Test, ...]
    exchanges: tuple[Exchange, ...] = ()
    touched: tuple[Touched, ...] = ()
    problems: tuple[Problem, ...] = ()  # files that could not be collected
    code: int = ALL_PASSED  # pytest's exit code
    ended: bool = True  # pytest came to the end of its session
    dropped: tuple[str, ...] = ()  # tests that were collected and taken out again: by a hook, `-k` or `-m`
    unseen: tuple[str, ...] = ()  # tests in the files, `tests/test_a.py::test_b`, that pytest did not collect
    chosen: bool = False  # gonogo.toml says which tests are run: the others are left out on purpose
    shaky: tuple[str, ...] = ()  # tests that failed, and passed when they were run again
    busy: bool = False  # no processor of this machine was free meanwhile
    sources: int = 0  # files of the service's code that have statements, as they lie on the disk
    last_words: str = ""
    coverage: tuple[Covered, ...] = ()
    coverage_problem: str = ""  # why there is no coverage
    wanted_coverage: float = 80
    driver: str | None = None  # the service's PostgreSQL driver; None: it has none
    command: str = "pytest"
    main: MainDatabase = field(default_factory=MainDatabase)

    @classmethod
    def collect(cls, probe: Probe, tools: SuiteTools) -> Self:
        data = probe.workshop.scratch("coverage")
        began = machine.now()
        main, beside = database_for(probe), tests_elsewhere(probe, None)
        before, under = watched(main), coverage_words(probe, tools.versions, data)
        ran, record = run_suite(probe, tools, under=under, env=beside, database=main)
        busy = machine.since(began).full
        coverage, problem = read_coverage(probe, tools.versions, data)
        sources = source_lines(probe)
        return cls(
            tests=record.tests,
            exchanges=record.exchanges,
            touched=record.touched,
            problems=record.problems,
            code=ran.code,
            ended=record.ended,
            dropped=record.dropped,
            unseen=uncollected(tests_in_files(probe), [*(one.id for one in record.tests), *record.dropped]),
            chosen=bool(probe.target.config.tests.arguments),
            shaky=shaky_among(probe, tools, [one.id for one in record.tests if one.failed]) if record.ended else (),
            busy=busy,
            last_words=ran.last_words,
            coverage=with_unimported(coverage, sources),
            coverage_problem=problem,
            sources=len(sources),
            wanted_coverage=probe.target.config.tests.coverage,
            driver=probe.servers.driver(),
            main=main_database(probe, before, main, beside),
        )

    def passed(self) -> frozenset[str]:
        return frozenset(test.id for test in self.tests if test.outcome == "passed")

    def failing(self) -> tuple[Test, ...]:
        return tuple(test for test in self.tests if test.failed)

    @property
    def there(self) -> int:
        """How many tests there are: run, taken out, or never collected."""
        return len(self.tests) + len(self.dropped) + len(self.unseen)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteReversed(Evidence):
    """The service's own tests, once more from the last to the first."""

    tests: tuple[Test, ...]
    code: int = ALL_PASSED
    ended: bool = True
    last_words: str = ""
    shaky: tuple[str, ...] = ()  # tests that failed, and passed when their files were run once more in this order
    busy: bool = False  # no processor of this machine was free meanwhile

    @classmethod
    def collect(cls, probe: Probe, tools: SuiteTools) -> Self:
        began = machine.now()
        ran, record = run_suite(probe, tools, env=REVERSED)
        busy = machine.since(began).full
        failed = [one.id for one in record.tests if one.failed]
        shaky = shaky_among(probe, tools, failed, env=REVERSED) if record.ended else ()
        return cls(
            tests=record.tests,
            code=ran.code,
            ended=record.ended,
            last_words=ran.last_words,
            shaky=shaky,
            busy=busy,
        )


def shaky_among(
    probe: Probe, tools: SuiteTools, failed: Sequence[str], *, env: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Which failed tests pass when they run once more: alone; in reverse, after those of their files."""
    if not 0 < len(failed) <= MOST_AGAIN:
        return ()
    words = sorted({id.partition("::")[0] for id in failed}) if env else list(failed)
    try:
        _, record = run_suite(probe, tools, env=env, extra=words, whole=False)
    except ProbeError:
        return ()
    good = {one.id for one in record.tests if one.outcome == "passed"}
    return tuple(id for id in failed if id in good)


def run_suite(
    probe: Probe,
    tools: SuiteTools,
    *,
    under: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    extra: Sequence[str] = (),
    whole: bool = True,
    database: Database | None = None,
) -> tuple[Ran, Record]:
    """Run pytest in the service's interpreter, with our plugin watching, on a migrated database of its own.

    Not the `whole` suite: only the tests and files in `extra`. On this `database` where one is given; else what names
    one for tests gets another than the service's own, which tests may drop while they are connected to the other.
    """
    env = dict(env or {}) if database else tests_elsewhere(probe, None) | dict(env or {})
    folder = probe.workshop.scratch("suite")
    file = folder / "record.jsonl"
    variables = suite_environment(probe, file, database) | env
    told = probe.target.config.tests.arguments if whole else ()
    words = pytest_words(probe, tools, folder, arguments=[*told, *extra])
    argv = [str(probe.target.python), "-m", *under, "pytest", *words]
    shown = " ".join(f"{name}={value}" for name, value in env.items() if name == "GONOGO_REVERSED")
    said = f"{shown} pytest {shlex.join(probe.target.config.tests.arguments)}".strip()
    try:
        longest = probe.target.config.tests.seconds * pace.slowness()
        variables["GONOGO_STACKS_AFTER"] = f"{longest - min(5, longest / 10):.1f}"
        ran = probe.run(argv, env=variables, timeout=longest, said=said)
        if not _collected(ran, file) and probe.target.folder != ".":  # its app may be found from there alone
            file.unlink(missing_ok=True)
            inside = probe.root / probe.target.folder
            argv = [*argv[: -len(words)], *from_anywhere(probe.root, words)]
            ran = probe.run(argv, env=variables, timeout=longest, cwd=inside, said=f"cd {probe.target.folder}; {said}")
    except ProbeError as error:
        where = _where_it_hung(file, probe.root)
        raise ProbeError(say("{error}{where_it_hung}", error=error, where_it_hung=where)) from error
    record = read_record(file.read_text(encoding="utf-8") if file.exists() else "")
    if not record.started:
        raise ProbeError(say("the service's pytest did not start: {last_words}", last_words=ran.last_words))
    if ran.code in (INTERNAL_ERROR, USAGE) and not record.tests and not record.problems and not record.dropped:
        raise ProbeError(say("pytest could not run the suite: {last_words}", last_words=ran.last_words))
    return ran, record


def _collected(ran: Ran, file: Path) -> bool:
    """Did pytest find tests, whatever became of them?"""
    record = read_record(file.read_text(encoding="utf-8") if file.exists() else "")
    return bool(record.tests or record.dropped) or ran.code not in (INTERRUPTED, INTERNAL_ERROR, USAGE)


def from_anywhere(root: Path, words: Sequence[str]) -> list[str]:
    """The words of pytest, with what they name below the service's folder by its whole path; the folder where none."""
    named = {word: root / word for word in words if not word.startswith("-") and _is_test(root, word)}
    return [*(str(named.get(word, word)) for word in words), *([] if named else [str(root)])]


def _is_test(root: Path, word: str) -> bool:
    """Is it a file or a folder there, or a test in one?"""
    file = word.partition("::")[0]
    return bool(file) and (root / file).exists() and file not in {".", ".."}


def _where_it_hung(file: Path, root: Path) -> str:
    record = read_record(file.read_text(encoding="utf-8") if file.exists() else "")
    if record.running:
        running = say(
            ". It was running {running}, after {tests} tests were found",
            running=record.running,
            tests=len(record.tests),
        )
        stacks = file.with_name(f"{file.name}.stacks")
        stood = where_threads_stood(stacks.read_text(encoding="utf-8") if stacks.exists() else "", root)
        if stood:
            return say("{running}, and stood at {places}", running=running, places=", ".join(stood[:MOST_PLACES]))
        return running
    return say(". It was still collecting tests") if record.started and not record.tests else ""


def suite_environment(probe: Probe, file: Path, database: Database | None = None) -> dict[str, str]:
    foreign = foreign_to_tests(probe.target)
    given = probe.environment.of(database or database_for(probe))
    env = settings_in_ci(probe.root) | {name: value for name, value in given.items() if name not in foreign}
    plugin = str(GUESTS / "plugin")
    known = {"GONOGO_RECORD": str(file), "GONOGO_TESTED": str(probe.root)}
    return env | {"PYTHONPATH": ":".join(filter(None, [plugin, env.get("PYTHONPATH")]))} | known


def pytest_words(probe: Probe, tools: SuiteTools, folder: Path, *, arguments: Sequence[str]) -> list[str]:
    """Our plugin, no stop at the first failure, one process, and nothing left behind in the service's folder."""
    words = ["-p", "gonogo_pytest", "-q", "--maxfail=0", "--tb=short", "-o", f"cache_dir={folder / 'cache'}"]
    words += ["-n0"] if tools.has("pytest-xdist") else []
    words += ["--randomly-dont-reorganize"] if tools.has("pytest-randomly") else []
    words += ["--no-cov"] if tools.has("pytest-cov") else []
    tests = probe.target.config.service.tests
    named = any((probe.root / word.partition("::")[0]).exists() for word in arguments)
    return [*words, *arguments, *([tests] if tests and not named else [])]
