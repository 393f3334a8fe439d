"""Guest: empties one handler at a time, in memory, and runs the tests that use it. Does any of them notice?

Nothing on disk changes. A test that fails with the handler emptied is run once more with it whole: only when it passes
then has it noticed the difference.
"""

import ast
import inspect
import sys
import textwrap
import time

from _pytest.runner import runtestprotocol


def run_plan(session, plan, record):
    """`plan`: {"seconds", "handlers": [{"key", "module", "name", "tests"}]}. Writes one line for each handler."""
    items = {item.nodeid: item for item in session.items}
    deadline = time.monotonic() + plan["seconds"]
    for handler in plan["handlers"]:
        function = find(handler["module"], handler["name"])
        tests = [items[id] for id in handler["tests"] if id in items]
        if function is None or not tests or is_empty(function):
            record.write("gutted", key=handler["key"], state="not tried", tried=0, by="")
            continue
        if time.monotonic() > deadline:
            record.write("gutted", key=handler["key"], state="no time", tried=0, by="")
            continue
        record.write("gutted", key=handler["key"], **noticed(function, tests, deadline))
    if session.items:
        session._setupstate.teardown_exact(None)


def is_empty(function):
    """Does it do nothing as it stands, like a health check that only answers?"""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0].body
    except (OSError, TypeError, SyntaxError, AttributeError, IndexError):
        return False
    return all(isinstance(one, ast.Pass) or is_constant(one) for one in body)


def is_constant(one):
    value = getattr(one, "value", None)
    return isinstance(one, (ast.Expr, ast.Return)) and (value is None or isinstance(value, ast.Constant))


def noticed(function, tests, deadline):
    return witnessed(function, gutted(function), tests, deadline)


def witnessed(function, damaged, tests, deadline):
    """Does one of the tests fail with the damaged code in place, and pass without it?"""
    whole, told = function.__code__, 0
    for tried, item in enumerate(tests, start=1):
        if time.monotonic() > deadline and tried > 1:
            return {"state": "no time", "tried": tried - 1, "by": ""}
        function.__code__ = damaged
        try:
            failed = fails(item)
        finally:
            function.__code__ = whole
        if failed and not fails(item):
            return {"state": "noticed", "tried": tried, "by": item.nodeid}
        told += not failed  # one that fails either way says nothing about the damage
    return {"state": "unnoticed" if told else "not tried", "tried": told, "by": ""}


def fails(item):
    """Run a test that may have run before. Its module's fixtures stay up, those of another module go."""
    item.session._setupstate.teardown_exact(item)
    return any(report.failed for report in runtestprotocol(item, nextitem=item.parent, log=False))


def gutted(function):
    """The code of a function that does nothing, with the same kind, parameters and free variables."""
    free = ", ".join(function.__code__.co_freevars)
    word = "async def" if inspect.iscoroutinefunction(function) else "def"
    source = (
        f"def outer({free}):\n    {word} {function.__name__}({parameters(function.__code__)}):\n        return None\n"
    )
    source += f"        ({free},)\n" if free else ""
    space = {}
    exec(source + f"    return {function.__name__}\n", space)  # noqa: S102 - our own few words
    return space["outer"](*[None] * len(function.__code__.co_freevars)).__code__


def parameters(code):
    """As in the `def` line; defaults and annotations stay with the function, which FastAPI may read later than now."""
    names = list(code.co_varnames)
    plain, named = names[: code.co_argcount], names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    rest = names[code.co_argcount + code.co_kwonlyargcount :]
    if code.co_posonlyargcount:
        plain.insert(code.co_posonlyargcount, "/")
    star = [f"*{rest.pop(0)}"] if code.co_flags & inspect.CO_VARARGS else ["*"] if named else []
    return ", ".join([*plain, *star, *named, *([f"**{rest[0]}"] if code.co_flags & inspect.CO_VARKEYWORDS else [])])


def find(module, name):
    found = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    found = getattr(found, "__func__", found)
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    plain = inspect.isfunction(found) and not inspect.isgeneratorfunction(found)
    return found if plain and not inspect.isasyncgenfunction(found) else None
