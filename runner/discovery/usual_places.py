"""Where do a service's lock, contract and compose file usually lie?"""

import os
from collections.abc import Callable
from pathlib import Path

from runner.reading.walk import folders_above
from runner.vocabulary.folders import SKIPPED

# A requirements file beside a lock is mostly its export, without hashes; it goes before what uv can't install.
LOCKS = (
    "requirements.lock",
    "uv.lock",
    "poetry.lock",
    "pylock.toml",
    *(f"requirements-{kind}.txt" for kind in ("pg", "postgres", "postgresql")),  # beside one for another database
    "requirements.txt",
    "pdm.lock",
    "Pipfile.lock",
)
# The locks that one workspace shares; a requirements file above the service belongs to something else.
SHARED_LOCKS = ("uv.lock", "pdm.lock", "poetry.lock", "pylock.toml")
CONTRACTS = (
    "openapi.json",
    "openapi.yaml",
    "docs/openapi.json",
    "docs/openapi.yaml",
    "contract/openapi.json",
)
COMPOSE = tuple(
    f"{deep}{name}.{ending}"
    for deep in ("", "*/")
    for name in ("compose", "docker-compose")
    for ending in ("yaml", "yml")
)


def first_below(root: Path, *patterns: str) -> str | None:
    """The first (relative) that one of the patterns finds in the service's folder, outside of hidden folders."""
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            parts = path.relative_to(root).parts
            if not SKIPPED & set(parts) and not any(part.startswith(".") for part in parts[:-1]):  # .devcontainer
                return path.relative_to(root).as_posix()
    return None


def first_above(root: Path, *names: str) -> str | None:
    """What a repository with several services in it keeps above them."""
    found = (folder / name for folder in folders_above(root) for name in names)
    return next((shown(root, path) for path in found if path.is_file()), None)


def shown(root: Path, path: Path) -> str:
    """A path as people read it: from the service's folder, `../uv.lock` where it lies above."""
    return Path(os.path.relpath(path, root)).as_posix()


def find_lock(root: Path, image: Callable[[], str | None]) -> str | None:
    """Its own lock, else the one that its workspace shares, else one in a folder below, as requirements/ has them.

    Of several of its own, the one that its image is made from; only then is that one looked for.
    """
    there = [name for name in LOCKS if (root / name).is_file()]
    said = text_if_there(root, image()) if len(there) > 1 else ""
    named = [name for name in there if name in said]
    own = next(iter([*named, *there]), None)
    return own or first_above(root, *SHARED_LOCKS) or first_below(root, *(f"*/{name}" for name in LOCKS))


def text_if_there(root: Path, file: str | None) -> str:
    """What a file (relative) says; empty where there is none."""
    path = root / file if file else None
    return path.read_text(encoding="utf-8", errors="replace") if path and path.is_file() else ""
