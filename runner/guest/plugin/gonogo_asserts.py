"""Guest: could a test fail by what it asserts? Reads its source, and that of the helpers and fixtures that it calls."""

import ast
import contextlib
import inspect
import re
import sys
import textwrap
import types
from unittest.mock import NonCallableMock

DEEPEST = 3
WORDS = re.compile(
    r"^_*(assert|expect|should|verif|check|ensure|must|raises|warns|fail|validate|compare)", re.IGNORECASE
)
SPECIAL = {"raise_for_status", "call_and_validate", "deprecated_call", "approve", "match_snapshot"}
# `assert mock.called_once()`: a mock has no such method, so it answers with another mock, which is always true.
MISSPELT = re.compile(r"(?:^|_)(?:was_)?(?:not_called|called_once|called_with|called_once_with|has_calls|any_call)$")
SILENT = {"print", "pprint", "log", "logger", "logging", "traceback", "str", "repr"}
METHODS = {"get", "post", "put", "patch", "delete", "request"}
SWALLOWING = {"Exception", "BaseException", "AssertionError"}


def asserts(item):
    """True or False; None where there is no source to read (a doctest, a generated test)."""
    function = getattr(item, "function", None)
    if function is None:
        return None
    fixtures = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    known = {name: found[-1].func for name, found in fixtures.items() if found}
    return in_function(function, known, getattr(item, "cls", None), 0)


def in_function(function, fixtures, owner, depth):
    function = inspect.unwrap(getattr(function, "__func__", function))
    if hasattr(function, "hypothesis"):
        function = function.hypothesis.inner_test
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    names = {**getattr(function, "__globals__", {}), **closure(function)}
    empty = {id(node) for body in tree.body for node in empty_claims(body)}
    nodes = (node for body in tree.body for node in reached(body) if id(node) not in empty)
    return any(asserting(node, names, fixtures, owner, depth) for node in nodes)


def empty_claims(body):
    """`assert answer is not None`, or `assert answer`, where it is what a client answered: there always is an answer.

    It always has a status, too, and says nothing where success and a failure of the server are both in order. The
    answers of `requests` alone say by their truth whether they are a success.
    """
    answers = {
        target.id
        for node in ast.walk(body)
        if isinstance(node, ast.Assign) and is_request(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(body):
        test = getattr(node, "test", None)
        if isinstance(node, ast.Assert) and takes_any_status(test):
            yield node
        elif isinstance(node, ast.Assert) and isinstance(test, ast.Name):
            if test.id in answers and "requests" not in sys.modules:
                yield node
        elif isinstance(node, ast.Assert) and isinstance(test, ast.Compare) and isinstance(test.left, ast.Name):
            against = test.comparators[0]
            nothing = isinstance(test.ops[0], ast.IsNot) and isinstance(against, ast.Constant) and against.value is None
            if nothing and test.left.id in answers:
                yield node


STATUSES = ("status_code", "status")


def takes_any_status(test):
    """`assert answer.status_code`, `… in (200, 404, 500)`, `… < 600`, `… >= 200`, `… == 200 or … == 500`."""
    if getattr(test, "attr", "") == "status_code":
        return True
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        parts = [taken(one) for one in test.values]
        return all(parts) and is_both(set().union(*parts))
    return is_both(taken(test))


def taken(test):
    """Of some statuses, those that a comparison of an answer's own lets pass; none where it is none."""
    one = isinstance(test, ast.Compare) and len(test.ops) == 1
    if not one or getattr(test.left, "attr", "") not in STATUSES:
        return set()
    try:
        against = ast.literal_eval(test.comparators[0])
    except ValueError:
        return set()
    compare = COMPARISONS.get(type(test.ops[0]))
    try:
        return {status for status in EVERY_KIND if compare and compare(status, against)}
    except TypeError:
        return set()


EVERY_KIND = (*range(200, 209), 301, 302, 307, 400, 401, 403, 404, 409, 422, 429, *range(500, 505))
COMPARISONS = {
    ast.Eq: lambda status, other: status == other,
    ast.NotEq: lambda status, other: status != other,
    ast.In: lambda status, other: status in other,
    ast.Lt: lambda status, other: status < other,
    ast.LtE: lambda status, other: status <= other,
    ast.Gt: lambda status, other: status > other,
    ast.GtE: lambda status, other: status >= other,
}


def is_both(statuses):
    """Success, and a failure of the server that nobody meant."""
    return {500} <= statuses and bool(statuses & {200, 201, 202, 204})


def is_request(value):
    """`client.post("/posts", …)`, also awaited: a method of HTTP and a path."""
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call) or getattr(call.func, "attr", "") not in METHODS or not call.args:
        return False
    first = call.args[0]
    start = first.values[0] if isinstance(first, ast.JoinedStr) and first.values else first
    return isinstance(start, ast.Constant) and str(start.value).startswith(("/", "http"))


def closure(function):
    cells = getattr(function, "__closure__", None) or ()
    found = {}
    for name, cell in zip(function.__code__.co_freevars, cells):  # noqa: B905 - no strict= in Python 3.9
        with contextlib.suppress(ValueError):  # not yet set
            found[name] = cell.cell_contents
    return found


ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
ENDING = {"skip", "xfail", "exit", "fail", "_exit"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def reached(function):
    """Every node that can be come to, and whose failing is not swallowed."""
    called = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return (node for one in living(getattr(function, "body", [])) for node in counted(one, called))


def living(body):
    """The statements of a block up to one after which nothing follows."""
    for one in body:
        yield one
        if isinstance(one, ENDS) or is_ending(one):
            return


def is_ending(one):
    """`pytest.skip("…")`, `sys.exit()` as a statement of its own."""
    call = one.value if isinstance(one, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    owner = getattr(getattr(call.func, "value", None), "id", "")
    return getattr(call.func, "attr", "") in ENDING and owner in ("pytest", "sys", "os")


def counted(node, called):
    """A node and those in it: not in a branch never taken, a function that nothing calls, a `try` that swallows."""
    yield node
    if isinstance(node, ast.Try) and any(swallows(handler) for handler in node.handlers):
        inner = [*node.handlers, *node.orelse, *node.finalbody]
    else:
        idle = isinstance(node, FUNCTIONS) and node.name not in called
        inner = [] if idle or is_suppressing(node) else children(node)
    for child in inner:
        yield from counted(child, called)


def children(node):
    """What is in a node, without the blocks that are never run."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list) and not never(node, name):
            parts = [one for one in value if isinstance(one, ast.AST)]
            yield from living(parts) if parts and isinstance(parts[0], ast.stmt) else parts


def never(node, block):
    """`if False:`, `while 0:`, `else` of `if True:`, `for one in []:`."""
    if isinstance(node, (ast.If, ast.While)) and isinstance(node.test, ast.Constant):
        return block == "body" if not node.test.value else block == "orelse"
    if isinstance(node, (ast.For, ast.AsyncFor)) and isinstance(node.iter, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
        return block == "body" and not (getattr(node.iter, "elts", None) or getattr(node.iter, "keys", None))
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING" and block == "body"


def is_suppressing(node):
    """`with contextlib.suppress(AssertionError):`."""
    calls = [one.context_expr for one in getattr(node, "items", ()) if isinstance(one.context_expr, ast.Call)]
    named = [call for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) == "suppress"]
    return any(getattr(one, "id", "") in SWALLOWING for call in named for one in call.args)


def swallows(handler):
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    caught = handler.type is None or any(getattr(kind, "id", "") in SWALLOWING for kind in kinds)
    return caught and not any(says(node) for one in handler.body for node in ast.walk(one))


def says(node):
    """Does it fail the test, or hand the problem on? Printing and logging don't."""
    if not isinstance(node, ast.Call):
        return isinstance(node, (ast.Raise, ast.Assert))
    root = node.func
    while isinstance(root, ast.Attribute):
        root = root.value
    return getattr(root, "id", "") not in SILENT


def asserting(node, names, fixtures, owner, depth):
    if isinstance(node, ast.Assert):
        told = always_told(node.test, names, fixtures, owner)
        return not told and not always_true(node.test) and not misspelt(node.test, names, fixtures)
    if isinstance(node, ast.If):
        return not speaks_of_nothing(node.test) and any(map(fails, (*node.body, *node.orelse)))
    if isinstance(node, ast.Raise):
        return depth > 0 or raises_failure(node)
    return isinstance(node, ast.Call) and calls_assertion(node.func, names, fixtures, owner, depth)


def always_true(test):
    """Can it not fail, whatever the service does?"""
    if isinstance(test, ast.NamedExpr):
        return always_true(test.value)
    if isinstance(test, ast.BoolOp):
        whole = any if isinstance(test.op, ast.Or) else all
        return whole(always_true(value) for value in test.values)
    if isinstance(test, ast.Constant):
        return bool(test.value)
    filled = getattr(test, "elts", None) or getattr(test, "keys", None)  # `assert (a, "text")`
    if filled or isinstance(test, (ast.Lambda, ast.JoinedStr)) or speaks_of_nothing(test):
        return True
    return isinstance(test, ast.Compare) and (with_itself(test) or no_less_than_none(test))


def always_told(test, names, fixtures, owner):
    """`assert refused(answer)`, whose helper asserts nothing and returns `(answer.status == 403, "text")`."""
    helper = resolve(test.func, names, fixtures, owner) if isinstance(test, ast.Call) else None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(helper))) if helper else None
    except (OSError, TypeError, SyntaxError):
        return False
    nodes = list(ast.walk(tree)) if tree else []
    given = [node.value for node in nodes if isinstance(node, ast.Return)]
    decides = any(isinstance(node, (ast.Assert, ast.Raise)) for node in nodes)
    return bool(given) and not decides and all(one is not None and always_true(one) for one in given)


def speaks_of_nothing(test):
    """`1 + 1 == 2`, `not False`: nothing of the service is in it."""
    return not any(isinstance(node, (ast.Name, ast.Call, ast.Attribute)) for node in ast.walk(test))


def with_itself(test):
    """`answer == answer`, `one is one`, `n <= n`."""
    same = len({ast.dump(side) for side in [test.left, *test.comparators]}) == 1
    return same and all(isinstance(op, (ast.Eq, ast.Is, ast.LtE, ast.GtE)) for op in test.ops)


def no_less_than_none(test):
    """`len(found) >= 0`, `len(found) > -1`."""
    if not (isinstance(test.left, ast.Call) and getattr(test.left.func, "id", "") == "len" and len(test.ops) == 1):
        return False
    bound = ast.unparse(test.comparators[0])
    return (isinstance(test.ops[0], ast.GtE) and bound == "0") or (isinstance(test.ops[0], ast.Gt) and bound == "-1")


def misspelt(test, names, fixtures):
    function = test.func if isinstance(test, ast.Call) else test
    if not isinstance(function, ast.Attribute) or not MISSPELT.search(function.attr):
        return False
    root = function.value
    while isinstance(root, (ast.Attribute, ast.Call)):
        root = root.value if isinstance(root, ast.Attribute) else root.func
    return isinstance(root, ast.Name) and is_mock(root.id, names, fixtures)


def is_mock(name, names, fixtures):
    """By a global of the module, or by what a fixture of that name hands out."""
    if name not in fixtures:
        return isinstance(names.get(name), NonCallableMock)
    fixture = inspect.unwrap(fixtures[name])
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(fixture)))
    except (OSError, TypeError, SyntaxError):
        return False
    given = [node.value for node in ast.walk(tree) if isinstance(node, (ast.Return, ast.Yield))]
    known = getattr(fixture, "__globals__", {})
    return any(
        isinstance(known.get(getattr(one, "id", "")), NonCallableMock)
        or (isinstance(one, ast.Call) and getattr(one.func, "id", getattr(one.func, "attr", "")).endswith("Mock"))
        for one in given
    )


def fails(statement):
    """`raise Exception("out of date")` below an `if`; not what skips the test."""
    made = statement.exc if isinstance(statement, ast.Raise) else None
    return made is not None and "skip" not in ast.unparse(getattr(made, "func", made)).lower()


def raises_failure(node):
    name = getattr(getattr(node.exc, "func", node.exc), "id", "")
    return name in {"AssertionError"}


def calls_assertion(function, names, fixtures, owner, depth):
    name = getattr(function, "attr", getattr(function, "id", ""))
    telling = bool(WORDS.match(name)) or name in SPECIAL
    if depth >= DEEPEST:
        return telling
    helper = resolve(function, names, fixtures, owner)
    if helper is None:
        return telling  # of a package, or of an object that is not known: its name is all there is
    found = in_function(helper, fixtures, owner, depth + 1)
    return telling if found is None else found


def resolve(function, names, fixtures, owner):
    """The helper that a call names: a function of the module, of a module, of the class, or a fixture's source."""
    found = None
    if isinstance(function, ast.Name):
        found = names.get(function.id, fixtures.get(function.id))
    elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        holder = names.get(function.value.id)
        if function.value.id in ("self", "cls"):
            holder = owner
        if isinstance(holder, (types.ModuleType, type)) or function.value.id in ("self", "cls"):
            found = getattr(holder, function.attr, None)
    found = getattr(found, "__func__", found)
    return found if inspect.isfunction(found) and own(found) else None


def own(function):
    return "site-packages" not in function.__code__.co_filename
