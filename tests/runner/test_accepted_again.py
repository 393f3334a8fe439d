"""Is a service that became slower told from a machine that did, by its accepted code measured in turns with it?"""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf, examine
from runner.errors import ProbeError
from runner.evidence.agreed.earlier_load import EarlierLoad, EarlierShape, Point
from runner.evidence.load.accepted_again import AcceptedAgain, checked_out, same_file
from runner.evidence.load.load import Load
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from stages.catalogue import BUILT_IN
from tests.mutants.test_mutants import HERE, plant

LONG = bool(os.environ.get("GONOGO_LONG"))
SLOWED = "GET /posts/{post_id}/comments"
WHO = ("-c", "user.name=T", "-c", "user.email=t@example.com")


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *WHO, *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def committed(folder: Path) -> str:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "accepted")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def two_commits(tmp_path: Path) -> tuple[Path, str]:
    """A service in a folder of its repository, and its first commit."""
    service = tmp_path / "repo" / "service"
    service.mkdir(parents=True)
    (service / "app.py").write_text("first", encoding="utf-8")
    (service / "requirements.lock").write_text("a==1", encoding="utf-8")
    first = committed(tmp_path / "repo")
    (service / "app.py").write_text("second", encoding="utf-8")
    return service, first


def test_the_accepted_commit_is_laid_beside_the_code_which_stays(two_commits: tuple[Path, str], tmp_path: Path) -> None:
    service, first = two_commits
    root = checked_out(service, first, tmp_path / "beside")
    assert (root.name, (root / "app.py").read_text(encoding="utf-8")) == ("service", "first")
    assert (service / "app.py").read_text(encoding="utf-8") == "second"
    assert git(service, "status", "--porcelain") == "M service/app.py"
    assert same_file(service, root, "requirements.lock")
    assert not same_file(service, root, "app.py")
    assert not same_file(service, root, "nowhere")


def test_a_commit_that_is_not_there_and_a_folder_without_git_are_sentences(
    two_commits: tuple[Path, str], tmp_path: Path
) -> None:
    service, _ = two_commits
    with pytest.raises(ProbeError, match="commit 1234567 can't be checked out"):
        checked_out(service, "1234567" * 5 + "12345", tmp_path / "beside")
    with pytest.raises(ProbeError, match="git shows no commits here"):
        checked_out(tmp_path, "1234567", tmp_path / "elsewhere")


def judged(service: Path, earlier: EarlierLoad, workshop: Workshop) -> Finding:
    target = find_target(service)
    shelf = Shelf(target, workshop)
    basis = shelf.need(Load)
    assert isinstance(basis, Load)
    shelf.lay(replace(earlier, basis=basis.basis))
    stages = [only for stage in BUILT_IN.stages if (only := stage.only(["PF013"])).checks]
    events = examine(stages, target, workshop, shelf=shelf)
    finding = next(event for event in events if isinstance(event, Finding))
    again = shelf.need(AcceptedAgain)
    assert (again.why_not, bool(again.then)) == ("", True)
    if again.untrusted:
        pytest.skip(f"this machine is too busy to measure on: {again.untrusted}")
    return finding


@pytest.fixture
def accepted(tmp_path: Path) -> tuple[Path, EarlierLoad]:
    """The bundled service in git, and times of it as a machine would have recorded them that was far quicker."""
    service = plant([], tmp_path / "sample_service")
    (service / ".gitignore").write_text(".venv\n", encoding="utf-8")
    spec = service / "spec.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("seconds: 12", "seconds: 6"), encoding="utf-8")
    point = Point(requests=300, p50=1.0, p95=2.0)
    shape = EarlierShape(users=20, pace=0.0, endpoints={SLOWED: point, "GET /posts": point})
    return service, EarlierLoad(run=3, commit=committed(service), shapes={20: shape}, clean=True)


@pytest.mark.slow
@pytest.mark.alone
def test_what_is_slower_than_the_accepted_code_in_turns_is_the_service(accepted: tuple[Path, EarlierLoad]) -> None:
    service, earlier = accepted
    words = ["git", "apply", "--whitespace=nowarn", "-p1", str(HERE / "PF013.patch")]
    subprocess.run(words, cwd=service, check=True, capture_output=True)
    with Workshop() as workshop:
        found = judged(service, earlier, workshop)
    assert found.outcome is Outcome.FAILED, found.message
    assert "in turns with it" in found.message
    assert [place.endpoint for place in found.places] == [SLOWED]


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(not LONG, reason="only with --long: its opposite runs always")
def test_a_healthy_service_is_not_blamed_for_another_machine(accepted: tuple[Path, EarlierLoad]) -> None:
    with Workshop() as workshop:
        healthy = judged(*accepted, workshop)
    assert healthy.outcome is Outcome.PASSED, healthy.message
    assert "in turns with it" in healthy.message
