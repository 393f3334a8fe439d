"""Several people press run, sign and waive in the same moment: nothing is lost, and nothing is done twice."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.errors import WorkflowError
from runner.live.workshop import Workshop
from stages.catalogue import BUILT_IN
from tests.conftest import ROOT
from tests.workflow.person import FINDINGS
from tests.workflow.test_decide import ADA, BO, CONFIG, FAILED, SOON, WHY, commit, git, proved
from tests.workflow.tiny import environment, tiny_service
from workflow.ledger import RunState, open_ledger
from workflow.service import Actor, Role, approve_waiver, ask_waiver, ledger_of
from workflow.service.own import identify

CY = Actor(name="Cy", email="cy@example.org", role=Role.LEAD, known="a test")
PEOPLE = ("ada", "cy")


@pytest.fixture
def service(tmp_path: Path) -> Path:
    folder = tiny_service(tmp_path / "shop")
    (folder / "gonogo.toml").write_text(CONFIG, encoding="utf-8")
    (folder / ".gitignore").write_text(".venv\n.gonogo\nrequirements.txt\n", encoding="utf-8")
    git(folder, "init", "-q")
    commit(folder, "bo@example.org")
    return folder


def a_machine(folder: Path, origin: Path, name: str) -> Path:
    """A clone of the service, with its own environment, for a lead who wrote nothing of it."""
    root = folder / name / "shop"
    root.parent.mkdir()
    git(folder, "clone", "-q", str(origin), str(root))
    tiny_service(root)
    git(root, "remote", "set-url", "origin", "https://example.org/team/shop.git")
    git(root, "config", "user.email", f"{name}@example.org")
    git(root, "config", "user.name", name.capitalize())
    return root


@pytest.mark.parametrize(("rounds", "more"), [(3, ()), (25, ("run",))], ids=["few", "many, and real runs"])
def test_two_people_on_two_machines_lose_nothing(
    service: Path, tmp_path: Path, workshop: Workshop, rounds: int, more: tuple[str, ...]
) -> None:
    dsn = workshop.new_database().dsn
    roots = [a_machine(tmp_path, service, name) for name in PEOPLE]
    go = tmp_path / "go"
    told = environment(GONOGO_LEDGER=dsn)
    argv = [sys.executable, "-m", "tests.workflow.person"]
    people = [
        subprocess.Popen(
            [*argv, str(root), str(go), str(rounds), *more],
            cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for root in roots
    ]  # fmt: skip
    until(lambda: len(list(tmp_path.glob("ready-*"))) == len(people) or any(one.poll() for one in people))
    go.touch()
    said = [one.communicate(timeout=240)[0] for one in people]
    assert [one.returncode for one in people] == [0, 0], said

    ledger = open_ledger(dsn)
    ledger.identify = identify
    if more:
        until(lambda: all(run.state is RunState.FINISHED for run in ledger.runs(str(roots[0]), 200)))
    runs = [ledger.run(one.id) for one in ledger.runs(str(roots[0]), 200)]
    recorded = [run for run in runs if run.asked != "invoke stage.requirements"]
    assert len(runs) == (rounds + len(more)) * len(people)
    assert len(recorded) == rounds * len(people)
    assert {len(run.findings) for run in recorded} == {FINDINGS + 1}
    assert {len(run.artifacts) for run in recorded} == {1}
    decided = [(one.kind, one.email, one.reason) for one in ledger.decisions(str(roots[0]))]
    assert sorted(decided) == sorted(
        one
        for name in PEOPLE
        for one in (
            ("signed", f"{name}@example.org", ""),
            ("asked for a waiver", f"{name}@example.org", "replaced next week"),
            *(("commented", f"{name}@example.org", f"{name.capitalize()} {number}") for number in range(rounds)),
        )
    )
    assert ledger.verify().altered == ()
    ledger.close()
    for root in roots:
        assert (root / "gonogo.toml").read_text(encoding="utf-8").count("[[waivers]]") == 1


def test_in_one_folder_a_waiver_is_asked_for_once_and_approved_once(service: Path) -> None:
    """The browser of a team's server: one folder, several people at once."""
    ledger = ledger_of(find_target(service))
    proved(service, ledger, FAILED)
    stood = at_once(
        *(lambda: ask_waiver(find_target(service), ledger, BUILT_IN, BO, "DB004", reason=WHY, until=SOON),) * 3,
        *(lambda: ask_waiver(find_target(service), ledger, BUILT_IN, ADA, "DB004", reason=WHY, until=SOON),) * 3,
    )
    assert len(stood) == 5
    assert all("stands in gonogo.toml already" in str(one) for one in stood)
    assert len(find_target(service).config.waivers) == 2  # one for each place
    asker = find_target(service).config.waivers[0].owner
    leads = [one for one in (ADA, CY) if one.email != asker]
    late = at_once(*(lambda: approve_waiver(find_target(service), ledger, BUILT_IN, leads[0], "DB004"),) * 4)
    assert len(late) == 3
    assert all("waits for approval" in str(one) for one in late)
    kinds = [one.kind for one in ledger.decisions(str(service))]
    assert (kinds.count("asked for a waiver"), kinds.count("approved a waiver")) == (2, 2)
    assert ledger.verify().altered == ()


def at_once(*calls: Callable[[], object]) -> list[WorkflowError]:
    """All in the same moment; what was refused."""
    ready, refused = threading.Barrier(len(calls)), list[WorkflowError]()

    def call(one: Callable[[], object]) -> None:
        ready.wait()
        try:
            one()
        except WorkflowError as error:
            refused.append(error)

    threads = [threading.Thread(target=call, args=(one,)) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def until(done: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)
