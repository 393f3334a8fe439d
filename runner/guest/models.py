"""Guest: the tables that the service's models declare, and the SQL that would make them. argv: ANSWER APP MODULE…

Imports the app (so that everything it needs is there), then each MODULE that declares a model, imported or not.
"""

import datetime
import enum
import gc
import importlib
import inspect
import json
import os
import re
import sys
import time
import traceback
import typing
import uuid
from pathlib import Path
from unittest.mock import MagicMock

from sqlalchemy import MetaData, create_mock_engine, types
from sqlalchemy import inspect as mapped
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm.attributes import instance_state

# A service may read its own command line while it is imported: it has the one that a server gives it.
TOLD, sys.argv = sys.argv, ["uvicorn"]
root = Path.cwd().resolve()
HOUR = 3600
PAUSE = 1.1  # seconds: a function that tells the time in whole ones has another answer afterwards
PLAIN = (datetime.datetime, datetime.date, datetime.time, uuid.UUID, str, bytes, int, float)
DELETES = re.compile(r"\bDELETE\s+FROM\s+(?:ONLY\s+)?([\w.\"]+)", re.IGNORECASE)
STAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def place(path):
    if not path:
        return None
    found = Path(path).resolve()
    if "site-packages" in found.parts or found.is_relative_to(Path(sys.prefix).resolve()):
        return None
    return found.relative_to(root).as_posix() if found.is_relative_to(root) else None


def load(names):
    problems = {}
    os.chdir(os.environ.get("GONOGO_RUNS_IN", "."))
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: PERF203 - each module by itself
            problems[name] = told(error)
            traceback.print_exc()
    return problems


def told(problem):
    """The exception in a line; one of pydantic's names every setting that it lacks or refuses."""
    errors = getattr(problem, "errors", None)
    if type(problem).__name__ == "ValidationError" and callable(errors):
        names = {}
        for one in errors():
            names.setdefault(one["msg"], []).append(".".join(str(part) for part in one["loc"]))
        said = "; ".join(f"{message}: {', '.join(found)}" for message, found in names.items())
        title = getattr(problem, "title", getattr(getattr(problem, "model", None), "__name__", ""))
        return f"ValidationError in {title}: {said}"
    return " ".join(f"{type(problem).__name__}: {problem}".split())


def classes_by_table():
    found = {}
    for thing in gc.get_objects():
        if issubclass(type(thing), type) and getattr(thing, "__table__", None) is not None:
            found.setdefault(id(thing.__table__), thing)
    return found


def source_of(cls):
    try:
        path, line = inspect.getsourcefile(cls), inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        path, line = getattr(sys.modules.get(cls.__module__), "__file__", None), None
    return place(path), line


def modules_with(table):
    """Files of the service whose module holds a table that no class maps."""
    for module in list(sys.modules.values()):
        path = place(getattr(module, "__file__", None))
        if path and any(value is table for value in list(vars(module).values())):
            return path
    return None


def is_fixed(value):
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time, uuid.UUID)):
        return True
    if isinstance(value, str):
        return bool(STAMP.search(value))
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value - time.time()) < HOUR


def field_of(cls, name):
    return getattr(cls, "model_fields", {}).get(name) if cls else None


def given(cls, one):
    """(is there a default, the function that makes it or None, its value): SQLAlchemy's, a field's, the database's."""
    field, default, server = field_of(cls, one.name), one.default, one.server_default
    if default is not None and getattr(default, "is_callable", False):
        return True, lambda: default.arg(None), None
    if default is not None and getattr(default, "is_scalar", False):
        return True, None, default.arg
    if default is None and getattr(field, "default_factory", None):
        return True, field.default_factory, None
    value = getattr(field, "default", None)
    if default is None and value is not None and "Undefined" not in type(value).__name__:
        return True, None, value
    text = getattr(server, "arg", None)
    return default is not None or server is not None, None, None if text is None else str(text)


def called(make):
    try:
        return True, make()
    except Exception:
        return False, None


def first_values(columns):
    """What each function makes now. Those of all columns, so that one pause is enough for all of them."""
    made = {id(one): given(cls, one)[1] for cls, one in columns}
    found = {key: called(make) for key, make in made.items() if make}
    if found:
        time.sleep(PAUSE)
    return found


def default_of(cls, one, first):
    """(could it be asked for, the value that every row of this process gets or None)."""
    there, make, value = given(cls, one)
    if make is None:
        return there, value
    answered, before = first[id(one)]
    again, now = called(make)
    same = answered and again and isinstance(now, PLAIN) and type(before) is type(now) and before == now
    return answered and again, now if same else None


def keeps_moment(kind):
    """Does a decorated type store one moment alike, told in two zones, and without a zone of its own?"""
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=5)))
    other = moment.astimezone(datetime.timezone(datetime.timedelta(hours=-3)))
    answered, found = called(lambda: [kind.process_bind_param(one, postgresql.dialect()) for one in (moment, other)])
    return answered and isinstance(found[0], datetime.datetime) and found[0].tzinfo is None and found[0] == found[1]


def annotation_of(cls, one):
    """What the class says of the column: `Role`, `Mapped[Literal["a", "b"]]`; None where it says nothing."""
    field = field_of(cls, one.name)
    if field is not None:
        return field.annotation
    name = mapped(cls).get_property_by_column(one).key
    return typing.get_type_hints(cls).get(name)


def members_of(hint):
    """The members of an enum, or the values of a Literal, also behind Mapped, Optional and Annotated; not in lists."""
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return list(hint)
    args = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal:
        return list(args)
    if typing.get_origin(hint) in (list, dict, set, tuple, frozenset):
        return []
    return [member for each in args for member in members_of(each)]


def fixed_values(cls, one):
    """Each value that code may give the column: (what the code calls it, what goes to the database, why it can't)."""
    inner = getattr(one.type, "impl_instance", one.type)
    kind = getattr(inner, "enum_class", None)
    members = list(kind) if kind else list(getattr(inner, "enums", []))
    if cls and not members:
        members = called(lambda: members_of(annotation_of(cls, one)))[1] or []
    bind = called(lambda: one.type.dialect_impl(postgresql.dialect()).bind_processor(postgresql.dialect()))[1]
    return [stored_as(bind, member) for member in members if plain(member) is not None]


def stored_as(bind, member):
    shown = str(plain(member))
    try:
        return shown, plain(bind(member) if bind else member), ""
    except Exception as error:
        return shown, None, f"{type(error).__name__}: {error}"


def plain(member):
    """The value of a member, where it is a text or a whole number."""
    value = member.value if isinstance(member, enum.Enum) else member
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def column(cls, one, first):
    made, value = default_of(cls, one, first)
    in_sql = one.default is None and value is not None and str(value) == str(getattr(one.server_default, "arg", None))
    decorated = isinstance(one.type, types.TypeDecorator)
    inner = one.type.impl_instance if decorated and hasattr(one.type, "impl_instance") else one.type
    return {
        "name": one.name,
        "type": type(one.type).__name__,
        "converts": decorated and keeps_moment(one.type),
        "aware": getattr(inner, "timezone", None),
        "fixed": repr(value) if is_fixed(value) and not in_sql and given(cls, one)[1] is None else None,
        "value": repr(value) if isinstance(value, PLAIN) else None,
        "made": made,
        "doc": one.doc
        or one.comment
        or getattr(getattr(cls, "model_fields", {}).get(one.name), "description", None)
        or "",
        "nullable": bool(one.nullable),
        "has_default": one.default is not None or one.server_default is not None,
        "values": fixed_values(cls, one),
    }


def relations(cls):
    """What deleting one of these does to the rows that refer to it, as the mapper was told; not by a table between."""
    found = called(lambda: list(mapped(cls).relationships))[1] if cls else None
    return [
        {
            "name": each.key,
            "table": each.target.fullname.removeprefix("public."),
            "columns": [remote.name for _, remote in each.local_remote_pairs],
            "deletes": bool(each.cascade.delete),
            "passive": str(each.passive_deletes),
        }
        for each in found or []
        if each.direction.name == "ONETOMANY" and each.secondary is None and not each.viewonly
    ]


def hooks(cls):
    """What the service's listeners delete beside one of these, each asked with a connection that executes nothing."""
    mapper = called(lambda: mapped(cls))[1] if cls else None
    moments = [getattr(mapper.dispatch, name) for name in ("before_delete", "after_delete")] if mapper else []
    found = [(listener, written(listener)) for moment in moments for listener in moment]
    return [hook(mapper, listener, function) for listener, function in found if function]


def hook(mapper, listener, function):
    asked = []

    def keep(statement, *_args, **_more):
        asked.append(statement)
        return MagicMock()

    connection = MagicMock()
    for name in ("execute", "scalar", "scalars", "exec_driver_sql"):
        getattr(connection, name).side_effect = keep
    row = mapper.class_manager.new_instance()
    answered, _ = called(lambda: listener(mapper, connection, instance_state(row)))
    return {
        "name": function.__name__,
        "path": place(function.__code__.co_filename),
        "line": function.__code__.co_firstlineno,
        "answered": answered,
        "deletes": sorted({name for one in asked for name in emptied(one)}),
    }


def emptied(statement):
    """The tables that a statement deletes rows of, as it was built or spelt."""
    if getattr(statement, "is_delete", False):
        return [statement.table.fullname.removeprefix("public.")]
    return [name.replace('"', "").removeprefix("public.") for name in DELETES.findall(str(statement))]


def written(listener):
    """The service's function, which SQLAlchemy wraps; None for one of a library."""
    inner = [cell.cell_contents for cell in getattr(listener, "__closure__", None) or ()]
    known = [one for one in (*inner, listener) if hasattr(one, "__code__")]
    return next((one for one in known if place(one.__code__.co_filename)), None)


def table(one, cls, first):
    path, line = source_of(cls) if cls else (modules_with(one), None)
    doc = inspect.cleandoc(vars(cls).get("__doc__") or "") if cls else ""
    return {
        "name": one.fullname.removeprefix("public."),
        "model": cls.__name__ if cls else "",
        "path": path,
        "line": line,
        "doc": doc,
        "columns": [column(cls, each, first) for each in one.columns],
        "relations": relations(cls),
        "hooks": hooks(cls),
    }


def creation(metadatas):
    """The statements that make all tables on PostgreSQL, as create_all would: a sequence of two tables once."""
    said = []

    def say(statement, *_args, **_more) -> None:
        said.append(str(statement.compile(dialect=engine.dialect)).strip())

    engine = create_mock_engine("postgresql://", say, paramstyle="named")
    for metadata in metadatas:
        metadata.create_all(engine, checkfirst=False)
    return list(dict.fromkeys(said))


if (root / "src").is_dir():  # a package that is installed is found anyway; one that is not, here
    sys.path.append(str(root / "src"))
app, modules = TOLD[2], TOLD[3:]
problems = load([name for name in (app.partition(":")[0], *modules) if name])
# By their own types: a stand-in that is loaded at its first use (openai's, Werkzeug's) breaks when asked for its class.
known = [one for one in gc.get_objects() if issubclass(type(one), MetaData) and one.tables]
owners = classes_by_table()
declared = [one for metadata in known for one in metadata.tables.values()]
first = first_values([(owners.get(id(one)), each) for one in declared for each in one.columns])
tables = [table(one, owners.get(id(one)), first) for one in declared]
tables = [one for one in tables if one["path"]]
ours = {one["name"] for one in tables}
try:
    ddl = creation([m for m in known if {t.fullname.removeprefix("public.") for t in m.tables.values()} & ours])
    ddl_problem = None
except Exception as error:
    ddl, ddl_problem = [], f"{type(error).__name__}: {error}"
answer = {"tables": tables, "problems": problems, "ddl": ddl, "ddl_problem": ddl_problem}
Path(TOLD[1]).write_text(json.dumps(answer), encoding="utf-8")
