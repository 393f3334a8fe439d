"""Guest: runs Alembic commands one after the other, as the service would, and says what each one did.

argv: QUESTIONS ANSWERS CONFIG (two file descriptors, a path). A question is a line of JSON:
{"words": ["upgrade", "head"]}
"""

import io
import json
import os
import sys
import time
from pathlib import Path

from alembic import command
from alembic.config import CommandLine, Config
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import event
from sqlalchemy.engine import Engine

heard = []
seen = {"tables": None}


def hear(connection, _cursor, statement, _parameters, _context, _many) -> None:
    alone = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
    heard.append({"sql": statement, "alone": alone})


event.listen(Engine, "before_cursor_execute", hear)
configure = EnvironmentContext.configure


def configure_and_see(self, *args, **options):
    wanted = options.get("target_metadata")
    known = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    seen["tables"] = None if wanted is None else sorted({name for metadata in known for name in metadata.tables})
    return configure(self, *args, **options)


EnvironmentContext.configure = configure_and_see


config_file = Path(sys.argv[3]).resolve()
location = Config(str(config_file)).get_main_option("script_location") or ""
if not Path(location).exists() and (config_file.parent / location).exists():  # meant to be run beside its configuration
    os.chdir(config_file.parent)


def perform(words):
    options = CommandLine().parser.parse_args(["-c", str(config_file), *words])
    config = Config(file_=str(config_file), ini_section=options.name, cmd_opts=options, stdout=io.StringIO())
    name, rest = words[0], words[1:]
    try:
        getattr(command, name)(config, *rest)
    except Exception as trouble:
        diffs = getattr(trouble, "diffs", None)
        if diffs is None:
            raise
        return [described(diff) for diff in flat(diffs)]
    return []


def flat(diffs):
    for diff in diffs:
        if isinstance(diff, list):
            yield from flat(diff)
        else:
            yield diff


def described(diff):
    kind, rest = diff[0], diff[1:]
    if kind.startswith("modify_"):
        _schema, table, column, _, old, new = (*rest, None)[:6]
        return {"kind": kind, "table": table, "column": column, "what": f"database {old!r}, model {new!r}"}
    if kind.endswith("_column"):
        return {"kind": kind, "table": rest[1], "column": rest[2].name, "what": str(rest[2].type)}
    thing = rest[0]
    table = getattr(thing, "table", None)
    name = getattr(thing, "name", None)
    columns = [column.name for column in getattr(thing, "columns", ())]
    where = name if table is None else table.name
    return {"kind": kind, "table": where, "column": None, "what": f"{name or ''} ({', '.join(columns)})".strip()}


def answer(question):
    del heard[:]
    began = time.monotonic()
    said = {"error": None, "diffs": []}
    try:
        said["diffs"] = perform(question["words"])
    except BaseException as trouble:
        lines = [line for line in str(trouble).splitlines() if line.strip()]
        said["error"] = f"{type(trouble).__name__}: {lines[0] if lines else ''}"
        said["detail"] = "\n".join(lines[:6])
    return dict(said, seconds=time.monotonic() - began, statements=list(heard), tables=seen["tables"])


with os.fdopen(int(sys.argv[1])) as questions, os.fdopen(int(sys.argv[2]), "w") as answers:
    for line in questions:
        answers.write(json.dumps(answer(json.loads(line)), default=str) + "\n")
        answers.flush()
