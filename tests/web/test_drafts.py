"""Is what somebody typed back after a refresh, is what the browser hands over only text, and is it gone once written?

Without a browser; tests/web/test_browser.py does the same in one.
"""

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from runner.discovery.target import Target
from runner.processes.process import quick
from stages.catalogue import BUILT_IN
from tests.web.gateways import RecordingGateway, open_page
from tests.web.ledgers import DATABASE, NASTY, a_run, make_service, write
from tests.web.test_decisions import known_as
from tests.web.test_pages import words
from tests.workflow.test_specify import SPEC
from workflow.ledger import Ledger
from workflow.service import ledger_of
from workflow.web import drafts
from workflow.web.drafts import DROPPED, FORMS, KEEPER, LONGEST, OFFERED, RESTORED, Form, owner, read_as
from workflow.web.gateway import gateway_of

COMMENT, ASSIGN, REQUIREMENT = "commented DB004", "assigned DB004", "requirement REQ-CART-001"


@pytest.fixture
def gateway(tmp_path: Path) -> RecordingGateway:
    target = make_service(tmp_path)
    quick(["git", "init", "-q"], cwd=target.root)
    (target.root / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return RecordingGateway(gateway_of(target, a_ledger(target), BUILT_IN))


def a_ledger(target: Target) -> Ledger:
    ledger = ledger_of(target)
    write(ledger, a_run(target, verdict="NO-GO", stages=("database",)), DATABASE)
    return ledger


def handed_over(test: AppTest, **drafts: dict[str, object]) -> AppTest:
    """As if the browser had kept these; the second run is the one that it asks for."""
    named = {"comment": COMMENT, "assign": ASSIGN, "requirement": REQUIREMENT}
    test.session_state[OFFERED] = {named[one]: values for one, values in drafts.items()}
    test.session_state[RESTORED] = dict.fromkeys((named[one] for one in drafts), "")
    return test.run()


def test_what_was_typed_is_back_in_each_form_and_can_be_dropped(gateway: RecordingGateway) -> None:
    test = open_page(gateway, "db", check="DB004")
    assert "Drop the draft" not in [one.label for one in test.button]
    handed_over(
        test, comment={"comment-text": NASTY}, assign={"assign-to": "bo@example.org", "assign-due": "2031-02-03"}
    )
    assert not test.exception
    assert test.text_area(key="comment-text-DB004").value == NASTY
    assert test.text_input(key="assign-to-DB004").value == "bo@example.org"
    assert test.date_input(key="assign-due-DB004").value == date(2031, 2, 3)
    assert words(test).count("What you had typed here and not written is back.") == 2
    assert NASTY not in words(test).replace(words(open_page(gateway, "db", check="DB004")), "")
    test.button(key=f"drop-{COMMENT}").click().run()
    assert test.text_area(key="comment-text-DB004").value == ""
    assert test.text_input(key="assign-to-DB004").value == "bo@example.org", "each form has its own draft"
    assert list(test.session_state[DROPPED]) == [COMMENT]


def test_a_draft_that_comes_while_the_page_is_drawn_anew_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drawing is broken off by it, wherever it stood: before its form, or between its form and the page's end."""
    draft = {"token": "1", "forms": {COMMENT: {"values": {"comment-text": "half a sentence"}, "base": ""}}}
    state: dict[str, object] = {KEEPER: {"draft": draft}}
    monkeypatch.setattr("streamlit.session_state", state)
    drafts.begin()
    drafts.take()
    for _ in "broken off", "once more":
        drafts.begin()
        state.pop("comment-text-DB004", None)
        key = Form(id=COMMENT, suffix="DB004").field("comment-text", "")
        assert state[key] == "half a sentence"


def test_the_browser_hands_over_no_more_than_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    many: dict[str, object] = {f"commented DB{n:03}": {"values": {"comment-text": "x"}} for n in range(FORMS * 5)}
    state: dict[str, object] = {KEEPER: {"draft": {"token": "1", "forms": many | {"a": 3, "b": {"values": "x"}}}}}
    monkeypatch.setattr("streamlit.session_state", state)
    drafts.take()
    assert list(state[OFFERED]) == list(many)[:FORMS]  # type: ignore[call-overload]


def test_a_refused_comment_stays_and_a_written_one_is_forgotten(gateway: RecordingGateway) -> None:
    known_as(gateway, "eve@example.org", "viewer")
    test = open_page(gateway, "db", check="DB004")
    test.text_area(key="comment-text-DB004").set_value("I look at it")
    next(one for one in test.button if one.label == "Comment").click().run()
    assert "is a viewer" in words(test)
    assert test.text_area(key="comment-text-DB004").value == "I look at it"
    assert DROPPED not in test.session_state
    (gateway.real.target.root / "gonogo.toml").write_text("")
    known_as(gateway, "bo@example.org", "developer")
    next(one for one in test.button if one.label == "Comment").click().run()
    assert [one.reason for one in gateway.decisions()] == ["I look at it"]
    assert test.text_area(key="comment-text-DB004").value == ""
    assert list(test.session_state[DROPPED]) == [COMMENT]


def test_a_requirement_is_back_in_its_parts_and_written_is_forgotten(gateway: RecordingGateway) -> None:
    test = open_page(gateway, "specification")
    handed_over(test, requirement={"title": "Fill it", "kind": "While something lasts", "condition": "a cart is open"})
    assert not test.exception
    assert "What it changes has become another since" in words(test), "the draft was typed on another state"
    assert "While a cart is open" in words(test)
    next(one for one in test.button if one.label.startswith("Write it")).click().run()
    assert "title: Fill it" in (gateway.real.target.root / "spec.yaml").read_text()
    assert list(test.session_state[DROPPED]) == [REQUIREMENT]
    assert "not written is back" not in words(test)


def test_what_is_no_draft_of_these_fields_is_left_alone(gateway: RecordingGateway) -> None:
    """Another kind, a choice that there is not, or a text without end: the page stands, with what it had."""
    test = open_page(gateway, "db", check="DB004")
    handed_over(test, comment={"comment-text": "x" * (LONGEST + 1)}, assign={"assign-to": 7, "assign-due": "soon"})
    assert not test.exception
    assert (test.text_area(key="comment-text-DB004").value, test.text_input(key="assign-to-DB004").value) == ("", "")
    test = open_page(gateway, "specification")
    handed_over(test, requirement={"kind": "Whenever", "priority": ["must"], "unheard": "of"})
    assert not test.exception
    assert test.selectbox[1].value == "When something happens"


@pytest.mark.parametrize(
    ("value", "usual", "read"),
    [
        ("a", "", "a"), (3, "", None), (3, 2, 3), (True, 2, None), (3, 2.5, 3.0), ("3", 2.5, None),
        (float("nan"), 2.5, None), ("2031-02-03", date(2030, 1, 1), date(2031, 2, 3)), ("x", date(2030, 1, 1), None),
        (["a"], [], ["a"]), ([1], [], None), ({"a": 1}, "", None),
    ],
)  # fmt: skip
def test_a_kept_value_is_read_as_the_kind_of_its_field(value: object, usual: object, read: object) -> None:
    assert read_as(value, usual) == read


def test_drafts_are_of_one_person_and_one_service(gateway: RecordingGateway, tmp_path: Path) -> None:
    known_as(gateway, "bo@example.org", "developer")
    mine = owner(gateway.overview(), gateway)
    assert "bo" not in mine, "no name lies in the browser's store"
    (gateway.real.target.root / "gonogo.toml").write_text("")
    known_as(gateway, "eve@example.org", "viewer")
    other = make_service(tmp_path / "other")
    theirs = RecordingGateway(gateway_of(other, a_ledger(other), BUILT_IN))
    assert len({mine, owner(gateway.overview(), gateway), owner(theirs.overview(), theirs)}) == 3
