"""Which names stand for a client that waits for its server in the thread that asks it? Read, never imported; pure."""

import ast
from collections.abc import Iterator
from functools import cached_property

from runner.evidence.code.code_names import Code, Function, Module

MAKERS = frozenset((
    "redis.Redis", "redis.StrictRedis", "redis.from_url", "redis.Redis.from_url", "redis.StrictRedis.from_url",
    "redis.client.Redis", "redis.RedisCluster", "redis.cluster.RedisCluster", "valkey.Valkey", "valkey.from_url",
    "valkey.Valkey.from_url", "pymongo.MongoClient", "pymongo.mongo_client.MongoClient", "boto3.client",
    "boto3.resource", "requests.Session", "requests.session", "requests.sessions.Session", "httpx.Client",
    "elasticsearch.Elasticsearch", "opensearchpy.OpenSearch", "minio.Minio", "smtplib.SMTP", "smtplib.SMTP_SSL",
    "urllib3.PoolManager", "urllib.request.build_opener", "http.client.HTTPConnection", "http.client.HTTPSConnection",
    "ftplib.FTP", "imaplib.IMAP4", "imaplib.IMAP4_SSL", "paramiko.SSHClient", "pika.BlockingConnection",
    "psycopg.connect", "psycopg2.connect", "pymysql.connect", "mysql.connector.connect", "sqlite3.connect",
))  # fmt: skip
# Methods that ask the server nothing.
AT_ONCE = frozenset((
    "pipeline", "pubsub", "lock", "register_script", "bucket", "Bucket", "Object", "Table", "Queue", "get_database",
    "get_collection", "cursor", "channel", "mount", "set_missing_host_key_policy", "build_request", "with_options",
))  # fmt: skip


class BlockingClients:
    """Knows the names and fields that a service gives to such clients."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._named: dict[str, dict[str, str]] = {}

    def asked(self, module: Module, inside: Function, call: ast.Call) -> str:
        """The maker of the client that a call asks: `cache.get(key)` gives `redis.Redis`; empty for other calls."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr in AT_ONCE:
            return ""
        for owner in _owners(call.func.value):
            if found := self._made(module, inside, owner):
                return found
        return ""

    def _made(self, module: Module, inside: Function, owner: ast.expr) -> str:
        if isinstance(owner, ast.Call):
            return _maker(module, owner)
        if isinstance(owner, ast.Attribute):
            of_app = isinstance(owner.value, ast.Attribute | ast.Name) and _last(owner.value) == "state"
            return self._states.get(owner.attr, "") if of_app else self._fields(module).get(owner.attr, "")
        if not isinstance(owner, ast.Name):
            return ""
        if owner.id in _parameters(inside):
            return _annotated(module, inside, owner.id)
        local = {name: maker for name, maker in _bindings(module, inside) if name == owner.id}
        return local.get(owner.id) or self._names(module).get(owner.id) or self._imported(module, owner.id)

    def _names(self, module: Module) -> dict[str, str]:
        """What the module itself calls one."""
        return self._named.setdefault(module.name, dict(_bindings(module, module.tree, below=False)))

    def _imported(self, module: Module, name: str) -> str:
        home, _, own = module.imports.get(name, "").rpartition(".")
        owner = self._code.module(home)
        return self._names(owner).get(own, "") if owner else ""

    def _fields(self, module: Module) -> dict[str, str]:
        """`self.redis = Redis(…)`: a field of a class of this module."""
        return dict(_fields(module, "self"))

    @cached_property
    def _states(self) -> dict[str, str]:
        """`app.state.redis = Redis(…)`, wherever that stands."""
        return {name: maker for module in self._code.modules for name, maker in _fields(module, "state")}


def _owners(value: ast.expr) -> Iterator[ast.expr]:
    """A chain of names from its end: of `client.shop.users`, `client.shop.users`, `client.shop` and `client`."""
    while True:
        yield value
        if not isinstance(value, ast.Attribute | ast.Subscript):
            return
        value = value.value


def _bindings(module: Module, scope: ast.AST, *, below: bool = True) -> Iterator[tuple[str, str]]:
    for node in ast.walk(scope) if below else ast.iter_child_nodes(scope):
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign) and node.value:
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.withitem) and node.optional_vars:
            pairs = [(node.optional_vars, node.context_expr)]
        else:
            continue
        for target, value in pairs:
            if isinstance(target, ast.Name) and (maker := _maker(module, value)):
                yield target.id, maker


def _fields(module: Module, of: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign) and (maker := _maker(module, node.value)):
            found = (one for one in node.targets if isinstance(one, ast.Attribute))
            yield from ((one.attr, maker) for one in found if _last(one.value) == of)


def _maker(module: Module, value: ast.expr) -> str:
    name = module.full_name(value.func) if isinstance(value, ast.Call) else ""
    return name if name in MAKERS else ""


def _parameters(function: Function) -> frozenset[str]:
    words = function.args
    return frozenset(one.arg for one in (*words.posonlyargs, *words.args, *words.kwonlyargs))


def _annotated(module: Module, function: Function, name: str) -> str:
    """The class that a parameter is said to be of; `Annotated[Redis, Depends(…)]` as well."""
    words = function.args
    found = next(one for one in (*words.posonlyargs, *words.args, *words.kwonlyargs) if one.arg == name)
    parts = ast.walk(found.annotation) if found.annotation else ()
    said = (module.full_name(one) for one in parts if isinstance(one, ast.Name | ast.Attribute))
    return next((one for one in said if one in MAKERS), "")


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
