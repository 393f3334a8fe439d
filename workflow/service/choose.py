"""Which service was meant? A folder that is none is said, with what to name instead."""

from pathlib import Path

from runner.discovery.target import NoService, Target, find_target
from runner.errors import WorkflowError
from runner.said import say
from workflow.settings import ROOT, SAMPLE


def choose_service(path: str | None, here: Path | None = None) -> Target:
    """The service asked for, else the one in this folder; in gonogo's own clone, the bundled one.

    Elsewhere the bundled one is never meant: a folder that is no service is problem, not somebody else's GO.
    """
    if path:
        return find_target(Path(path))
    here = here or this_folder()
    if not SAMPLE.is_dir():
        return find_target(here)
    if here.is_relative_to(ROOT) and not _is_own(here):
        return find_target(SAMPLE)
    try:
        return find_target(here)
    except NoService as error:
        raise NoService(
            say("{error} The bundled service is meant? Then: --service {sample}", error=error, sample=SAMPLE)
        ) from error


def _is_own(here: Path) -> bool:
    """A service that lies in gonogo's clone, as the bundled one does."""
    return here != ROOT and any((here / name).is_file() for name in ("gonogo.toml", "alembic.ini"))


def this_folder() -> Path:
    """Where the command was typed. Raises `WorkflowError` where that folder was removed meanwhile."""
    try:
        return Path.cwd().resolve()
    except OSError as error:
        raise WorkflowError(
            say("This folder can't be read: {strerror}. Change to another one (cd).", strerror=error.strerror)
        ) from error
