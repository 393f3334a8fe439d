"""Who makes files: each call that changes something knows its actor, and a viewer changes nothing."""

import inspect
from datetime import date
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.errors import WorkflowError
from runner.processes.process import quick
from tests.web.ledgers import make_service
from workflow import service
from workflow.service import Actor, Role, adopt, draft_from, new_service, write_decisions
from workflow.service.people import maker_at

EVE = Actor(name="Eve", email="eve@example.org", role=Role.VIEWER, known="a test")
CHANGING = (
    *("adopt", "approve_waiver", "ask_waiver", "assign", "cancel", "comment", "draft_from", "new_service", "sign"),
    *("start_run", "write_decisions", "write_json", "write_renewal", "write_specification"),
)
# what looks, or puts into a ledger or a folder of its own what is known already
LOOKING = frozenset(
    {"answer_changes", "back_up_ledger_of", "catalogue_of", "changed_documents", "changes_since", "check"}
    | {
        "choose_service",
        "collecting",
        "difference",
        "earlier_ledger_of",
        "ledger_of",
        "load_by_hand",
        "local_actor",
        "log_tail",
    }
    | {"need_changes", "next_criterion", "next_id", "onward", "overview", "overview_elsewhere", "own_path", "propose"}
    | {"question_changes", "read_specification_text", "reading_ledger_of", "renewal", "requirement_changes"}
    | {
        "restore_ledger_of",
        "save_artifacts",
        "save_latest",
        "save_report",
        "signature_of",
        "signed_in",
        "stated_shape",
        "traced_service",
    }
)


def test_each_call_that_changes_something_carries_an_actor() -> None:
    calls = {name for name in service.__all__ if inspect.isfunction(getattr(service, name))}
    assert calls - LOOKING == set(CHANGING), "a new call either looks, or carries an actor"
    for name in CHANGING:
        assert "actor" in inspect.signature(getattr(service, name)).parameters, name


def test_a_viewer_makes_nothing(tmp_path: Path) -> None:
    target = make_service(tmp_path)
    document = tmp_path / "wishes.md"
    document.write_text("# Wishes\n\nThe shop must store an order.\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(WorkflowError, match=r"To propose a specification takes a developer, and Eve .* is a viewer"):
        adopt(target, lambda _: None, actor=EVE)
    with pytest.raises(WorkflowError, match=r"To write .*made\.yaml takes a developer"):
        draft_from(str(document), str(tmp_path / "made.yaml"), EVE)
    with pytest.raises(WorkflowError, match="To make shop takes a developer"):
        new_service("shop", str(tmp_path), "", date(2026, 7, 1), actor=EVE)
    with pytest.raises(WorkflowError, match=r"To write decisions of .* takes a developer"):
        write_decisions(target, lambda _: None, date(2026, 7, 1), actor=EVE)
    assert draft_from(str(document), actor=EVE).document.sentences  # she may read what it would be
    assert sorted(tmp_path.rglob("*")) == before


def test_who_makes_files_in_a_service_has_the_role_that_it_gives(tmp_path: Path) -> None:
    root = make_service(tmp_path).root
    for words in (["init", "-q"], ["config", "user.email", "eve@example.org"], ["config", "user.name", "Eve"]):
        assert quick(["git", *words], cwd=root).code == 0
    assert maker_at(root / "not" / "there").role is Role.DEVELOPER
    (root / "gonogo.toml").write_text('[people]\n"eve@example.org" = "viewer"\n', encoding="utf-8")
    assert str(maker_at(root)) == "Eve <eve@example.org>"
    assert maker_at(root).role is Role.VIEWER
    document = tmp_path / "wishes.md"
    document.write_text("The shop must store an order.\n", encoding="utf-8")
    with pytest.raises(WorkflowError, match="takes a developer"):
        draft_from(str(document), str(root / "spec.yaml"))
    with pytest.raises(WorkflowError, match="takes a developer"):
        adopt(find_target(root), lambda _: None)
    assert not (root / "spec.yaml").exists()
