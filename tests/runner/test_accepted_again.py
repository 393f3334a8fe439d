"""Is a service that became slower told from a machine that did, by its accepted code measured in turns with it?"""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf, examine
from runner.errors import ProbeError
from runner.evidence.agreed.earlier_load import EarlierLoad, EarlierShape, Point
from runner.evidence.code.lock_file import LockFile
from runner.evidence.contract.contract import Contract
from runner.evidence.database.seeded import Seeded
from runner.evidence.load.accepted_again import AcceptedAgain, checked_out, same_file
from runner.evidence.load.load import Load
from runner.evidence.load.load_numbers import Sample
from runner.evidence.load.load_shape import Repetition, Shape
from runner.live.workshop import Workshop
from runner.model import Finding, Looked, Outcome
from runner.probe import Probe
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


def shape(root: Path) -> Shape:
    """As measured of the code in this folder: `slow.py` makes it slow."""
    ms = 300.0 if (root / "slow.py").is_file() else 40.0
    samples = tuple(Sample(t=number / 30, endpoint=SLOWED, ms=ms) for number in range(150))
    repetitions = (Repetition(seconds=5.0, samples=samples, generator=0.2),) * 2
    return Shape(users=20, wanted_seconds=6.0, warm_up=4.0, repetitions=repetitions, pace=1.0)


@pytest.mark.parametrize("added", ["slow.py", "other.py"])
def test_the_accepted_commits_own_code_is_measured_before_this_code(
    added: str, two_commits: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the minute that the measuring takes: which code is measured, in which order, and what follows."""
    service, first = two_commits
    (service / added).touch()
    measured: list[str] = []

    def measure(probe: Probe, *_: object) -> Shape:
        measured.append((probe.root / "app.py").read_text(encoding="utf-8"))
        return shape(probe.root)

    monkeypatch.setattr("runner.evidence.load.accepted_again.measure", measure)
    (service / ".venv" / "bin").mkdir(parents=True)
    (service / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (service / "gonogo.toml").write_text('[service]\napp = "app:app"\n', encoding="utf-8")
    seeded = Seeded(declared={}, there={}, seed=None)
    load = Load(shapes=(shape(service),), rows=seeded, needs=(), locustfile="locustfile.py")
    point = Point(requests=300, p50=1.0, p95=2.0)
    then = EarlierShape(users=20, pace=0.0, endpoints={SLOWED: point})
    earlier = EarlierLoad(run=3, commit=first, shapes={20: then}, clean=True)
    lock = LockFile(path="requirements.lock", kind="requirements", pins=())
    contract = Contract(document={"openapi": "3.1.0", "paths": {}})
    with Workshop() as workshop:
        probe = Probe(find_target(service), workshop)
        again = AcceptedAgain.collect(probe, load, earlier, contract, Looked(lock))
    assert measured == ["first", "second"]
    assert again.decides
    assert [change.worse for change in again.changes()] == [added == "slow.py"]


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(not LONG, reason="only with --long: it takes a minute, and the test above runs always")
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
@pytest.mark.skipif(not LONG, reason="only with --long: it takes a minute")
def test_a_healthy_service_is_not_blamed_for_another_machine(accepted: tuple[Path, EarlierLoad]) -> None:
    with Workshop() as workshop:
        healthy = judged(*accepted, workshop)
    assert healthy.outcome is Outcome.PASSED, healthy.message
    assert "in turns with it" in healthy.message
