"""Where is the bytecode of the service's processes? Never beside its code; where its packages have none, made once."""

from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.environment import has_bytecode
from runner.live.workshop import Workshop
from runner.probe import Probe


def service(root: Path, *folders: str) -> Path:
    for folder in ("bin", *folders):
        (root / ".venv" / folder).mkdir(parents=True)
    (root / ".venv/bin/python").touch()
    (root / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n", encoding="utf-8")
    return root


PACKAGES = "lib/python3.12/site-packages"


def test_packages_without_bytecode_get_it_once_per_run_and_nothing_beside_them(tmp_path: Path) -> None:
    target = find_target(service(tmp_path, f"{PACKAGES}/fastapi"))
    with Workshop() as workshop:
        told = [Probe(target, workshop).environment.of() for _ in range(2)]
        assert all("PYTHONDONTWRITEBYTECODE" not in one for one in told)
        places = {Path(one["PYTHONPYCACHEPREFIX"]) for one in told}
        assert len(places) == 1
        assert places.pop().is_relative_to(workshop.run_folder)


@pytest.mark.parametrize("folders", [[f"{PACKAGES}/fastapi/__pycache__"], [PACKAGES]])
def test_where_there_is_some_none_is_made(tmp_path: Path, folders: list[str]) -> None:
    target = find_target(service(tmp_path, *folders))
    assert has_bytecode(target.python)
    with Workshop() as workshop:
        told = Probe(target, workshop).environment.of()
    assert told["PYTHONDONTWRITEBYTECODE"] == "1"
    assert "PYTHONPYCACHEPREFIX" not in told
