"""Is what a lock lacks told of the Python that is released, not of the one that happens to be here?"""

import sys
import zipfile
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.errors import ProbeError
from runner.evidence.code.lock_file import LockFile
from runner.evidence.release.clean_room import CleanRoom
from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.image_python import python_of_image
from runner.evidence.release.lock_install import may_lie_in_python
from runner.live.workshop import Workshop
from runner.model import Outcome
from runner.probe import Probe
from stages.deployment.checks_supply import the_lock_installs_in_a_clean_environment

ROOT = Path(__file__).parents[2]
HERE = sys.version_info.minor
METADATA = "Metadata-Version: 2.1\nName: needy\nVersion: 1.0\nRequires-Dist: absent>=1"


def probe_of(root: Path, workshop: Workshop, image: str, needs: str) -> Probe:
    """A service whose image is built on `image`, and whose lock has one package that needs another, by its marker."""
    (root / "app").mkdir()
    (root / "app" / "main.py").write_text("import needy\n\napp = None\n")
    (root / "Dockerfile").write_text(f'FROM {image}\nCMD ["uvicorn", "app.main:app"]\n')
    (root / "gonogo.toml").write_text('[service]\napp = "app.main:app"\n')
    (root / "requirements.lock").write_text(f"# {image}{needs}\n--no-index\n--find-links .\nneedy==1.0\n")
    (root / ".venv").symlink_to(ROOT / "sample_service" / ".venv")
    with zipfile.ZipFile(root / "needy-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("needy.py", "")
        wheel.writestr("needy-1.0.dist-info/METADATA", f"{METADATA}{needs}\n")
        wheel.writestr("needy-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("needy-1.0.dist-info/RECORD", "needy.py,,\n")
    return Probe(find_target(root), workshop)


def judged(probe: Probe) -> tuple[Outcome, str]:
    lock = LockFile.collect(probe)
    verdict = the_lock_installs_in_a_clean_environment(lock, CleanRoom.collect(probe, lock))
    return verdict.outcome, str(verdict.message)


def test_what_another_python_alone_needs_says_nothing_of_the_release(tmp_path: Path, workshop: Workshop) -> None:
    older = f' ; python_version < "3.{HERE + 1}"'
    outcome, message = judged(probe_of(tmp_path, workshop, f"python:3.{HERE + 1}-slim", older))
    assert outcome is Outcome.UNKNOWN
    assert f"the image runs Python 3.{HERE + 1}" in message
    assert "absent" in message


def test_what_the_images_python_needs_is_missing_there(tmp_path: Path, workshop: Workshop) -> None:
    newer = f' ; python_version >= "3.{HERE + 1}"'
    outcome, message = judged(probe_of(tmp_path, workshop, f"python:3.{HERE + 1}-slim", newer))
    assert outcome is Outcome.FAILED
    assert "absent" in message


@pytest.mark.parametrize("image", ["debian:13-slim", f"python:3.{HERE}-slim"])
def test_what_is_needed_here_is_missing_where_the_image_tells_no_other_python(
    image: str, tmp_path: Path, workshop: Workshop
) -> None:
    outcome, message = judged(probe_of(tmp_path, workshop, image, f' ; python_version < "3.{HERE + 1}"'))
    assert outcome is Outcome.FAILED
    assert "absent" in message


def test_a_big_file_is_told_to_be_no_dockerfile_before_anything_reads_it(tmp_path: Path, workshop: Workshop) -> None:
    probe = probe_of(tmp_path, workshop, "python:3.12", "")
    (tmp_path / "Dockerfile").write_text("FROM python:3.12\n" + "RUN true\n" * 60_000)
    with pytest.raises(ProbeError, match="Dockerfile is 540017 characters long"):
        ImageFile.collect(probe)


@pytest.mark.parametrize(
    ("dockerfile", "version"),
    [
        ("FROM python:3.12-slim\n", "3.12"),
        ("ARG V=3.13\nFROM python:${V}-slim-bookworm\n", "3.13"),
        ("FROM python:3.11 AS build\nFROM build\n", "3.11"),
        ("FROM python:3.11 AS build\nFROM python:3.12.4-slim@sha256:aa\nCOPY --from=build /venv /venv\n", "3.12"),
        ("FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim\n", "3.12"),
        ("FROM tiangolo/uvicorn-gunicorn-fastapi:python3.11\n", "3.11"),
        ("FROM python:3\n", ""),
        ("FROM debian:13-slim\n", ""),
        ("FROM python:$VERSION\n", ""),
        ("nothing\n", ""),
    ],
)
def test_the_images_python_is_read_from_what_it_is_built_on(dockerfile: str, version: str) -> None:
    assert python_of_image(dockerfile) == version


@pytest.mark.parametrize(
    ("problem", "lies"),
    [
        ("Failed to build `psycopg2==2.9.3` The build backend returned an error", True),
        ("needy==1.0 has no wheels with a matching Python version tag (e.g., `cp311`)", True),
        ("Hash mismatch for `redis==7.0.0` (wheel)", False),
        ("Because redis was not found in the package registry, the requirements are unsatisfiable.", False),
        ("", False),
    ],
)
def test_a_broken_lock_is_broken_for_every_python(problem: str, *, lies: bool) -> None:
    assert may_lie_in_python(problem) is lies
