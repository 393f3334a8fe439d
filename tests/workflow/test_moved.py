"""Does a service keep its runs when its folder is moved, and a copy its peace? With real folders, and real git."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.discovery.source import host
from runner.discovery.target import find_target
from runner.errors import WorkflowError
from runner.live.workshop import Workshop
from stages.catalogue import BUILT_IN
from tests.workflow.records import a_run
from tests.workflow.test_reading import an_old_ledger
from tests.workflow.tiny import LEDGER, gonogo, tiny_service
from workflow.ledger import Ledger, RunState, open_ledger
from workflow.service import cancel, ledger_of, overview, start_run
from workflow.service.own import identify, repository_at

Opened = Callable[[Path], Ledger]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """The ledger of the service in a folder, as every face opens it."""
    monkeypatch.delenv("GONOGO_LEDGER", raising=False)
    ledgers: list[Ledger] = []

    def open_it(folder: Path) -> Ledger:
        ledgers.append(ledger_of(find_target(folder)))
        return ledgers[-1]

    yield open_it
    for ledger in ledgers:
        ledger.close()


def live_run(folder: Path, **other: object) -> object:
    """A run of our own process, which is alive."""
    return a_run(root=str(folder), host=host(), pid=os.getpid(), **other)


def ids(ledger: Ledger, folder: Path) -> list[int]:
    return [run.id for run in ledger.runs(str(folder))]


def test_a_moved_and_a_renamed_folder_still_show_their_runs(tmp_path: Path) -> None:
    service = tiny_service(tmp_path / "shop")
    assert gonogo("stage.requirements", cwd=service)[0] == 1
    (tmp_path / "elsewhere").mkdir()
    moved = service.rename(tmp_path / "elsewhere" / "store")
    code, out, _ = gonogo("status", cwd=moved)
    assert (code, "run 1" in out) == (0, True)
    assert gonogo("show", "latest", cwd=moved)[0] == 0
    assert "run 1" in gonogo("explain", "RQ001", cwd=moved)[1]
    assert gonogo("stage.requirements", cwd=moved)[0] == 1
    ledger = open_ledger(f"sqlite:///{moved / LEDGER}")
    found = ledger.runs(str(moved))
    assert [(run.id, run.root) for run in found] == [(2, str(moved)), (1, str(service))]
    assert [(known.name, known.root, known.mine) for known in ledger.services(str(moved))] == [
        ("store", str(moved), True)
    ]
    ledger.close()


def test_runs_of_an_old_ledger_that_was_moved_before_are_there_too(tmp_path: Path, opened: Opened) -> None:
    service = tiny_service(tmp_path / "shop")
    (service / ".gonogo").mkdir()
    an_old_ledger(service / LEDGER, "/srv/where/it/was")
    ledger = opened(service)
    assert ids(ledger, service) == [1]
    ledger.begin(a_run(root=str(service)))
    assert ids(ledger, service) == [2, 1]


def test_another_service_that_keeps_its_runs_there_stays_another(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, other = tiny_service(tmp_path / "shop"), tiny_service(tmp_path / "other")
    mine = opened(shop).begin(a_run(root=str(shop)))
    monkeypatch.setenv("GONOGO_LEDGER", f"sqlite:///{shop / LEDGER}")
    theirs = opened(other).begin(a_run(root=str(other), service="other"))
    ledger = opened(shop)
    assert (ids(ledger, shop), ids(ledger, other)) == ([mine], [theirs])
    assert not ledger.owns(str(shop), ledger.run(theirs))


def test_a_run_that_is_under_way_in_the_original_is_not_under_way_in_its_copy(tmp_path: Path, opened: Opened) -> None:
    service = tiny_service(tmp_path / "shop")
    running = opened(service).begin(live_run(service))  # type: ignore[arg-type]
    copy = Path(shutil.copytree(service, tmp_path / "copy", symlinks=True))
    assert opened(service).run(running).state is RunState.RUNNING
    ledger = opened(copy)
    run = ledger.run(running)
    assert run.state is RunState.INTERRUPTED
    cancel(run)  # would end this very process
    assert overview(find_target(copy), ledger, BUILT_IN).running is None
    assert overview(find_target(service), opened(service), BUILT_IN).running is not None
    with pytest.raises(WorkflowError, match="is under way"):
        start_run(find_target(service), opened(service), "stage.requirements", BUILT_IN)


def test_another_path_to_the_same_folder_is_no_move(tmp_path: Path, opened: Opened) -> None:
    service = tiny_service(tmp_path / "shop")
    (tmp_path / "link").symlink_to(service)
    running = opened(service).begin(live_run(tmp_path / "link"))  # type: ignore[arg-type]
    assert opened(service).run(running).state is RunState.RUNNING
    assert overview(find_target(service), opened(service), BUILT_IN).running is not None


# --- a ledger that several share


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, tmp_path: Path, workshop: Workshop, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> Opened:
    local = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'team.db'}" if local else workshop.new_database().dsn
    monkeypatch.setenv("GONOGO_LEDGER", url)
    return opened


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def committed(folder: Path) -> Path:
    """A repository with a service in a folder of it."""
    folder.mkdir()
    git(folder, "init", "-q")
    tiny_service(folder / "services" / "shop")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", folder.name)
    return folder


def test_in_a_shared_ledger_a_repository_keeps_its_runs_wherever_it_lies(tmp_path: Path, shared: Opened) -> None:
    first = committed(tmp_path / "one") / "services/shop"
    id = shared(first).begin(a_run(root=str(first)))
    (tmp_path / "one").rename(tmp_path / "two")
    moved = tmp_path / "two" / "services/shop"
    assert ids(shared(moved), moved) == [id]
    git(tmp_path, "clone", "-q", "two", "three")
    clone = tmp_path / "three" / "services/shop"
    assert ids(shared(clone), clone) == [id]
    stranger = committed(tmp_path / "four") / "services/shop"
    assert ids(shared(stranger), stranger) == []


def test_two_services_of_one_repository_are_two(tmp_path: Path, shared: Opened) -> None:
    shop = committed(tmp_path / "one") / "services/shop"
    bank = tiny_service(tmp_path / "one" / "services" / "bank")
    id = shared(shop).begin(a_run(root=str(shop)))
    assert (ids(shared(shop), shop), ids(shared(bank), bank)) == ([id], [])


def test_a_run_in_one_clone_does_not_stand_for_one_in_another(tmp_path: Path, shared: Opened) -> None:
    shop = committed(tmp_path / "one") / "services/shop"
    id = shared(shop).begin(live_run(shop))  # type: ignore[arg-type]
    git(tmp_path, "clone", "-q", "one", "two")
    clone = tmp_path / "two" / "services/shop"
    assert overview(find_target(shop), shared(shop), BUILT_IN).running is not None
    assert overview(find_target(clone), shared(clone), BUILT_IN).running is None
    assert shared(clone).run(id).live  # its history says so


def test_without_a_history_the_path_is_the_name_and_stays_known_when_there_is_one(
    tmp_path: Path, shared: Opened
) -> None:
    service = tiny_service(tmp_path / "shop")
    id = shared(service).begin(a_run(root=str(service)))
    git(service, "init", "-q")
    git(service, "add", "app.py")
    git(service, "commit", "-q", "-m", "first")
    assert ids(shared(service), service) == [id]
    again = shared(service).begin(a_run(root=str(service)))
    assert ids(shared(service), service) == [again, id]


def test_a_shallow_clone_does_not_say_where_its_history_begins(tmp_path: Path) -> None:
    repository = committed(tmp_path / "one")
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    assert identify(str(repository)).key.startswith("git:")
    assert identify(str(tmp_path / "shallow")).key == f"path:{host()}:{tmp_path / 'shallow'}"
    git(tmp_path / "shallow", "remote", "set-url", "origin", "https://robot:token@github.com/team/shop.git")
    git(repository, "remote", "add", "origin", "git@github.com:team/shop.git")
    assert identify(str(tmp_path / "shallow")).key == identify(str(repository)).key == "remote:github.com/team/shop:"


@pytest.mark.parametrize(
    ("remote", "known"),
    [
        ("git@github.com:team/shop.git", "github.com/team/shop"),
        ("ssh://git@GitHub.com:22/team/shop", "github.com/team/shop"),
        ("https://me:secret@github.com/team/shop.git/", "github.com/team/shop"),
        ("/srv/git/shop.git", None),
        ("file:///srv/git/shop", None),
        ("../shop", None),
        ("https://[half/x", None),
        ("", None),
    ],
)
def test_a_repository_is_known_by_its_address_however_it_is_written(remote: str, known: str | None) -> None:
    assert repository_at(remote) == known


def test_two_services_that_lay_in_folders_of_one_name_are_two(
    tmp_path: Path, shared: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/workspace`, as containers of several machines have it."""
    workspace = tiny_service(tmp_path / "workspace")
    shared(workspace).begin(a_run(root=str(workspace)))
    monkeypatch.setattr("workflow.service.own.host", lambda: "another-machine")
    assert ids(shared(workspace), workspace) == []
    assert len(shared(workspace).services()) == 1
    shared(workspace).begin(a_run(root=str(workspace)))
    assert len(shared(workspace).services()) == 2
