"""Can people decide in the browser, and only those who may? Without a browser, on a real ledger and gonogo.toml."""

from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.processes.process import quick
from stages.catalogue import BUILT_IN
from tests.web.desks import RecordingDesk, open_page
from tests.web.ledgers import full_ledger, make_service
from tests.web.test_pages import words
from tests.workflow.forging import forging
from workflow.service import Kind
from workflow.web.desk import desk_of


@pytest.fixture
def desk(tmp_path: Path) -> RecordingDesk:
    target = make_service(tmp_path)
    quick(["git", "init", "-q"], cwd=target.root)
    return RecordingDesk(desk_of(target, full_ledger(target), BUILT_IN))


def known_as(desk: RecordingDesk, email: str, role: str) -> None:
    """Who is at this machine, and the role that gonogo.toml gives."""
    root = desk.real.target.root
    quick(["git", "config", "user.email", email], cwd=root)
    quick(["git", "config", "user.name", email.partition("@")[0]], cwd=root)
    path = root / "gonogo.toml"
    path.write_text(path.read_text() + f'\n[people]\n"{email}" = "{role}"\n')
    desk.real = desk_of(find_target(root), desk.real.ledger, BUILT_IN)


def test_a_comment_and_a_waiver_are_asked_for_on_a_finding(desk: RecordingDesk) -> None:
    known_as(desk, "bo@example.org", "developer")
    test = open_page(desk, "db", check="DB004")
    assert "You are bo &lt;bo@example.org&gt;, developer" in words(test)
    test.text_area(key="comment-text-DB004").set_value("I look at it")
    next(one for one in test.button if one.label == "Comment").click().run()
    test.text_area(key="waive-why-DB004").set_value("replaced in March, with ten rows until then")
    next(one for one in test.button if one.label == "Ask for a waiver").click().run()
    kinds = {one.kind for one in desk.decisions()}
    assert kinds == {Kind.COMMENT.value, Kind.WAIVER.value}
    assert '[[waivers]]\ncheck = "DB004"' in (desk.real.target.root / "gonogo.toml").read_text()


def test_a_button_that_was_pressed_by_who_may_not_changes_nothing(desk: RecordingDesk) -> None:
    """The page draws it for everybody; a forged event presses it all the same."""
    known_as(desk, "eve@example.org", "viewer")
    before = (desk.real.target.root / "gonogo.toml").read_bytes()
    test = open_page(desk, "db", check="DB004")
    test.text_area(key="waive-why-DB004").set_value("because I would like it so")
    next(one for one in test.button if one.label == "Ask for a waiver").click().run()
    assert "eve@example.org&gt; is a viewer" in words(test)
    test.button(key="approve-DB004").click().run()
    assert "is a viewer" in words(test)
    assert desk.decisions() == ()
    assert (desk.real.target.root / "gonogo.toml").read_bytes() == before


def test_the_page_of_decisions_lists_them_and_verifies_the_ledger(desk: RecordingDesk) -> None:
    known_as(desk, "bo@example.org", "developer")
    desk.decide(Kind.COMMENT, "DB004", reason="I <b>look</b> at it")
    test = open_page(desk, "decisions")
    assert "I &lt;b&gt;look&lt;/b&gt; at it" in words(test)
    test.button(key="verify").click().run()
    assert "each row is as it was written" in words(test)
    with forging(f"sqlite:///{desk.real.target.root}/.gonogo/ledger.db") as connection:
        connection.exec_driver_sql("UPDATE decision SET reason = 'never said'")
    test = open_page(desk, "decisions")
    assert "never said" not in words(test)
    test.button(key="verify").click().run()
    assert "decision 1 (DB004) was altered" in words(test)
