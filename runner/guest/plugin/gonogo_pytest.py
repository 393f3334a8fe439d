"""Guest inside the service's own pytest (`-p gonogo_pytest`): writes down what each test is, does and says.

Lines of JSON go to $GONOGO_RECORD as they become known, so that even a suite that never ends has told where it stood.
$GONOGO_REVERSED runs the last test first. After $GONOGO_STACKS_AFTER seconds the stacks of all threads go to a file
beside the record: soon after that the suite is ended, and whoever reads the record wants to know what it waited for.
$GONOGO_GUT names a plan: handlers to empty one at a time, and the tests of each; $GONOGO_GUARDS another one: refusals
to leave out one at a time; $GONOGO_TURNED a third one: operations whose refusals become successes.
"""
# ruff: noqa: PLC0415 - told by its environment; the service may lack what is imported late

import contextlib
import datetime
import faulthandler
import json
import os
import re
import sys
import time
from pathlib import Path

import gonogo_guards
import gonogo_gut
import gonogo_tables
import gonogo_turned
import pytest
from gonogo_asserts import asserts

ID = re.compile(r"(?<![\w-])(?:[A-Z][A-Z0-9]*(?:[-._][A-Z0-9]+)+|[A-Z]+[0-9]+)(?![\w-]|\.[A-Z0-9])")
TRACING = {"requirement", "requirements", "req", "covers", "criterion", "acceptance", "verifies", "traces", "spec"}
SIGNS = {b"authorization", b"cookie", b"x-api-key", b"x-token", b"x-auth-token", b"api-key"}


class Record:
    """The file, and which test is running."""

    def __init__(self):
        # A descriptor: suites that turn warnings into errors stop at a file that is still open at the end.
        # Its name is taken out of the environment: the tests have no business with it.
        name = os.environ.pop("GONOGO_RECORD")
        self.file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        if after := os.environ.pop("GONOGO_STACKS_AFTER", ""):
            stacks = os.open(f"{name}.stacks", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            faulthandler.dump_traceback_later(float(after), file=stacks)
        self.test = ""
        self.said = set()

    def write(self, kind, **fact):
        line = json.dumps({"kind": kind, **fact}, default=str, sort_keys=True)
        if kind in ("exchange", "dialect", "touched"):  # the same fact about the same test once
            if line in self.said:
                return
            self.said.add(line)
        os.write(self.file, f"{line}\n".encode())


record = Record()


# --- the tests: what they are, in which order they run, how they end


def place(path):
    path, root = Path(path).resolve(), Path(os.environ.get("GONOGO_TESTED", ".")).resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Every test that was collected is written down: also those that a hook, `-k` or `-m` takes out again."""
    collected = list(items)
    yield
    left = set(items)
    if os.environ.get("GONOGO_REVERSED"):
        items[:] = turned([item for item in collected if item in left])
    for item in items:
        record.write("test", **describe(item))
    for item in collected:
        if item not in left:
            record.write("test", **describe(item), dropped=True)


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_call(item):
    """The innermost wrapper: it sees what the test raised before any hook can make something else of it."""
    entered = watch_entry(getattr(item, "function", None))
    told = yield
    gonogo_turned.ended()
    raised = told.excinfo[1] if told.excinfo else None
    honest = raised is not None and not isinstance(raised, (pytest.skip.Exception, pytest.xfail.Exception))
    said = f"{type(raised).__name__}: {raised}"[:200] if honest else ""
    record.write("called", id=item.nodeid, raised=said, entered=entered())


ENTERED = set()  # code objects
WATCHER = 4  # an id of `sys.monitoring` that neither debuggers nor coverage use


def watch_entry(function):
    """Tells afterwards whether the function was entered; None for what has no code to see."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None:
        return lambda: None
    ENTERED.discard(code)
    if hasattr(sys, "monitoring"):
        monitor(sys.monitoring, code)
    else:
        profile(code)
    return lambda: code in ENTERED


def monitor(monitoring, code):
    if monitoring.get_tool(WATCHER) is None:
        monitoring.use_tool_id(WATCHER, "gonogo")
        monitoring.register_callback(WATCHER, monitoring.events.PY_START, lambda code, _: ENTERED.add(code))
    monitoring.set_local_events(WATCHER, code, monitoring.events.PY_START)


def profile(code):
    """Before Python 3.12: a profiler that takes itself away as soon as the function is entered."""
    before = sys.getprofile()

    def seen(frame, event, _):
        if event == "call" and frame.f_code is code:
            ENTERED.add(code)
            sys.setprofile(before)

    sys.setprofile(seen)


def turned(items):
    """The last module first, and of each its last test: whatever needs another test before it now runs before that.

    A module's tests stay together, so that its fixtures are still made once.
    """
    modules = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    return [item for name in reversed(list(modules)) for item in reversed(modules[name])]


def describe(item):
    path, line, _ = item.reportinfo()
    function = getattr(item, "function", None)
    texts = [getattr(function, "__doc__", None), getattr(getattr(item, "cls", None), "__doc__", None)]
    ids = [found for text in texts if text for found in ID.findall(text)]
    marked = []
    for marker in item.iter_markers():
        if marker.name in TRACING:
            words = [word for value in [*marker.args, *marker.kwargs.values()] for word in flat(value)]
            marked += [word for word in words if isinstance(word, str)]
    fact = {"id": item.nodeid, "path": place(path), "line": (line or 0) + 1, "ids": list(dict.fromkeys(ids + marked))}
    fact["marked"] = list(dict.fromkeys(marked))
    return {**fact, "asserts": asserts(item)}


def flat(value):
    return [word for one in value for word in flat(one)] if isinstance(value, (list, tuple, set)) else [value]


@pytest.hookimpl(tryfirst=True)
def pytest_collectreport(report):
    if report.failed:
        record.write("problem", id=report.nodeid, why=last_line(report.longrepr))


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    record.test = item.nodeid
    record.write("begin", id=item.nodeid)
    yield
    record.test = ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report):
    outcome = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "xfailed" if report.skipped else "xpassed"
    why = last_line(report.longrepr) if report.longrepr else ""
    record.write(
        "report", id=report.nodeid, when=report.when, outcome=outcome, seconds=round(report.duration, 4), why=why
    )


def last_line(longrepr):
    crash = getattr(longrepr, "reprcrash", None)
    text = crash.message if crash else str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)
    lines = [line.strip(" E") for line in text.strip().splitlines() if line.strip(" E")]
    return (lines[0] if crash else lines[-1])[:300] if lines else ""


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(exitstatus):
    record.write("end", code=int(exitstatus))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    plans = {
        "GONOGO_GUT": gonogo_gut.run_plan,
        "GONOGO_GUARDS": gonogo_guards.run_plan,
        "GONOGO_TURNED": gonogo_turned.run_plan,
    }
    wanted = next((name for name in plans if os.environ.get(name)), None)
    if not wanted or session.testsfailed or session.config.option.collectonly:
        return None
    plan = json.loads(Path(os.environ[wanted]).read_text(encoding="utf-8"))
    plans[wanted](session, plan, record)
    return True


# --- what the tests do: requests that reach the app, databases that are opened


def watch_app():
    with contextlib.suppress(ImportError):
        from starlette.applications import Starlette

        inner = Starlette.__call__

        async def call(self, scope, receive, send):
            if scope["type"] != "http" or "gonogo" in scope:
                return await inner(self, scope, receive, send)
            scope["gonogo"] = True  # a mounted app gets a copy of the scope: only the outermost writes
            return await watched(inner, self, scope, receive, send)

        Starlette.__call__ = call


async def watched(inner, app, scope, receive, send):
    status = [500]

    async def sent(message):
        if message["type"] == "http.response.start":
            status[0] = message["status"]
        await send(message)

    path = scope["path"]  # before a mount or a router changes it
    send = gonogo_turned.turning(scope["method"], path, send)
    try:
        with gonogo_tables.touching() as (tables, texts):
            await inner(app, scope, receive, sent)
    finally:
        signed = any(name.lower() in SIGNS for name, _ in scope.get("headers", ()))
        fact = {"test": record.test, "method": scope["method"], "path": path, "status": status[0], "signed": signed}
        reached = handler(scope.get("endpoint"))
        record.write("exchange", **fact, **reached, stranger=not serves(app))
        if reached and (tables or texts):
            place = {"file": reached["file"], "line": reached["line"]}
            record.write("touched", **place, method=scope["method"], tables=sorted(tables), texts=sorted(texts))


SERVING = {}  # id of an app -> is it the service's?


def serves(app):
    """Has it a handler that stands outside of the tests? One without any is what the tests made up."""
    if id(app) not in SERVING:
        files = [handler(route)["file"] for route in endpoints(app) if handler(route)]
        SERVING[id(app)] = any(not Path(file).is_absolute() and not of_tests(Path(file)) for file in files)
    return SERVING[id(app)]


def of_tests(path):
    return bool({"tests", "test"} & set(path.parts)) or path.name.startswith("test_") or path.name == "conftest.py"


def endpoints(app, deep=4):
    """The handlers of its routes, and of what is mounted or included (FastAPI ≥ 0.139 hides that one level down)."""
    for route in getattr(app, "routes", None) or ():
        if hasattr(route, "endpoint"):
            yield route.endpoint
        for name in ("app", "original_router") if deep else ():
            yield from endpoints(getattr(route, name, None), deep - 1)


def handler(function):
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return {}
    where = {"file": place(code.co_filename), "line": code.co_firstlineno}
    return {"module": function.__module__, "name": function.__qualname__, **where}


def watch_databases():
    with contextlib.suppress(ImportError):
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        def connected(connection, *_):
            record.write("dialect", test=record.test, name=connection.dialect.name)

        event.listen(Engine, "engine_connect", connected)


watch_app()
watch_databases()
gonogo_tables.watch()
clocks = [time.time(), datetime.datetime.now(datetime.timezone.utc).timestamp()]
record.write("start", python=sys.version.split()[0], pytest=pytest.__version__, clocks=clocks)
