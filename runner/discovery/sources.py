"""Which folders and files hold the service's code?"""

from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.fastapi_app import find_app
from runner.discovery.modules import IMPORTED, code_called, find_path
from runner.vocabulary.folders import NO_SOURCES


def find_sources(root: Path) -> list[str]:
    """The service's code (relative): the app's package or file and those beside it that it imports, else packages."""
    app = find_app(root)
    if app:
        module = app.split(":")[0]
        base, top = find_path(root, module) or ".", module.split(".")[0]
        if code_called(root / base, top):
            return [(Path(base) / name).as_posix() for name in _with_neighbours(root / base, top)]
    return sorted(p.parent.name for p in root.glob("*/__init__.py") if p.parent.name not in {"tests", "migrations"})


def _with_neighbours(folder: Path, top: str) -> list[str]:
    """A package or module, and those in the same folder that it imports, and that those import."""
    found = [top]
    for name in found:  # it grows meanwhile
        paths = python_files(folder / (code_called(folder, name) or name))
        named = {
            word for path in paths for word in IMPORTED.findall(path.read_text(encoding="utf-8", errors="replace"))
        }
        found += sorted(one for one in named - {*found, *NO_SOURCES} if code_called(folder, one))
    return [code_called(folder, name) or name for name in found]
