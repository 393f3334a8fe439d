"""What does Alembic's configuration say of where it runs, and on which database? Read, never run."""

import re
from pathlib import Path

from runner.discovery.usual_places import text_if_there
from runner.errors import ProbeError
from runner.reading.documents import toml_in


def alembic_folder(root: Path, ini: str | None) -> str:
    """The folder (relative) that Alembic runs in: its configuration's, where its scripts are found only there."""
    named = re.search(r"^script_location\s*=\s*([^\s%:]+)\s*$", text_if_there(root, ini), re.MULTILINE)
    folder = Path(ini or ".").parent
    if named is None or (root / named[1]).exists() or not (root / folder / named[1]).exists():
        return "."
    return folder.as_posix()


def alembic_url(root: Path, ini: str | None) -> str:
    """The database that Alembic's configuration names by itself; empty where it has the template's or none."""
    named = re.search(r"^sqlalchemy\.url[ \t]*[=:][ \t]*(\S+)", text_if_there(root, ini), re.MULTILINE)
    return named[1] if named and not named[1].startswith("driver:") else ""


def told_in_project(root: Path) -> str | None:
    """The project file where it says, in `[tool.alembic]`, where the scripts are."""
    try:
        tool = toml_in(text_if_there(root, "pyproject.toml")).get("tool", {})
    except ProbeError:  # another look names it
        return None
    told = isinstance(tool, dict) and isinstance(tool.get("alembic"), dict) and tool["alembic"].get("script_location")
    return "pyproject.toml" if told else None
