"""Is a package that nothing uses told apart from one that is put to use somewhere, whatever its name in code?"""

from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.errors import Thing
from runner.evidence.code.unused_packages import idle
from runner.evidence.signs import Signs
from runner.live.workshop import Workshop
from runner.probe import Probe
from tests.workflow.tiny import tiny_service


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """With an environment of its own, in which nothing is."""
    folder = tiny_service(tmp_path / "tiny")
    (folder / ".venv/lib/python3.11/site-packages").mkdir(parents=True)
    put(folder, "fastapi", "starlette>=0.40", 'rich; extra == "nice"')
    return folder


def put(service: Path, name: str, *needs: str) -> None:
    (packages,) = (service / ".venv").glob("lib/python3*/site-packages")
    metadata = packages / f"{name}-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", *(f"Requires-Dist: {one}" for one in needs)]
    metadata.write_text("\n".join(lines) + "\n\nRequires-Dist: in-its-description\n", encoding="utf-8")


def of(service: Path, *names: str) -> set[str]:
    with Workshop() as workshop:
        return set(idle(Probe(find_target(service), workshop), names))


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("arq", "worker.py", "from arq import cron\n"),
        ("arq", "compose.yaml", "services:\n  worker:\n    command: arq app.worker.Settings\n"),
        ("arq", "docker/worker/Dockerfile", 'CMD ["arq", "app.worker.Settings"]\n'),
        ("arq", "ops/supervisord.conf", "command=arq app.worker.Settings\n"),
        ("arq", "bin/worker", "#!/bin/sh\nexec arq app.worker.Settings\n"),
        ("python-jose", "tokens.py", "from jose import jwt\n"),
        ("PyJWT", "tokens.py", "import jwt\n"),
        ("argon2-cffi", "hashes.py", "import argon2\n"),
        ("psycopg2-binary", "db.py", 'URL = "postgresql+psycopg2://…"\n'),
        ("bcrypt", "hashes.py", 'CryptContext(schemes=["bcrypt"])\n'),
        ("celery", "settings.py", "CELERY_BROKER = 1\n"),
    ],
)
def test_what_is_named_anywhere_is_used(service: Path, name: str, file: str, text: str) -> None:
    assert of(service, name) == {name}
    (service / file).parent.mkdir(parents=True, exist_ok=True)
    (service / file).write_text(text, encoding="utf-8")
    assert of(service, name) == set()


def test_what_another_package_needs_may_be_used_by_that_one(service: Path) -> None:
    put(service, "house-jobs", "Celery[redis] (>=5)")
    assert of(service, "celery", "starlette", "rich", "in-its-description") == {"rich", "in-its-description"}


def test_where_its_packages_can_not_be_read_nobody_knows(service: Path) -> None:
    (packages,) = (service / ".venv").glob("lib/python3*/site-packages")
    packages.rename(packages.with_name("elsewhere"))
    assert of(service, "arq") == set()


def test_a_pin_of_what_lies_idle_is_no_sign(service: Path) -> None:
    lock = service / "requirements.lock"
    lock.write_text("arq==0.26.1\ncelery==5.4.0\n", encoding="utf-8")
    assert signs(service) == ()
    (service / "tasks.py").write_text("import celery\n", encoding="utf-8")
    assert signs(service) == ("requirements.lock:2 installs celery",)


def signs(service: Path) -> tuple[str, ...]:
    with Workshop() as workshop:
        found = Shelf(find_target(service), workshop).need(Signs)
    assert isinstance(found, Signs)
    return tuple(one for one in found.against.get(Thing.JOBS, ()) if "installs" in one)
