"""Which files lie below a folder? The nearest first, through no link, and never more than can be looked at."""

import os
from collections.abc import Iterator, Set
from itertools import islice
from pathlib import Path

from runner.errors import WorkflowError
from runner.said import say

FEW = 20_000  # files and folders that are looked at to learn whether there is a service at all
MANY = 500_000  # and those of a folder that is known to be one's
DEPTH = 16  # folders inside of each other


class TooMuch(WorkflowError):
    """More files and folders than are looked at."""


def files_below(root: Path, skipped: Set[str], most: int = MANY) -> Iterator[Path]:
    """Files outside of `skipped` folders, level by level; what can't be read, and links to folders, are left out.

    Raises `TooMuch` after `most` files and folders.
    """
    level, seen = [root], 0
    for _ in range(DEPTH):
        below, files = [], []
        for folder in level:
            for entry in islice(_entries(folder), most - seen + 1):
                seen += 1
                if _is(entry, "folder"):
                    below += [Path(entry.path)] if entry.name not in skipped else []
                elif _is(entry, "file"):
                    files.append(Path(entry.path))
            if seen > most:
                raise TooMuch(
                    say(
                        "{root} holds more than {most} files and folders: too many to look through.",
                        root=root,
                        most=most,
                    )
                )
        yield from sorted(files, key=str)
        level = below


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from found
    except OSError:
        return


def _is(entry: os.DirEntry[str], kind: str) -> bool:
    """False for a socket, a pipe, a device, a link that leads nowhere or round in a circle."""
    try:
        return entry.is_dir(follow_symlinks=False) if kind == "folder" else entry.is_file()
    except OSError:
        return False


def names_in(folder: Path, most: int = 1000) -> list[str]:
    """Names of folders in a folder, as they come; empty where it can't be read."""
    return [entry.name for entry in islice(_entries(folder), most) if _is(entry, "folder")]


def folders_above(root: Path) -> tuple[Path, ...]:
    """The folders between the service and the repository that it lies in, nearest first; none outside of one."""
    parents = [] if (root / ".git").exists() else list(root.parents)
    for number, parent in enumerate(parents):
        if (parent / ".git").exists():
            return tuple(parents[: number + 1])
    return ()
