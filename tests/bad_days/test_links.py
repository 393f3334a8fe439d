"""A service's files are a stranger's: can they make gonogo write, or delete, outside of the service's folder?"""

from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.errors import WorkflowError
from stages.catalogue import BUILT_IN
from tests.bad_days.days import MIGRATED, SETTINGS, Place, assert_a_good_end, every_byte
from workflow.ledger import open_ledger
from workflow.service import start_run

ASKED = ("stage.requirements",)
ESCAPES = (
    SETTINGS
    + """
sources = ["..", "/"]
spec = "../outside/spec.yaml"
contract = "../outside/openapi.json"
alembic = "../outside/alembic.ini"
tests = "../outside/tests"
lock = "../outside/requirements.lock"
load = "../outside/locustfile.py"
[env]
DATABASE_URL = "{database_url}"
[deployment]
image = "../outside/Dockerfile"
compose = "/etc/passwd"
alerts = "../outside/alerts.yml"
"""
)


@pytest.fixture
def outside(place: Place) -> Path:
    """A folder beside the service's, with something precious in it."""
    folder = place.root.parent / "outside"
    for name in ("database", "design", "runs"):
        (folder / name).mkdir(parents=True)
        (folder / name / "precious.md").write_text("mine", encoding="utf-8")
    (folder / "precious.txt").write_text("mine", encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): text for path, text in every_byte(folder)}


def test_gonogos_folder_may_not_be_a_link(place: Place, outside: Path) -> None:
    place.write(MIGRATED)
    (place.root / ".gonogo").symlink_to(outside)
    before = contents(outside)
    day = place.gonogo(*ASKED)
    assert day.code == 2
    assert f"{place.root}/.gonogo is a link to {outside}. gonogo writes in the service's folder only" in day.err
    assert "remove the link. Or name another place for the ledger: GONOGO_LEDGER=" in day.err
    assert contents(outside) == before


@pytest.mark.parametrize("name", ["ledger.db", ".gitignore"])
def test_what_a_run_needs_may_not_be_a_link(name: str, place: Place, outside: Path) -> None:
    place.write(MIGRATED)
    (place.root / ".gonogo").mkdir()
    (place.root / ".gonogo" / name).symlink_to(outside / "precious.txt")
    before = contents(outside)
    day = place.gonogo(*ASKED)
    assert day.code == 2
    assert f".gonogo/{name} is a link to " in day.err
    assert contents(outside) == before


@pytest.mark.parametrize("name", ["artifacts", "artifacts/design"])
def test_copies_of_documents_follow_no_link(name: str, place: Place, outside: Path) -> None:
    place.write(MIGRATED)
    link = place.root / ".gonogo" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    before = contents(outside)
    day = place.gonogo("stage.design")
    assert_a_good_end(place, day)
    assert contents(outside) == before
    assert f"documents, kept in the ledger alone: {link} is a link to" in day.out


def test_paths_that_lead_out_of_the_folder_write_nothing_there(place: Place, outside: Path) -> None:
    place.write({"main.py": MIGRATED["main.py"], "gonogo.toml": ESCAPES})
    (outside / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n", encoding="utf-8")
    (outside / "spec.yaml").write_text("name: stranger\n", encoding="utf-8")
    before = contents(outside)
    for stage in ("requirements", "db"):
        day = place.gonogo(f"stage.{stage}")
        assert (day.code, "Traceback" in day.said) == (2, False)
        assert "key `service.spec`: `../outside/spec.yaml` leads out of the service's folder" in day.err
    assert contents(outside) == before
    assert {path.name for path in place.root.parent.iterdir()} == {"bad", "outside"}


def test_a_link_in_the_place_of_a_log_is_not_followed(place: Place, outside: Path) -> None:
    """The browser's runs write their logs into `.gonogo/runs`."""
    place.write(MIGRATED)
    own = place.root / ".gonogo"
    own.mkdir()
    (own / "runs").symlink_to(outside / "runs")
    before = contents(outside)
    ledger = open_ledger(f"sqlite:///{own}/ledger.db")
    with pytest.raises(WorkflowError, match=r"runs is a link to"):
        start_run(find_target(place.root), ledger, "stage.db --only db003", BUILT_IN)
    assert ledger.runs(str(place.root), limit=1)[0].only == ("DB003",)
    ledger.close()
    assert contents(outside) == before
