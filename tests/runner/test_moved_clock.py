"""Is every clock moved that a test may look at, and every date that a source names?"""

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import time
from types import ModuleType
from typing import Any

import pytest

from runner.environment import GUARD
from runner.errors import ProbeError
from runner.evidence.suite.suite_later import LATE, NOW, SOON, _expiring, _must_be_moved
from runner.evidence.suite.suite_record import read_record
from runner.live.moved_server import MovedServer
from runner.live.workshop import Workshop
from tests.stages.test_testing import a_test

CLOCKS = """\
import json, logging, time
from datetime import date, datetime, timezone
from time import time as taken

class Holds:
    ask = time.time

record = logging.makeLogRecord({})
year = lambda moment: datetime.fromtimestamp(moment, timezone.utc).year
print(json.dumps({
    "time": year(time.time()), "taken": year(taken()), "held": year(Holds().ask()), "ns": year(time.time_ns() / 1e9),
    "clock_gettime": year(time.clock_gettime(time.CLOCK_REALTIME)), "gmtime": time.gmtime().tm_year,
    "strftime": int(time.strftime("%Y")), "asctime": int(time.asctime()[-4:]), "now": datetime.now().year,
    "aware": datetime.now(timezone.utc).year, "today": date.today().year, "datetime.today": datetime.today().year,
    "below": type("Below", (datetime,), {}).now().year, "record": year(record.created),
    "shown": int(logging.Formatter("%(asctime)s").format(record)[:4]),
}))
print(time.monotonic() < 1e9, type(datetime.now()) is datetime, time.gmtime(0).tm_year)
"""


def test_every_way_to_ask_python_for_the_time_is_moved() -> None:
    ten_years = 3653 * 86400
    env = {"PYTHONPATH": str(GUARD), "GONOGO_CLOCK": json.dumps({"seconds": ten_years, "dates": False}), "TZ": "UTC"}
    ran = subprocess.run([sys.executable, "-c", CLOCKS], env=env, capture_output=True, text=True, check=True)
    said, rest = ran.stdout.splitlines()
    then = (datetime.now(UTC) + timedelta(seconds=ten_years)).year
    assert {name: year - then for name, year in json.loads(said).items() if abs(year - then) > 1} == {}
    assert rest == "True True 1970"


def guest() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gonogo_clock", GUARD / "gonogo_clock.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


YEAR = datetime.now(UTC).year
DATES = {
    "'2026-11-20'": "'2027-12-31'",
    "b'since=2026-11-20T09:00'": "b'since=2027-12-31T09:00'",
    "f'{at}/2026.11.20'": "f'{at}/2027.12.31'",
    "datetime(2026, 11, 20, 9, tzinfo=UTC)": "datetime(2027, 12, 31, 9, tzinfo=UTC)",
    "datetime.date(year=2026, month=11, day=20)": "datetime.date(year=2027, month=12, day=31)",
    "1795000000": str(1795000000 + 406 * 86400),
    "(1999, 404, 2.5, True)": "(1999, 404, 2.5, True)",
    "('9999-12-31', '2026-02-30')": "('9999-12-31', '2026-02-30')",
    "('10.2026.11.3', '120261120', '2026.1')": "('10.2026.11.3', '120261120', '2026.1')",
}


@pytest.mark.parametrize("source", DATES)
def test_the_dates_of_a_source_are_moved(source: str) -> None:
    along = guest().Along(406 * 86400)
    assert ast.unparse(along.visit(ast.parse(source, mode="eval"))) == DATES[source]


def test_years_and_months_about_now_are_moved_as_the_calendar_is() -> None:
    along = guest().Along(406 * 86400)
    source = f"({YEAR}, 'INV-{YEAR}-0001', '{YEAR}-{along.today.month:02}')"
    moved = ast.literal_eval(along.visit(ast.parse(source, mode="eval")))
    assert moved == (along.then.year, f"INV-{along.then.year}-0001", f"{along.then:%Y-%m}")


def test_a_server_of_its_own_tells_another_time() -> None:
    with Workshop() as workshop:
        server = MovedServer(workshop.own_postgres(), workshop.number)
        server.move(LATE)
        database = server.new_database()
        database.rows("CREATE TABLE kept (at timestamptz DEFAULT now())")
        wanted = "at - current_timestamp a, clock_timestamp() - current_timestamp b, age(current_timestamp) c"
        told = database.rows(f"INSERT INTO kept DEFAULT VALUES RETURNING {wanted}")[0]
        assert {round(told[name] / LATE) for name in "abc"} == {1}
        server.move(timedelta(0))
        assert abs(database.rows("SELECT now() - current_timestamp a")[0]["a"]) < timedelta(minutes=1)


class Told:
    """The runs of a suite, made by hand: which tests pass on which day, and with their dates moved."""

    def __init__(self, passing: dict[timedelta, str], with_dates: str) -> None:
        self.passing, self.dated = passing, with_dates

    def again(self, by: timedelta, tests: Sequence[Any]) -> tuple[Any, ...]:
        return _ended(tests, self.passing.get(by, ""))

    def with_dates(self, by: timedelta, tests: Sequence[Any]) -> tuple[Any, ...]:
        assert by == LATE
        return _ended(tests, self.dated)


def _ended(tests: Sequence[Any], passing: str) -> tuple[Any, ...]:
    return tuple(a_test(one.name, "passed" if one.name in passing else "failed") for one in tests)


def test_only_what_its_dates_explain_has_a_date_that_comes_to_its_end() -> None:
    failed = [a_test(name, "failed") for name in ("soon", "late", "shaky", "file_times", "never")]
    told: Any = Told(
        {timedelta(0): "soon late shaky file_times", SOON: "late shaky", LATE: "shaky"}, "soon late shaky never"
    )
    found = list(_expiring(told, failed, date(2026, 11, 29)))
    assert [(one.test.name, one.day.isoformat()) for one in found] == [("soon", "2026-12-27"), ("late", "2028-01-09")]


@pytest.mark.parametrize("clocks", [(), (0.0,), (LATE.total_seconds(), 0.0), (SOON.total_seconds(),)])
def test_a_suite_whose_clock_stands_elsewhere_says_nothing_of_later(clocks: tuple[float, ...]) -> None:
    """Nothing recorded, nothing moved, one way to ask forgotten, another day."""
    record = replace(read_record(""), clocks=tuple(time() + one for one in clocks))
    with pytest.raises(ProbeError, match="could not be moved"):
        _must_be_moved(record, LATE)


def test_a_suite_whose_clocks_are_all_moved_does() -> None:
    _must_be_moved(replace(read_record(""), clocks=(time() + LATE.total_seconds(),) * 3), LATE)
    _must_be_moved(replace(read_record(""), clocks=(time(),)), NOW)
