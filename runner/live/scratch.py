"""Scratch folders that go away: with their run, or, when that was killed, with the next one."""

import contextlib
import fcntl
import os
import pwd
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "gonogo-"
OWNER = ".owner"  # locked by the owner for as long as it lives; the kernel lets go of it however that ends
ABANDONED = 24 * 3600  # seconds after which a folder without this file is nobody's
held: dict[Path, int] = {}


def make_scratch(name: str = "", parent: Path | None = None) -> Path:
    """A new folder of ours in the temp folder."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{name}", dir=parent))
        lock = os.open(folder / OWNER, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _locked(lock):
            held[folder] = lock
            return folder
        os.close(lock)  # a sweeping run was faster


def drop_scratch(folder: Path) -> None:
    shutil.rmtree(folder, onerror=_force)
    lock = held.pop(folder, None)
    if lock is not None:
        os.close(lock)


def sweep(parent: Path | None = None) -> list[Path]:
    """Remove the scratch folders whose owner is dead; those removed."""
    found = (parent or Path(tempfile.gettempdir())).glob(f"{PREFIX}*")
    swept = [folder for folder in found if folder not in held and _is_ours(folder) and _is_abandoned(folder)]
    for folder in swept:
        shutil.rmtree(folder, onerror=_force)
    return swept


def _force(_what: object, path: str, _error: object) -> None:
    """A folder that nobody may look into (overlayfs makes one) can be removed once it may; the rest stays."""
    with contextlib.suppress(OSError):
        folder = Path(path)
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o700)
            folder.rmdir()


def is_dead(folder: Path) -> bool:
    """Has the run that made this scratch folder ended, in order (it is gone) or not?"""
    return not folder.exists() or (folder not in held and _is_abandoned(folder))


def nobody() -> tuple[int, int] | None:
    """The user and group that own nothing, where the machine has them."""
    with contextlib.suppress(KeyError):
        found = pwd.getpwnam("nobody")
        return found.pw_uid, found.pw_gid
    return None


def _is_ours(folder: Path) -> bool:
    """A folder, not a link to one, that our own user made (root also gives folders to nobody)."""
    mine = {os.geteuid()}
    if os.geteuid() == 0 and (user := nobody()):
        mine.add(user[0])
    try:
        return folder.is_dir() and not folder.is_symlink() and folder.lstat().st_uid in mine
    except OSError:
        return False


def _is_abandoned(folder: Path) -> bool:
    try:
        lock = os.open(folder / OWNER, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        with contextlib.suppress(OSError):
            return time.time() - folder.stat().st_mtime > ABANDONED
        return False
    except OSError:
        return False
    try:
        return _locked(lock)
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
