"""What gives a moment or an id, and is it asked while an expression is read? Pure."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

MAKES = frozenset(
    ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today", "time.time",
     "time.time_ns", "uuid.uuid1", "uuid.uuid4", "uuid.uuid7", "django.utils.timezone.now", "pendulum.now", "arrow.now",
     "arrow.utcnow")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenDefault:
    """A default that was made when its module was imported. Lines are 1-based."""

    path: str
    line: int
    owner: str  # the function or class
    name: str  # of the parameter or field
    made_by: str  # `datetime.datetime.now`


def evaluated(node: ast.expr) -> Iterator[ast.Call]:
    """The calls of an expression that are made when it is read, not those inside of a lambda."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from evaluated(child)
        elif isinstance(child, ast.keyword):
            yield from evaluated(child.value)
