"""Are the variables of a service's `env_file` known, where everybody can read that file?"""

import subprocess
from pathlib import Path

import pytest

from runner.discovery.target import Target
from runner.engine import Shelf
from runner.evidence.release.compose_file import Compose
from runner.live.workshop import Workshop
from runner.model import Outcome
from stages.deployment.checks_supply import compose_is_safe_to_start


@pytest.mark.parametrize("given", [".env.prod", "[.env.prod]", "[{path: .env.prod, required: false}]"])
@pytest.mark.parametrize("tracked", [True, False])
def test_dp005_names_a_password_in_a_file_that_git_tracks(tmp_path: Path, given: str, *, tracked: bool) -> None:
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  db:\n    image: postgres:18.1\n    env_file: {given}\n", encoding="utf-8"
    )
    (tmp_path / ".env.prod").write_text("PORT=1\nPOSTGRES_PASSWORD=hunter2\nSECRET_KEY=\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "compose.yaml", *([".env.prod"] if tracked else [])], cwd=tmp_path, check=True)
    with Workshop() as workshop:
        compose = Shelf(Target(root=tmp_path, python=Path()), workshop).get(Compose).evidence
    assert isinstance(compose, Compose)
    verdict = compose_is_safe_to_start(compose)
    assert [(place.path, place.line, str(place.note)) for place in verdict.places] == (
        [(".env.prod", 2, "db: POSTGRES_PASSWORD has a default that everybody can read")] if tracked else []
    )
    assert verdict.outcome is (Outcome.FAILED if tracked else Outcome.PASSED)
