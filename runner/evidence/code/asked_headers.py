"""Which headers, cookies and parameters does the code ask a request for by name? Read, never imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from runner.evidence.code.code_names import Code, Module, read_code
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence, Looked
from runner.probe import Probe

PLACES = {"headers": "header", "cookies": "cookie", "query_params": "query"}
MAKERS = {"Header": "header", "Cookie": "cookie", "APIKeyHeader": "header"}
ASKS = frozenset({"get", "getlist", "pop"})
RAW = b"x-"  # how an ASGI middleware writes a header of a service's own


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Asked:
    place: str  # header, cookie or query
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHeaders(Evidence):
    """Headers, cookies and parameters that the code asks for by name."""

    asked: tuple[Asked, ...] = ()

    @classmethod
    def collect(cls, probe: Probe, served: Looked[ServedApp]) -> Self:
        return cls.of(read_code(probe, served.evidence))

    @classmethod
    def of(cls, code: Code) -> Self:
        return cls(asked=tuple(sorted({one for module in code.modules for one in _asked(module)})))


def _asked(module: Module) -> Iterator[Asked]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield from _of(node.value, node.slice)
        elif isinstance(node, ast.Call):
            yield from _called(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _parameters(node)


def _called(call: ast.Call) -> Iterator[Asked]:
    """`request.headers.get("x-user")`, `Header(alias="X-User")`, and `headers.get(b"x-user")` of a scope."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in ASKS and call.args:
        yield from _of(call.func.value, call.args[0])
    place = MAKERS.get(getattr(call.func, "attr", getattr(call.func, "id", "")))
    named = (word.value for word in call.keywords if word.arg in {"alias", "name"}) if place else ()
    yield from (Asked(place=place or "", name=text) for one in named if (text := _text(one)))


def _of(owner: ast.expr, key: ast.expr) -> Iterator[Asked]:
    if isinstance(key, ast.Constant) and isinstance(key.value, bytes) and key.value.lower().startswith(RAW):
        yield Asked(place="header", name=key.value.decode("latin-1").lower())
        return
    owner = owner.func if isinstance(owner, ast.Call) else owner  # `Headers(scope=scope).get("x-user")`
    called = getattr(owner, "attr", getattr(owner, "id", "")).lower()
    if (place := PLACES.get(called)) and (text := _text(key)):
        yield Asked(place=place, name=text.lower() if place == "header" else text)


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Asked]:
    """`x_user: Annotated[str, Header()]` and `x_user: str = Header(None)`, which FastAPI calls `x-user`."""
    words = function.args
    plain = [*words.posonlyargs, *words.args]
    pairs = [*zip(reversed(plain), reversed(words.defaults), strict=False)]
    defaults = {id(one): value for one, value in [*pairs, *zip(words.kwonlyargs, words.kw_defaults, strict=True)]}
    for one in (*plain, *words.kwonlyargs):
        said = [part for part in (one.annotation, defaults.get(id(one))) if part is not None]
        calls = [node for part in said for node in ast.walk(part) if isinstance(node, ast.Call)]
        for call in calls:
            place = MAKERS.get(getattr(call.func, "attr", getattr(call.func, "id", "")))
            if place and not any(word.arg in {"alias", "name"} for word in call.keywords):
                yield Asked(place=place, name=one.arg.replace("_", "-") if place == "header" else one.arg)


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
