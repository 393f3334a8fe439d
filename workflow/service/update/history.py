"""Where does the history of a service's migrations end, and what is the next revision called? Pure."""

import ast
import re
from collections.abc import Mapping
from hashlib import sha256

from runner.errors import WorkflowError
from runner.reading.syntax import tree_of
from runner.said import say, together
from workflow.service.update.plan import REVISIONS


def head_of(files: Mapping[str, bytes]) -> str:
    """The one revision that none follows. Raises `WorkflowError` where there are several, or none."""
    parents: dict[str, tuple[str, ...]] = {}
    for path in sorted(path for path in files if path.startswith(REVISIONS) and path.endswith(".py")):
        told = _told(path, files[path])
        if "revision" in told:
            parents[str(told["revision"])] = _several(told.get("down_revision"))
    heads = sorted(set(parents) - {parent for named in parents.values() for parent in named})
    if not heads:
        raise WorkflowError(
            say(
                "No revision stands in {revisions}, so nothing says what a new one follows. {write}",
                revisions=REVISIONS,
                write=WRITE,
            )
        )
    if len(heads) > 1:
        raise WorkflowError(
            say(
                "The migrations have {heads} heads, {heads2}, and a new revision follows one. "
                'Nothing was written. Merge them (`alembic merge -m "both" {heads3}`), commit, and '
                "update again.",
                heads=len(heads),
                heads2=together(heads, " and "),
                heads3=together(heads, " "),
            )
        )
    return heads[0]


WRITE = say("Nothing was written. Put the migrations back where `invoke new NAME` made them.")


def next_id(head: str, files: Mapping[str, bytes], told: str) -> str:
    """Counted on where revisions are numbered, else as Alembic makes one; always the same for the same change."""
    taken = {str(_told(path, content).get("revision")) for path, content in files.items() if path.startswith(REVISIONS)}
    if re.fullmatch(r"\d+", head):
        number = int(head) + 1
        while (found := str(number).zfill(len(head))) in taken:
            number += 1
        return found
    return sha256(f"{head} {told}".encode()).hexdigest()[:12]


def _several(named: object) -> tuple[str, ...]:
    if isinstance(named, str):
        return (named,)
    return tuple(map(str, named)) if isinstance(named, tuple | list) else ()


def _told(path: str, content: bytes) -> dict[str, object]:
    """What the names at the head of a revision hold."""
    if not path.endswith(".py"):
        return {}
    try:
        tree = tree_of(content.decode())
    except (SyntaxError, ValueError) as error:
        raise WorkflowError(
            say("{path} can't be read as Python: {error}. Mend it, commit, and update again.", path=path, error=error)
        ) from error
    found: dict[str, object] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"} and isinstance(value, ast.expr):
            try:
                found[target.id] = ast.literal_eval(value)
            except ValueError:
                continue
    return found
