"""What does a health check look at, and can it fail? Of a Dockerfile, a compose file or Kubernetes; pure."""

import ast
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from runner.reading.shell import SHELLS, Command, Script, script_of
from runner.reading.syntax import tree_of
from runner.said import say

IDLE = frozenset(("true", ":", "echo", "printf", "exit", "sleep", "ls", "pwd", "whoami", "id", "date", "cat", "test"))
ASKS = re.compile(
    r"https?://|localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0|\b(?:curl|wget|http|nc|ncat|pg_isready|redis-cli|mysqladmin"
    r"|mongosh?|grpc_health_probe|rabbitmq-diagnostics|kafka-\S+|celery|pgrep|valkey-cli|cqlsh|nodetool|etcdctl)\b|/dev/tcp/"
)
NETWORK = frozenset(
    ("urllib", "http", "socket", "requests", "httpx", "aiohttp", "urllib3", "asyncio", "redis", "psycopg")
)
ASKING = frozenset(("urlopen", "get", "head", "request", "create_connection", "connect", "open_connection", "ping"))
# What takes in that nobody listens: of a refused connection urllib makes a URLError, requests a RequestException.
REFUSED = frozenset(("Exception", "BaseException", "OSError", "URLError", "RequestException"))
SECONDS: Mapping[str, float] = {"h": 3600, "m": 60, "s": 1, "ms": 0.001, "us": 0.000001, "ns": 0.000000001}
TOO_LATE = 3600  # seconds until a health check says that something is wrong


@dataclass(frozen=True, slots=True)
class Watch:
    """What a health check comes to: `problem` says why it sees nothing, `unsure` what is not known of it."""

    problem: str = ""
    unsure: str = ""


def too_late(interval: object, retries: object, start: object) -> str:
    """Why a check with these options says it too late; empty when it is in time. Unset ones have Docker's values."""
    times = int(str(retries)) if str(retries).isdigit() else 3
    late = seconds(str(interval or "30s")) * times + seconds(str(start or "0s"))
    return (
        say("it says that something is wrong after {late} hours at the earliest", late=f"{late / 3600:.0f}")
        if late > TOO_LATE
        else ""
    )


def watched_in_compose(health: object, programs: Mapping[str, str] = MappingProxyType({})) -> Watch:
    """A `healthcheck:` of a compose file. `programs`: those of the folder, as `watches` has them."""
    if not isinstance(health, Mapping) or "test" not in health:
        return Watch(problem=say("it has none"))
    if health.get("disable"):
        return Watch(problem=say("it is switched off"))
    problem = too_late(health.get("interval"), health.get("retries"), health.get("start_period"))
    return Watch(problem=problem) if problem else watches(health["test"], programs)


def health_command(health: object) -> str:
    """The `test` of a compose file's `healthcheck:`, as a HEALTHCHECK of a Dockerfile has it behind its CMD."""
    test = health.get("test") if isinstance(health, dict) else None
    words = [str(word) for word in test] if isinstance(test, list) else []
    if words[:1] == ["CMD"]:
        return json.dumps(words[1:])
    return words[1] if words[:1] == ["CMD-SHELL"] and len(words) > 1 else str(test) if isinstance(test, str) else ""


def watched_by_kubernetes(probe: object) -> Watch:
    """A `livenessProbe:` or `readinessProbe:`."""
    if not isinstance(probe, Mapping):
        return Watch(problem=say("it says nothing"))
    told = probe.get("exec")
    if isinstance(told, Mapping):
        return watches(told.get("command"))
    asks = {"httpGet", "tcpSocket", "grpc"} & set(probe)
    return Watch() if asks else Watch(problem=say("it asks for nothing"))


def seconds(text: str) -> float:
    """`1m30s` in seconds."""
    return sum(float(number) * SECONDS[unit] for number, unit in re.findall(r"([\d.]+)(ms|us|ns|h|m|s)", text))


def watches(test: object, programs: Mapping[str, str] = MappingProxyType({})) -> Watch:
    """A test of a health check: a text for the shell, or a list of words, with Docker's `CMD` before it or without.

    `programs`: how it names what lies in the folder → the text of that, in Python or for the shell.
    """
    if isinstance(test, str):
        return _script_watches(script_of(test), test, programs)
    words = [str(word) for word in test] if isinstance(test, list) else []
    if words[:1] == ["NONE"] or not words:
        return Watch(problem=say("it is switched off"))
    if words[0] == "CMD-SHELL":
        return watches(" ".join(words[1:]), programs)
    words = words[1:] if words[0] == "CMD" else words
    if words and words[0].rpartition("/")[2] in SHELLS and len(words) > 2 and re.fullmatch(r"-\w*c", words[1]):  # noqa: PLR2004
        return watches(words[2], programs)
    return _script_watches(script_of(shlex.join(words)), " ".join(words), programs)


def _script_watches(script: Script, text: str, programs: Mapping[str, str]) -> Watch:
    """Something in it must look at the service, and its failure must count."""
    looking = [command for command in script.commands if command.runs is not False and command.name not in IDLE]
    shown = text.strip()[:60]
    if not looking:
        return Watch(problem=say("`{shown}` looks at nothing", shown=shown))
    if all(command.lost for command in looking):
        return Watch(problem=say("`{shown}` can't fail: {lost}", shown=shown, lost=looking[0].lost))
    judged = [_command_watches(command, programs) for command in looking if not command.lost]
    return next((one for one in judged if one == Watch()), judged[0])


def _command_watches(command: Command, programs: Mapping[str, str]) -> Watch:
    argv, shown = command.argv, command.text[:60]
    if re.fullmatch(r"python[\d.]*", command.name) and "-c" in argv[:-1]:
        return _python_watches(argv[argv.index("-c") + 1], shown)
    if ASKS.search(command.text):
        return Watch()
    named = next((word for word in argv if word in programs), "")
    return (
        _program_watches(programs[named], shown) if named else Watch(unsure=say("what `{shown}` looks at", shown=shown))
    )


def _program_watches(text: str, shown: str) -> Watch:
    """A program of the folder. Where its code does not show it, it is not known what it looks at."""
    if re.match(r"#!.*sh\b", text):
        return _script_watches(script_of(text), shown, {})
    if _python_watches(text, shown) != Watch():
        return Watch(unsure=say("what `{shown}` looks at", shown=shown))
    tree = tree_of(text)
    if _never_fails(tree):
        return Watch(problem=say("`{shown}` can't fail: it takes each error for well", shown=shown))
    return Watch(unsure=say("what `{shown}` looks at", shown=shown)) if _swallows(tree) else Watch()


def _never_fails(tree: ast.AST) -> bool:
    """Does it ask within handlers of errors alone, and nowhere tell how it ended?"""
    if any(map(_tells, ast.walk(tree))):
        return False
    held = [node for node in ast.walk(tree) if isinstance(node, ast.Try) and any(map(_is_broad, node.handlers))]
    inside = {id(one) for block in held for line in block.body for one in ast.walk(line)}
    asking = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in ASKING]
    return bool(asking) and all(id(one) in inside for one in asking)


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Does it catch what a service that does not answer raises?"""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {
        one.attr if isinstance(one, ast.Attribute) else one.id if isinstance(one, ast.Name) else "" for one in kinds
    }
    return handler.type is None or bool(names & REFUSED)


def _called(call: ast.Call) -> str:
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _swallows(tree: ast.AST) -> bool:
    """Is there a handler of errors after which a program may end as if all was well?"""
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    return not all(any(map(_tells, ast.walk(one))) for one in handlers)


def _tells(node: ast.AST) -> bool:
    """It raises, exits, or returns something that may be a code."""
    if isinstance(node, ast.Return):
        return not (node.value is None or (isinstance(node.value, ast.Constant) and not node.value.value))
    return isinstance(node, ast.Raise | ast.Assert) or (
        isinstance(node, ast.Call) and _called(node) in {"exit", "_exit", "quit"}
    )


def _python_watches(code: str, shown: str) -> Watch:
    try:
        tree = tree_of(code)
    except SyntaxError:
        return Watch(problem=say("`{shown}` is no Python", shown=shown))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    asks = {name.partition(".")[0] for name in names} & NETWORK
    return Watch() if asks and calls else Watch(problem=say("`{shown}` asks nobody", shown=shown))
