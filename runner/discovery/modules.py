"""Which module is a file of the service, as its own code imports it, and from which folder?"""

import re
import sys
from collections.abc import Set
from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.start_commands import started_in

IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
MODULES = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+([A-Za-z_][\w.]*)(?:[ \t]+import[ \t]+\(?[ \t]*(\w+))?", re.MULTILINE
)


def module_name(root: Path, path: Path) -> str:
    """Its dotted name: from the topmost package around it, else from `src` or the service's folder.

    A folder without `__init__.py` inside of a package belongs to it. `src` is no package unless somebody imports it.
    In the folder that the server is started in, modules begin there.
    """
    folder = started_in(root)
    root = root / folder if folder and path.is_relative_to(root / folder) else root
    parts = list(path.relative_to(root).with_suffix("").parts)
    packages = (n for n in range(len(parts) - 1) if _is_package(root, parts, n))
    start = next(packages, None)
    above = range(len(parts) - 1 if start is None else start)  # folders without __init__.py, which may be packages
    imported = _imported_modules(root) if above else set()
    spoken = next((n for n in above if _is_imported(root.joinpath(*parts[:n]), parts[n], imported)), None)
    if spoken is not None:
        start = spoken
    elif start is not None and parts[start] == "src" and not _imports_src(root):
        start += 1
    if start is None:
        start = len(parts) - parts[::-1].index("src") if "src" in parts[:-1] else 0
        start = len(parts) - 1 if _imports_from_beside(root, path) else start
    parts = parts[start:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def find_path(root: Path, module: str) -> str | None:
    """The folder (relative) that holds a module's top package, when it is not the service's folder itself."""
    top = module.split(".", maxsplit=1)[0]
    if (root / top).is_dir() or (root / f"{top}.py").is_file():
        return None
    wanted = (root / Path(*module.split("."))).relative_to(root)
    for path in python_files(root):
        name = path.relative_to(root).with_suffix("")
        whole = name.parent if name.name == "__init__" else name
        if whole.parts[-len(wanted.parts) :] == wanted.parts:
            return Path(*whole.parts[: -len(wanted.parts)]).as_posix()
    return None


def code_called(folder: Path, name: str) -> str | None:
    """The package or the file of a module, with an `__init__.py` or without."""
    if any((folder / name).glob("**/*.py")):
        return name
    return f"{name}.py" if (folder / f"{name}.py").is_file() else None


def _is_package(root: Path, parts: list[str], end: int) -> bool:
    return (root / Path(*parts[: end + 1]) / "__init__.py").is_file()


def _imported_modules(root: Path) -> set[str]:
    """What the service's own code imports, as it spells it: `api.db` of `from api import db`."""
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in python_files(root))
    return {".".join(filter(None, found)) for text in texts for found in MODULES.findall(text)}


def _is_imported(folder: Path, name: str, modules: Set[str]) -> bool:
    """Does the code import something of this folder's package by such a name?"""
    inner = (folder.joinpath(*module.split(".")) for module in modules if module.startswith(f"{name}."))
    return any(
        one.is_dir() or one.with_suffix(".py").is_file() or one.parent.with_suffix(".py").is_file() for one in inner
    )


def _imports_from_beside(root: Path, path: Path) -> bool:
    """Does a file import what lies in its own folder, and not in the service's, as if that were on the module path?"""
    text = path.read_text(encoding="utf-8", errors="replace")
    named = set() if re.search(r"^[ \t]*from[ \t]+\.", text, re.MULTILINE) else set(IMPORTED.findall(text))
    own = named - sys.stdlib_module_names
    return path.parent != root and any(code_called(path.parent, one) and not code_called(root, one) for one in own)


def _imports_src(root: Path) -> bool:
    """Does the service's own code say `from src.… import`?"""
    says = re.compile(r"^\s*(?:from|import) src\b", re.MULTILINE)
    return any(says.search(path.read_text(encoding="utf-8", errors="replace")) for path in python_files(root))
