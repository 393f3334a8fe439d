"""Which of several addresses of the database do engines without coroutines get? Read, never run."""

import ast
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from runner.reading.syntax import last_name, parsed
from runner.vocabulary.names import words_of

COROUTINES = frozenset({"create_async_engine", "async_engine_from_config"})
PLAIN = frozenset({"create_engine", "set_main_option"})


def without_coroutines(addresses: Iterable[str], files: Iterable[Path]) -> set[str]:
    """Of variables that carry an address each, those for a driver without coroutines; none where there is but one.

    Their name says so, as `DATABASE_URL_SYNC`, or only `create_engine` and Alembic's configuration get them, while
    `create_async_engine` gets another one.
    """
    names = set(addresses)
    if len(names) < 2:  # noqa: PLR2004 - an address for each kind of engine
        return set()
    told = {name for name in names if "sync" in words_of(name)}
    trees = [tree for path in files if (tree := _tree(path, names))]
    used = {kind: {name for tree in trees for name in _given(tree, kind, names)} for kind in (COROUTINES, PLAIN)}
    plain = used[PLAIN] - used[COROUTINES] if used[COROUTINES] else set()
    found = told | plain
    return found if found != names else set()


def _tree(path: Path, names: Set[str]) -> ast.Module | None:
    text = path.read_text(encoding="utf-8", errors="replace")
    return parsed(text) if any(name.lower() in text.lower() for name in names) else None


def _given(tree: ast.Module, kind: Set[str], names: Set[str]) -> Iterator[str]:
    """The variables in the arguments of such calls. In a file with coroutines, what Alembic is told is not counted."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    both = any(last_name(call.func) in COROUTINES for call in calls)
    for call in calls:
        name = last_name(call.func)
        if name in kind and not (both and name == "set_main_option"):
            said = {word.upper() for word in _words(call)}
            yield from (one for one in names if one.upper() in said)


def _words(call: ast.Call) -> Iterator[str]:
    for node in (inner for part in (*call.args, *call.keywords) for inner in ast.walk(part)):
        said = getattr(node, "id", getattr(node, "attr", getattr(node, "value", None)))
        if isinstance(said, str):
            yield said
