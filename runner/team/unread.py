"""What can be seen of a file's checks where nothing may be run? What its syntax tree says; all of it is UNKNOWN."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from runner.errors import WorkflowError
from runner.model import Check, Verdict, check, unknown
from runner.reading.syntax import NotPython, tree_of
from runner.said import say
from runner.team.answers import plain


def unread(path: str, text: str, why: str) -> tuple[Check[...], ...]:
    """The checks whose id and step are written out, each UNKNOWN for the reason `why`.

    Raises `WorkflowError` where none is seen: nobody may take that for having none.
    """
    try:
        found = tuple(_checks(path, tree_of(plain(text)), why))
    except (NotPython, RecursionError, ValueError) as error:
        line = f":{error.lineno}" if isinstance(error, NotPython) and error.lineno else ""
        raise WorkflowError(
            say(
                "{path}{line}: this is no Python: {getattr}.",
                path=path,
                line=line,
                getattr=getattr(error, "msg", error),
            )
        ) from error
    if not found:
        raise WorkflowError(say("No check is seen in {path} without running it; {why}.", path=path, why=why))
    return found


def _checks(path: str, tree: ast.Module, why: str) -> Iterator[Check[...]]:
    for node in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        for id, step in (words for mark in node.decorator_list if (words := _words(mark))):
            where = f"{path}:{node.decorator_list[0].lineno}"
            try:
                yield replace(check(id, step=step)(_unasked(ast.get_docstring(node), why)), where=where)
            except TypeError as broken:
                raise WorkflowError(say("{where}: {broken}.", where=where, broken=broken)) from broken


def _words(mark: ast.expr) -> tuple[str, str] | None:
    """Id and step of `@check("OPS001", step="2.1")`; None for any other mark."""
    if not isinstance(mark, ast.Call) or getattr(mark.func, "id", getattr(mark.func, "attr", "")) != "check":
        return None
    step = next((word.value for word in mark.keywords if word.arg == "step"), None)
    match mark.args, step:
        case [ast.Constant(value=str(id))], ast.Constant(value=str(number)):
            return id, number
    return None


def _unasked(words: str | None, why: str) -> Callable[[], Verdict]:
    def judge() -> Verdict:
        return unknown(why)

    judge.__doc__ = words
    return judge
