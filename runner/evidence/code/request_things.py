"""Which names of a function stand for what ends with its request: a session, a row of it, an uploaded file? Pure."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property

from runner.evidence.code.code_names import Code, Function, Module
from runner.evidence.code.job_starts import function_of, own_nodes
from runner.reading.syntax import parsed

SESSIONS = frozenset(
    {"Session", "AsyncSession", "scoped_session", "async_scoped_session", "AsyncConnection", "Connection"}
)
OF = frozenset({"sqlalchemy", "sqlmodel", "asyncpg", "psycopg"})
MAKERS = {"sessionmaker", "async_sessionmaker", "scoped_session", "async_scoped_session"}
BASES = frozenset({"DeclarativeBase", "DeclarativeBaseNoMeta", "declarative_base"})
WRAPS = frozenset({
    "Annotated", "Optional", "Union", "Generator", "AsyncGenerator", "Iterator", "AsyncIterator", "Iterable", "list",
    "List", "Sequence", "tuple", "AsyncIterable",
})  # fmt: skip
ONE_ROW = frozenset({"get", "get_one", "scalar", "scalars", "exec", "execute", "query", "merge"})
COLLECTS = frozenset({"list", "tuple", "dict", "set", "partial"})
DEEP = 6  # aliases and dependencies behind each other


class What(StrEnum):
    """As a sentence names it."""

    SESSION = "the session"
    ROW = "a row of the session"
    UPLOAD = "the uploaded file"


class Things:
    """What names stand for. Remembers what it found of each function."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[int, dict[str, What]] = {}

    def names(self, module: Module, function: Function) -> dict[str, What]:
        if id(function) not in self._known:
            self._known[id(function)] = {}  # while we look: a dependency that leads back here
            self._known[id(function)] = dict(self._named(module, function))
        return self._known[id(function)]

    def handed(self, module: Module, function: Function, given: ast.expr) -> Iterator[tuple[What, str]]:
        """What is given as it is, also in a list, a dict, a closure or the object that a method belongs to."""
        known = self.names(module, function)
        if isinstance(given, ast.Name | ast.Attribute) and (what := self._of_name(module, function, known, given)):
            yield what, ast.unparse(given)
        elif isinstance(given, ast.Lambda):
            own = {one.arg for one in given.args.args}
            asked = {id(one.value) for one in ast.walk(given.body) if isinstance(one, ast.Attribute)}
            for name in (one for one in ast.walk(given.body) if isinstance(one, ast.Name) and one.id not in own):
                if name.id in known and (id(name) not in asked or known[name.id] is not What.ROW):
                    yield known[name.id], name.id
        for one in _held(module, given):
            yield from self.handed(module, function, one)

    def used_inside(self, module: Module, outer: Function, inner: Function) -> Iterator[tuple[What, str]]:
        """What a function inside of another one takes from it."""
        known = self.names(module, outer)
        own = {one.arg for one in ast.walk(inner.args) if isinstance(one, ast.arg)}
        own |= {one.id for one in ast.walk(inner) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        for one in ast.walk(inner):
            if isinstance(one, ast.Name) and one.id in known and one.id not in own and known[one.id] is What.SESSION:
                yield known[one.id], one.id

    def is_session(self, module: Module, function: Function, node: ast.expr) -> bool:
        return self._of_name(module, function, self.names(module, function), node) is What.SESSION

    def _of_name(self, module: Module, function: Function, known: dict[str, What], node: ast.expr) -> What | None:
        """Of a name, or of `self.session` and the bound method of an object that holds a session."""
        if isinstance(node, ast.Name):
            return known.get(node.id)
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            return None
        if node.value.id == "self":
            return self._fields(module, function).get(node.attr)
        return None

    def _fields(self, module: Module, method: Function) -> dict[str, What]:
        """What `self.…` stands for in the class of a method: what its `__init__` was given."""
        begin = module.inside.get(id(module.owners.get(id(method))), {}).get("__init__")
        if begin is None:
            return {}
        given = self.names(module, begin)
        return {
            target.attr: given[node.value.id]
            for node in own_nodes(begin.body)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in given
            for target in node.targets
            if isinstance(target, ast.Attribute)
        }

    def _named(self, module: Module, function: Function) -> Iterator[tuple[str, What]]:
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        for argument in arguments:
            if argument.annotation is not None and (what := self._of_type(module, argument.annotation)):
                self._known[id(function)][argument.arg] = what
                yield argument.arg, what
        for argument, default in _defaults(function):
            if argument.annotation is None and (what := self._of_dependency(module, default)):
                self._known[id(function)][argument.arg] = what
                yield argument.arg, what
        for node in own_nodes(function.body):
            if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
                name, value = node.optional_vars.id, node.context_expr
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name, value = node.targets[0].id, node.value
            else:
                continue
            if what := self._of_value(module, function, value):
                self._known[id(function)][name] = what
                yield name, what

    def _of_dependency(self, module: Module, default: ast.expr) -> What | None:
        """`db=Depends(get_db)`: what the function says that it gives, else what it yields."""
        if not (isinstance(default, ast.Call) and module.full_name(default.func).endswith("Depends") and default.args):
            return None
        found = function_of(self._code, module, None, default.args[0])
        if found is None:
            return None
        where, function = found
        if function.returns is not None and (what := self._of_type(where, function.returns)):
            return what
        given = (node.value for node in own_nodes(function.body) if isinstance(node, ast.Yield | ast.Return))
        return next((w for one in given if one is not None and (w := self._of_value(where, function, one))), None)

    def _of_type(self, module: Module, annotation: ast.expr, deep: int = 0) -> What | None:
        """`Session`, `User | None`, `Annotated[Session, …]`, `"User"`, and a name that stands for one of these."""
        if isinstance(annotation, ast.Constant | ast.BinOp | ast.Subscript):
            return next((w for one in _inside(module, annotation) if (w := self._of_type(module, one, deep))), None)
        root, _, last = module.full_name(annotation).rpartition(".")
        package = root.partition(".")[0]
        if last in SESSIONS and package in OF:
            return What.SESSION
        if last == "UploadFile" and package in {"fastapi", "starlette"}:
            return What.UPLOAD
        if self.table_of(module, annotation):
            return What.ROW
        alias = self._alias(module, annotation) if deep < DEEP else None
        return self._of_type(*alias, deep + 1) if alias else None

    def _alias(self, module: Module, node: ast.expr) -> tuple[Module, ast.expr] | None:
        """`Annotated[Session, …]` of `SessionDep`, which stands beside or in another module."""
        home, _, last = module.full_name(node).rpartition(".")
        where = (self._code.module(home) if home else module) if last else None
        for one in where.tree.body if where else []:
            target = (
                one.targets[0] if isinstance(one, ast.Assign) else getattr(one, "target", getattr(one, "name", None))
            )
            value = getattr(one, "value", None)
            if isinstance(target, ast.Name) and target.id == last and isinstance(value, ast.Subscript) and where:
                return where, value
        return None

    def _of_value(self, module: Module, function: Function, value: ast.expr) -> What | None:
        value = value.value if isinstance(value, ast.Await) else value
        if isinstance(value, ast.Name):
            return self._known.get(id(function), {}).get(value.id)
        if not isinstance(value, ast.Call):
            return None
        root, _, last = module.full_name(value.func).rpartition(".")
        made = root.rpartition(".")[2] if last == "begin" else last
        if made in self._makers or (last in SESSIONS and root.partition(".")[0] in OF):
            return What.SESSION
        if self.table_of(module, value.func) or self._loads_a_row(module, function, value):
            return What.ROW
        own = function_of(self._code, module, function, value.func)
        returns = own[1].returns if own else None
        return self._of_type(own[0], returns) if own and returns is not None else None

    def _loads_a_row(self, module: Module, function: Function, call: ast.Call) -> bool:
        """`session.get(User, 1)`, `session.exec(select(User)…).first()`, `db.query(User).one()`."""
        for one in ast.walk(call):
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in ONE_ROW:
                if not self.is_session(module, function, one.func.value) or not one.args:
                    continue
                first = one.args[0]
                chosen = next((c for c in ast.walk(first) if isinstance(c, ast.Call) and _selects(module, c)), None)
                named = chosen.args if chosen else [first]
                return len(named) == 1 and self.table_of(module, named[0]) is not None
        return False

    def table_of(self, module: Module, node: ast.expr) -> ast.ClassDef | None:
        """The class of a table: the one that is meant, where a schema is called the same."""
        home, _, name = module.full_name(node).rpartition(".")
        where = self._code.module(home) if home else module
        for _ in range(DEEP):
            if where is None or name not in where.imports or (where.name, name) in self._classes:
                break
            home, _, name = where.imports[name].rpartition(".")
            where = self._code.module(home)
        called = [key for key in self._classes if key[1] == name]
        if where and (where.name, name) in self._classes:
            called = [(where.name, name)]
        return self._classes[called[0]] if called and self._rows.issuperset(called) else None

    @cached_property
    def _makers(self) -> set[str]:
        return set(self._code.assigned(MAKERS, in_classes=True))

    @property
    def tables(self) -> list[ast.ClassDef]:
        return [one for key, one in self._classes.items() if key in self._rows]

    def fields(self, one: ast.ClassDef, deep: int = 0) -> set[str]:
        """The names that a class, or one above it, gives something to, or a type."""
        targets = [t for node in one.body if isinstance(node, ast.Assign) for t in node.targets]
        targets += [node.target for node in one.body if isinstance(node, ast.AnnAssign)]
        found = {target.id for target in targets if isinstance(target, ast.Name)}
        found |= {node.name for node in one.body if isinstance(node, ast.FunctionDef)}  # @declared_attr
        above = {getattr(base, "id", getattr(base, "attr", "")) for base in one.bases}
        classes = [c for key, c in self._classes.items() if key[1] in above and c is not one] if deep < DEEP else []
        return found.union(*(self.fields(base, deep + 1) for base in classes))

    @cached_property
    def _classes(self) -> dict[tuple[str, str], ast.ClassDef]:
        return {
            (module.name, node.name): node
            for module in self._code.modules
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef)
        }

    @cached_property
    def _rows(self) -> set[tuple[str, str]]:
        """The classes that are tables, by the names of their modules and their own."""
        bases = set(self._code.assigned({"declarative_base"})) | set(BASES)
        rows: set[tuple[str, str]] = set()
        for _ in range(DEEP):
            for key, one in self._classes.items():
                above = {getattr(base, "id", getattr(base, "attr", "")) for base in one.bases}
                if _is_table(one):
                    rows.add(key)
                elif "DeclarativeBase" in above or (above & bases and _is_abstract(one)):
                    bases.add(one.name)
                elif above & bases:
                    rows.add(key)
        return rows

    @cached_property
    def keeps_rows(self) -> bool:
        """Sessions leave rows as they are at a commit: they can be read when they are closed."""
        return any(
            isinstance(node, ast.keyword)
            and node.arg == "expire_on_commit"
            and getattr(node.value, "value", None) is False
            for module in self._code.modules
            for node in ast.walk(module.tree)
        )


def _inside(module: Module, annotation: ast.Constant | ast.BinOp | ast.Subscript) -> list[ast.expr]:
    if isinstance(annotation, ast.BinOp):
        return [annotation.left, annotation.right]
    if isinstance(annotation, ast.Subscript):
        if module.full_name(annotation.value).rpartition(".")[2] not in WRAPS:
            return [annotation.value]
        return annotation.slice.elts[:1] if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    tree = parsed(annotation.value) if isinstance(annotation.value, str) else None
    return [one.value for one in tree.body[:1] if isinstance(one, ast.Expr) and _names(one.value)] if tree else []


def _names(node: ast.expr) -> bool:
    """Something that is no text or number again."""
    return not isinstance(node, ast.Constant)


def _held(module: Module, given: ast.expr) -> list[ast.expr]:
    """What a list, a tuple, a dict, `*args` or `partial(…)` holds."""
    if isinstance(given, ast.Call) and module.full_name(given.func).rpartition(".")[2] in COLLECTS:
        return [*given.args, *(keyword.value for keyword in given.keywords)]
    if isinstance(given, ast.Starred):
        return [given.value]
    if isinstance(given, ast.Dict):
        return given.values
    return given.elts if isinstance(given, ast.List | ast.Tuple | ast.Set) else []


def _defaults(function: Function) -> Iterator[tuple[ast.arg, ast.expr]]:
    places = [*function.args.posonlyargs, *function.args.args]
    if function.args.defaults:
        yield from zip(places[-len(function.args.defaults) :], function.args.defaults, strict=True)
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    yield from ((one, default) for one, default in pairs if default is not None)


def _selects(module: Module, call: ast.Call) -> bool:
    return module.full_name(call.func).rpartition(".")[2] == "select"


def _is_table(one: ast.ClassDef) -> bool:
    said = any(k.arg == "table" and getattr(k.value, "value", None) is True for k in one.keywords)
    return said or any(
        isinstance(node, ast.Assign | ast.AnnAssign)
        and "__tablename__"
        in {getattr(t, "id", "") for t in (node.targets if isinstance(node, ast.Assign) else [node.target])}
        for node in one.body
    )


def _is_abstract(one: ast.ClassDef) -> bool:
    return any("__abstract__" in ast.unparse(node) for node in one.body if isinstance(node, ast.Assign | ast.AnnAssign))
