"""What do names in the service's source mean? Imports followed, its own functions found; read, never imported."""

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from runner.discovery.code_files import own_files, python_files
from runner.errors import ProbeError
from runner.evidence.contract.routes import routes_of
from runner.evidence.contract.served_app import ServedApp
from runner.probe import Probe
from runner.reading.syntax import expression_of, tree_of
from runner.said import say, together

SESSIONS = {
    "sqlmodel.Session",
    "sqlalchemy.orm.Session",
    "sqlalchemy.orm.session.Session",
    "sqlmodel.orm.session.Session",
}
FOLLOWED = 5  # packages, one that hands on what another one does
Function = ast.FunctionDef | ast.AsyncFunctionDef
HOLDS = ast.stmt | ast.ExceptHandler | ast.match_case  # what functions may stand in


@dataclass(frozen=True)
class Module:
    name: str  # dotted, from the service's folder
    path: str
    tree: ast.Module

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name → full name, relative imports filled in."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {
                    a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                    for a in node.names
                }
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                found |= {a.asname or a.name: f"{base}.{a.name}".lstrip(".") for a in node.names}
        return found

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parents = self.name.split(".")
        package = parents if self.path.endswith("__init__.py") else parents[:-1]
        kept = package[: len(package) - node.level + 1]
        return ".".join([*kept, *([node.module] if node.module else [])])

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """The modules of which it takes everything: `from .security import *`."""
        found = (node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom))
        return tuple(self._base(node) for node in found if any(one.name == "*" for one in node.names))

    @cached_property
    def functions(self) -> dict[str, Function]:
        return {n.name: n for n in self.tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}

    @cached_property
    def called(self) -> set[str]:
        """The last words of what is called: `add_task` of `tasks.add_task(…)`."""
        return called_in(self.tree)

    @cached_property
    def inside(self) -> dict[int, dict[str, Function]]:
        """Function or class, by its `id` → the functions that stand in it."""
        found: dict[int, dict[str, Function]] = {}
        waiting: list[tuple[ast.AST, ast.AST]] = [(self.tree, node) for node in self.tree.body]
        while waiting:
            scope, node = waiting.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.setdefault(id(scope), {})[node.name] = node
            inner = node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else scope
            waiting += [(inner, child) for child in ast.iter_child_nodes(node) if isinstance(child, HOLDS)]
        return found

    @cached_property
    def owners(self) -> dict[int, ast.ClassDef]:
        """Method, by its `id` → its class."""
        classes = (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))
        return {id(method): one for one in classes for method in one.body}

    def full_name(self, node: ast.expr) -> str:
        """`sleep` as `time.sleep` where that was imported; empty for what is no plain name."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.full_name(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""


@dataclass(frozen=True)
class Code:
    """All modules of the service, without its tests."""

    modules: tuple[Module, ...]
    there: int = 0  # files that the service may consist of
    _sessions: dict[int, set[str]] = field(default_factory=dict)

    def module(self, name: str) -> Module | None:
        """By its dotted name, also where the folder above is not part of it (`src.app.crud` for `app.crud`)."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Module]:
        found: dict[str, Module] = {}
        for module in self.modules:
            parts = module.name.split(".")
            for start in range(len(parts)):
                found.setdefault(".".join(parts[start:]), module)
        return found

    def function(self, module: Module, called: ast.expr) -> tuple[Module, ast.FunctionDef] | None:
        """The service's own synchronous function that a call means."""
        if isinstance(called, ast.Name) and called.id in module.functions:
            owner: Module | None = module
            name = called.id
        else:
            owner, name = self._defined(module.full_name(called))
        function = owner.functions.get(name) if owner else None
        if owner and isinstance(function, ast.FunctionDef):
            return owner, function
        return self.method(module, called) if isinstance(called, ast.Attribute) else None

    def _defined(self, full: str, left: int = FOLLOWED) -> tuple[Module | None, str]:
        """The module that defines what a full name means, through packages that only hand it on, and its name there."""
        home, _, name = full.rpartition(".")
        owner = self.module(home)
        if owner is None or name in owner.functions or not left:
            return owner, name
        handed_on = [owner.imports[name]] if name in owner.imports else [f"{one}.{name}" for one in owner.stars]
        found = (self._defined(one, left - 1) for one in handed_on if one != full)
        return next((one for one in found if one[0] and one[1] in one[0].functions), (owner, name))

    def method(self, module: Module, called: ast.Attribute) -> tuple[Module, ast.FunctionDef] | None:
        """The service's own synchronous method: of a class that is named, else the only one that is called so.

        Only a name of two words and more says by itself whose it is: `user.check_password()`, but not `user.save()`.
        """
        known = self._methods.get(called.attr, [])
        named = module.full_name(called.value).rpartition(".")[2]
        found = [(where, function) for where, owner, function in known if owner == named]
        if not found and "_" in called.attr.strip("_") and self._may_be_own(module, called.value):
            found = [(where, function) for where, _, function in known]
        if len(found) != 1 or not isinstance(found[0][1], ast.FunctionDef):
            return None
        return found[0][0], found[0][1]

    def _may_be_own(self, module: Module, receiver: ast.expr) -> bool:
        """Not something of another package: what was imported comes from a module of the service."""
        name = module.full_name(receiver)
        root = next((node.id for node in ast.walk(receiver) if isinstance(node, ast.Name)), "")
        top = (name or module.imports.get(root, "")).partition(".")[0]
        return root not in module.imports or any(one.name.partition(".")[0] == top for one in self.modules)

    @cached_property
    def _methods(self) -> dict[str, list[tuple[Module, str, Function]]]:
        """Method → every class that has one of that name."""
        found: dict[str, list[tuple[Module, str, Function]]] = {}
        for module in self.modules:
            for owner in (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)):
                for one in owner.body:
                    if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                        found.setdefault(one.name, []).append((module, owner.name, one))
        return found

    def assigned(self, makers: set[str], *, in_classes: bool = False) -> Iterator[str]:
        """Names that modules, or also classes, give to what these makers return: `hasher = PasswordHasher()`."""
        for module in self.modules:
            for node in ast.walk(module.tree) if in_classes else module.tree.body:
                value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
                if isinstance(value, ast.Call) and module.full_name(value.func).rpartition(".")[2] in makers:
                    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                    yield from (t.id for t in targets if isinstance(t, ast.Name))
                    yield from (t.attr for t in targets if isinstance(t, ast.Attribute))

    @cached_property
    def session_aliases(self) -> set[str]:
        """`SessionDep` of `SessionDep = Annotated[Session, Depends(…)]`."""
        found = set()
        for module in self.modules:
            for node in module.tree.body:
                target = (
                    node.targets[0]
                    if isinstance(node, ast.Assign)
                    else getattr(node, "target", getattr(node, "name", None))
                )
                value = getattr(node, "value", None)
                if isinstance(target, ast.Name) and isinstance(value, ast.Subscript) and _holds_session(module, value):
                    found.add(target.id)
        return found

    @cached_property
    def session_makers(self) -> set[str]:
        return set(self.assigned({"sessionmaker", "scoped_session"}))

    def sync_sessions(self, module: Module, function: Function) -> set[str]:
        """Names in a function that stand for a synchronous session."""
        if id(function) not in self._sessions:
            self._sessions[id(function)] = set(self._find_sessions(module, function))
        return self._sessions[id(function)]

    def _find_sessions(self, module: Module, function: Function) -> Iterator[str]:
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        for argument in arguments:
            if argument.annotation is not None and self._is_session(module, argument.annotation):
                yield argument.arg
        for node in ast.walk(function):
            if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
                pairs = [(node.optional_vars, node.context_expr)]
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                pairs = [(node.targets[0], node.value)]
            else:
                continue
            yield from (name.id for name, value in pairs if self._makes_session(module, value))

    def _is_session(self, module: Module, annotation: ast.expr) -> bool:
        last = module.full_name(annotation).rpartition(".")[2]
        return last in self.session_aliases or _holds_session(module, annotation)

    def _makes_session(self, module: Module, value: ast.expr) -> bool:
        if not isinstance(value, ast.Call):
            return False
        name = module.full_name(value.func)
        return name in SESSIONS or name.rpartition(".")[2] in self.session_makers


def _holds_session(module: Module, annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        quoted = expression_of(annotation.value)
        return quoted is not None and _holds_session(module, quoted)
    if isinstance(annotation, ast.Subscript) and module.full_name(annotation.value).endswith("Annotated"):
        inner = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice
        return _holds_session(module, inner)
    return module.full_name(annotation) in SESSIONS


def called_in(tree: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {getattr(one, "attr", getattr(one, "id", "")) for one in calls}


def calls_in(function: Function) -> Iterator[ast.Call]:
    """The calls that run when the function runs: not those of functions inside of it, and not awaited ones."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            waiting += list(ast.iter_child_nodes(node.value))
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting += list(ast.iter_child_nodes(node))


def read_code(probe: Probe, served: ServedApp | None) -> Code:
    """The service's modules.

    Raises `ProbeError` when one is not Python that we can read, when there is none, and when the app (where it could
    be looked at) serves something whose code is not among them.
    """
    places = [probe.inside(source) for source in probe.target.sources or (".",)]
    paths = [path for place in places for path in (python_files(place) if place.is_dir() else [place])]
    modules = [_module(probe, path) for path in paths]
    if not probe.target.named_sources:
        read = {module.path for module in modules}
        modules += [_module(probe, probe.inside(file)) for file in _served_besides(served, read)]
    there = len(own_files(probe.root, probe.target.named_sources))
    _refuse_gaps(probe, served, {module.path for module in modules}, there)
    return Code(modules=tuple(modules), there=max(there, len(modules)))


def _module(probe: Probe, path: Path) -> Module:
    place = path.relative_to(probe.root.resolve())
    parts = place.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    try:
        tree = tree_of(path.read_text(encoding="utf-8", errors="replace"))
    except SyntaxError as error:
        raise ProbeError(
            say(
                "{as_posix} line {lineno} is not Python that can be read: {msg}",
                as_posix=place.as_posix(),
                lineno=error.lineno,
                msg=error.msg,
            )
        ) from error
    return Module(name=name, path=place.as_posix(), tree=tree)


def _served_besides(served: ServedApp | None, read: Set[str]) -> list[str]:
    """Files outside of the usual places that serve a route: the app takes them in, whatever their folder is called."""
    routes = routes_of(served) if served else ()
    return sorted({route.file for route in routes if route.file and route.file not in read})


def _refuse_gaps(probe: Probe, served: ServedApp | None, read: set[str], there: int) -> None:
    """What serves the app's routes must have been read: a folder without code, or with some of it, proves nothing."""
    where = together(probe.target.sources) or say("the service's folder")
    mend = say("Name the folders with its code in gonogo.toml, [service] sources")
    if not read:
        raise ProbeError(
            say("no code stands in {where}, which is said to hold the service's. {mend}", where=where, mend=mend)
        )
    if 2 * len(read) < there:
        raise ProbeError(
            say(
                "{where} holds {read} of {there} Python files of the service. {mend}",
                where=where,
                read=len(read),
                there=there,
                mend=mend,
            )
        )
    routes = routes_of(served) if served else ()  # why it can't be looked at is said where the app itself is asked
    if apart := next((route for route in routes if route.file and route.file not in read), None):
        raise ProbeError(
            say(
                "{where} leaves out {file}, which serves {name}. {mend}",
                where=where,
                file=apart.file,
                name=apart.name,
                mend=mend,
            )
        )
