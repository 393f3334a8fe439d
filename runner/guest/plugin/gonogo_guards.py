"""Guest: takes one refusal after the other out of the code, in memory, and runs the tests that reach it.

A refusal is a `raise` under an `if`. First every test runs once while each refusal says that it was reached; then each
is left out, alone, for the tests that had reached it: does one of them fail? Nothing on disk changes.
"""

import ast
import os
import sys
import time
from pathlib import Path

from gonogo_gut import fails, find, witnessed

MOST_TESTS = 8  # for one refusal; the quickest first
REACHED = {}  # key -> tests, in the order that they came
RUNNING = [""]
NOT_TRIED = {"state": "not tried", "by": "", "reached": 0}


def reached(key):
    """Called from the instrumented code."""
    REACHED.setdefault(key, []).append(RUNNING[0])


def run_plan(session, plan, record):
    """`plan`: {"seconds", "guards": [{"key", "path", "module", "name", "line"}]}. Writes one line for each guard."""
    modules = by_file()
    found = {one["key"]: find(modules.get(one["path"], one["module"]), one["name"]) for one in plan["guards"]}
    usable = [one for one in plan["guards"] if found[one["key"]] is not None]
    seconds = reach(session, usable, found)
    deadline = time.monotonic() + plan["seconds"]
    for one in plan["guards"]:
        function = found[one["key"]]
        said = verdict(session, one, function, seconds, deadline) if function else NOT_TRIED
        record.write("guard", key=one["key"], **said)
    if session.items:
        session._setupstate.teardown_exact(None)


def verdict(session, guard, function, seconds, deadline):
    """What the tests that reach a refusal and pass say when it is gone."""
    came = set(REACHED.get(guard["key"], []))
    tests = sorted(came & set(seconds), key=seconds.get)[:MOST_TESTS]
    if not came:
        return {**NOT_TRIED, "state": "unreached"}
    without = changed(function, lambda line, node: left_out(node) if line == guard["line"] else node)
    if not tests or without is None:
        return NOT_TRIED  # only failing tests come to it, or source and code do not fit
    if time.monotonic() > deadline:
        return {**NOT_TRIED, "state": "no time"}
    items = {item.nodeid: item for item in session.items}
    said = witnessed(function, without, [items[id] for id in tests], deadline)
    return {"state": said["state"], "by": said["by"], "reached": len(tests)}


def by_file():
    """Path in the service's folder -> the name under which it was imported."""
    here, found = f"{Path(os.environ.get('GONOGO_TESTED', '.')).resolve()}/", {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and str(Path(file).resolve()).startswith(here):
            found.setdefault(str(Path(file).resolve()).removeprefix(here), name)
    return found


def reach(session, guards, found):
    """Every test once, with all refusals instrumented; the seconds of each test that passed."""
    whole = {}
    for function in {id(found[one["key"]]): found[one["key"]] for one in guards}.values():
        lines = {one["line"]: one["key"] for one in guards if found[one["key"]] is function}
        code = changed(function, lambda line, node, lines=lines: told(node, lines.get(line)))
        if code is not None:
            whole[function], function.__code__ = function.__code__, code
    seconds = {}
    try:
        for item in session.items:
            RUNNING[0] = item.nodeid
            began = time.monotonic()
            if not fails(item):
                seconds[item.nodeid] = time.monotonic() - began
    finally:
        RUNNING[0] = ""
        for function, code in whole.items():
            function.__code__ = code
    return seconds


def told(node, key):
    """The refusal, and before it a word to us."""
    if key is None:
        return node
    say = ast.parse(f"__import__('gonogo_guards').reached({key!r})").body[0]
    return [ast.copy_location(part, node) for part in (say, node)]


def left_out(node):
    """The refusal where it is never reached: its names stay known to the function."""
    return ast.copy_location(ast.If(test=ast.Constant(value=False), body=[node], orelse=[]), node)


class Refusals(ast.NodeTransformer):
    def __init__(self, change):
        self.change = change

    def visit_Raise(self, node):
        return self.change(node.lineno, node)


def changed(function, change):
    """The function's code with its refusals changed; None where source and code do not fit each other."""
    code = function.__code__
    try:
        tree = ast.parse(Path(code.co_filename).read_text(encoding="utf-8"))
        tree = ast.fix_missing_locations(Refusals(change).visit(tree))
        module = compile(tree, code.co_filename, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        return None
    same = [one for one in nested(module) if (one.co_name, one.co_firstlineno) == (code.co_name, code.co_firstlineno)]
    return same[0] if same and same[0].co_freevars == code.co_freevars else None


def nested(code):
    for one in code.co_consts:
        if hasattr(one, "co_consts"):
            yield one
            yield from nested(one)
