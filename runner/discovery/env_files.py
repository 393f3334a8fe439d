"""Which env files does a repository show to everybody, what do they show, and which are somebody's own?"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.processes.process import quick
from runner.reading.env_text import assigned_in

IN_SERVICE, ABOVE = (".env*", "*.env", "env.example", "*/.env*"), (".env*", "*.env", "env.example")
EXAMPLE = re.compile(r"example|sample|template|dist", re.IGNORECASE)
MADE_TO_BE_READ = re.compile(rf"{EXAMPLE.pattern}|test", re.IGNORECASE)


def shown_env_files(root: Path, above: Iterable[Path] = ()) -> list[Path]:
    """Examples, and what else git tracks: the service's own first, then those in the folders above it.

    A `.env` that git does not track holds what one developer really uses: it is nobody's example, and no public secret.
    """
    found = _env_files(root, above)
    tracked = _tracked(root, [path for path in found if not EXAMPLE.search(path.name)])
    return [path for path in found if EXAMPLE.search(path.name) or path in tracked]


def hidden_env_files(root: Path, above: Iterable[Path] = ()) -> list[Path]:
    """Those whose values no record may show: all that are not made to be read, whether git tracks them or not."""
    return [path for path in _env_files(root, above) if not MADE_TO_BE_READ.search(path.name)]


def examples_in(env_files: Iterable[Path]) -> Mapping[str, str]:
    """Variable (upper case) → what the first of these files that has it shows."""
    found: dict[str, str] = {}
    for path in env_files:
        text = path.read_text(encoding="utf-8", errors="replace")
        for name, value in {one.name.upper(): one.value for one in assigned_in(text)}.items():  # the last one counts
            if "\0" not in value:  # which no environment can hold
                found.setdefault(name, value)
    return found


def _env_files(root: Path, above: Iterable[Path]) -> list[Path]:
    places = [(root, pattern) for pattern in IN_SERVICE] + [(folder, one) for folder in above for one in ABOVE]
    found = [path for folder, pattern in places for path in sorted(folder.glob(pattern)) if path.is_file()]
    return sorted(dict.fromkeys(found), key=lambda path: not EXAMPLE.search(path.name) and path.parent == root)


def _tracked(root: Path, paths: list[Path]) -> set[Path]:
    """Those that git tracks; none outside of git."""
    if not paths:
        return set()
    try:
        ran = quick(["git", "ls-files", "-z", "--full-name", "--", *map(str, paths)], cwd=root)
        top = quick(["git", "rev-parse", "--show-toplevel"], cwd=root)
    except OSError:  # no git on this machine: then nothing is known to be public
        return set()
    if ran.code or top.code:
        return set()
    known = {(Path(top.out.strip()) / name).resolve() for name in ran.out.split("\0") if name}
    return {path for path in paths if path.resolve() in known}
