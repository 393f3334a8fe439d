"""Which tables do the migrations of a freshly generated service build? Read from their syntax. Pure."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runner.errors import WorkflowError
from runner.reading.syntax import tree_of
from runner.said import say
from workflow.service.update.plan import REVISIONS

KINDS = {
    "PrimaryKeyConstraint": "primary",
    "UniqueConstraint": "unique",
    "ForeignKeyConstraint": "foreignkey",
    "CheckConstraint": "check",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`type`, `default`: Python, as a migration writes them; `rest`: what else is said of it."""

    name: str
    type: str
    nullable: bool
    default: str = ""
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """Its columns, or the SQL of a check."""

    kind: str
    name: str
    columns: tuple[str, ...] = ()
    sql: str = ""
    refers: tuple[str, ...] = ()  # table.column, of a foreign key
    on_delete: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    name: str
    table: str
    columns: tuple[str, ...]
    rest: tuple[str, ...] = ()  # other arguments, as Python


@dataclass(slots=True, kw_only=True)
class Table:
    name: str
    source: str  # the call that creates it, as it is written
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)


def tables_of(files: Mapping[str, bytes]) -> dict[str, Table]:
    """By name, in the order in which they are created. Raises `WorkflowError` for a statement of another kind."""
    found: dict[str, Table] = {}
    for path in sorted(path for path in files if path.startswith(REVISIONS) and path.endswith(".py")):
        text = files[path].decode()
        for call in _operations(tree_of(text)):
            assert isinstance(call.func, ast.Attribute)
            if call.func.attr == "create_table":
                table = _table(call, text)
                found[table.name] = table
            elif call.func.attr == "create_index":
                index = _index(call)
                found[index.table].indexes[index.name] = index
            elif not call.func.attr.startswith("drop_"):
                raise WorkflowError(
                    say(
                        "The template's {path} does more than create tables (op.{attr}), and what that means "
                        "for yours can't be computed. Nothing was written: carry the change over by hand.",
                        path=path,
                        attr=call.func.attr,
                    )
                )
    return found


def _operations(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls `op.…(…)` in the order of the file."""
    calls = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and isinstance(node.value.func.value, ast.Name)
        and node.value.func.value.id == "op"
    ]
    yield from sorted(calls, key=lambda call: call.lineno)


def _table(call: ast.Call, text: str) -> Table:
    name, *parts = call.args
    found = Table(name=ast.literal_eval(name), source=ast.get_source_segment(text, call) or "")
    for part in parts:
        assert isinstance(part, ast.Call)
        assert isinstance(part.func, ast.Attribute)
        if part.func.attr == "Column":
            column = _column(part)
            found.columns[column.name] = column
        else:
            constraint = _constraint(part, KINDS[part.func.attr])
            found.constraints[constraint.name] = constraint
    return found


def _column(call: ast.Call) -> Column:
    words = {word.arg: word.value for word in call.keywords}
    return Column(
        name=ast.literal_eval(call.args[0]),
        type=ast.unparse(call.args[1]),
        nullable=bool(ast.literal_eval(words["nullable"])),
        default=ast.unparse(words["server_default"]) if "server_default" in words else "",
        rest=tuple(map(ast.unparse, call.args[2:])),
    )


def _constraint(call: ast.Call, kind: str) -> Constraint:
    words = {word.arg: word.value for word in call.keywords}
    name = words["name"]
    plain = ast.literal_eval(name.args[0] if isinstance(name, ast.Call) else name)
    given = [ast.literal_eval(one) for one in call.args]
    if kind == "check":
        return Constraint(kind=kind, name=plain, sql=given[0])
    if kind == "foreignkey":
        rule = ast.literal_eval(words["ondelete"]) if "ondelete" in words else ""
        return Constraint(kind=kind, name=plain, columns=tuple(given[0]), refers=tuple(given[1]), on_delete=rule)
    return Constraint(kind=kind, name=plain, columns=tuple(given))


def _index(call: ast.Call) -> Index:
    name, table, columns = (ast.literal_eval(one) for one in call.args[:3])
    rest = tuple(f"{word.arg}={ast.unparse(word.value)}" for word in call.keywords)
    return Index(name=name, table=table, columns=tuple(columns), rest=rest)
