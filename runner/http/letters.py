"""Where the makers of random text keep their tables of letters: making them anew takes a second and 200 MB."""

import contextlib
import os
import tempfile
from pathlib import Path


def table_of_letters() -> Path:
    """The folder of this user, made when it can be; whoever finds none makes the tables anew."""
    folder = Path(tempfile.gettempdir()) / f"gonogo-hypothesis-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def lay_out(desk: Path) -> None:
    """Let a tool that runs in `desk` use and fill the tables."""
    with contextlib.suppress(OSError):
        (desk / ".hypothesis").symlink_to(table_of_letters(), target_is_directory=True)
