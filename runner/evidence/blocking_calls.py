"""Calls that stop the event loop: what blocks, inside of which `async def`. From the source; ruff looks as well."""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from runner.errors import NotThere, ProbeError
from runner.evidence.code_names import Code, Module, calls_in, read_code
from runner.model import Evidence
from runner.probe import TargetProbe

RUFF = "ASYNC210,ASYNC212,ASYNC220,ASYNC221,ASYNC222,ASYNC230,ASYNC251"
PRIMITIVES = (
    "time.sleep", "requests.", "urllib.request.urlopen", "urllib3.", "subprocess.run", "subprocess.call",
    "subprocess.check_", "os.system", "httpx.get", "httpx.post", "httpx.put", "httpx.patch", "httpx.delete",
    "httpx.head", "httpx.request", "httpx.stream", "psycopg.connect", "psycopg2.connect", "pymysql.connect",
    "sqlite3.connect", "smtplib.SMTP", "bcrypt.hashpw", "bcrypt.checkpw", "hashlib.scrypt", "hashlib.pbkdf2_hmac",
    "pandas.read_", "polars.read_", "openpyxl.load_workbook",
)  # fmt: skip
SESSION_METHODS = {
    "exec", "execute", "scalar", "scalars", "get", "get_one", "commit", "refresh", "flush", "rollback", "merge",
    "query", "delete", "bulk_save_objects",
}  # fmt: skip
HASHERS = {"CryptContext", "PasswordHasher", "PasswordHash", "recommended"}
AT_START = {"asynccontextmanager", "on_event"}  # what runs before and after the service serves may take its time


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

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        code = read_code(probe)
        if not code.modules:
            raise NotThere("no source of the service was found: name it in gonogo.toml, [service] sources")
        calls = {(c.path, c.line): c for c in by_ruff(probe)}
        calls |= {(c.path, c.line): c for c in find(code)}
        coroutines = sum(1 for _ in _coroutines(code))
        return cls(coroutines=coroutines, found=tuple(calls[key] for key in sorted(calls)))


def by_ruff(probe: TargetProbe) -> Iterator[BlockingCall]:
    words = ("check", "--isolated", "--no-cache", "--exit-zero", "--select", RUFF, "--output-format", "json")
    ran = probe.tool("ruff", *words, *(probe.target.sources or (".",)))
    try:
        answer = json.loads(ran.out)
    except json.JSONDecodeError as error:
        raise ProbeError(f"ruff gave no answer: {ran.last_words}") from error
    for one in answer:
        if one["code"] is None or not one["code"].startswith("ASYNC"):
            raise ProbeError(f"ruff can't read {one['filename']}: {one['message']}")
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
    for module in code.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncFunctionDef) and not _at_start(node):
                yield module, node


def _at_start(function: ast.AsyncFunctionDef) -> bool:
    return any(word in ast.unparse(decorator) for decorator in function.decorator_list for word in AT_START)


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


class _Judge:
    """Does a call block? Remembers what it found out about the service's own functions."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[int, str] = {}
        self._hashers = set(code.assigned(HASHERS, in_classes=True))

    def blocks(self, module: Module, inside: ast.AsyncFunctionDef | ast.FunctionDef, call: ast.Call) -> str:
        """Why it does; empty when it does not."""
        name = module.full_name(call.func)
        primitive = next((p for p in PRIMITIVES if name == p or (p[-1] in "._" and name.startswith(p))), None)
        if primitive:
            return f"{name} blocks"
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name | ast.Attribute):
            owner, method = _last(call.func.value), call.func.attr
            if method in SESSION_METHODS and owner in self._code.sync_sessions(module, inside):
                return f"`{owner}` is a synchronous session: its query waits for the database"
            if method in {"hash", "verify", "verify_and_update"} and owner in self._hashers:
                return "hashing a password takes tens of milliseconds of one core"
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
                self._known[id(function)] = f"{function.name} ({where.path}:{reason[0].lineno}): {reason[1]}"
        return self._known[id(function)]
