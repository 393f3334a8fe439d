"""Does the command that we tell people to lock with make a lock that the oldest pip takes?"""

import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from runner.evidence.code.lock_file import how_to_lock
from tests.conftest import ROOT

OWN = Path(sys.executable).parent
WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path, name: str, *metadata: str, version: str = "1.0") -> None:
    """A package without code, as its metadata has it."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(
            f"{info}/METADATA", "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata])
        )
        file.writestr(f"{info}/WHEEL", WHEEL)
        file.writestr(f"{info}/RECORD", "")


def run(argv: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`asker` asks for `inner` with an extra, as pytest-cov does for `coverage[toml]`, and a newer one is out."""
    folder = tmp_path_factory.mktemp("index")
    wheel(folder, "asker", "Requires-Dist: inner[more]>=0.5")
    for version in ("1.0", "2.0"):
        wheel(folder, "inner", "Provides-Extra: more", "Requires-Dist: deep; extra == 'more'", version=version)
    wheel(folder, "deep")
    return folder


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the pip that this Python brings itself: with 3.11 and 3.12, one that minds extras."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, timeout=120)
    return folder / "venv" / "bin" / "python"


def installed(command: str, index: Path, python: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "requirements.in").write_text("asker\ninner<2\n", encoding="utf-8")
    offline = ["--no-index", "--find-links", str(index)]
    words = shlex.split(command)
    made = run([str(OWN / words[0]), *words[1:], *offline], folder)
    assert made.returncode == 0, made.stderr
    asked = ["install", "--require-hashes", *offline, "--target", str(folder / "into"), "-r", "requirements.lock"]
    return run([str(python), "-m", "pip", "--disable-pip-version-check", *asked], folder)


def test_pip_takes_the_lock_that_we_tell_people_to_write(index: Path, bundled: Path, tmp_path: Path) -> None:
    ran = installed(how_to_lock(), index, bundled, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "into" / "deep-1.0.dist-info").is_dir()


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the pip of 3.13 takes an extra's pin without the extra")
def test_it_does_not_take_one_with_the_extras_stripped(index: Path, bundled: Path, tmp_path: Path) -> None:
    ran = installed(how_to_lock().replace("--no-strip-extras ", ""), index, bundled, tmp_path)
    assert ran.returncode != 0
    assert "inner[more]" in ran.stderr


@pytest.mark.parametrize(
    ("declared", "source"),
    [(None, "requirements.in"), ("Pipfile", "requirements.in"), ("pyproject.toml", "pyproject.toml")],
)
def test_what_declares_the_dependencies_is_locked(declared: str | None, source: str) -> None:
    assert f" {source} -o requirements.lock" in how_to_lock(declared)


def test_our_own_locks_are_written_with_the_same_care() -> None:
    for readme in (
        ROOT / "sample_service/README.md",
        ROOT / "stages/design/templates/service/{{cookiecutter.name}}/README.md",
    ):
        lines = [line for line in readme.read_text(encoding="utf-8").splitlines() if "uv pip compile" in line]
        assert lines
        assert all("--no-strip-extras" in line for line in lines)
