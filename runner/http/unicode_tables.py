"""Per-user Hypothesis directory, so that the Unicode tables are built once: that takes a second and 200 MB."""

import contextlib
import os
import tempfile
from pathlib import Path


def unicode_tables() -> Path:
    """The directory of this user, made when it can be. Where it can't, the tables are built again in each run."""
    folder = Path(tempfile.gettempdir()) / f"gonogo-hypothesis-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def link_unicode_tables(run_folder: Path) -> None:
    """Link it into the folder in which Hypothesis runs, as its `.hypothesis`."""
    with contextlib.suppress(OSError):
        (run_folder / ".hypothesis").symlink_to(unicode_tables(), target_is_directory=True)
