"""Which jobs start before what they are about is committed? The order is followed through branches and calls; pure.

A worker that is quicker than the commit finds no row, and a request that is rolled back has done its job all the same.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from runner.evidence.code.code_names import Code, Function, Module, called_in
from runner.evidence.code.job_starts import Start, Way, function_of, functions_of, own_nodes
from runner.evidence.code.request_things import Things, What

EARLY = frozenset({Way.TASK, Way.WORKER, Way.THREAD})  # a background task runs behind its request anyway
WRITES = frozenset({"add", "add_all", "merge", "delete", "flush", "bulk_save_objects", "bulk_insert_mappings"})
STATEMENTS = frozenset({"insert", "update", "delete"})
DEEP = 8  # functions that call each other
ALIASES = 2  # behind each other


@dataclass(frozen=True, slots=True)
class _State:
    written: bool = False  # and not committed
    open: frozenset[Start] = frozenset()  # started behind a write that is not committed

    def __or__(self, other: "_State") -> "_State":
        return _State(self.written or other.written, self.open | other.open)


@dataclass(slots=True)
class _Frame:
    """One function while it is walked."""

    module: Module
    function: Function
    exits: list[_State] = field(default_factory=list)


def early_jobs(code: Code, things: Things, starts: Sequence[Start]) -> dict[Start, str]:
    """Each job that starts between a write and its commit, with the place of that commit: "app/orders.py:30"."""
    order = _Order(code, things, {id(one.call): one for one in starts if one.way in EARLY})
    for module, function in _leading_to(code, order.starts.values()):
        left = order.run(module, function, _State())
        if left.open and (where := _commits_behind(code, module, function)):
            order.commit(left, where)
    return order.found


def _leading_to(code: Code, starts: Iterable[Start]) -> list[tuple[Module, Function]]:
    """The functions in which a job may start, by themselves or through one that they call by its name."""
    wanted = {one.inside.name for one in starts if one.inside}
    calls: list[tuple[Module, Function, set[str]]] = []
    if wanted:
        calls = [(module, one, called_in(one)) for module in code.modules for one in functions_of(module)]
    for _ in range(DEEP):
        more = {function.name for _, function, called in calls if called & wanted}
        if more <= wanted:
            break
        wanted |= more
    return [(module, function) for module, function, _ in calls if function.name in wanted]


@dataclass(slots=True)
class _Order:
    """Walks a function in the order in which it runs, and those that it calls."""

    code: Code
    things: Things
    starts: Mapping[int, Start]  # by the id of their call
    found: dict[Start, str] = field(default_factory=dict)
    stack: list[int] = field(default_factory=list)

    def run(self, module: Module, function: Function, state: _State) -> _State:
        """The state behind a function, whichever way it is left."""
        if id(function) in self.stack or len(self.stack) >= DEEP:
            return state
        self.stack.append(id(function))
        frame = _Frame(module, function)
        end = self._block(frame, function.body, state)
        self.stack.pop()
        return reduce(or_, [*frame.exits, *([end] if end else [])], _State())

    def commit(self, state: _State, where: str) -> _State:
        for start in state.open:
            self.found.setdefault(start, where)
        return _State()

    def _block(self, frame: _Frame, body: Sequence[ast.stmt], state: _State | None) -> _State | None:
        """The state behind these statements; None where they leave the function."""
        for statement in body:
            if state is None:
                return None
            state = self._statement(frame, statement, state)
        return state

    def _statement(self, frame: _Frame, one: ast.stmt, state: _State) -> _State | None:
        if isinstance(one, ast.Return | ast.Raise):
            if isinstance(one, ast.Return):
                frame.exits.append(self._calls(frame, own_nodes([one]), state))
            return None
        if isinstance(one, ast.With | ast.AsyncWith):
            return self._with(frame, one, state)
        if isinstance(one, ast.Try | ast.TryStar):
            done = self._block(frame, [*one.body, *one.orelse], state)
            caught = (self._block(frame, handler.body, _State(state.written)) for handler in one.handlers)
            return self._block(frame, one.finalbody, _either((done, *caught)))
        branches = _branches(one)
        state = self._calls(frame, own_nodes([one] if branches is None else _heads(one)), state)
        return state if branches is None else _either(self._block(frame, branch, state) for branch in branches)

    def _with(self, frame: _Frame, one: ast.With | ast.AsyncWith, state: _State) -> _State | None:
        """One that begins a transaction commits at its end."""
        state = self._calls(frame, (node for item in one.items for node in ast.walk(item)), state)
        after = self._block(frame, one.body, state)
        if after and any(self._commits_at_end(frame, item.context_expr) for item in one.items):
            return self.commit(after, f"{frame.module.path}:{one.lineno}")
        return after

    def _commits_at_end(self, frame: _Frame, value: ast.expr) -> bool:
        if not isinstance(value, ast.Call):
            return False
        if isinstance(value.func, ast.Attribute) and value.func.attr == "begin":
            return True
        own = function_of(self.code, frame.module, frame.function, value.func)
        return bool(own and _commit_behind_yield(own[1]))

    def _calls(self, frame: _Frame, nodes: Iterator[ast.AST], state: _State) -> _State:
        """The inner calls run first: `send.delay(save(session))`."""
        writes = []
        for node in nodes:
            if isinstance(node, ast.Call):
                writes.append(node)
            elif (
                isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and self._is_row(frame, node.value)
            ):
                state = _State(written=True, open=state.open)
        for call in sorted(writes, key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0)):
            state = self._call(frame, call, state)
        return state

    def _call(self, frame: _Frame, call: ast.Call, state: _State) -> _State:
        if start := self.starts.get(id(call)):
            return _State(state.written, state.open | {start}) if state.written else state
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if method == "commit":
            return self.commit(state, f"{frame.module.path}:{call.lineno}")
        if method == "rollback":
            return _State()
        if isinstance(call.func, ast.Attribute) and self.things.is_session(
            frame.module, frame.function, call.func.value
        ):
            return _State(state.written or method in WRITES or _is_change(frame.module, call), state.open)
        own = function_of(self.code, frame.module, frame.function, call.func)
        return self.run(*own, state) if own else state

    def _is_row(self, frame: _Frame, node: ast.expr) -> bool:
        known = self.things.names(frame.module, frame.function)
        return isinstance(node, ast.Name) and known.get(node.id) is What.ROW


def _branches(one: ast.stmt) -> list[list[ast.stmt]] | None:
    """The ways of which one is taken; a loop runs once, or not at all."""
    if isinstance(one, ast.If):
        return [one.body, one.orelse]
    if isinstance(one, ast.Match):
        return [*(case.body for case in one.cases), []]
    if isinstance(one, ast.For | ast.AsyncFor | ast.While):
        return [[*one.body, *one.orelse], one.orelse]
    return None


def _heads(one: ast.stmt) -> Iterator[ast.expr]:
    """What is asked before a way is taken."""
    heads = (getattr(one, name, None) for name in ("test", "iter", "subject"))
    return (head for head in heads if isinstance(head, ast.expr))


def _either(states: Iterator[_State | None] | Sequence[_State | None]) -> _State | None:
    left = [one for one in states if one is not None]
    return reduce(or_, left) if left else None


def _is_change(module: Module, call: ast.Call) -> bool:
    """`session.execute(update(…))`."""
    return any(
        isinstance(one, ast.Call) and module.full_name(one.func).rpartition(".")[2] in STATEMENTS
        for argument in call.args
        for one in ast.walk(argument)
    )


def _commits_behind(code: Code, module: Module, function: Function) -> str:
    """The place of the commit that comes when the request is over: behind the `yield` of a dependency."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    defaults = [one for one in (*function.args.defaults, *function.args.kw_defaults) if one is not None]
    given = [*defaults, *(argument.annotation for argument in arguments if argument.annotation is not None)]
    for where, dependency in (found for one in given for found in _dependencies(code, module, one)):
        if line := _commit_behind_yield(dependency):
            return f"{where.path}:{line}"
    return ""


def _dependencies(code: Code, module: Module, node: ast.expr, deep: int = 0) -> Iterator[tuple[Module, Function]]:
    """The functions that `Depends(…)` names in a default, an annotation, or an alias of one."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and module.full_name(one.func).endswith("Depends") and one.args:
            found = function_of(code, module, None, one.args[0])
            yield from [found] if found else []
        elif isinstance(one, ast.Name) and deep < ALIASES:
            home, _, name = module.full_name(one).rpartition(".")
            where = code.module(home) if home else module
            for line in where.tree.body if where else []:
                named = {target.id for target in getattr(line, "targets", []) if isinstance(target, ast.Name)}
                if isinstance(line, ast.Assign) and name in named and where:
                    yield from _dependencies(code, where, line.value, deep + 1)


def _commit_behind_yield(function: Function) -> int:
    """The line of it: `yield session`, then `session.commit()`, or the end of `with session.begin(): yield session`."""
    nodes = list(own_nodes(function.body))
    yields = [node.lineno for node in nodes if isinstance(node, ast.Yield)]
    for node in nodes:
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "commit" and yields and called.lineno > yields[0]:
            return called.lineno
        if isinstance(node, ast.With | ast.AsyncWith) and any(isinstance(one, ast.Yield) for one in ast.walk(node)):
            begun = (item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call))
            if any(isinstance(one.func, ast.Attribute) and one.func.attr == "begin" for one in begun):
                return node.lineno
    return 0
