"""Tests: do they pass, in any order, and do they reach the code?"""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence

from runner.evidence.release.ci_files import TestsAndCi
from runner.evidence.suite.suite import Suite, SuiteReversed
from runner.evidence.suite.suite_coverage import Covered
from runner.evidence.suite.suite_later import SuiteLater
from runner.evidence.suite.suite_record import Test
from runner.model import Place, Verdict, check, failed, in_file, in_table, named, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.words import listed, plural

MOST = 5  # commands that a finding proposes
CONTAINERS = re.compile(r"docker\.errors|DockerException|Docker is not|docker daemon|server API version|testcontainers")

# What SQLite alone takes, refused by PostgreSQL or its driver.
OF_SQLITE = re.compile(r"check_same_thread|\bPRAGMA\b|\bsqlite_master\b")


def place(test: Test, note: str = "") -> Place:
    words = note or test.why
    words = words.rstrip(": ") if words.endswith((":", " ")) else words
    return in_file(test.path, test.line, say("{name}: {words}", name=test.name, words=words) if words else test.name)


def commands(tests: Iterable[Test]) -> list[str]:
    return [f"pytest {shlex.quote(test.id)}" for test in tests][:MOST]


@check("TS001", step="5.1")
def the_suite_passes(suite: Suite) -> Verdict:
    """The service's own tests pass on a fresh PostgreSQL.

    A red suite hides the next defect, and people stop reading it; one that cannot be collected proves nothing.
    Fix: run the named test alone, mend the code or the test, and keep the suite green on every commit.
    """
    if why := wants_sqlite(suite):
        return unknown(say("the tests want SQLite, and were given PostgreSQL: {why}", why=why))
    if suite.problems:
        names = together(one.path for one in suite.problems)
        places = [in_file(one.path.partition("::")[0], note=one.why) for one in suite.problems]
        return failed(say("cannot be collected: {names}", names=names), at=places, again=["pytest --collect-only -q"])
    if wants_containers(suite):
        return unknown(
            say(
                "the tests start containers, and no engine is to be had in a run: {first_words}",
                first_words=_first_words(suite),
            )
        )
    if bad := suite.failing():
        names = listed((test.name for test in bad), MOST)
        message = say(
            "{bad} of {tests} failed: {names}{s}",
            bad=len(bad),
            tests=plural(len(suite.tests), "test"),
            names=names,
            s="…" if len(bad) > MOST else "",
        )
        if suite.busy and {test.id for test in bad} <= set(suite.shaky):
            return unknown(say("{message}. {shaky}", message=message, shaky=SHAKY))
        return failed(message, at=[place(test) for test in bad], again=commands(bad))
    return _unfinished(suite) or _nothing_failed(suite)


SHAKY = say(
    "Each passed when it was run again, and this machine had no processor free the first time: run it once more"
)


def wants_containers(suite: Suite) -> bool:
    """Did nothing fail but what asked for a container engine?"""
    bad = suite.failing()
    if not bad:
        return not suite.tests and CONTAINERS.search(suite.last_words) is not None
    return all(CONTAINERS.search(test.why) for test in bad)


def wants_sqlite(suite: Suite) -> str:
    """Why all that failed or could not be collected did so, where each of it asks for SQLite's; else empty."""
    bad = [*(one.why for one in suite.problems), *(test.why for test in suite.failing())]
    return bad[0] if bad and all(map(OF_SQLITE.search, bad)) else ""


def _first_words(suite: Suite) -> str:
    return next((test.why for test in suite.failing()), suite.last_words)


def _unfinished(suite: Suite) -> Verdict | None:
    """A suite that ended before its tests did: what its last line or its exit code says is no result."""
    lost = [test for test in suite.tests if test.outcome == "not run"]
    if not lost and (suite.ended or not suite.tests):
        return None
    begun = next((test for test in lost if test.why), lost[0] if lost else None)
    told = (
        say("{lost} of {tests} never told their result", lost=len(lost), tests=plural(len(suite.tests), "test"))
        if lost
        else say("no session's end")
    )
    said = say("pytest ended with code {code} before it was through: {told}", code=suite.code, told=told)
    where = say(", from {name} on", name=begun.name) if begun else ""
    return failed(
        say("{said}{where}", said=said, where=where),
        at=[place(test, "it never ended") for test in lost],
        again=commands(lost),
    )


def _nothing_failed(suite: Suite) -> Verdict:
    good = len(suite.passed())
    left_out = [test for test in suite.tests if test.outcome != "passed"]
    if not good:
        said = (
            say("no test passed: {tests} skipped", tests=plural(len(left_out), "test"))
            if left_out
            else say("pytest found no test")
        )
        return failed(said, at=[place(test) for test in left_out], again=["pytest -rs"])
    if suite.code:
        return failed(
            say("pytest ended with code {code}: {last_words}", code=suite.code, last_words=suite.last_words),
            again=[suite.command],
        )
    return passed(
        say("{tests} passed{left_out}", tests=plural(good, "test"), left_out=_left_out(suite)),
        share(good, suite.there, "test"),
    )


def _left_out(suite: Suite) -> str:
    """What kept tests from being judged, each with a number."""
    kinds = Counter(test.outcome for test in suite.tests if test.outcome != "passed")
    said = [say("{number} {outcome}", number=number, outcome=outcome) for outcome, number in sorted(kinds.items())]
    if suite.dropped:
        said.append(
            say(
                "{dropped} collected and taken out again (such as {dropped2})",
                dropped=len(suite.dropped),
                dropped2=suite.dropped[0],
            )
        )
    if suite.unseen:
        said.append(
            say("{unseen} never collected (such as {unseen2})", unseen=len(suite.unseen), unseen2=suite.unseen[0])
        )
    return together((say(", {one}", one=one) for one in said), "")


@check("TS002", step="5.1")
def tests_pass_in_any_order(suite: Suite, turned: SuiteReversed) -> Verdict:
    """The tests pass in reverse order as well.

    A test that needs another one to run before it fails one day for no reason that its author can see: when it is run
    alone, in parallel, or after a colleague added a file.
    Fix: let each test make what it needs in a fixture, and undo what it changes outside of the database it was given.
    """
    before = {test.id: test for test in suite.tests}
    differs = [test for test in turned.tests if test.id in before and _differs(before[test.id], test)]
    if differs:
        return _order_decides(suite, turned, differs)
    lost = [test for test in turned.tests if test.outcome == "not run"]
    if not turned.tests or (not turned.ended and not lost):
        return unknown(
            say(
                "the reversed run ended with code {code} and without a result: {last_words}",
                code=turned.code,
                last_words=turned.last_words,
            )
        )
    if lost:
        told = say(
            "{lost} of {tests} never told their result in reverse order",
            lost=len(lost),
            tests=plural(len(turned.tests), "test"),
        )
        said = say(
            "{told}, from {name} on: pytest ended with code {code}", told=told, name=lost[0].name, code=turned.code
        )
        return failed(said, at=[place(test, "it never ended") for test in lost], again=["pytest -p no:randomly -x"])
    ran = [test for test in turned.tests if test.id in before and before[test.id].outcome not in NEVER_RAN]
    judged = [test for test in ran if test.outcome not in NEVER_RAN]
    return passed(
        say("{tests}, the same outcomes in reverse order", tests=plural(len(judged), "test")),
        share(len(judged), suite.there, "test"),
    )


NEVER_RAN = frozenset({"skipped", "not run"})


def _differs(first: Test, second: Test) -> bool:
    return first.outcome != second.outcome and (first.failed or second.failed)


def _order_decides(suite: Suite, turned: SuiteReversed, differs: Sequence[Test]) -> Verdict:
    before = {test.id: test for test in suite.tests}
    notes = [
        say(
            "{outcome} in file order, {outcome2} in reverse. {why}",
            outcome=before[t.id].outcome,
            outcome2=t.outcome,
            why=t.why or before[t.id].why,
        )
        for t in differs
    ]
    names = listed((test.name for test in differs), MOST)
    shaky = {*suite.shaky, *turned.shaky}
    if all(test.id in shaky for test in differs):
        said = say(
            "{tests} failed in one of the two runs and passed when run once more: {names}",
            tests=plural(len(differs), "test"),
            names=names,
        )
        if suite.busy or turned.busy:
            return unknown(say("{said}. This machine had no processor free: run it once more", said=said))
    else:
        said = say("the order decides over {tests}: {names}", tests=plural(len(differs), "test"), names=names)
    return failed(
        said,
        at=[place(test, note) for test, note in zip(differs, notes, strict=True)],
        again=[_in_the_order_that_failed(test, turned.tests) for test in differs[:MOST]],
    )


def _in_the_order_that_failed(test: Test, turned: Sequence[Test]) -> str:
    """The tests of its file that ran before it, in their reversed order, and then it; alone it may well pass."""
    if not test.failed:
        return f"pytest {test.path}"
    before = [one.id for one in turned[: [one.id for one in turned].index(test.id)] if one.path == test.path]
    return " ".join(["pytest", *(shlex.quote(id) for id in (*before, test.id))])


@check("TS012", step="5.1")
def the_suite_passes_later(later: SuiteLater) -> Verdict:
    """The suite passes some weeks from now as well.

    A test that names a day of this year fails for everybody on a morning when nobody changed anything, on every
    branch, and the hotfix of that day waits for it.
    Fix: reckon from the clock (`datetime.now(UTC) - timedelta(days=9)`), or hold the clock still for what is dated:
    hand it to the code as a parameter, or freeze it in the test.
    """
    if later.expiring:
        names = listed((one.test.name for one in later.expiring), MOST)
        message = say(
            "{tests} with a date that comes to its end: {names}", tests=plural(len(later.expiring), "test"), names=names
        )
        places = [
            place(one.test, say("passes today, fails on {day}: {why}", day=one.day, why=one.test.why))
            for one in later.expiring
        ]
        again = [f"pytest {shlex.quote(one.test.id)}  # with the clock at {one.day}" for one in later.expiring]
        return failed(message, at=places, again=again[:MOST])
    there = len(later.passed) + len(later.unsure)
    said = say(
        "{tests} passed on {day}{unsure}", tests=plural(len(later.passed), "test"), day=later.day, unsure=_unsure(later)
    )
    return passed(said, share(len(later.passed), there, "test"))


def _unsure(later: SuiteLater) -> str:
    """What failed there and names no date: it fails today as well, or looks at a clock that can't be moved."""
    if not later.unsure:
        return ""
    names = listed((test.name for test in later.unsure), MOST)
    return say("; {unsure} failed there, not by a date in the sources: {names}", unsure=len(later.unsure), names=names)


@check("TS030", step="5.1")
def tests_leave_the_main_database_alone(suite: Suite) -> Verdict:
    """After the tests the database that the service's settings name holds what it held.

    Tests that have none of their own write where `DATABASE_URL` leads, and many empty it before they begin. On the day
    on which that is a developer's data, or a shell that was open to production, a run of pytest takes it.
    Fix: give the tests a database of their own (`TEST_DATABASE_URL`, a name with `_test`, a container), made when they
    begin and dropped when they end, or take back what each test did with its transaction.
    """
    main = suite.main
    if suite.driver is None:
        looked = say("the packages of its environment")
        return not_applicable("this service has no PostgreSQL driver installed", looked=looked)
    if main.changed:
        named_by = (
            say("the database that {setting} names", setting=main.setting)
            if main.setting
            else say("the database of the settings")
        )
        places = [in_table(one.split()[0], note=say("after the tests {one}", one=one)) for one in main.changed]
        again = ["pg_dump --data-only > before; pytest; pg_dump --data-only | diff before -"]
        return failed(
            say("the tests write into {named_by}: {changed}", named_by=named_by, changed=listed(main.changed)),
            at=places,
            again=again,
        )
    if not main.tables:
        return unknown("the database that the settings name has no table that tests could change")
    if not main.setting:
        only = say("; {beside} names one for tests", beside=main.beside) if main.beside else ""
        return unknown(
            say(
                "no setting names the database of the service, so no test could reach the one that was watched{only}",
                only=only,
            )
        )
    ran = len(suite.passed())
    apart = say("; {beside} names one for tests", beside=main.beside) if main.beside else ""
    said = say("{tables} held the same after the tests{apart}", tables=plural(main.tables, "table"), apart=apart)
    return passed(said, share(ran, suite.there, "test"))


@check("TS003", step="5.1")
def tests_and_ci_exist(tests: TestsAndCi) -> Verdict:
    """There are tests, and every push runs them.

    Without tests every change is a guess. Tests that nothing runs rot within weeks, and nobody notices.
    Fix: write tests in `tests/test_*.py` and a workflow (`.github/workflows/ci.yml`) that runs `pytest` on each push.
    """
    if not tests.functions:
        none = say("no tests at all") + (say(" in {files} test files", files=len(tests.files)) if tests.files else "")
        return failed(none, at=[named("tests")], again=["pytest --collect-only -q"])
    runners = [one.path for one in tests.ci if one.runs_tests]
    if runners:
        chosen = together((one.why for one in tests.ci if one.runs_tests and one.why), "; ")
        said = say(
            "{functions}, run by {runners}",
            functions=plural(tests.functions, "test function"),
            runners=together(runners),
        )
        said += say(" ({chosen})", chosen=chosen) if chosen else ""
        return passed(said, share(tests.judged, tests.functions, "test function"))
    unread = [one for one in tests.ci if one.runs_tests is None]
    if unread:
        return unknown(
            say(
                "it can't be told whether these run the tests: {unread}",
                unread=together(say("{path} ({why})", path=o.path, why=o.why) for o in unread),
            )
        )
    found = say("{functions}, but ", functions=plural(tests.functions, "test function"))
    if not tests.ci:
        places = [in_file(".github/workflows", note="no workflow file found")]
        return failed(say("{found}no CI configuration", found=found), at=places, again=["ls .github/workflows"])
    places = [in_file(one.path, note=one.why or "runs no tests") for one in tests.ci]
    again = [f"grep -n pytest {' '.join(shlex.quote(one.path) for one in tests.ci)}"]
    return failed(
        say("{found}no workflow runs them: {ci}", found=found, ci=together(one.path for one in tests.ci)),
        at=places,
        again=again,
    )


@check("TS004", step="5.1")
def tests_cover_the_sources(suite: Suite) -> Verdict:
    """The tests run the declared share of the service's lines.

    A line that no test runs can be broken without anyone knowing until a customer does.
    Fix: write tests for the files named here, worst first; the bound is `[tests] coverage` in gonogo.toml.
    """
    if suite.coverage_problem:
        return unknown(suite.coverage_problem)
    statements = sum(one.statements for one in suite.coverage)
    if not statements:
        return unknown("coverage saw none of the sources: name them in gonogo.toml, [service] sources")
    percent = 100 - 100 * sum(len(one.missing) for one in suite.coverage) / statements
    said = say("{percent} % of {statements} lines", percent=f"{percent:.1f}", statements=statements)
    if percent >= suite.wanted_coverage:
        there = max(suite.sources, len(suite.coverage))
        return passed(
            say("{said} (wanted {wanted_coverage} %)", said=said, wanted_coverage=f"{suite.wanted_coverage:g}"),
            share(len(suite.coverage), there, "file of the sources"),
        )
    if why := _not_collected(suite):
        return unknown(
            say("{said} by the tests that ran, and {why}: what those would run is not known", said=said, why=why)
        )
    worst = sorted(suite.coverage, key=lambda one: -len(one.missing))[:10]
    places = [in_file(one.path, one.missing[0], _missing(one)) for one in worst if one.missing]
    again = ["coverage run -m pytest && coverage report --sort=miss"]
    return failed(
        say(
            "{said}, wanted {wanted_coverage} %; worst: {path}",
            said=said,
            wanted_coverage=f"{suite.wanted_coverage:g}",
            path=worst[0].path,
        ),
        at=places,
        again=again,
    )


def _not_collected(suite: Suite) -> str:
    """Which tests are there and never ran, so that a line may be theirs; empty where most ran."""
    if suite.problems:
        return say(
            "{files} could not be collected ({path})",
            files=plural(len(suite.problems), "file"),
            path=suite.problems[0].path,
        )
    ran = sum(test.outcome not in NEVER_RAN for test in suite.tests)
    few = 2 * ran < suite.there and not suite.chosen
    return (
        say("{there} of {tests} did not run", there=suite.there - ran, tests=plural(suite.there, "test")) if few else ""
    )


def _missing(one: Covered) -> str:
    return say("{percent} %, {lines} never run", percent=f"{one.percent:.0f}", lines=plural(len(one.missing), "line"))


@check("TS006", step="5.1")
def every_test_asserts(suite: Suite) -> Verdict:
    """Every test can fail by what it asserts.

    A test without an assertion passes whatever the service answers: it costs time and lends false confidence.
    Fix: assert the status, the body and what was stored; or delete the test.
    """
    once = {(test.path, test.name): test for test in suite.tests if test.asserts is False}
    bad = sorted(once.values(), key=lambda test: (test.path, test.line))
    if bad:
        names = listed((test.name for test in bad), MOST)
        places = [place(test, say("asserts nothing that could be false")) for test in bad]
        return failed(
            say("{tests} without an assertion: {names}", tests=plural(len(bad), "test"), names=names), at=places
        )
    if not suite.tests:
        return unknown("no test was collected")
    read = sum(test.asserts is True for test in suite.tests)
    return passed(
        say("{tests}, each with an assertion of its own or in a helper", tests=plural(read, "test")),
        share(read, suite.there, "test"),
    )
