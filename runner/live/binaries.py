"""How do PostgreSQL's programs run when we are root, and where does a run have room?"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from runner.errors import ProbeError
from runner.live.scratch import nobody
from runner.said import say

OTHERS_READ_AND_RUN = 0o005
LEAVE_ROOT = (
    "import os, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1])); "
    "os.umask(0o077); os.execv(sys.argv[3], sys.argv[3:])"
)
# Root of a user namespace in which there is nobody else: one more namespace, in which the same user is called another.
BE_CALLED = """
import ctypes, os, sys
user, group, uid, gid = *map(int, sys.argv[1:3]), os.getuid(), os.getgid()
if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):  # CLONE_NEWUSER
    sys.exit(f"root is alone in this user namespace, and may make no other: {os.strerror(ctypes.get_errno())}")
for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {uid} 1"), ("gid_map", f"{group} {gid} 1")):
    with open(f"/proc/self/{name}", "w") as file:
        file.write(text)
os.umask(0o077)
os.execv(sys.argv[3], sys.argv[3:])
"""
ID_MAP = Path("/proc/self/uid_map")
PLACES = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - only unique folders are made in them
SHORT = 48  # characters of a temp folder's path, so that a socket's in it stays below 107


def roomy() -> Path | None:
    """A temp folder for a run, that the server's user can reach and in which a socket file's path is short enough.

    None for the usual one. Where there is no such place, the usual one as well: what starts PostgreSQL says so.
    """
    usual = Path(tempfile.gettempdir())
    fits = (p for p in (usual, *PLACES) if p.is_dir() and os.access(p, os.W_OK) and _fits(p.resolve()))
    return next(fits, None)


def _fits(place: Path) -> bool:
    return len(str(place)) <= SHORT and (os.geteuid() != 0 or _open_way(place))


def open_to_nobody() -> Path | None:
    """A temp folder that the server's user can reach; None for the usual one."""
    if os.geteuid() != 0:
        return None
    places = [Path(tempfile.gettempdir()), *PLACES]
    found = next((p for p in places if p.is_dir() and _open_way(p.resolve())), None)
    if found is None:
        raise ProbeError(
            say(
                "PostgreSQL runs as nobody, who cannot reach {place}: set TMPDIR to a folder all can enter",
                place=places[0],
            )
        )
    return found


def as_nobody(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root, so root starts it as nobody, who must own the folder.

    Root of a user namespace of its own, as in a container without privileges, is only called so.
    """
    if os.geteuid() != 0:
        return []
    user = nobody()
    if user is None:
        raise ProbeError("PostgreSQL refuses to run as root, and there is no user `nobody`: run gonogo as another user")
    if not _is_somebody(user[0]):
        return [sys.executable, "-ISc", BE_CALLED, *map(str, user)]
    os.chown(folder, *user)
    return [sys.executable, "-ISc", LEAVE_ROOT, *map(str, user)]


def _is_somebody(uid: int) -> bool:
    """Does this user exist in our user namespace?"""
    try:
        ranges = [[int(word) for word in line.split()] for line in ID_MAP.read_text(encoding="ascii").splitlines()]
    except OSError:
        return True
    return any(first <= uid < first + count for first, _, count in ranges)


def reachable(binaries: Path, folder: Path) -> Path:
    """The binaries where nobody can reach them: a copy beside the data where the way to them is closed."""
    binaries = binaries.resolve()
    if _open_way(binaries) and (binaries / "postgres").stat().st_mode & OTHERS_READ_AND_RUN == OTHERS_READ_AND_RUN:
        return binaries
    copy = folder / "pginstall"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
    return copy / binaries.name


def _open_way(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))
