"""Which checks are asked of this service? gonogo's, those of installed packages, and those of its own files."""

from functools import lru_cache

from runner.discovery.target import Target
from runner.model import Check
from runner.team.files import CheckFile, describe, files_of
from runner.team.packages import packaged
from stages.catalogue import BUILT_IN, Catalogue
from workflow.service.rooms import new_workshop

REMEMBERED = 32  # services whose files were described in this process


def catalogue_of(target: Target | None, *, trusted: bool = False) -> Catalogue:
    """The catalogue for a service, or without one. Raises `WorkflowError` that names the file or package with a fault.

    The service's files are described behind a fence; `trusted`: also where there is none.
    """
    files = files_of(target) if target else ()
    own = (*packaged(), *(_described(files, trusted=trusted) if files else ()))
    return BUILT_IN.with_checks(own) if own else BUILT_IN


@lru_cache(maxsize=REMEMBERED)
def _described(files: tuple[CheckFile, ...], *, trusted: bool) -> tuple[Check[...], ...]:
    with new_workshop(trusted=trusted) as workshop:
        return tuple(check for file in files for check in describe(file, workshop))
