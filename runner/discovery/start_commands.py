"""By which name do a service's own start commands call its app: `gunicorn main:app`? Read, never run."""

import re
from collections.abc import Iterator
from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.images import images
from runner.vocabulary.servers import A_SERVER

FILES = ("Procfile", "*.sh", "scripts/*.sh", "docker/*.sh", "bin/*.sh", "*compose*.y*ml")
# The app behind a server's name, on the same line: `uvicorn main:app`, `["uvicorn", "main:app"]`; no `0.0.0.0:8000`.
STARTS = re.compile(rf"""(?:{A_SERVER.pattern})[^\n]*?[\s"',]([A-Za-z_][\w.]*:[A-Za-z_]\w*)(?=[\s"',\]()]|$)""", re.M)
OTHER_PATH = re.compile(r"PYTHONPATH|--app-dir")  # modules are found there, wherever the server runs
MOST = 200_000  # bytes of a file that is read


def started_apps(root: Path) -> frozenset[str]:
    """`module:attribute` of each app that a Dockerfile, a script, a compose file or a Procfile starts.

    None where something else than the folder that the server runs in says where modules are.
    """
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in _files(root)]
    if any(map(OTHER_PATH.search, texts)):
        return frozenset()
    return frozenset(name for text in texts for name in STARTS.findall(re.sub(r"\\\n\s*", " ", text)))


def started_in(root: Path) -> str | None:
    """The folder (relative) below the service's from which alone a start command finds its app, and so its modules."""
    for app in sorted(started_apps(root)):
        place = Path(*app.partition(":")[0].split(".")).with_suffix(".py")
        if (root / place).is_file():
            continue
        found = [path for path in python_files(root) if path.parts[-len(place.parts) :] == place.parts]
        if len(found) == 1:
            folder = found[0].parents[len(place.parts) - 1]
            return None if _imported_by(found[0], folder.name) else folder.relative_to(root).as_posix()
    return None


def _imported_by(file: Path, package: str) -> bool:
    """Does the app itself import the folder as a package? Then something else puts that on the module path."""
    text = file.read_text(encoding="utf-8", errors="replace")
    return re.search(rf"^[ \t]*(?:from|import)[ \t]+{re.escape(package)}\b", text, re.MULTILINE) is not None


def _files(root: Path) -> Iterator[Path]:
    found = [*(root / image for image in images(root)), *(path for one in FILES for path in sorted(root.glob(one)))]
    yield from (path for path in found if path.is_file() and path.stat().st_size <= MOST)
