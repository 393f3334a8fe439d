"""A second service, of a stranger's shape, in an environment of its own."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOKSHOP = ROOT / "tests" / "services" / "bookshop"


@pytest.fixture(scope="session")
def bookshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bookshop with its own interpreter at .venv, as its developers would have it."""
    folder = tmp_path_factory.mktemp("second") / "bookshop"
    shutil.copytree(BOOKSHOP, folder)
    (folder / ".venv").symlink_to(environment("bookshop", BOOKSHOP / "requirements.lock"))
    return folder


def environment(name: str, lock: Path) -> Path:
    """The lock, installed once per lock and Python into a folder that git ignores."""
    key = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    venv = ROOT / ".gonogo" / "environments" / f"{name}-{key}-compiled"
    venv.parent.mkdir(parents=True, exist_ok=True)
    with (venv.parent / ".lock").open("w") as only_one:
        fcntl.flock(only_one, fcntl.LOCK_EX)
        if not (venv / ".built").is_file():
            uv = str(Path(sysconfig.get_path("scripts")) / "uv")
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)], check=True)
            sync = [
                uv,
                "pip",
                "sync",
                "--quiet",
                "--compile-bytecode",
                "--require-hashes",
                "--python",
                str(venv / "bin/python"),
                str(lock),
            ]
            if subprocess.run([*sync, "--offline"], check=False, capture_output=True).returncode:
                subprocess.run(sync, check=True)
            (venv / ".built").touch()
    return venv
