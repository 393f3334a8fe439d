"""A service's folder: is it as it was committed, what does it hold, and how is it written whole or not at all?"""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from runner.errors import WorkflowError
from runner.processes.process import quick
from runner.said import say, together

SHOWN = 5


def require_clean(root: Path) -> None:
    """Raises `WorkflowError` outside of git, or where something is not committed."""
    try:
        inside = quick(["git", "rev-parse", "--show-prefix"], cwd=root)
        said = quick(["git", "status", "--porcelain", "-z", "--untracked-files=all", "--", "."], cwd=root)
    except OSError as error:
        raise WorkflowError(
            say("git can't be asked: {why}. Install it, or put it on PATH.", why=error.strerror)
        ) from error
    if inside.code or said.code:
        raise WorkflowError(
            say(
                "{root} is under no version control, so an update could not be taken back. Commit it "
                "first: git init, git add --all, git commit.",
                root=root,
            )
        )
    changed = _paths(said.out)
    if changed:
        more = say(" and {changed} more", changed=len(changed) - SHOWN) if len(changed) > SHOWN else ""
        raise WorkflowError(
            say(
                "Not everything is committed: {changed}{more}. Commit it (git add --all; git commit) "
                "or put it aside (git stash --include-untracked), so that what an update changes can "
                "be seen, and taken back, by itself.",
                changed=together(changed[:SHOWN]),
                more=more,
            )
        )


def _paths(said: str) -> list[str]:
    """Of `git status -z`: the old name of one that was renamed is an entry of its own."""
    found, entries = [], iter(said.split("\0"))
    for entry in entries:
        if entry:
            found.append(entry[3:])
        if entry[:1] in {"R", "C"}:
            next(entries, None)
    return found


def held(root: Path, paths: frozenset[str], folder: str) -> dict[str, bytes]:
    """What the service holds at these paths, and everything in one folder. Raises `WorkflowError` for a link."""
    found: dict[str, bytes] = {}
    more = {path.relative_to(root).as_posix() for path in (root / folder).glob("*") if path.is_file()}
    for path in sorted(paths | more):
        file = root / path
        if not file.resolve().is_relative_to(root.resolve()) or file.is_symlink():
            raise WorkflowError(
                say(
                    "{path} is a link, or lies behind one, and an update writes through none. Put the "
                    "file itself there.",
                    path=path,
                )
            )
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            found[path] = file.read_bytes()
    return found


def write_all(root: Path, before: Mapping[str, bytes | None], after: Mapping[str, bytes | None]) -> None:
    """Every file, or none. Raises `WorkflowError` where one has changed, or can't be written."""
    for path in after:
        if _read(root / path) != before.get(path):
            raise WorkflowError(
                say("{path} has changed meanwhile. Nothing was written: type the command again.", path=path)
            )
    done: list[str] = []
    try:
        for path, content in after.items():
            done.append(path)
            _put(root, path, content)
    except BaseException as error:
        for path in reversed(done):
            _put(root, path, before.get(path))
        if isinstance(error, OSError):
            raise WorkflowError(
                say(
                    "{done} can't be written: {strerror}. Everything is as it was before.",
                    done=done[-1],
                    strerror=error.strerror,
                )
            ) from error
        raise


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _put(root: Path, path: str, content: bytes | None) -> None:
    file = root / path
    if content is None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            file.unlink()
        with contextlib.suppress(OSError):  # it holds something else
            for folder in file.parents:
                if folder == root:
                    break
                folder.rmdir()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        if file.exists():
            shutil.copymode(file, name)
        else:
            Path(name).chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
