"""Errors we show to people. Anything else that escapes is our bug (exit code 3)."""

import errno
import os
from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum

from runner.said import say, together

# What a machine may lack, and what to do about it. Anything else that the system refuses is our bug.
LACKS = {
    errno.ENOSPC: say("Free some space there, or set TMPDIR to a folder on a larger disk"),
    errno.EDQUOT: say("Free some space there, or set TMPDIR to a folder on another disk"),
    errno.EFBIG: say("Raise the limit on the size of files (`ulimit -f`)"),
    errno.EROFS: say("Make it writable"),
    errno.EMFILE: say("Raise the limit on open files (`ulimit -n`)"),
    errno.ENFILE: say("End some other programs"),
    errno.ENOMEM: say("Give it more memory"),
    errno.EAGAIN: say("Raise the limit on processes (`ulimit -u`)"),
}


class WorkflowError(Exception):
    """Expected problem with a message a person can act on."""

    exit_code = 2


class ProbeError(WorkflowError):
    """We could not look at the target, so we do not know."""


class Thing(StrEnum):
    """What a service may have none of. `runner.evidence.signs` knows what speaks against such an absence."""

    OPERATIONS = "operations"
    CHANGES = "changes"  # operations that change something
    CALLERS = "callers"  # who signs in, roles, protected operations
    CODE = "code"
    DATABASE = "database"  # a server or a file with tables
    MIGRATIONS = "migrations"
    MODELS = "models"
    CACHE = "cache"
    UPLOADS = "uploads"  # operations that take a file
    LIMITS = "limits of requests"
    REPEATED = "keys for repeated requests"
    JOBS = "jobs"  # work beside requests
    TESTS = "tests"
    SPECIFICATION = "specification"
    LOCK = "lock"
    IMAGE = "image"
    WORKFLOWS = "workflows"


class NotThere(ProbeError):
    """What a check asks about does not exist in this service, which is no fault: NOT APPLICABLE.

    `looked` says where its absence was seen: "the 27 operations of the contract". Where something speaks against the
    absence of the `absent` thing, the engine makes it UNKNOWN. What was merely not found is a plain `ProbeError`.
    """

    def __init__(self, message: str, *, looked: str = "", absent: Thing | None = None) -> None:
        super().__init__(message)
        self.looked, self.absent = looked, absent


def unknown_name(what: str, name: str, known: Iterable[str]) -> WorkflowError:
    """The error for a misspelt name: what was asked, and the nearest thing that exists."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = say("Did you mean `{near}`?", near=near[0]) if near else say("There are: {names}.", names=together(names))
    return WorkflowError(say("No {what} called `{name}`. {hint}", what=what, name=name, hint=hint))


def first_line(problem: BaseException) -> str:
    """What it says, in a line; its kind where it says nothing, as a lost connection may."""
    return next(iter(str(problem).strip().splitlines()), type(problem).__name__)


def lack_of(error: BaseException) -> str:
    """The sentence for a full disk, a read-only folder and their like; empty when the machine lacks nothing."""
    if not isinstance(error, OSError) or not (hint := hint_in(str(error))):
        return ""
    where = say("{filename}: ", filename=error.filename) if error.filename else ""
    what = error.strerror or first_line(error)[:200]
    return say("{where}{what}. {hint}", where=where, what=what, hint=hint)


def hint_in(said: str) -> str:
    """What to do when a program says that the machine lacks something; empty when it says no such thing."""
    full = errno.ENOSPC if "DiskFull" in said else None  # PostgreSQL may say "wrote only 4096 of 8192 bytes" instead
    number = next((number for number in LACKS if os.strerror(number) in said), full)
    return say("{lacks}, then type the command again.", lacks=LACKS[number]) if number else ""
