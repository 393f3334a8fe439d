"""Which servers and third parties do a Python file and a setting name? Imports, addresses and keys; pure."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner.reading.syntax import last_name, parsed
from runner.said import say
from runner.vocabulary.technologies import Technology, of_host, of_import, of_scheme, of_variable

WEB = re.compile(r"https?://(?:[^/@\s]*@)?([A-Za-z0-9.-]+\.[A-Za-z]{2,})(?=[:/?#]|$)")
# Nobody's: what documents, tests and one machine use, and what is looked up in no network.
NOBODYS = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net|edu)|localhost|local|localdomain|internal|test|invalid|example|lan|w3\.org|"
    r"json-schema\.org|schema\.org|ietf\.org|rfc-editor\.org|iana\.org|opensource\.org|apache\.org|python\.org|"
    r"readthedocs\.io|tiangolo\.com|pydantic\.dev|httpstatuses\.(?:com|io)|mozilla\.org)$"
)
# Names of constants and settings that are asked, as against those that are shown to people.
ASKED = re.compile(
    r"(?:^|_)(?:api|endpoint|webhook|gateway|provider|token_url|jwks|issuer|upstream)(?:_|$)", re.IGNORECASE
)
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
SENDS = frozenset({"get", "post", "put", "patch", "delete", "request", "stream", "urlopen", "head", "options"})
CLIENTS = frozenset({"httpx", "requests", "aiohttp", "urllib", "urllib3", "client", "session", "http", "niquests"})
SHOWN = re.compile(
    r"doc|help|licen[cs]e|terms|contact|schema|logo|avatar|homepage|origin|redirect|frontend", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A server or third party, and what names it."""

    id: str
    title: str
    said: str
    line: int
    others: bool


def _of(known: Technology, said: str, line: int) -> Named:
    return Named(id=known.id, title=known.title, said=said, line=line, others=known.is_others)


def named_in_code(text: str) -> list[Named] | None:
    """What a file of code names, in its order; None where it is no Python that can be read."""
    tree = parsed(text)
    if tree is None:
        return None
    return [*_imported(tree), *_addressed(tree), *_opened(tree)]


def named_in_value(name: str, value: str) -> list[Named]:
    """What a setting names: by its address, or by the key that it holds."""
    found = [*_of_address(value, 0, asked=bool(ASKED.search(name)) and not SHOWN.search(name))]
    known = of_variable(name)
    return [*found, *([_of(known, say("the setting {name}", name=name), 0)] if known else [])]


def _imported(tree: ast.Module) -> Iterator[Named]:
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        for name in names:
            if known := of_import(name):
                yield _of(known, say("import {name}", name=name), getattr(node, "lineno", 0))
                break


def _addressed(tree: ast.Module) -> Iterator[Named]:
    """Addresses that are given to a client, or to a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            sends = last_name(node.func) in SENDS and _root(node.func) in CLIENTS
            makes = last_name(node.func) in {"AsyncClient", "Client", "ClientSession"}
            given = [*node.args[:2], *(word.value for word in node.keywords if word.arg in {"url", "base_url"})]
            if sends or makes:
                yield from (one for text in given for one in _of_address(_begin(text), node.lineno, asked=True))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            name = last_name(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            asked = bool(ASKED.search(name)) and not SHOWN.search(name)
            if name and not SHOWN.search(name):
                value = node.value
                inner = value.args[:1] if isinstance(value, ast.Call) else [value]
                defaults = (
                    [w.value for w in value.keywords if w.arg == "default"] if isinstance(value, ast.Call) else []
                )
                for one in (*inner, *defaults):
                    yield from _of_address(_begin(one), node.lineno, asked=asked)


def _opened(tree: ast.Module) -> Iterator[Named]:
    """Settings that hold what opens a third party's service: fields of a class of settings, and variables read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(last_name(base).endswith("Settings") for base in node.bases):
            fields = (one for one in node.body if isinstance(one, ast.AnnAssign))
            for one in fields:
                if known := of_variable(last_name(one.target)):
                    yield _of(known, say("the setting {last_name}", last_name=last_name(one.target)), one.lineno)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and VARIABLE.fullmatch(node.value)
            and (known := of_variable(node.value))
        ):
            yield _of(known, say("the variable {value}", value=node.value), node.lineno)


def _of_address(text: str, line: int, *, asked: bool) -> Iterator[Named]:
    if known := of_scheme(text):
        yield _of(known, say("an address {text}://…", text=text.partition("://")[0]), line)
    found = WEB.match(text)
    if found is None or NOBODYS.search(found[1].lower()):
        return
    if known := of_host(found[1]):
        yield _of(known, found[1], line)
    elif asked:
        yield Named(id=found[1].lower(), title=found[1].lower(), said=found[1], line=line, others=True)


def _begin(node: ast.expr) -> str:
    """The text that an expression is, or begins with: of an f-string its first part."""
    if isinstance(node, ast.JoinedStr) and node.values:
        return _begin(node.values[0])
    if isinstance(node, ast.BinOp):
        return _begin(node.left)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _root(node: ast.expr) -> str:
    """`httpx` of `httpx.get`, `client` of `self.client.get`, without a leading underscore."""
    owner = node.value if isinstance(node, ast.Attribute) else node
    while isinstance(owner, ast.Call):
        owner = owner.func.value if isinstance(owner.func, ast.Attribute) else owner.func
    return last_name(owner).strip("_").lower()
