"""What is in a folder that is no service, and which folder below may be meant?"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.said import say

# What a web service is made with, by the package that is imported.
FRAMEWORKS = {
    "flask": "Flask",
    "django": "Django",
    "starlette": "Starlette",
    "litestar": "Litestar",
    "quart": "Quart",
    "sanic": "Sanic",
    "aiohttp": "aiohttp",
    "tornado": "Tornado",
    "falcon": "Falcon",
    "bottle": "Bottle",
    "robyn": "Robyn",
    "blacksheep": "BlackSheep",
}
IMPORTS = re.compile(rf"^\s*(?:from|import)\s+({'|'.join(FRAMEWORKS)})\b", re.MULTILINE)
LANGUAGES = {
    "package.json": "JavaScript",
    "go.mod": "Go",
    "pom.xml": "Java",
    "build.gradle": "Java",
    "Cargo.toml": "Rust",
    "composer.json": "PHP",
    "Gemfile": "Ruby",
}
PROJECT = ("gonogo.toml", ".venv", "venv", "alembic.ini", "pyproject.toml", "requirements.txt")


def what_is_there(root: Path, code: Iterable[Path]) -> str:
    """Why no app was found, in half a sentence: `no FastAPI app found: app.py uses Flask`. `code`: Python files."""
    if all(path.name.startswith(".") for path in root.iterdir()):
        return say("the folder is empty")
    for path in code:
        if found := IMPORTS.search(path.read_text(encoding="utf-8", errors="replace")):
            return say(
                "no FastAPI app found: {relative_to} uses {frameworks}",
                relative_to=path.relative_to(root),
                frameworks=FRAMEWORKS[found[1]],
            )
    other = next(
        (
            say("{name} is of {said}", name=name, said=said)
            for name, said in LANGUAGES.items()
            if (root / name).is_file()
        ),
        "",
    )
    return say("no FastAPI app found{other}", other=say(": {other}", other=other) if other else "")


def projects_below(root: Path) -> Iterator[Path]:
    """Folders below, two deep at most, that look like a project of their own."""
    for pattern in ("*/", "*/*/"):
        for folder in sorted(root.glob(pattern)):
            hidden = any(part.startswith(".") for part in folder.relative_to(root).parts)
            if not hidden and any((folder / name).exists() for name in PROJECT):
                yield folder
