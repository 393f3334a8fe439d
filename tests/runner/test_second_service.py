"""Does a service that nobody here wrote for gonogo come in through the same door as the bundled one?"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.target import Target, find_target
from runner.engine import Collected, Shelf, examine
from runner.environment import GUARD
from runner.evidence.contract.contract import Contract
from runner.evidence.database.migrations import Migrations
from runner.evidence.release.clean_room import CleanRoom
from runner.evidence.release.rehearsal import Rehearsal
from runner.evidence.release.rollback import Rollback
from runner.live.workshop import Workshop
from runner.migrator import Migrator
from runner.model import Finding, Outcome
from runner.postgres.catalog import schema_lines
from runner.probe import Probe
from stages.catalogue import BUILT_IN

ROOT = Path(__file__).parents[2]
ASK = (
    "import json, sys, fastapi, sqlalchemy; print(json.dumps([fastapi.__version__, sqlalchemy.__version__, sys.path]))"
)


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


@pytest.fixture(scope="module")
def target(bookshop: Path) -> Target:
    return find_target(bookshop)


@pytest.fixture(scope="module")
def shelf(target: Target, workshop: Workshop) -> Shelf:
    return Shelf(target, workshop)


@pytest.fixture
def probe(target: Target, workshop: Workshop) -> Probe:
    return Probe(target, workshop)


def test_its_parts_are_found_by_convention(target: Target) -> None:
    assert target.app == "bookshop.api.server:build()"
    assert target.path == "backend/src"
    assert target.sources == ("backend/src/bookshop",)
    assert target.alembic == "backend/db/alembic.ini"
    assert target.lock == "requirements.lock"
    assert target.tests is None
    assert target.contract is None


def test_it_runs_on_its_own_interpreter_with_nothing_of_ours(target: Target, probe: Probe) -> None:
    ran = probe.run([str(target.python), "-c", ASK])
    fastapi, sqlalchemy, path = json.loads(ran.out)
    assert fastapi.startswith("0.115.")
    assert sqlalchemy.startswith("2.0.")
    outside = [entry for entry in path if entry.startswith(str(ROOT)) and "/.gonogo/environments/" not in entry]
    assert outside == []
    refused = probe.run([str(target.python), "-c", "import runner"])
    assert "No module named 'runner'" in refused.err


def test_its_environment_holds_nothing_of_ours(target: Target, probe: Probe) -> None:
    env = probe.environment.of()
    assert env["PYTHONPATH"] == f"{GUARD}{os.pathsep}{target.root / 'backend/src'}"  # the guard leaves sys.path itself
    assert env["PATH"].split(os.pathsep)[0] == str(target.python.parent)
    assert not [name for name in env if name.startswith(("PYTEST", "VIRTUAL_ENV", "PIP", "UV"))]
    assert [name for name in env if name.startswith("GONOGO")] == ["GONOGO_GUARD"]


def test_its_contract_is_served(shelf: Shelf) -> None:
    kept = shelf.get(Contract)
    assert kept.problem is None
    assert isinstance(kept.evidence, Contract)
    assert [o.endpoint for o in kept.evidence.operations] == [
        "GET /api/books",
        "PUT /api/books/{isbn}",
        "POST /api/purchases",
    ]


def test_its_migrations_are_read_and_go_up_and_down(shelf: Shelf, probe: Probe) -> None:
    history = shelf.get(Migrations).evidence
    assert isinstance(history, Migrations)
    assert history.heads == ("b2",)
    database = probe.workshop.new_database()
    empty = schema_lines(database)
    assert Migrator(probe).migrate(database).code == 0
    assert any(line.startswith("column purchase.isbn") for line in schema_lines(database))
    assert Migrator(probe).migrate(database, "downgrade", "base").code == 0
    assert schema_lines(database) == empty


def test_its_lock_makes_a_clean_environment(shelf: Shelf) -> None:
    room = shelf.get(CleanRoom).evidence
    assert isinstance(room, CleanRoom)
    assert room.problem == ""
    assert room.missing == ""
    assert {"asyncpg", "fastapi"} <= {one.name for one in room.installed}


def test_its_release_is_rehearsed(shelf: Shelf) -> None:
    rehearsal = shelf.get(Rehearsal).evidence
    assert isinstance(rehearsal, Rehearsal)
    assert rehearsal.problem == ""
    assert rehearsal.clean
    assert (rehearsal.live, rehearsal.ready) == ("/internal/alive", None)
    assert rehearsal.restart is not None
    assert rehearsal.restart.caught_endpoint == "POST /api/purchases"
    assert not [one for one in (*rehearsal.restart.caught, *rehearsal.restart.lost) if one.failed]


def test_its_newest_migration_is_taken_back(shelf: Shelf) -> None:
    rollback = shelf.get(Rollback).evidence
    assert isinstance(rollback, Rollback)
    assert (rollback.head, rollback.previous) == ("b2", "a1")
    assert rollback.filled == ("book",)
    assert (rollback.left, rollback.lost, rollback.breaks) == ((), (), ())


def test_every_stage_gives_verdicts_and_none_is_broken_or_green_without_looking(
    target: Target, workshop: Workshop, shelf: Shelf
) -> None:
    events = list(examine(BUILT_IN.stages, target, workshop, shelf=shelf))
    findings = [event for event in events if isinstance(event, Finding)]
    assert len(findings) == sum(len(stage.checks) for stage in BUILT_IN.stages)
    assert [f"{f.check}: {f.message}" for f in findings if f.outcome is Outcome.BROKEN] == []
    assert [e.problem for e in events if isinstance(e, Collected) and "bug in gonogo" in e.problem] == []
    unseen = [f for f in findings if f.outcome in {Outcome.UNKNOWN, Outcome.NOT_APPLICABLE}]
    assert [f.check for f in unseen if not f.message.strip()] == []
    requirements = {f.check: f.outcome for f in findings if f.stage == "requirements"}
    assert Outcome.PASSED not in requirements.values()


def test_nothing_was_written_into_its_folder(bookshop: Path, shelf: Shelf) -> None:
    shelf.get(Rehearsal)
    source = ROOT / "tests" / "services" / "bookshop"
    expected = {p.relative_to(source) for p in source.rglob("*") if "__pycache__" not in p.parts}
    found = {p.relative_to(bookshop) for p in bookshop.rglob("*") if ".venv" not in p.relative_to(bookshop).parts}
    assert {path for path in found - expected if ".gonogo" not in path.parts} == set()
