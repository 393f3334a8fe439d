"""Do the checks of a specification and the draft of one say the same of a sentence?"""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

from stages.requirements import document
from stages.requirements.criteria import is_criterion, untestable
from stages.requirements.document.alone import WORDING, alone, of_kind
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Kind
from stages.requirements.sentences import (
    duty_left_open,
    listed_alone,
    more_than_one,
    names_the_same,
    not_decided,
    said_alike,
    unprovable,
)

DOCUMENTS = Path(__file__).parent / "documents"


def labelled() -> list[tuple[str, str]]:
    """(sentence, kind) of every fourth that obliges, of all documents."""
    found = []
    for file in sorted(DOCUMENTS.glob("*.json")):
        told = json.loads(file.read_text(encoding="utf-8")).get("sentences", [])
        found += [(one["text"], one["kind"]) for one in told if one["obliges"]]
    return found[::4]


def test_what_a_draft_says_of_a_sentence_the_checks_say_of_the_requirement() -> None:
    sentences = labelled()
    assert len(sentences) > 100
    told = 0
    for text, kind in sentences:
        plain = text.replace("`", "").replace('"', "").replace("“", "").replace("”", "").replace("'", "")
        spans = [one.span for one in of_kind(alone(plain, Kind(kind)), WORDING)]
        words = [one.word.lower() for one in unprovable(plain, Kind(kind))]
        for span in spans:
            told += 1
            low = span.lower()
            assert any(low in word or word in low for word in words), (text, span, words)
    assert told > 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The service shall keep a sensible number of orders.", ["a sensible number of"]),
        ("The service shall list the orders, most recent first.", []),
        ("系统应保存名为“快速通道”的每个选项。", []),
        ("系统原则上应及时通知买家。", ["原则上", "及时"]),
    ],
)
def test_words_that_no_test_can_prove(text: str, words: list[str]) -> None:
    assert sorted(one.word for one in unprovable(text)) == sorted(words)


def test_what_the_list_alone_names_is_told_beside_a_draft() -> None:
    assert [one.word for one in listed_alone("The clerk sees several orders.", [])] == ["several"]
    assert listed_alone("The clerk sees several orders.", ["several orders"]) == []


def test_a_second_duty_is_named_by_either_rule() -> None:
    assert more_than_one("When a buyer orders, the service shall store it and send a mail.") is not None
    assert more_than_one("When a buyer orders, the service shall store it.") is None
    assert duty_left_open("When a buyer orders, the service shall store it.") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Given a reader, when she tries to make herself an admin, then the answer is 403.",
        "If an attacker attempts to guess a password ten times, then the service shall lock the account.",
    ],
)
def test_what_somebody_tries_is_a_case_and_no_way_out(text: str) -> None:
    assert not unprovable(text)


@pytest.mark.parametrize(
    "text",
    [
        "When an order is placed, the service tries to send a mail.",
        "When a reader asks, then the service attempts to answer within 2 seconds.",
    ],
)
def test_a_duty_that_is_only_tried_is_a_way_out(text: str) -> None:
    assert "to" in [one.word.split()[-1] for one in unprovable(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Editors may, if necessary.", "if necessary"),
        ("待定", "待定"),
        ("Orders, returns, etc.", "etc."),
        ("Editors may delete any post.", ""),
        ("原则上可以。", "原则上"),
    ],
)
def test_an_answer_that_settles_nothing_is_named_by_its_words(text: str, words: str) -> None:
    assert not_decided(text) == words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Given a buyer, when she orders, then 201.", "given the buyer when she orders, then 201", True),
        ("Given a buyer with a card, then 201.", "Given a buyer without a card, then 201.", False),
        ("When it is stored before noon, then 201.", "When it is stored after noon, then 201.", False),
    ],
)
def test_criteria_that_say_the_same_are_one(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert (said_alike(one) == said_alike(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("orders", "Order", True), ("orders", "payments", False), ("GET /orders", "GET /order", False)],
)
def test_entries_of_a_scope_name_one_thing(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert names_the_same(one, other) is same


def test_a_criterion_of_a_document_is_held_to_what_one_of_a_specification_is() -> None:
    assert is_criterion("Given a buyer, when she orders, then it works.")
    assert "no observation" in untestable("Given a buyer, when she orders, then it works.")
    assert untestable("Given a buyer, when she orders, then the answer is 201.") == ""
    assert not is_criterion("The buyer orders bags.")


def test_a_command_that_reads_no_document_compiles_none_of_its_patterns() -> None:
    compiled = [
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(document.__path__)
        for name, value in vars(importlib.import_module(f"{document.__name__}.{module.name}")).items()
        if isinstance(value, re.Pattern)
    ]
    assert compiled == []
    late = Pattern(lambda: "a+", re.IGNORECASE)
    assert "compiled" not in vars(late)
    assert late.findall("xAa") == ["Aa"]
    assert "compiled" in vars(late)
