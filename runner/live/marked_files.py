"""Where did a service put a file that it was sent? Files by a mark in their name, as its processes see them."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from runner.live.server import Server
from runner.processes.fence import Fence
from runner.vocabulary.folders import SKIPPED

MOST = 100_000  # files that are looked through


@dataclass(frozen=True, slots=True)
class Marked:
    """A file with a mark in its name."""

    path: Path  # as the service sees it
    size: int


class MarkedFiles:
    """Looks through the service's folder, the folders above it, and where its processes keep what is temporary."""

    def __init__(self, server: Server) -> None:
        self._fence: Fence = server.fence
        self._outside = str(self._fence.view(Path("/"))).rstrip("/")
        self._root = server.root
        self.temporary = Path(self._fence.environment().get("TMPDIR", "/tmp"))  # noqa: S108 - the run's own
        self.can_look = self._fence.keeps_files()

    def find(self, mark: str) -> tuple[Marked, ...]:
        """All with the mark in their name."""
        return tuple(self._found(mark))

    def remove(self, mark: str) -> None:
        """Remove them: what was only a try takes no place in the run's folder."""
        for one in self.find(mark):
            with contextlib.suppress(OSError):
                self._fence.view(one.path).unlink()

    def _found(self, mark: str) -> Iterator[Marked]:
        above = (path for folder in self._root.parents for path in _in(folder))
        below = chain(_below(self._root), _below(self._fence.view(self.temporary)))
        for path in islice(chain(below, above), MOST):
            if mark in path.name:
                with contextlib.suppress(OSError):
                    yield Marked(Path(str(path).removeprefix(self._outside)), path.stat().st_size)


def _below(top: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(top):
        names[:] = [name for name in names if name not in SKIPPED]
        yield from (Path(folder) / name for name in files)


def _in(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (path for path in folder.iterdir() if path.is_file())
