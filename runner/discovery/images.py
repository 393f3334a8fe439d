"""Which Dockerfiles does a service have, and which of them is released?"""

import re
from pathlib import Path

from runner.vocabulary.folders import SKIPPED
from runner.vocabulary.servers import A_SERVER

IMAGES = tuple(
    f"{deep}{name}"
    for deep in ("", "*/", "*/*/")
    for name in ("Dockerfile", "Containerfile", "*.[Dd]ockerfile", "*.Containerfile", "[DC]*file.*", "[DC]*file-*")
)
NOT_RELEASED = re.compile(r"dev|test|debug|local|\bci\b|lint|docs", re.IGNORECASE)  # a Dockerfile for other ends
FOR_POSTGRES = re.compile(r"[._-](?:pg|postgres(?:ql)?)(?:[._-]|$)", re.IGNORECASE)  # beside one for another database
SERVES = re.compile(rf"{A_SERVER.pattern}|\bpython\b")


def images(root: Path) -> list[Path]:
    """The Dockerfiles (relative), by whatever name, the likeliest first."""
    found = (path.relative_to(root) for pattern in IMAGES for path in sorted(root.glob(pattern)) if path.is_file())
    visible = (path for path in found if not any(part.startswith(".") for part in path.parts[:-1]))  # .devcontainer
    return [path for path in dict.fromkeys(visible) if not SKIPPED & set(path.parts) and is_image(root / path)]


def is_image(path: Path) -> bool:
    """Does it begin as a Dockerfile does, and is no `Dockerfile.dockerignore`?"""
    text = path.read_text(encoding="utf-8", errors="replace") if path.suffix != ".dockerignore" else ""
    return re.search(r"^\s*FROM\s", text, re.MULTILINE | re.IGNORECASE) is not None or path.name in IMAGES


def released_image(root: Path) -> str | None:
    """The one that is released and serves something, else the likeliest."""
    found = images(root)
    released = [path for path in found if not NOT_RELEASED.search(str(path))]
    serving = [path for path in released if SERVES.search((root / path).read_text(encoding="utf-8", errors="replace"))]
    serving.sort(key=lambda path: not FOR_POSTGRES.search(path.name))
    return next((path.as_posix() for path in (*serving, *released, *found)), None)
