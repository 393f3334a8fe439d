"""What does a service write into log files of its own while it runs? Many log nothing where it was started."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.vocabulary.folders import SKIPPED

FOLDERS = frozenset({"log", "logs"})
LARGEST = 4_000_000  # bytes of one file that are read, from its end


def sizes(root: Path) -> dict[Path, int]:
    """The log files in a service's folder, with their sizes now."""
    return {path: path.stat().st_size for path in _files(root)}


def written_since(root: Path, before: Mapping[Path, int]) -> str:
    """What log files have gained since. A file that is shorter now was begun anew."""
    return "".join(_gained(path, before.get(path, 0)) for path in sorted(_files(root)))


def _gained(path: Path, start: int) -> str:
    size = path.stat().st_size
    first = max(start if start <= size else 0, size - LARGEST)
    with path.open("rb") as stream:
        stream.seek(first)
        return stream.read().decode("utf-8", errors="replace")


def _files(root: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name not in SKIPPED]
        in_logs = bool(FOLDERS & set(Path(folder).relative_to(root).parts))
        for path in (Path(folder) / name for name in names if in_logs or _is_log(name)):
            if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK):
                yield path


def _is_log(name: str) -> bool:
    """`api.log`, and `api.log.1` or `api.log.2026-01-01` that was turned over."""
    return name.endswith(".log") or ".log." in name
