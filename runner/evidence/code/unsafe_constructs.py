"""Which unsafe constructs does ruff not know, or only under one name? Read with the imports followed; pure."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.evidence.code.code_names import Module
from runner.vocabulary.secrets import is_secret

TLS, YAML, SHELL, PICKLE, MARSHAL = "S501", "S506", "S605", "S301", "S302"
# What is unsafe wherever it is named, called or handed on: the rule of ruff's that it belongs to.
NAMES: Mapping[str, str] = {
    "yaml.unsafe_load": YAML,
    "yaml.unsafe_load_all": YAML,
    "yaml.UnsafeLoader": YAML,
    "yaml.Loader": YAML,
    "yaml.CLoader": YAML,
    "ssl.CERT_NONE": TLS,
    "ssl.VerifyMode.CERT_NONE": TLS,
    "ssl._create_unverified_context": TLS,
    "marshal.load": MARSHAL,
    "marshal.loads": MARSHAL,
    "pickle.load": PICKLE,
    "pickle.loads": PICKLE,
    "pickle.Unpickler": PICKLE,
    "cloudpickle.load": PICKLE,
    "cloudpickle.loads": PICKLE,
    "joblib.load": PICKLE,
    "sqlalchemy.PickleType": PICKLE,
    "sqlalchemy.types.PickleType": PICKLE,
    "builtins.eval": "S307",
    "builtins.exec": "S102",
}
PROXIES, ENTITIES, UNSIGNED, GUESSED, FAST = "proxies", "entities", "unsigned", "guessed", "fast"  # not ruff's
PARSERS = frozenset(("lxml.etree.XMLParser", "lxml.etree.XMLPullParser", "lxml.etree.iterparse"))
FOLLOWS = {"resolve_entities": True, "load_dtd": True, "no_network": False}
DECODES = frozenset(("jwt.decode", "jwt.api_jwt.decode", "jose.jwt.decode", "joserfc.jwt.decode"))
RANDOM = frozenset(
    f"random.{name}"
    for name in ("choice", "choices", "sample", "randint", "randrange", "getrandbits", "random", "randbytes")
)
MAKES = re.compile(r"^(?:generate|gen|make|create|new|build|get|random|issue)_(?:random_|new_)?")
TRUSTED = frozenset(("trusted_hosts", "forwarded_allow_ips"))  # whose word counts about who calls
SHELLS = frozenset(("create_subprocess_shell", "subprocess_shell"))
REQUESTS = frozenset(
    ("get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send", "Client", "AsyncClient",
     "Session", "ClientSession", "TCPConnector", "ws_connect", "HTTPTransport", "AsyncHTTPTransport")
)  # fmt: skip
CLIENTS = frozenset(("requests", "httpx", "aiohttp", "httpx2", "niquests"))
SWITCHES = frozenset(("verify", "verify_ssl", "ssl"))  # keywords of clients
OFF = False
CERTIFICATES = frozenset(("cert_reqs", "ssl_cert_reqs"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """One place. Lines are 1-based."""

    rule: str
    line: int
    end: int


def constructs(module: Module) -> Iterator[Construct]:
    """All of them in a module, by the name that was imported, whatever it is called there."""
    asked = {id(inner) for node in ast.walk(module.tree) if isinstance(node, ast.Compare) for inner in ast.walk(node)}
    client = any(full.partition(".")[0] in CLIENTS for full in module.imports.values())
    for node in ast.walk(module.tree):
        rule = _rule(module, node, client=client) if id(node) not in asked else ""
        if rule and isinstance(node, ast.expr | ast.stmt):
            yield Construct(rule=rule, line=node.lineno, end=node.end_lineno or node.lineno)
    for rule, call in (*_unsigned(module), *_guessed(module)):
        yield Construct(rule=rule, line=call.lineno, end=call.end_lineno or call.lineno)


def _unsigned(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Tokens read without their signature, where the module reads none with it: to look at the issuer first is fair."""
    reads = [
        one for one in ast.walk(module.tree) if isinstance(one, ast.Call) and module.full_name(one.func) in DECODES
    ]
    if reads and all(map(_leaves_signature, reads)):
        yield from ((UNSIGNED, one) for one in reads)


def _leaves_signature(call: ast.Call) -> bool:
    given = {word.arg: word.value for word in call.keywords}
    options = given.get("options")
    pairs = zip(options.keys, options.values, strict=True) if isinstance(options, ast.Dict) else ()
    named = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
    left = (named.get("verify_signature"), given.get("verify"))
    return any(one is not None and _is(one, OFF) for one in left)


def _guessed(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """A secret made by `random`, by the name of the function that returns it, or of what it is given to."""
    found: dict[int, ast.Call] = {}
    for node in ast.walk(module.tree):
        named: list[str] = []
        parts: list[ast.AST] = [node]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            named, parts = [MAKES.sub("", node.name.lstrip("_"))], _returned(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = [one.id if isinstance(one, ast.Name) else getattr(one, "attr", "") for one in targets]
        if any(map(is_secret, named)):
            calls = (one for part in parts for one in ast.walk(part) if isinstance(one, ast.Call))
            found |= {
                id(one): one for one in calls if module.full_name(one.func) in RANDOM and _imported(module, one.func)
            }
    yield from ((GUESSED, one) for one in found.values())


def _returned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
    """What a function returns, and what the names in that are given: to wait for a moment by chance is no secret."""
    found: list[ast.AST] = [one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value]
    names = {one.id for part in found for one in ast.walk(part) if isinstance(one, ast.Name)}
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            found += [node.value for one in targets if isinstance(one, ast.Name) and one.id in names]
    return found


def _rule(module: Module, node: ast.AST, *, client: bool) -> str:
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
        return NAMES.get(module.full_name(node), "") if _imported(module, node) else ""
    if isinstance(node, ast.Assign):
        unset = any(isinstance(one, ast.Attribute) and _switched_off(one.attr, client=client) for one in node.targets)
        return TLS if unset and _is(node.value, OFF) else ""
    if isinstance(node, ast.Call):
        return _called(module, node, client=client)
    return ""


def _imported(module: Module, node: ast.expr) -> bool:
    """Does the name come from an import, rather than from a variable that is called like a package?"""
    root = next((one.id for one in ast.walk(node) if isinstance(one, ast.Name)), "")
    return root in module.imports


def _switched_off(name: str, *, client: bool) -> bool:
    """`context.check_hostname = False`; `session.verify = False` where a module has a client of HTTP."""
    return name == "check_hostname" or (client and name == "verify")


def _called(module: Module, call: ast.Call, *, client: bool) -> str:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else module.full_name(call.func).rpartition(".")[2]
    if name in SHELLS and call.args and not _fixed(call.args[-1 if name == "subprocess_shell" else 0]):
        return SHELL
    hosts = name == "ProxyHeadersMiddleware" or any(
        _names(module, arg) == "ProxyHeadersMiddleware" for arg in call.args
    )
    parser = module.full_name(call.func) in PARSERS
    for keyword in call.keywords:
        if parser and keyword.arg in FOLLOWS and _is(keyword.value, FOLLOWS[keyword.arg]):
            return ENTITIES
        if keyword.arg in TRUSTED and (hosts or keyword.arg == "forwarded_allow_ips") and _everybody(keyword.value):
            return PROXIES
        if keyword.arg in CERTIFICATES and any(_is(keyword.value, one) for one in (None, "CERT_NONE", "none")):
            return TLS
        if client and name in REQUESTS and keyword.arg in SWITCHES and _is(keyword.value, OFF):
            return TLS
    return ""


def _names(module: Module, node: ast.expr) -> str:
    return module.full_name(node).rpartition(".")[2]


def _everybody(node: ast.expr) -> bool:
    """`"*"`, or a list that holds it."""
    return any(isinstance(one, ast.Constant) and one.value in {"*", "0.0.0.0/0", "::/0"} for one in ast.walk(node))


def _fixed(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value and type(node.value) is type(value)
