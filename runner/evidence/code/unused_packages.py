"""Is a package that a lock pins used at all? One that nothing names, and no other package asks for, lies there idle."""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from runner.probe import Probe
from runner.reading.walk import files_below, folders_above
from runner.vocabulary.folders import SKIPPED, TESTS

MOST = 4000  # files that are searched; where there are more, nobody knows
LARGEST = 1_000_000  # bytes of one that is read
# What says that a package is wanted, and what only speaks of it, puts it to no use. Whatever else there is may.
DECLARES = re.compile(
    r"requirements.*\.(?:txt|in|lock)|.*\.lock|pyproject\.toml|setup\.(?:py|cfg)|Pipfile|.*\.(?:md|rst)|constraints.*",
    re.I,
)


def idle(probe: Probe, names: Iterable[str]) -> frozenset[str]:
    """Those of these packages that nothing names and no installed package needs; none where that is not known."""
    words = {name: _word(name) for name in names}
    files = list(islice(_files(probe), MOST + 1)) if words else []
    if len(files) > MOST:
        return frozenset()
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        words = {name: word for name, word in words.items() if not word.search(text)}
        if not words:
            break
    needed = _needed(probe.target.python) if words else None
    return frozenset() if needed is None else frozenset(name for name in words if canonicalize_name(name) not in needed)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, sorted(_spellings(name))))})(?![a-z])", re.IGNORECASE)


def _spellings(name: str) -> set[str]:
    """As code may import it: `argon2-cffi` as `argon2`, `python-jose` as `jose`, `PyJWT` as `jwt`."""
    plain = canonicalize_name(name)
    parts = [part for part in plain.split("-") if part not in {"python", "py", "cffi", "binary", "c"}]
    known = {plain, plain.replace("-", "_"), plain.replace("-", "."), "_".join(parts), parts[0] if parts else plain}
    return known | {one.removeprefix("py") for one in known if len(one.removeprefix("py")) > 1}


def _files(probe: Probe) -> Iterator[Path]:
    """Of the service's folder, and those that lie in the folders of its repository above."""
    above = (path for folder in folders_above(probe.root) for path in sorted(folder.iterdir()) if path.is_file())
    for path in chain(files_below(probe.root, SKIPPED | TESTS), above):
        if not DECLARES.fullmatch(path.name) and os.access(path, os.R_OK) and path.stat().st_size <= LARGEST:
            yield path


def _needed(python: Path) -> set[str] | None:
    """What the packages of this interpreter need; None where they can't be read."""
    folders = list(python.parent.parent.glob("lib*/python*/site-packages"))
    found = [path for folder in folders for path in folder.glob("*.dist-info/METADATA")]
    return {name for path in found for name in _needs(path)} if found else None


def _needs(metadata: Path) -> Iterator[str]:
    for line in metadata.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0].splitlines():
        if line.startswith("Requires-Dist:"):
            try:
                wanted = Requirement(line.partition(":")[2].strip())
            except InvalidRequirement:
                continue
            if wanted.marker is None or "extra" not in str(wanted.marker):
                yield canonicalize_name(wanted.name)
