"""What does a service's interpreter get that lacks Alembic, and who gets nothing?"""

import subprocess
import sys
from pathlib import Path

import pytest

from runner.lent import lent, without_lent


def python_of(tmp_path: Path, *packages: str, version: str = "3.12") -> Path:
    place = tmp_path / "venv" / "lib" / f"python{version}" / "site-packages"
    for name in packages:
        (place / name).mkdir(parents=True)
    return tmp_path / "venv" / "bin" / "python"


@pytest.mark.parametrize(
    ("packages", "version", "names"),
    [
        (("sqlalchemy", "mako"), "3.12", {"alembic", "markupsafe", "typing_extensions.py"}),
        (("sqlalchemy", "alembic"), "3.12", set()),
        (("sqlalchemy",), "3.9", set()),  # ours does not run there
        ((), "3.12", set()),  # nothing is known of it
        (("fastapi",), "3.12", set()),
    ],
)
def test_what_an_environment_lacks_for_alembic_is_lent(
    tmp_path: Path, packages: tuple[str, ...], version: str, names: set[str]
) -> None:
    folder = tmp_path / "lent-1"
    folder.mkdir()
    told = lent(python_of(tmp_path, *packages, version=version), folder)
    assert ({one.name for one in folder.iterdir()}, told) == (names, str(folder) if names else "")


def test_what_is_lent_can_be_imported(tmp_path: Path) -> None:
    folder = tmp_path / "lent-1"
    folder.mkdir()
    told = lent(python_of(tmp_path, "sqlalchemy"), folder)
    argv = [sys.executable, "-c", "import alembic, mako; print(alembic.__file__)"]
    ran = subprocess.run(argv, env={"PYTHONPATH": told}, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(told)


def test_a_release_is_lent_nothing() -> None:
    assert without_lent("/guard:/tmp/run/lent-7:/srv/app") == "/guard:/srv/app"
