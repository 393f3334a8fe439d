"""Is this a folder that can be read? If not, which one was meant?"""

from difflib import get_close_matches
from pathlib import Path
from stat import S_ISDIR

from runner.discovery.config import NAME
from runner.errors import WorkflowError
from runner.reading.walk import names_in
from runner.said import say


def readable_folder(folder: Path) -> Path:
    """The folder's own path. Raises `WorkflowError` where there is none that this user may look into."""
    try:  # not `is_dir`: from Python 3.14 on it says no to whatever it can't look at
        if not S_ISDIR(folder.stat().st_mode):
            raise WorkflowError(say("{folder} is no folder. Name the service's folder: --service PATH", folder=folder))
    except (FileNotFoundError, NotADirectoryError):
        near = _near(folder)
        raise WorkflowError(
            say(
                "No folder `{folder}`.{near}",
                folder=folder,
                near=say(" Did you mean `{near}`?", near=near) if near else "",
            )
        ) from None
    except OSError as error:
        raise _not_read(folder, error) from error
    try:
        (folder / NAME).stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _not_read(folder, error) from error
    return folder.resolve()


def _not_read(folder: Path, error: OSError) -> WorkflowError:
    return WorkflowError(
        say(
            "{folder} can't be read: {strerror}. Name a folder that this user may read.",
            folder=folder,
            strerror=error.strerror or error,
        )
    )


def _near(folder: Path) -> str | None:
    return next(iter(get_close_matches(folder.name, names_in(folder.parent), n=1)), None)
