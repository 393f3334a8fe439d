"""Which PostgreSQL extensions, and which commands of Redis modules, does a service ask for? Read, never run."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.first_sql import MIGRATIONS, Script, created_in
from runner.reading.syntax import parsed

# What stands in these, or above the service's folder, may be for something else.
ASIDE = frozenset({"tests", "test", "docs", "examples"})
GUARDED = "pg_available_extensions"  # who looks first does without
COMMENT = {
    ".sql": re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL),
    ".sh": re.compile(r"^\s*#[^\n]*", re.MULTILINE),
    ".yml": re.compile(r"(?:^|\s)#[^\n]*"),
    ".yaml": re.compile(r"(?:^|\s)#[^\n]*"),
}
COMMAND = re.compile(r"\b(?:JSON|FT|BF|CF|CMS|TOPK|TDIGEST|TS)\.[A-Z]{2,}\b")
# Methods of Redis' client that speak to a module, and the first command that each is for.
CLIENT = {
    "ft": "FT.SEARCH",
    "bf": "BF.ADD",
    "cf": "CF.ADD",
    "cms": "CMS.INCRBY",
    "topk": "TOPK.ADD",
    "tdigest": "TDIGEST.ADD",
    "ts": "TS.ADD",
}
JSON_WRITES = frozenset({"set", "mset", "merge", "arrappend", "arrinsert", "numincrby", "strappend", "objkeys"})
PACKAGES = {
    "redis.commands.search": "FT.SEARCH",
    "redis.commands.json": "JSON.SET",
    "redisvl": "FT.SEARCH",
    "redis_om": "FT.SEARCH",
    "aredis_om": "FT.SEARCH",
}
SPEAKS = ("redis", "valkey", *PACKAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One extension or command by its name, the file that asks for it, and whether it can't do without."""

    name: str
    path: str
    needed: bool = True


def named(wanted: Sequence[Wanted], kind: str) -> str:
    """`the PostgreSQL extension hypopg (migrations/versions/a1.py)`; several of them with an s."""
    several = "s" if len(wanted) > 1 else ""
    return f"{kind}{several} {', '.join(f'{one.name} ({one.path})' for one in wanted)}"


def wanted_extensions(scripts: Iterable[Script], prepared: Iterable[str] = ()) -> tuple[Wanted, ...]:
    """The extensions that the service's migrations, code and scripts make, and `[database] prepare`; by name.

    Those of its migrations and its own code are needed; those of tests and of what lies around it are left out where
    there is none, and so are those that it looks for before it makes them.
    """
    found = [
        Wanted(name=name, path="gonogo.toml, [database] prepare")
        for statement in prepared
        for kind, name in created_in(statement)
        if kind == "EXTENSION"
    ]
    for script in scripts:
        if "extension" in script.text.lower():
            made = [name for kind, name in created_in(said_in(script)) if kind == "EXTENSION"]
            needed = _is_needed(script.name) and GUARDED not in script.text
            found += [Wanted(name=one, path=script.name, needed=needed) for one in made]
    return _once_each(found)


def wanted_commands(root: Path) -> tuple[Wanted, ...]:
    """The commands of Redis modules that the service's own code sends."""
    found = []
    for path in python_files(root):
        text = path.read_text(encoding="utf-8", errors="replace")
        name = path.relative_to(root).as_posix()
        found += [Wanted(name=command, path=name) for command in commands_in(text)]
    return _once_each(found)


def commands_in(text: str) -> Iterator[str]:
    """Commands of modules in a program that speaks to Redis: spelt out, or by a method of the client."""
    if not any(word in text for word in SPEAKS) or (tree := parsed(text)) is None:
        return
    imported = {name for node in ast.walk(tree) for name in _imported(node)}
    if not any(name.split(".")[0] in SPEAKS for name in imported):
        return
    yield from (command for name in imported for package, command in PACKAGES.items() if name.startswith(package))
    yield from COMMAND.findall("\n".join(_texts(tree)))
    yield from (command for node in ast.walk(tree) if (command := _called(node)))


def said_in(script: Script) -> str:
    """A file's text without its comments; of a program what its texts say."""
    kind = Path(script.name).suffix
    if kind == ".py":
        tree = parsed(script.text)
        return "\n".join(_texts(tree)) if tree else ""
    return COMMENT[kind].sub("", script.text)


def _is_needed(name: str) -> bool:
    parts = set(Path(name).parts)
    return ".." not in parts and bool(MIGRATIONS & parts or (name.endswith(".py") and not ASIDE & parts))


def _texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a program, docstrings left out."""
    bodies = (getattr(node, "body", None) for node in ast.walk(tree))
    alone = {id(line.value) for body in bodies if isinstance(body, list) for line in body if isinstance(line, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (one.name for one in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module


def _called(node: ast.AST) -> str:
    """The command that a call of the client's method is for; empty for any other."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    of = node.func.value
    on_json = isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute) and of.func.attr == "json"
    if on_json and node.func.attr in JSON_WRITES:
        return "JSON.SET"
    return CLIENT.get(node.func.attr, "")


def _once_each(found: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """One of each name, the needed one where there are several."""
    kept: dict[str, Wanted] = {}
    for one in sorted(found, key=lambda one: not one.needed):
        kept.setdefault(one.name, one)
    return tuple(kept[name] for name in sorted(kept))
