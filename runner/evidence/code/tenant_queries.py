"""Which operations ask for rows of tenants, and never for whose? Followed from their functions into helpers; pure."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from runner.evidence.code.code_names import Code, Function, Module, read_code
from runner.evidence.code.hook_code import reached_from
from runner.evidence.code.job_starts import functions_of, own_nodes
from runner.evidence.code.request_things import Things
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Route, Routes
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence
from runner.probe import Probe
from runner.vocabulary.names import words_of
from runner.vocabulary.people import names_account
from runner.vocabulary.roles import ABOVE_TENANTS
from runner.vocabulary.secrets import is_password

COLUMN = re.compile(r"(tenant|organi[sz]ation|org|workspace)_(?:id|uuid|pk)")
KEY = re.compile(r"[\w.:-]+")
CONDITION = re.compile(r"\b(?:where|join|set|values)\b|=", re.IGNORECASE)  # a piece of SQL, and no sentence of a log
STEMS = frozenset({"tenant", "tenants", "organization", "organisation", "org", "organizations", "orgs", "workspace"})
ASKS = frozenset({"select", "get", "get_one", "query", "update", "delete", "exists"})
CALLER = frozenset({"user", "caller", "me", "identity", "principal", "account", "member", "subject"})
# What filters for a whole session: SQLAlchemy's criteria and events, and a setting that PostgreSQL's policies read.
WHOLE = frozenset({"with_loader_criteria", "set_config"})
SETS = re.compile(r"\bset_config\(|^\s*SET\s+(?:LOCAL\s+)?\"?\w+\"?\.\w+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscoped:
    """An operation in whose way nothing speaks of a tenant, and a query in it."""

    endpoint: str
    path: str
    line: int
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantQueries(Evidence):
    """Operations on the rows of tenants."""

    tables: int  # that the code declares
    tenants: tuple[str, ...] = ()  # those with rows of tenants, where people belong to one
    operations: tuple[str, ...] = ()  # protected ones that ask for such rows
    unscoped: tuple[Unscoped, ...] = ()
    whole: str = ""  # the place where whole sessions are filtered: "app/database.py:30"

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp, contract: Contract, routes: Routes) -> Self:
        guarded = {one.endpoint for one in contract.operations if one.is_protected}
        asked = [(e, r) for r in routes.routes for e in r.endpoints if e in guarded and r.function]
        return cls.of(read_code(probe, served), asked)

    @classmethod
    def of(cls, code: Code, asked: Iterable[tuple[str, Route]]) -> Self:
        things = Things(code)
        tables = things.tables
        fields = {id(one): things.fields(one) for one in tables}
        owned = {id(one): one.name for one in tables if _columns(fields[id(one)])}
        # Somebody who signs in, or what says to which tenants such a one belongs.
        people = [name for one, name in owned.items() if _is_of_people(fields[one])]
        if not people or len(owned) <= 1:
            return cls(tables=len(tables))
        found = [(e, one) for e, r in asked for one in [_judged(code, things, owned, e, r)] if one is not None]
        return cls(
            tables=len(tables),
            tenants=tuple(sorted(set(owned.values()))),
            operations=tuple(endpoint for endpoint, _ in found),
            unscoped=tuple(one for _, one in found if isinstance(one, Unscoped)),
            whole=next(_filters(code), ""),
        )


def _is_of_people(fields: set[str]) -> bool:
    return "user_id" in fields or any(names_account(one) or is_password(one) for one in fields)


def _columns(fields: set[str]) -> set[str]:
    return {name for name in fields if COLUMN.fullmatch(name)}


def _judged(code: Code, things: Things, owned: dict[int, str], endpoint: str, route: Route) -> Unscoped | bool | None:
    """None where it asks for no such row, True where something in its way speaks of the tenant or of the caller."""
    own = reached_from(code, route.module, route.function, set())
    names = {one.rpartition(".")[2] for one in route.dependencies}
    behind = [one for name in names for one in _called_so(code, name)]
    way = [*own, *(one for one in behind if next(_queries(things, owned, *one), None))]
    queries = [(where, query) for where, one in own for query in _queries(things, owned, where, one)]
    if not queries:
        return None
    powerful = ABOVE_TENANTS & {word for name in (endpoint, route.function, *names) for word in words_of(name)}
    helped = any(_speaks(method) for where, one in way for method in _methods(code, where, one))
    if powerful or helped or any(_speaks(one) or _asks_for_the_caller(one) for _, one in way):
        return True
    where, query = queries[0]
    return Unscoped(endpoint=endpoint, path=where.path, line=query.lineno, query=ast.unparse(query)[:120])


def _speaks(function: Function) -> bool:
    return any(STEMS & set(words_of(name)) for name in _said(function))


def _methods(code: Code, module: Module, function: Function) -> Iterator[Function]:
    """Those of the service's own classes that it names: which of them runs is not followed."""
    for node in own_nodes(function.body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            home, _, name = module.full_name(node).rpartition(".")
            where = code.module(home) if home else module
            for one in where.tree.body if where else []:
                if isinstance(one, ast.ClassDef) and one.name == name and where:
                    yield from where.inside.get(id(one), {}).values()


def _called_so(code: Code, name: str) -> list[tuple[Module, Function]]:
    return [
        (module, function) for module in code.modules for function in module.functions.values() if function.name == name
    ]


def _queries(things: Things, owned: dict[int, str], module: Module, function: Function) -> Iterator[ast.Call]:
    """`select(Order)`, `session.get(Order, 1)`, `db.query(Order)`."""
    for node in own_nodes(function.body):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) in ASKS
            and node.args
        ):
            first = node.args[0].value if isinstance(node.args[0], ast.Attribute) else node.args[0]
            tables = (things.table_of(module, one) for one in (node.args[0], first))
            if any(table is not None and id(table) in owned for table in tables):
                yield node


def _said(function: Function) -> Iterator[str]:
    """What its statements name: variables, attributes, keywords, keys, columns in SQL. Sentences say nothing."""
    every = [inner for one in function.body for inner in ast.walk(one)]
    alone = {id(node.value) for node in every if isinstance(node, ast.Expr)}
    for node in every:
        yield from (said for field in ("id", "attr", "arg") if isinstance(said := getattr(node, field, None), str))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            if KEY.fullmatch(node.value):
                yield node.value
            elif CONDITION.search(node.value):
                yield from (one[0] for one in COLUMN.finditer(node.value))


def _asks_for_the_caller(function: Function) -> bool:
    """`Order.user_id == user.id`: who asks for what is the caller's own asks for no other tenant's."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"id", "user_id", "sub", "uuid"}
        and CALLER & set(words_of(getattr(node.value, "id", getattr(node.value, "attr", ""))))
        for one in function.body
        for node in ast.walk(one)
    )


def _filters(code: Code) -> Iterator[str]:
    """Functions that speak of a tenant and filter for whole sessions: not those that leave out what is deleted."""
    for module in code.modules:
        for function in functions_of(module):
            calls = {getattr(one.func, "attr", getattr(one.func, "id", "")) for one in _calls(function)}
            texts = [one.value for one in ast.walk(function) if isinstance(one, ast.Constant)]
            sets = [one for one in texts if isinstance(one, str) and SETS.search(one)]
            words = {word for name in (function.name, *sets, *_said(function)) for word in words_of(name)}
            if (calls & WHOLE or sets) and words & STEMS:
                yield f"{module.path}:{function.lineno}"


def _calls(function: Function) -> Iterator[ast.Call]:
    return (node for node in ast.walk(function) if isinstance(node, ast.Call))
