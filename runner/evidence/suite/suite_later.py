"""The service's own tests, once more with every clock moved on: would they pass some weeks from now?"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from time import time
from typing import Self

from runner.errors import NotThere, ProbeError
from runner.evidence.agreed.today import Today
from runner.evidence.suite.main_database import tests_elsewhere
from runner.evidence.suite.suite import MOST_AGAIN, SuiteTools, run_suite
from runner.evidence.suite.suite_record import Record, Test
from runner.live.moved_server import MovedServer
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.probe import Probe
from runner.said import say

NOW = timedelta(0)
SOON = timedelta(weeks=4)
LATE = timedelta(weeks=58)  # more than a year, in another month of another year, and on the same day of the week
# A plugin of pytest's that the service has, time-machine, is what its clock is moved with, so it is there first.
EARLY_IS_FINE = "-Wignore:Module already imported so cannot be rewritten"
SLACK = 3600  # seconds that a look at the clock may be off


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """A test that passes today and fails on `day`; with the dates that its sources name moved along it passes there."""

    test: Test  # as it was on that day
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteLater(Evidence):
    """The service's own tests, with the clock of Python and of PostgreSQL moved on by 58 weeks."""

    day: date  # to which it was moved
    passed: tuple[str, ...]  # tests that passed there
    expiring: tuple[Expiring, ...] = ()
    unsure: tuple[Test, ...] = ()  # that failed there, not by a date that the sources name

    @classmethod
    def collect(cls, probe: Probe, tools: SuiteTools, today: Today) -> Self:
        with _later(probe, tools) as later:
            tests = later.run(LATE)
            failed = [one for one in tests if one.failed or one.outcome == "not run"]
            found = tuple(_expiring(later, failed[:MOST_AGAIN], today.date))
            named = {one.test.id for one in found}
            return cls(
                day=today.date + LATE,
                passed=tuple(one.id for one in tests if one.outcome == "passed"),
                expiring=found,
                unsure=tuple(one for one in failed if one.id not in named),
            )


def _expiring(later: "_Later", failed: Sequence[Test], today: date) -> Iterator[Expiring]:
    """Those that pass when their clock is not moved, or their dates with it, and fail on each of two days."""
    today_good = [one for one in later.again(NOW, failed) if one.outcome == "passed"]
    cured = {one.id for one in later.with_dates(LATE, today_good) if one.outcome == "passed"}
    ours = [one for one in failed if one.id in cured]
    soon = [one for one in later.again(SOON, ours) if one.failed]
    yield from (Expiring(test=one, day=today + SOON) for one in soon)
    rest = [one for one in ours if one.id not in {one.id for one in soon}]
    yield from (Expiring(test=one, day=today + LATE) for one in later.again(LATE, rest) if one.failed)


@dataclass(frozen=True, slots=True)
class _Later:
    """Runs of the tests with their clocks moved."""

    probe: Probe
    tools: SuiteTools
    server: MovedServer
    template: Database

    def run(self, by: timedelta, extra: Sequence[str] = (), *, dates: bool = False) -> tuple[Test, ...]:
        """The whole suite, or only what is named in `extra`. Raises `ProbeError` where the clock is not moved."""
        self.server.move(by)
        _, record = run_suite(
            self.probe,
            self.tools,
            env={
                "GONOGO_CLOCK": json.dumps({"seconds": round(by.total_seconds()), "dates": dates}),
                **tests_elsewhere(self.probe, self.server.new_database(self.template)),
            },
            extra=[EARLY_IS_FINE, *extra],
            whole=not extra,
            database=self.server.new_database(self.template),
        )
        _must_be_moved(record, by)
        return record.tests

    def again(self, by: timedelta, tests: Sequence[Test]) -> tuple[Test, ...]:
        """These tests alone."""
        return self.run(by, [one.id for one in tests]) if tests else ()

    def with_dates(self, by: timedelta, tests: Sequence[Test]) -> tuple[Test, ...]:
        """These tests alone, with the dates in the sources moved as well; nothing where the sources don't stand that.

        pytest rewrites no assertion then, or it would read the sources by itself.
        """
        words = ["--assert=plain", *(one.id for one in tests)]
        try:
            return self.run(by, words, dates=True) if tests else ()
        except ProbeError:
            return ()


def _must_be_moved(record: Record, by: timedelta) -> None:
    wanted = time() + by.total_seconds()
    if not record.clocks or any(abs(clock - wanted) > SLACK for clock in record.clocks):
        raise ProbeError(
            "the clock of the service's Python could not be moved, so nobody knows what the tests say later"
        )


@contextmanager
def _later(probe: Probe, tools: SuiteTools) -> Iterator[_Later]:
    server = probe.servers.moved()
    try:
        template = server.new_database()
        try:
            ran = Migrator(probe).fill(template)
        except NotThere:
            ran = None
        if ran and ran.code:
            said = ran.complaint(probe.root)
            raise ProbeError(say("the migrations do not apply where the clock can be moved: {said}", said=said))
        yield _Later(probe, tools, server, template)
    finally:
        server.stop()
