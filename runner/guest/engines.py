"""Guest: how do the app's SQLAlchemy engines wait? argv: ANSWER APP.

Imports the app, runs its start-up, finds every engine that is alive, and asks PostgreSQL in a session of each.
"""

import asyncio
import contextlib
import gc
import importlib
import inspect
import json
import os
import re
import sys
import traceback
from pathlib import Path

# A service may read its own command line while it is imported: it has the one that a server gives it.
TOLD, sys.argv = sys.argv, ["uvicorn"]
WORDS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
LONGEST = 15  # seconds for the start-up
MAKES = re.compile(r"_?(?:get|make|create|build|init|setup)_(?:\w+_)?engine", re.IGNORECASE)


def main():
    try:
        answer = asyncio.run(look())
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = os.path.relpath(last.filename)
        answer = {"problem": f"{type(error).__name__}: {error} ({place}:{last.lineno})"}
    Path(TOLD[1]).write_text(json.dumps(answer, default=str), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)  # whatever the app left running


async def look():
    app = load(TOLD[2])
    started = ""
    manager = getattr(getattr(app, "router", None), "lifespan_context", None)
    async with contextlib.AsyncExitStack() as stack:
        if manager:
            try:
                await asyncio.wait_for(stack.enter_async_context(manager(app)), LONGEST)
            except BaseException as error:
                started = f"{type(error).__name__}: {error}"
        kept = [] if engines() else await made_when_asked()
        found = {"engines": [await describe(engine) for engine in engines()], "startup": started}
        kept.clear()
        return found


def load(name):
    for folder in ("src", ""):
        if folder and Path(folder).is_dir():
            sys.path.insert(1, str(Path(folder).resolve()))
    module, _, attribute = name.partition(":")
    os.chdir(os.environ.get("GONOGO_RUNS_IN", "."))
    found = importlib.import_module(module)
    for part in attribute.removesuffix("()").split("."):
        found = getattr(found, part)
    return found() if attribute.endswith("()") else found


async def made_when_asked():
    """What the service's own functions give that make an engine at the first request: `get_engine()`."""
    here, made = f"{Path.cwd()}{os.sep}", []
    for module in [one for one in list(sys.modules.values()) if is_own(one, here)]:
        for name, function in list(vars(module).items()):
            if MAKES.fullmatch(name) and getattr(function, "__module__", "") == module.__name__ and callable(function):
                with contextlib.suppress(Exception):  # it wants something that nobody gives it here
                    result = function()
                    made.append(await asyncio.wait_for(result, LONGEST) if inspect.isawaitable(result) else result)
    return made


def is_own(module, here):
    file = getattr(module, "__file__", None) or ""
    return file.startswith(here) and "site-packages" not in file


def engines():
    """Asynchronous engines, and the synchronous ones that are not inside of one."""
    try:
        from sqlalchemy.engine import Engine  # noqa: PLC0415 - the service may lack it
    except ImportError:
        return []
    try:
        from sqlalchemy.ext.asyncio import AsyncEngine  # noqa: PLC0415 - SQLAlchemy before 1.4 lacks it
    except ImportError:
        AsyncEngine = ()  # noqa: N806
    alive = gc.get_objects()
    asynchronous = {id(o): o for o in alive if AsyncEngine and type(o) is AsyncEngine}
    inside = {id(o.sync_engine) for o in asynchronous.values()}
    plain = {id(o): o for o in alive if type(o) is Engine and id(o) not in inside}
    return [*asynchronous.values(), *plain.values()]


async def describe(engine):
    pool = engine.pool
    fact = {
        "url": engine.url.render_as_string(hide_password=True),
        "dialect": engine.dialect.name,
        "pool": type(pool).__name__,
        "size": pool.size() if callable(getattr(pool, "size", None)) else getattr(pool, "size", None),
        "overflow": getattr(pool, "_max_overflow", None),
        "timeout": getattr(pool, "_timeout", None),
        "recycle": getattr(pool, "_recycle", None),
        "pre_ping": bool(getattr(pool, "_pre_ping", False)),
    }
    try:
        return {**fact, "session": await session_of(engine)}
    except BaseException as error:
        return {**fact, "problem": f"{type(error).__name__}: {error}".splitlines()[0]}


# A row that refers to nothing, in tables of the connection's own.
ORPHAN = (
    "CREATE TEMP TABLE gonogo_parent (id INTEGER PRIMARY KEY)",
    "CREATE TEMP TABLE gonogo_child (parent INTEGER NOT NULL REFERENCES gonogo_parent (id))",
    "INSERT INTO gonogo_child VALUES (1)",
)


def limits(connection):
    return {word: connection.exec_driver_sql(f"SHOW {word}").scalar() for word in WORDS}


def orphans(connection):
    """Is it refused, as foreign keys demand? The connection is thrown away, so the next one is new."""
    try:
        for statement in ORPHAN:
            connection.exec_driver_sql(statement)
        said = "taken"
    except Exception as refusal:
        if type(refusal).__name__ != "IntegrityError":
            raise
        said = "refused"
    connection.invalidate()
    return said


async def session_of(engine):
    if engine.dialect.name == "postgresql":
        return await within(engine, limits)
    if engine.dialect.name == "sqlite":
        found = [await within(engine, orphans) for _ in range(2)]  # who asks for keys once asks for one connection
        return {"orphans": "refused" if set(found) == {"refused"} else "taken"}
    return {}


async def within(engine, look):
    if hasattr(engine, "sync_engine"):
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    with engine.connect() as connection:
        return look(connection)


main()
