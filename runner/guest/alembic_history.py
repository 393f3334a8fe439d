"""Guest: the target's migration history. argv: ANSWER CONFIG. Reads the scripts; opens no database."""

import json
import os
import re
import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory


def configured(path):
    """Of `[tool.alembic]` as well, where Alembic (1.16 and later) looks for it by itself."""
    told = path.endswith(".toml")
    try:
        return Config("alembic.ini" if told else path, toml_file=path if told else "pyproject.toml")
    except TypeError:
        return Config(path)


root = Path.cwd().resolve()
config = configured(sys.argv[2])
location = getattr(config, "get_alembic_option", config.get_main_option)("script_location") or ""
folder = Path(sys.argv[2]).parent.resolve()
if not Path(location).exists() and (folder / location).exists():  # it is meant to be run beside its configuration
    os.chdir(folder)
script = ScriptDirectory.from_config(config)


def place(path):
    found = Path(path).resolve()
    return found.relative_to(root).as_posix() if found.is_relative_to(root) else str(found)


dates = {
    one.revision: (re.findall(r"^Create Date: *(.+)$", one.longdoc or "", re.MULTILINE) or [""])[0]
    for one in script.walk_revisions()
}
revisions = [
    {
        "id": one.revision,
        "down": list(one._versioned_down_revisions) if hasattr(one, "_versioned_down_revisions") else [],
        "message": one.doc,
        "path": place(one.path),
    }
    for one in script.walk_revisions()
]
answer = {
    "heads": sorted(script.get_heads()),
    "newest": sorted(script.get_heads(), key=lambda head: (dates[head], head))[::-1],
    "bases": sorted(script.get_bases()),
    "revisions": revisions[::-1],
}
Path(sys.argv[1]).write_text(json.dumps(answer), encoding="utf-8")
