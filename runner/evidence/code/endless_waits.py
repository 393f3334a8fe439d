"""Which calls wait for another machine without an end? By the names that were imported, through helpers; pure."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from runner.evidence.code.code_names import Function, Module
from runner.evidence.code.unsafe_constructs import Construct

RULE = "S113"
LATE = 99  # `timeout` is taken by its name alone
# Calls that wait for ever where nothing else is said, and where `timeout` stands among their arguments.
WAITS: Mapping[str, int] = {
    "smtplib.SMTP": 3,
    "smtplib.SMTP_SSL": 3,
    "smtplib.LMTP": LATE,
    "urllib.request.urlopen": 2,
    "ftplib.FTP": 4,
    "ftplib.FTP_TLS": LATE,
    "imaplib.IMAP4": 2,
    "imaplib.IMAP4_SSL": LATE,
    "poplib.POP3": 2,
    "poplib.POP3_SSL": LATE,
    "http.client.HTTPConnection": 2,
    "http.client.HTTPSConnection": LATE,
    "socket.create_connection": 1,
}
METHODS = frozenset(("get", "post", "put", "patch", "delete", "head", "options", "request"))
# What makes a thing whose methods wait for ever: the methods, and where `timeout` stands among their arguments.
MAKERS: Mapping[str, tuple[frozenset[str], int]] = {
    "requests.Session": (METHODS, LATE),
    "requests.session": (METHODS, LATE),
    "requests.sessions.Session": (METHODS, LATE),
    "urllib.request.build_opener": (frozenset(("open",)), 2),
    "urllib3.PoolManager": (frozenset(("request", "urlopen")), LATE),
}
# Who calls what it is handed first (or second), with what follows.
CALLERS = frozenset(("partial", "run_in_threadpool", "to_thread", "submit", "run_sync", "run_in_executor"))
FOR_ALL = "setdefaulttimeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """A function that hands on the time limit it is given, and waits for ever where it is given none."""

    name: str
    position: int  # of `timeout` among its arguments
    keyword: str = "timeout"


def limits_all(module: Module) -> bool:
    """Does it set a limit for every socket: `socket.setdefaulttimeout(5)`?"""
    return FOR_ALL in module.called


def helpers_of(module: Module) -> frozenset[Helper]:
    """Its functions that wait as long as their caller says, and for ever where the caller says nothing."""
    reader = _Reader(module, frozenset())
    return frozenset(found for function in module.functions.values() for found in reader.handing(function))


def endless_waits(module: Module, helpers: frozenset[Helper] = frozenset()) -> Iterator[Construct]:
    """Each call that may never end. `helpers` are those of all modules."""
    reader = _Reader(module, helpers)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and reader.is_endless(node):
            yield Construct(rule=RULE, line=node.lineno, end=node.end_lineno or node.lineno)


class _Reader:
    """Reads one module."""

    def __init__(self, module: Module, helpers: frozenset[Helper]) -> None:
        self._module = module
        self._helpers = {one.name: one for one in helpers}

    def is_endless(self, call: ast.Call) -> bool:
        position, keyword, arguments = self._wait(call)
        if position is None or id(call) in self._handed or self._limited_later(call):
            return False
        given = _given(call, arguments, position, keyword)
        return given is None or (isinstance(given, ast.Constant) and given.value is None)

    def handing(self, function: Function) -> Iterator[Helper]:
        """The parameter that it hands on as a time limit: None by default, or among `**words`."""
        words = function.args
        names = [one.arg for one in (*words.posonlyargs, *words.args)]
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            position, keyword, arguments = self._wait(call)
            if position is None:
                continue
            given = _given(call, arguments, position, keyword)
            if isinstance(given, ast.Name) and given.id in _absent(function):
                place = names.index(given.id) if given.id in names else LATE
                yield Helper(name=function.name, position=place, keyword=given.id)
            elif words.kwarg and _unpacks(call, words.kwarg.arg):
                yield Helper(name=function.name, position=LATE)

    def _wait(self, call: ast.Call) -> tuple[int | None, str, list[ast.expr]]:
        """Where its time limit stands, its name, and the arguments among which it does; None for other calls."""
        called, arguments = call.func, call.args
        if self._last(called) in CALLERS:
            found = next(((n, one) for n, one in enumerate(arguments[:2]) if self._known(one)), None)
            if found is None:
                return None, "", []
            called, arguments = found[1], arguments[found[0] + 1 :]
        position, keyword = self._known(called) or (None, "")
        return position, keyword, arguments

    def _known(self, called: ast.expr) -> tuple[int, str] | None:
        name = self._name(called)
        if name in WAITS:
            return WAITS[name], "timeout"
        if isinstance(called, ast.Call) and self._name(called.func) == "getattr" and called.args:
            return (LATE, "timeout") if self._name(called.args[0]) == "requests" else None
        if isinstance(called, ast.Attribute) and (maker := self._made(called.value)):
            methods, position = MAKERS[maker]
            return (position, "timeout") if called.attr in methods else None
        helper = self._helpers.get(name.rpartition(".")[2])
        if helper and (helper.name in self._module.functions or self._is_imported(called)):
            return helper.position, helper.keyword
        return (LATE, "timeout") if name.startswith("requests.") and name[9:] in METHODS else None

    def _name(self, node: ast.expr) -> str:
        """The full name, also of one that was given another: `fetch = requests.get`."""
        if isinstance(node, ast.Name) and node.id in self._aliases:
            return self._aliases[node.id]
        name = self._module.full_name(node)
        return name if self._is_imported(node) or name == "getattr" or name in self._module.functions else ""

    def _last(self, node: ast.expr) -> str:
        return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")

    def _is_imported(self, node: ast.expr) -> bool:
        root = next((one.id for one in ast.walk(node) if isinstance(one, ast.Name)), "")
        return root in self._module.imports

    def _made(self, owner: ast.expr) -> str:
        """The maker of what a method is called of: `Session().get`, or a name or field that was given one."""
        if isinstance(owner, ast.Call):
            return self._maker(owner)
        return self._things.get(self._last(owner), "") if isinstance(owner, ast.Name | ast.Attribute) else ""

    def _maker(self, value: ast.expr) -> str:
        if not isinstance(value, ast.Call) or any(word.arg == "timeout" for word in value.keywords):
            return ""
        name = self._module.full_name(value.func)
        return name if name in MAKERS else ""

    @cached_property
    def _bindings(self) -> list[tuple[ast.expr, ast.expr]]:
        """What is given a value, and the value."""
        found: list[tuple[ast.expr, ast.expr]] = []
        for node in ast.walk(self._module.tree):
            if isinstance(node, ast.Assign):
                found += [(target, node.value) for target in node.targets]
            elif isinstance(node, ast.AnnAssign) and node.value:
                found.append((node.target, node.value))
            elif isinstance(node, ast.withitem) and node.optional_vars:
                found.append((node.optional_vars, node.context_expr))
        return found

    @cached_property
    def _aliases(self) -> dict[str, str]:
        named = {t.id: self._module.full_name(v) for t, v in self._bindings if isinstance(t, ast.Name)}
        return {name: full for name, full in named.items() if full in WAITS or full.startswith("requests.")}

    @cached_property
    def _things(self) -> dict[str, str]:
        """Names and fields that hold something whose methods wait; none where an adapter may set the limit."""
        if "mount" in self._module.called:
            return {}
        made = ((self._last(target), self._maker(value)) for target, value in self._bindings)
        return {name: maker for name, maker in made if name and maker}

    def _limited_later(self, call: ast.Call) -> bool:
        """`mailbox = partial(SMTP, host)`, and a limit where it is called: `mailbox(timeout=5)`."""
        if self._last(call.func) != "partial":
            return False
        names = {self._last(target) for target, value in self._bindings if value is call}
        calls = (node for node in ast.walk(self._module.tree) if isinstance(node, ast.Call))
        used = [one for one in calls if self._last(one.func) in names]
        return bool(used) and all(any(word.arg == "timeout" for word in one.keywords) for one in used)

    @cached_property
    def _handed(self) -> frozenset[int]:
        """The calls in helpers that wait as long as they are told: who calls those is judged."""
        found = set[int]()
        for function in self._module.functions.values():
            limits = _absent(function)
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                position, keyword, arguments = self._wait(call)
                given = _given(call, arguments, position, keyword) if position is not None else None
                words = function.args.kwarg
                if (isinstance(given, ast.Name) and given.id in limits) or (words and _unpacks(call, words.arg)):
                    found.add(id(call))
        return frozenset(found)


def _given(call: ast.Call, arguments: list[ast.expr], position: int, keyword: str) -> ast.expr | None:
    """The time limit that a call gives; something that is no None where it can't be told."""
    named = next((word.value for word in call.keywords if word.arg == keyword), None)
    if named is not None:
        return named
    unpacked = [word.value for word in call.keywords if word.arg is None]
    unpacked += [one for one in arguments if isinstance(one, ast.Starred)]
    if position < len(arguments):
        return arguments[position]
    return unpacked[0] if unpacked else None


def _absent(function: Function) -> frozenset[str]:
    """Its parameters that are None where a caller gives nothing."""
    words = function.args
    names = [one.arg for one in (*words.posonlyargs, *words.args)]
    late = list(zip(reversed(names), reversed(words.defaults), strict=False))
    late += [(one.arg, value) for one, value in zip(words.kwonlyargs, words.kw_defaults, strict=True) if value]
    return frozenset(name for name, value in late if isinstance(value, ast.Constant) and value.value is None)


def _unpacks(call: ast.Call, name: str) -> bool:
    """`**words` of the function that it stands in."""
    return any(
        word.arg is None and isinstance(word.value, ast.Name) and word.value.id == name for word in call.keywords
    )
