"""Can people decide in the browser, and only those who may? Without a browser, on a real ledger and gonogo.toml."""

from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.processes.process import quick
from stages.catalogue import BUILT_IN
from tests.web.gateways import RecordingGateway, open_page
from tests.web.ledgers import full_ledger, make_service
from tests.web.test_pages import words
from tests.workflow.forging import forging
from workflow.service import Kind
from workflow.web.gateway import gateway_of


@pytest.fixture
def gateway(tmp_path: Path) -> RecordingGateway:
    target = make_service(tmp_path)
    quick(["git", "init", "-q"], cwd=target.root)
    return RecordingGateway(gateway_of(target, full_ledger(target), BUILT_IN))


def known_as(gateway: RecordingGateway, email: str, role: str) -> None:
    """Who is at this machine, and the role that gonogo.toml gives."""
    root = gateway.real.target.root
    quick(["git", "config", "user.email", email], cwd=root)
    quick(["git", "config", "user.name", email.partition("@")[0]], cwd=root)
    path = root / "gonogo.toml"
    path.write_text(path.read_text() + f'\n[people]\n"{email}" = "{role}"\n')
    gateway.real = gateway_of(find_target(root), gateway.real.ledger, BUILT_IN)


def test_a_comment_and_a_waiver_are_asked_for_on_a_finding(gateway: RecordingGateway) -> None:
    known_as(gateway, "bo@example.org", "developer")
    test = open_page(gateway, "db", check="DB004")
    assert "You are bo &lt;bo@example.org&gt;, developer" in words(test)
    test.text_area(key="comment-text-DB004").set_value("I look at it")
    next(one for one in test.button if one.label == "Comment").click().run()
    test.text_area(key="waive-why-DB004").set_value("replaced in March, with ten rows until then")
    next(one for one in test.button if one.label == "Ask for a waiver").click().run()
    kinds = {one.kind for one in gateway.decisions()}
    assert kinds == {Kind.COMMENT.value, Kind.WAIVER.value}
    assert '[[waivers]]\ncheck = "DB004"' in (gateway.real.target.root / "gonogo.toml").read_text()


def test_a_button_that_was_pressed_by_who_may_not_changes_nothing(gateway: RecordingGateway) -> None:
    """The page draws it for everybody; a forged event presses it all the same."""
    known_as(gateway, "eve@example.org", "viewer")
    before = (gateway.real.target.root / "gonogo.toml").read_bytes()
    test = open_page(gateway, "db", check="DB004")
    test.text_area(key="waive-why-DB004").set_value("because I would like it so")
    next(one for one in test.button if one.label == "Ask for a waiver").click().run()
    assert "eve@example.org&gt; is a viewer" in words(test)
    test.button(key="approve-DB004").click().run()
    assert "is a viewer" in words(test)
    assert gateway.decisions() == ()
    assert (gateway.real.target.root / "gonogo.toml").read_bytes() == before


def test_the_page_of_decisions_lists_them_and_verifies_the_ledger(gateway: RecordingGateway) -> None:
    known_as(gateway, "bo@example.org", "developer")
    gateway.decide(Kind.COMMENT, "DB004", reason="I <b>look</b> at it")
    test = open_page(gateway, "decisions")
    assert "I &lt;b&gt;look&lt;/b&gt; at it" in words(test)
    test.button(key="verify").click().run()
    assert "each row is as it was written" in words(test)
    with forging(f"sqlite:///{gateway.real.target.root}/.gonogo/ledger.db") as connection:
        connection.exec_driver_sql("UPDATE decision SET reason = 'never said'")
    test = open_page(gateway, "decisions")
    assert "never said" not in words(test)
    test.button(key="verify").click().run()
    assert "decision 1 (DB004) was altered" in words(test)
