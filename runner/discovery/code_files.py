"""Which Python files are below a service's folder, and which of them may it consist of?"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.reading.walk import MANY, files_below
from runner.vocabulary.folders import BESIDE, SKIPPED, TEST_FILE, TESTS

LARGEST = 4_000_000  # bytes of a file of code


def python_files(root: Path, most: int = MANY) -> Iterator[Path]:
    """The service's Python files outside of environments and tests, shallowest first.

    One with megabytes is data, not code. Raises `WorkflowError` where there is more than `most` to look through.
    """
    below = [root] if root.is_file() else files_below(root, SKIPPED | TESTS, most)
    named = [path for path in below if path.suffix == ".py"]
    return (path for path in named if os.access(path, os.R_OK) and path.stat().st_size <= LARGEST)


def own_files(root: Path, sources: Iterable[str] = ()) -> list[Path]:
    """The Python files that the service may consist of: of its sources, where gonogo.toml names them, else of all.

    Left out are tests, migrations, and what is for developers alone.
    """
    places = [root / source for source in sources] or [root]
    files = {path: path.relative_to(root) for place in places for path in python_files(place)}
    return [path for path, name in files.items() if not BESIDE & set(name.parts) and not TEST_FILE.fullmatch(name.name)]
