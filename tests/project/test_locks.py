"""Does the pip that comes with Python 3.11 and 3.12 take every lock that is kept here, and is none tied to an index?"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from workflow.cli.develop import LOCKED

LOCKS = sorted({folder / words[-1] for folder, words in LOCKED})
WHOLE = [one for one in LOCKS if one.parent == ROOT or "dev" in one.name]  # with what the others lock
NAMES = {path: "new service's" if "{{" in str(path) else str(path.parent.relative_to(ROOT)) for path in LOCKS}
EXTRA = re.compile(r"^([\w.-]+)\[([\w.,-]+)\]==", re.MULTILINE)


def pythons(version: str) -> list[str]:
    """Where this Python may be on this machine."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    own = sorted(pyenv.glob(f"{version}.*/bin/python3")) if os.access(pyenv, os.R_OK) else []
    named = [*own, shutil.which(f"python{version}")]
    return [str(one) for one in named if one]


def environment_of(version: str) -> Path | None:
    """A new environment of this Python, with the pip that it brings; None where there is none."""
    for python in pythons(version):
        folder = ROOT / ".gonogo" / "environments" / f"pip-of-{version}"
        made = subprocess.run([python, "-m", "venv", "--clear", str(folder)], capture_output=True, check=False)
        if made.returncode == 0:
            return folder
    return None


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("GONOGO_LONG"), reason="only with --long: each pip fetches all packages")
@pytest.mark.parametrize("version", ["3.12", "3.11"])
def test_the_pip_of_this_python_takes_what_is_locked(version: str) -> None:
    environment = environment_of(version)
    if environment is None:
        pytest.skip(f"there is no Python {version} with venv here")
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for lock in WHOLE:
        tried = subprocess.run(
            [*pip, "--dry-run", "--require-hashes", "-r", str(lock)], capture_output=True, text=True, check=False
        )
        assert tried.returncode == 0, f"{lock}: {tried.stderr[-2000:]}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: f"{NAMES[path]} {path.name}")
def test_no_lock_holds_an_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert re.search(r"^[a-z].*==", text, re.MULTILINE)
    assert "://" not in text
    assert "--index" not in text
    assert "--hash=sha256:" in text


@pytest.mark.parametrize("lock", [one for one in LOCKS if "dev" in one.name], ids=lambda path: NAMES[path])
def test_extras_are_spelt_out(lock: Path) -> None:
    """Else that pip finds no pin for what pytest-cov asks: `coverage[toml]`."""
    assert dict(EXTRA.findall(lock.read_text(encoding="utf-8"))).items() >= {
        ("coverage", "toml"),
        ("psycopg", "binary"),
    }
