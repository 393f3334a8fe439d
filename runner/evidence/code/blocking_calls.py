"""Calls that stop the event loop: what blocks, inside of which `async def`. From the source; ruff looks as well."""

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from runner.errors import ProbeError
from runner.evidence.code.blocking_clients import BlockingClients
from runner.evidence.code.code_names import Code, Module, calls_in, read_code
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.said import say

RUFF = "ASYNC210,ASYNC212,ASYNC220,ASYNC221,ASYNC222,ASYNC230,ASYNC251"
PRIMITIVES = (
    "time.sleep", "requests.", "urllib.request.urlopen", "urllib3.", "subprocess.run", "subprocess.call",
    "subprocess.check_", "os.system", "httpx.get", "httpx.post", "httpx.put", "httpx.patch", "httpx.delete",
    "httpx.head", "httpx.request", "httpx.stream", "psycopg.connect", "psycopg2.connect", "pymysql.connect",
    "sqlite3.connect", "smtplib.SMTP", "bcrypt.hashpw", "bcrypt.checkpw", "hashlib.scrypt", "hashlib.pbkdf2_hmac",
    "pandas.read_", "polars.read_", "openpyxl.load_workbook", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyname_ex", "socket.gethostbyaddr", "socket.getnameinfo", "socket.getfqdn",
    "socket.create_connection", "subprocess.getoutput", "subprocess.getstatusoutput", "os.popen", "os.wait",
    "os.waitpid", "os.fsync", "select.select", "smtplib.SMTP_SSL", "smtplib.LMTP", "ftplib.FTP", "imaplib.IMAP4",
    "poplib.POP3", "urllib.request.urlretrieve", "shutil.make_archive",
    "shutil.unpack_archive", "dns.resolver.resolve", "mysql.connector.connect",
)  # fmt: skip
SESSION_METHODS = {
    "exec", "execute", "scalar", "scalars", "get", "get_one", "commit", "refresh", "flush", "rollback", "merge",
    "query", "delete", "bulk_save_objects",
}  # fmt: skip
NAMES = (ast.Name, ast.Attribute)
HASHERS = {"CryptContext", "PasswordHasher", "PasswordHash", "recommended"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingCall:
    path: str
    line: int
    function: str  # the `async def`
    call: str  # "time.sleep", "session.exec", "find_user"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingCalls(Evidence):
    """Blocking calls on the event loop."""

    coroutines: int
    found: tuple[BlockingCall, ...]
    files: int = 0  # of the sources, all of which were read
    there: int = 0  # files that the service may consist of

    @classmethod
    def collect(cls, probe: Probe, served: Looked[ServedApp]) -> Self:
        code = read_code(probe, served.evidence)
        calls = {(c.path, c.line): c for c in by_ruff(probe, [module.path for module in code.modules])}
        calls |= {(c.path, c.line): c for c in find(code)}
        coroutines = sum(1 for _ in _coroutines(code))
        found = tuple(calls[key] for key in sorted(calls))
        return cls(coroutines=coroutines, found=found, files=len(code.modules), there=code.there)


def by_ruff(probe: Probe, files: Sequence[str]) -> Iterator[BlockingCall]:
    """What ruff says of these files; the service's own settings, its `.gitignore` and its `noqa` silence nothing."""
    words = ("check", "--isolated", "--ignore-noqa", "--no-respect-gitignore", "--no-cache", "--exit-zero")
    ran = probe.tool("ruff", *words, "--select", RUFF, "--output-format", "json", *files)
    try:
        answer = json.loads(ran.out)
    except json.JSONDecodeError as error:
        raise ProbeError(say("ruff gave no answer: {last_words}", last_words=ran.last_words)) from error
    for one in answer:
        if one["code"] is None or not one["code"].startswith("ASYNC"):
            raise ProbeError(say("ruff can't read {one}: {one2}", one=one["filename"], one2=one["message"]))
        path = one["filename"].removeprefix(f"{probe.root.resolve()}/")
        line = one["location"]["row"]
        yield BlockingCall(path=path, line=line, function="", call=one["code"], why=one["message"])


def find(code: Code) -> list[BlockingCall]:
    """Blocking calls in coroutines, also through functions of the service's own."""
    judge = _Judge(code)
    found = []
    for module, function in _coroutines(code):
        for call in calls_in(function):
            why = judge.blocks(module, function, call)
            if why:
                name = ast.unparse(call.func)
                found.append(
                    BlockingCall(path=module.path, line=call.lineno, function=function.name, call=name, why=why)
                )
    return found


def _coroutines(code: Code) -> Iterator[tuple[Module, ast.AsyncFunctionDef]]:
    """Those that run while the service serves; what runs before and after may take its time."""
    lifespans = set(_lifespans(code))
    for module in code.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncFunctionDef) and not _at_start(node, lifespans):
                yield module, node


def _lifespans(code: Code) -> Iterator[str]:
    """Names of the functions that are given as `lifespan=…`."""
    for module in code.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword) and node.arg == "lifespan" and isinstance(node.value, NAMES):
                yield _last(node.value)


def _at_start(function: ast.AsyncFunctionDef, lifespans: set[str]) -> bool:
    called = [one.func if isinstance(one, ast.Call) else one for one in function.decorator_list]
    names = {_last(one) for one in called if isinstance(one, NAMES)}
    return "on_event" in names or ("asynccontextmanager" in names and function.name in lifespans)


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


class _Judge:
    """Does a call block? Remembers what it found out about the service's own functions."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[int, str] = {}
        self._hashers = set(code.assigned(HASHERS, in_classes=True))
        self._clients = BlockingClients(code)

    def blocks(self, module: Module, inside: ast.AsyncFunctionDef | ast.FunctionDef, call: ast.Call) -> str:
        """Why it does; empty when it does not."""
        name = module.full_name(call.func)
        primitive = next((p for p in PRIMITIVES if name == p or (p[-1] in "._" and name.startswith(p))), None)
        if primitive:
            return say("{name} blocks", name=name)
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name | ast.Attribute):
            owner, method = _last(call.func.value), call.func.attr
            if method in SESSION_METHODS and owner in self._code.sync_sessions(module, inside):
                return say("`{owner}` is a synchronous session: its query waits for the database", owner=owner)
            if method in {"hash", "verify", "verify_and_update"} and owner in self._hashers:
                return say("hashing a password takes tens of milliseconds of one core")
        if maker := self._clients.asked(module, inside, call):
            return say("{maker} waits for its server in the thread that asks it", maker=maker)
        return self._through(module, call)

    def _through(self, module: Module, call: ast.Call) -> str:
        """A function of the service's own that blocks in turn."""
        found = self._code.function(module, call.func)
        if found is None:
            return ""
        where, function = found
        if id(function) not in self._known:
            self._known[id(function)] = ""  # while we look: a function that calls itself
            reasons = ((inner, self.blocks(where, function, inner)) for inner in calls_in(function))
            reason = next(((inner, why) for inner, why in reasons if why), None)
            if reason:
                self._known[id(function)] = say(
                    "{name} ({path}:{lineno}): {reason}",
                    name=function.name,
                    path=where.path,
                    lineno=reason[0].lineno,
                    reason=reason[1],
                )
        return self._known[id(function)]
