"""Is it the service that became slower, or the machine? The accepted code is measured again, in turns with this one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Self

from runner.errors import ProbeError
from runner.evidence.agreed.earlier_load import EarlierLoad
from runner.evidence.code.lock_file import LockFile
from runner.evidence.contract.contract import Contract
from runner.evidence.load.comparison import LIKE, Change, as_earlier, compared, pace_ratio
from runner.evidence.load.load import Load, measure
from runner.evidence.load.load_shape import Shape
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.processes.process import quick
from runner.said import say

# A checkout runs no hook and no filter of the repository's.
PLAIN = ("-c", "core.hooksPath=/dev/null", "-c", "filter.lfs.smudge=cat", "-c", "filter.lfs.required=false")
PATIENCE = 120.0  # seconds for git


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedAgain(Evidence):
    """The accepted code's load, in turns with this one's, where the times differ."""

    exclusive: ClassVar[bool] = True
    holds: ClassVar[timedelta] = timedelta(days=1)

    commit: str = ""
    then: tuple[Shape, ...] = ()  # of the accepted code, measured now; empty where nothing asked for it …
    now: tuple[Shape, ...] = ()  # … and of this code, measured right after it
    why_not: str = ""  # why it could not be measured

    @classmethod
    def collect(
        cls, probe: Probe, load: Load, earlier: EarlierLoad, contract: Contract, lock: Looked[LockFile]
    ) -> Self:
        doubtful = [shape for shape in load.shapes if in_doubt(shape, load, earlier)]
        if not doubtful:
            return cls()
        try:
            accepted = _accepted(probe, earlier, lock)
            pairs = [
                (
                    measure(accepted, contract, one.users, one.wanted_seconds, load.needs),
                    measure(probe, contract, one.users, one.wanted_seconds, load.needs),
                )
                for one in doubtful
            ]
        except ProbeError as error:
            return cls(commit=earlier.commit, why_not=str(error))
        return cls(commit=earlier.commit, then=tuple(old for old, _ in pairs), now=tuple(new for _, new in pairs))

    def is_partial(self) -> bool:
        """What others disturbed is measured anew by the next run."""
        return any(one.disturbed for one in (*self.then, *self.now))

    @property
    def untrusted(self) -> str:
        """Why the two can't be compared with each other; empty where they can."""
        for one in (*self.then, *self.now):
            if one.disturbed:
                return one.disturbed
            if one.saturated or not one.agrees:
                return say("the measurement itself can't be trusted (PF002)")
        ratios = (pace_ratio(new, as_earlier(old)) for old, new in zip(self.then, self.now, strict=True))
        if any(not 1 / LIKE <= ratio <= LIKE for ratio in ratios):
            return say("this machine changed its pace meanwhile")
        return ""

    @property
    def decides(self) -> bool:
        return bool(self.then) and not self.untrusted

    def changes(self) -> Iterator[Change]:
        """Each endpoint of the accepted code and of this one, as measured in turns."""
        return compared(self.now, map(as_earlier, self.then))


def in_doubt(shape: Shape, load: Load, earlier: EarlierLoad) -> bool:
    """Do the recorded times say that something became slower, or does the machine keep them from saying anything?"""
    then = earlier.shapes.get(shape.users)
    if then is None or earlier.basis != load.basis:
        return False
    changes = list(compared([shape], [then]))
    strange = not 1 / LIKE <= pace_ratio(shape, then) <= LIKE
    return bool(changes) and (strange or any(one.worse for one in changes))


def _accepted(probe: Probe, earlier: EarlierLoad, lock: Looked[LockFile]) -> Probe:
    """Hands for the accepted code, checked out beside this one. Raises `ProbeError` where that proves nothing."""
    if not earlier.commit:
        raise ProbeError(say("run {run} was outside of git", run=earlier.run))
    if not earlier.clean:
        raise ProbeError(say("in run {run} files differed from its commit", run=earlier.run))
    place = probe.workshop.scratch("accepted") / "code"
    root = checked_out(probe.root, earlier.commit, place)
    path = _lock_path(lock)
    if not same_file(probe.root, root, path):
        raise ProbeError(
            say(
                "{path} is another one since commit {commit}: its packages are not here",
                path=path,
                commit=earlier.commit[:7],
            )
        )
    return probe.elsewhere(root)


def checked_out(folder: Path, commit: str, place: Path) -> Path:
    """The same folder at another commit, below `place`. Raises `ProbeError` with git's words."""
    where = quick(["git", "rev-parse", "--show-toplevel", "--show-prefix"], cwd=folder)
    top, _, prefix = where.out.partition("\n")
    if where.code:
        raise ProbeError(say("git shows no commits here: {last_words}", last_words=where.last_words))
    clone = ["git", *PLAIN, "clone", "--quiet", "--shared", "--no-checkout", top, str(place)]
    checkout = ["git", *PLAIN, "checkout", "--quiet", "--detach", commit]
    for words, cwd in ((clone, folder), (checkout, place)):
        ran = quick(words, cwd=cwd, timeout=PATIENCE)
        if ran.code:
            raise ProbeError(
                say("commit {commit} can't be checked out: {last_words}", commit=commit[:7], last_words=ran.last_words)
            )
    root = place / prefix.strip()
    if not root.is_dir():
        raise ProbeError(say("commit {commit} has no folder {prefix}", commit=commit[:7], prefix=prefix.strip()))
    return root


def _lock_path(lock: Looked[LockFile]) -> str:
    """The lock's path. Raises `ProbeError` where none says that the accepted code had the same packages."""
    found = lock.or_none()
    if found is None or found.path is None:
        raise ProbeError("there is no lock, so nobody knows whether the accepted code had the same packages")
    return found.path


def same_file(one: Path, other: Path, path: str) -> bool:
    """Does a file say the same in both folders? Not where one of them lacks it."""
    files = one / path, other / path
    return all(file.is_file() for file in files) and files[0].read_bytes() == files[1].read_bytes()
