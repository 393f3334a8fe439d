"""Guest: moves the clock of this Python, and where asked the dates that the service's own sources name.

`GONOGO_CLOCK` is JSON: `seconds` to move by; `dates`: are those moved as well? The classes and functions stay the very
same objects where they can, so that nothing that checks a type, or took a function at its import, sees a difference.
"""

import ast
import ctypes
import datetime
import gc
import importlib.machinery
import importlib.util
import os
import re
import time

real = time.time
DATE = r"((?:19|20)\d\d)([-/.])(0[1-9]|1[0-2])(?:\2(0[1-9]|[12]\d|3[01]))?"
DATED = re.compile(rf"(?<![\d.])(?:{DATE}|20\d\d(?![.]\d))(?!\d)")  # a day, a month of a year, a year
MAKERS = {"datetime", "date", "DateTime", "Date"}
EPOCHS = (1_400_000_000, 2_300_000_000)  # seconds since 1970, of our days
MONTHS = 12


def move(seconds) -> None:
    """Whatever asks this Python for the time gets that of `seconds` later."""
    if importlib.util.find_spec("time_machine"):  # its tests change the same functions, below Python
        import time_machine  # noqa: PLC0415

        time_machine.travel(real() + seconds, tick=True).start()
        return
    move_time(seconds)
    move_datetime()


class Told:
    """A function in the place of a built-in one: it must not become a method where it is a class's attribute."""

    def __init__(self, function) -> None:
        self.function = function

    def __call__(self, *given):
        return self.function(*given)


def move_time(seconds) -> None:
    count, told = time.time_ns, time.clock_gettime
    spelled, shown = time.strftime, time.asctime
    time.time = Told(lambda: real() + seconds)
    time.time_ns = Told(lambda: count() + round(seconds * 1e9))
    time.clock_gettime = Told(lambda clock: told(clock) + (seconds if clock == time.CLOCK_REALTIME else 0))
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, Told(since(getattr(time, name))))
    time.strftime = Told(lambda text, at=None: spelled(text, time.localtime() if at is None else at))
    time.asctime = Told(lambda at=None: shown(time.localtime() if at is None else at))


def since(function):
    return lambda at=None: function(time.time() if at is None else at)


def move_datetime() -> None:
    """In the class itself: another class in its place would be none to the registries of drivers and serializers."""

    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    def utcnow(cls):
        return cls.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)

    known = next(one for one in gc.get_referents(datetime.datetime.__dict__) if isinstance(one, dict) and "now" in one)
    known.update(now=classmethod(now), utcnow=classmethod(utcnow))
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))


def move_dates(seconds) -> None:
    """Modules below this folder are compiled with their dates moved; not packages, nor what pytest itself rewrites."""
    here, whole = os.path.join(os.getcwd(), ""), importlib.machinery.SourceFileLoader.get_code  # noqa: PTH109, PTH118
    along = Along(seconds)

    def get_code(self, name):
        path = os.path.abspath(self.get_filename(name))  # noqa: PTH100
        if not path.startswith(here) or "site-packages" in path:
            return whole(self, name)
        return compile(along.visit(ast.parse(self.get_data(path))), path, "exec", dont_inherit=True)

    importlib.machinery.SourceFileLoader.get_code = get_code


class Along(ast.NodeTransformer):
    """Moves the dates that a source names: calls with year, month and day, texts, years about now, epochs."""

    def __init__(self, seconds) -> None:
        self.seconds = seconds
        self.days = datetime.timedelta(days=seconds // 86400)
        self.today = datetime.datetime.fromtimestamp(real(), datetime.timezone.utc).date()
        self.then = self.today + self.days
        self.years = self.then.year - self.today.year

    def visit_Call(self, node):
        given = {word.arg: word.value for word in node.keywords}
        given.update(zip(("year", "month", "day"), node.args))  # noqa: B905 - no strict= in Python 3.9
        parts = [getattr(given.get(name), "value", None) for name in ("year", "month", "day")]
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in MAKERS or not all(type(part) is int for part in parts):
            return self.generic_visit(node)
        try:
            moved = datetime.date(*parts) + self.days
        except (ValueError, OverflowError):
            return self.generic_visit(node)
        for name in ("year", "month", "day"):
            given[name].value = getattr(moved, name)
        return node

    def visit_Constant(self, node):
        if isinstance(node.value, str):
            node.value = self.text(node.value)
        elif isinstance(node.value, bytes):
            node.value = self.text(node.value.decode("latin-1")).encode("latin-1")
        elif type(node.value) is int:
            node.value = self.number(node.value)
        return node

    def number(self, value):
        if abs(value - self.today.year) <= 1:
            return value + self.years
        units = next((units for units in (1, 1000) if EPOCHS[0] <= value / units < EPOCHS[1]), 0)
        return value + self.seconds * units

    def text(self, value):
        return DATED.sub(self.date, value)

    def date(self, found):
        year, between, month, day = found.groups()
        if year is None:
            return str(self.number(int(found[0])))
        if day is None:
            months = self.years * MONTHS + self.then.month - self.today.month + int(year) * MONTHS + int(month) - 1
            return f"{months // MONTHS:04}{between}{months % MONTHS + 1:02}"
        try:
            moved = datetime.date(int(year), int(month), int(day)) + self.days
        except (ValueError, OverflowError):
            return found[0]
        return f"{moved.year:04}{between}{moved.month:02}{between}{moved.day:02}"
