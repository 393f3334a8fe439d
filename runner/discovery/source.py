"""Which state of the service is this? Commit, dirty files, and a digest of every file that counts."""

import hashlib
import socket
from dataclasses import dataclass
from pathlib import Path

from runner.processes.process import quick
from runner.reading.walk import files_below
from runner.said import say
from runner.vocabulary.folders import SKIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """`commit` is None outside of git, with the reason in `problem`. `dirty` paths are relative to the service."""

    commit: str | None
    dirty: tuple[str, ...]
    digest: str
    problem: str = ""

    @property
    def label(self) -> str:
        """As in the head of a run: `3f2a91c, 1 file changed`."""
        if self.commit is None:
            return say("not in git")
        changed = (
            say(", {dirty} file{s} changed", dirty=len(self.dirty), s="s" if len(self.dirty) > 1 else "")
            if self.dirty
            else ""
        )
        return say("{commit}{changed}", commit=self.commit[:7], changed=changed)


def source_state(root: Path) -> SourceState:
    """The state of the folder right now. Ignored files don't count; the digest follows content, not commits."""
    commit, problem = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return SourceState(commit=None, dirty=(), digest=_digest(root, _walk(root)), problem=problem)
    listed, _ = _git(root, "ls-files", "-co", "--exclude-standard", "-z")
    files = sorted({name for name in (listed or "").split("\0") if name})
    changed, _ = _git(root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", ".")
    prefix = (_git(root, "rev-parse", "--show-prefix")[0] or "").strip()
    dirty = sorted(entry[3:].removeprefix(prefix) for entry in (changed or "").split("\0") if entry)
    return SourceState(commit=commit.strip(), dirty=tuple(dirty), digest=_digest(root, files))


def is_ignored(root: Path, path: str) -> bool:
    """Does git leave a file out, so that no state of the folder holds it? False outside of a repository."""
    return _git(root, "check-ignore", "-q", "--", path)[0] is not None


def committed(root: Path, path: str) -> str | None:
    """The text of a file as the last commit has it; None where none has."""
    return _git(root, "show", f"HEAD:./{path}")[0]


def _git(root: Path, *words: str) -> tuple[str | None, str]:
    """(standard output, "") or (None, why not)."""
    try:
        ran = quick(["git", *words], cwd=root)
    except OSError as error:
        return None, f"git: {error.strerror}"
    return (ran.out, "") if ran.code == 0 else (None, ran.last_words)


def _walk(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in files_below(root, SKIPPED))


def _digest(root: Path, files: list[str]) -> str:
    whole = hashlib.sha256()
    for name in files:
        whole.update(f"{name}\0{_content(root / name)}\n".encode(errors="surrogateescape"))
    return whole.hexdigest()


def _content(path: Path) -> str:
    """A hash of what a file holds, read piece by piece; of nothing for what is no file, or can't be read."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        pass
    return hashlib.sha256(b"").hexdigest()


def host() -> str:
    return socket.gethostname()
