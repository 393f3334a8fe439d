"""Is a statement put together from values? Read where it is executed, with what its names were given before."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

SQL_WORDS = re.compile(r"\b(?:select|insert|update|delete|where|from|order by|limit|join|like|values|table)\b|=", re.I)
SQL_CALLS = frozenset(("text", "execute", "exec_driver_sql", "executemany", "fetch", "fetchrow", "fetchval"))
FILLS = frozenset(("format", "format_map", "replace", "join", "substitute", "safe_substitute"))
TEXT_METHODS = frozenset(("strip", "lower", "upper", "removesuffix", "removeprefix"))
NUMBERS = frozenset(("int", "float", "len"))
FOLLOWED = 6  # names, one given by another
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


def built_statements(tree: ast.Module, helpers: frozenset[str] = frozenset()) -> Iterator[ast.Call]:
    """Calls that execute text with a value in it: directly, by a name (`query += f"… {value}"`, `text(query)`), or by
    a function that puts it together. `helpers` are such functions of other modules, by their names here.
    """
    constants = Names(tree)
    known = helpers | building(tree)
    texts = _sql_texts(tree)
    for scope in scopes(tree):
        names = Names(scope, above=constants)
        for node in own(scope):
            if not (isinstance(node, ast.Call) and node.args and name_of(node.func) in SQL_CALLS):
                continue
            meant = names.meant(node.args[0])
            handed = name_of(node.func) in texts and any(map(names.holds_parameter, meant))
            if handed or any(names.is_built(one) or names.is_built_by(one, known) for one in meant):
                yield node


def building(tree: ast.Module) -> frozenset[str]:
    """The functions that return SQL put together from what they are given."""
    constants = Names(tree)
    found = set[str]()
    for scope in scopes(tree):
        if isinstance(scope, ast.Module):
            continue
        names = Names(scope, above=constants)
        returned = [one.value for one in own(scope) if isinstance(one, ast.Return) and one.value is not None]
        built = [one for value in returned for one in names.meant(value) if names.is_built(one)]
        if set().union(*map(names.reached, built)) & names.parameters - {"self", "cls"}:
            found.add(scope.name)
    return frozenset(found)


def _sql_texts(tree: ast.Module) -> frozenset[str]:
    """The names in this module whose calls make SQL of any text, whatever it says: SQLAlchemy's `text`."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    from_there = [node for node in imports if (node.module or "").partition(".")[0] in {"sqlalchemy", "sqlmodel"}]
    return frozenset(one.asname or one.name for node in from_there for one in node.names) & {"text"}


def plain_lines(tree: ast.Module) -> frozenset[int]:
    """The lines (1-based) where texts are put together of what stands in the code alone, and numbers.

    What else is put together there and says no SQL, as the names of parameters (`f"id{n}"`), changes nothing.
    """
    constants = Names(tree)
    plain, other = set[int](), set[int]()
    for scope in scopes(tree):
        names = Names(scope, above=constants)
        for node in own(scope):
            if isinstance(node, ast.JoinedStr | ast.BinOp) or (isinstance(node, ast.expr) and _formats(node)):
                if names.is_plain(node):
                    plain.add(node.lineno)
                elif SQL_WORDS.search(_texts(node)):
                    other.add(node.lineno)
    return frozenset(plain - other)


def scopes(tree: ast.Module) -> Iterator[Scope]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def own(scope: Scope) -> Iterator[ast.AST]:
    """What stands in a scope, without the functions inside of it."""
    waiting: list[ast.AST] = list(scope.body)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            waiting += ast.iter_child_nodes(node)
        elif isinstance(scope, ast.Module):
            waiting += node.decorator_list


@dataclass(frozen=True)
class Names:
    """What the names of one scope were given, and those of the module above it."""

    scope: Scope
    above: "Names | None" = None
    numbers: frozenset[str] = frozenset()  # names that a comprehension counts with
    hidden: frozenset[str] = frozenset()  # other names of a comprehension: what they hold comes from elsewhere

    @cached_property
    def given(self) -> dict[str, list[ast.expr]]:
        found: dict[str, list[ast.expr]] = {}
        for node in own(self.scope):
            for name, value in _bindings(node):
                found.setdefault(name, []).append(value)
        return found

    @cached_property
    def parameters(self) -> set[str]:
        if isinstance(self.scope, ast.Module):
            return set()
        words = self.scope.args
        every = chain(words.posonlyargs, words.args, words.kwonlyargs)
        return {one.arg for one in every if not _is_bounded(one.annotation)}

    @cached_property
    def bounded(self) -> set[str]:
        """Its parameters that are one of a few texts."""
        words = ast.arguments([], [], None, [], [], None, []) if isinstance(self.scope, ast.Module) else self.scope.args
        every = chain(words.posonlyargs, words.args, words.kwonlyargs)
        return {one.arg for one in every if _is_bounded(one.annotation)}

    def values(self, name: str) -> list[ast.expr]:
        """Everything a name was ever given here, else in the module; none for what comes from elsewhere."""
        if name in self.parameters | self.hidden:
            return []
        return self.given.get(name) or (self.above.values(name) if self.above else [])

    def meant(self, value: ast.expr) -> list[ast.expr]:
        """What may be executed: the value itself, or what its name was given in this function."""
        return self.given.get(value.id, []) if isinstance(value, ast.Name) else [value]

    def is_built(self, value: ast.expr) -> bool:
        """An f-string with a value in it, `"…" + x`, `"…" % x`, or what a method of the text makes of it."""
        if not (isinstance(value, ast.JoinedStr | ast.BinOp) or _is_filled(value)):
            return False
        said = " ".join(_texts(one) for one in (value, *self._behind(value)))
        return bool(SQL_WORDS.search(said)) and not self.is_plain(value)

    def reached(self, value: ast.expr) -> set[str]:
        """The names in a value, and those in what its names were given here: `clean = name.strip()` leads to `name`."""
        return {one.id for part in (value, *self._behind(value)) for one in ast.walk(part) if isinstance(one, ast.Name)}

    def _behind(self, value: ast.expr) -> list[ast.expr]:
        """Everything that the names in a value were given here, and the names in that."""
        found: list[ast.expr] = []
        waiting, known = [value], set[str]()
        while waiting:
            names = {one.id for one in ast.walk(waiting.pop()) if isinstance(one, ast.Name)} - known
            known |= names
            given = [one for name in sorted(names) for one in self.given.get(name) or self.values(name)]
            found += given
            waiting += given
        return found

    def is_built_by(self, value: ast.expr, helpers: frozenset[str]) -> bool:
        """A call of a function that puts SQL together, with something that a client may have sent."""
        if not isinstance(value, ast.Call) or name_of(value.func) not in helpers:
            return False
        given = (*value.args, *(word.value for word in value.keywords))
        return not all(map(self.is_plain, given))

    def holds_parameter(self, value: ast.expr) -> bool:
        """A text with a parameter of this function in it, or a field of one: `f"{sort} desc"`."""
        made = isinstance(value, ast.JoinedStr | ast.BinOp) or _formats(value)
        names = {one.id for one in ast.walk(value) if isinstance(one, ast.Name)} & self.parameters
        return made and bool(names - {"self", "cls"}) and not self.is_plain(value)

    def is_plain(self, value: ast.expr, following: frozenset[str] = frozenset()) -> bool:
        """Is it made of texts in the code and numbers alone, whatever a client sends?

        `following` are the names on the way here: one that is given itself and more, `query = query + "…"`, is as plain
        as the rest of what it is given.
        """
        if isinstance(value, ast.Constant):
            return True
        if isinstance(value, ast.Name):
            return self._is_plain_name(value.id, following)
        if isinstance(value, ast.Attribute):
            return _is_fixed(value)
        if isinstance(value, ast.Call):
            return self._is_plain_call(value, following)
        if isinstance(value, ast.GeneratorExp | ast.ListComp):
            return self._counted_in(value).is_plain(value.elt, following)
        parts = _parts(value)
        return parts is not None and all(self.is_plain(part, following) for part in parts)

    def _is_plain_name(self, name: str, following: frozenset[str]) -> bool:
        if (
            name in self.numbers
            or (name in self.bounded and name not in self.given)
            or (name in following and name not in self.hidden)
        ):
            return True
        given = self.values(name) if len(following) < FOLLOWED else []
        return bool(given) and all(self.is_plain(one, following | {name}) for one in given)

    def _counted_in(self, made: ast.GeneratorExp | ast.ListComp) -> "Names":
        """The names inside of it: the numbers that it counts through are plain, whatever else goes by their name."""
        hidden = {one.id for loop in made.generators for one in ast.walk(loop.target) if isinstance(one, ast.Name)}
        counted = {name for loop in made.generators for name in _counters(loop)}
        return replace(self, numbers=self.numbers - hidden | counted, hidden=self.hidden | hidden)

    def _is_plain_call(self, call: ast.Call, following: frozenset[str]) -> bool:
        name = name_of(call.func)
        if isinstance(call.func, ast.Name):
            return name in NUMBERS
        if not isinstance(call.func, ast.Attribute):
            return False
        if name == "get":  # from a fixed list, with a fixed answer for what is not in it
            return all(self.is_plain(one, following) for one in (call.func.value, *call.args[1:]))
        keywords = (word.value for word in call.keywords)
        return name in FILLS | TEXT_METHODS and all(
            self.is_plain(one, following) for one in (call.func.value, *call.args, *keywords)
        )


def _is_bounded(annotation: ast.expr | None) -> bool:
    """`Literal["asc", "desc"]`: checked before a handler gets it."""
    return isinstance(annotation, ast.Subscript) and name_of(annotation.value) == "Literal"


def _is_fixed(value: ast.Attribute) -> bool:
    """`self.TABLE`, and the table of a model: `User.__tablename__`."""
    owner = value.value
    constant = isinstance(owner, ast.Name) and owner.id in {"self", "cls"} and value.attr.isupper()
    return constant or value.attr == "__tablename__"


def _counters(loop: ast.comprehension) -> Iterator[str]:
    """The index in `for i in range(n)` and in `for i, one in enumerate(found)`."""
    called = name_of(loop.iter.func) if isinstance(loop.iter, ast.Call) else ""
    target = loop.target
    if called == "enumerate" and isinstance(target, ast.Tuple):
        target = target.elts[0]
    elif called != "range":
        return
    if isinstance(target, ast.Name):
        yield target.id


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Name and value of an assignment, of `+=`, and of what is appended to a list."""
    if isinstance(node, ast.Assign):
        yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value
    elif isinstance(node, ast.Call) and name_of(node.func) in {"append", "extend"} and node.args:
        changed = getattr(node.func, "value", None)
        if isinstance(changed, ast.Name):
            yield changed.id, node.args[0]


def _parts(value: ast.expr) -> list[ast.expr] | None:
    """What an expression is put together from; None for what can't be told."""
    parts: list[ast.expr] | None = None
    match value:
        case ast.BinOp(left=left, right=right):
            parts = [left, right]
        case ast.JoinedStr(values=found) | ast.Dict(values=found):
            parts = found
        case ast.FormattedValue(value=inner) | ast.Starred(value=inner) | ast.Subscript(value=inner):  # of a fixed list
            parts = [inner]
        case ast.List(elts=found) | ast.Tuple(elts=found) | ast.Set(elts=found):
            parts = found
        case ast.IfExp(body=body, orelse=orelse):
            parts = [body, orelse]
    return parts


def _formats(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and name_of(value.func) == "format"


def _is_filled(value: ast.expr) -> bool:
    """A call of a method that puts values into a text: `QUERY.replace("{name}", name)`, `Template(…).substitute(…)`."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in FILLS


def _texts(value: ast.AST) -> str:
    found = (node.value for node in ast.walk(value) if isinstance(node, ast.Constant))
    return " ".join(text for text in found if isinstance(text, str))


def name_of(function: ast.expr) -> str:
    return str(getattr(function, "attr", getattr(function, "id", "")))
