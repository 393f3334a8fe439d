"""What does a new document repeat or contradict of what is agreed elsewhere?"""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.specification_text import parse
from stages.requirements.document.across import as_a_limit, compared, in_document, in_specification, speak_of_others
from stages.requirements.document.judged import Document, read
from stages.requirements.document.sentence import Found
from stages.requirements.document.topics import TOO_FEW

DOCUMENTS = Path(__file__).parent / "documents"
ROLES = "# Shop\n\n## Roles\n\n- Buyer: orders goods.\n- Clerk: packs goods.\n\n## Rules\n\n"
SPEC = """\
gonogo: 1
service: {name: shop, summary: Sells things., owner: Ann, document: docs/wishes.md}
requirements:
  - id: R-1
    title: Items
    text: If an order has more than 12 bags, then the service shall refuse it with 422.
    priority: must
"""


def _found(document: Document) -> list[Found]:
    return [
        found for one in document.sentences for found in one.found if "old.md" in found.other or "R-1" in found.other
    ]


@pytest.mark.parametrize(
    ("new", "old", "defect"),
    [
        ("A buyer may order up to 8 bags.", "Buyers can order at most 6 bags.", "contradiction"),
        ("The clerk packs an order within 2 days.", "The clerk shall pack each order within two days.", "duplicate"),
        ("The clerk packs an order within 2 days.", "The buyer pays within 30 days.", ""),
        ("一个顾客最多下 3 个订单。", "每名顾客的订单不得超过 5 个。", "contradiction"),
        ("订单记录保存两年。", "所有订单记录留存 24 个月。", "duplicate"),
    ],
)
def test_a_sentence_is_compared_with_those_of_another_document(new: str, old: str, defect: str) -> None:
    there = in_document(read(ROLES + old), "old.md")
    found = _found(compared(read(ROLES + new), list(there)))
    assert [str(one.defect) for one in found] == ([defect] if defect else [])
    assert all(one.other == f"{old} (old.md line 10)" for one in found)


def test_a_refusal_of_a_specification_is_a_limit() -> None:
    problems, parsed = parse("spec.yaml", SPEC)
    assert parsed is not None, problems
    agreed = list(in_specification(parsed, "spec.yaml"))
    found = compared(read(f"{ROLES}An order has no more than 9 bags."), agreed)
    assert [(str(one.defect), one.other) for one in _found(found)] == [
        (
            "contradiction",
            "If an order has more than 12 bags, then the service shall refuse it with 422. (spec.yaml R-1)",
        )
    ]
    assert found.contradictions[-1][0] == "An order has no more than 9 bags."
    assert not _found(compared(read(f"{ROLES}An order has no more than 12 bags. The clerk sings."), []))


def test_what_stands_twice_elsewhere_is_not_told_here() -> None:
    there = in_document(read(f"{ROLES}A bag holds 5 kg at most. A bag holds 6 kg at most."), "old.md")
    assert not _found(compared(read(f"{ROLES}The clerk counts boxes."), list(there)))


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ("如果订单超过 12 袋，系统应拒绝。", "订单不得超过12 袋。"),
        (
            "If the mail fails, then the service shall answer 502.",
            "If the mail fails, then the service shall answer 502.",
        ),
    ],
)
def test_only_a_refusal_of_too_much_is_a_limit(said: str, limit: str) -> None:
    assert as_a_limit(said) == limit


def test_another_product_contradicts_nothing_and_repeats_only_word_for_word() -> None:
    text = (DOCUMENTS / "gym.md").read_text(encoding="utf-8")
    there = read(text)
    rule = "A confiscated key is burnt by the smith on Fridays."
    other = read((DOCUMENTS / "booking.md").read_text(encoding="utf-8") + f"\n## Keys\n\n{rule}\n")
    assert speak_of_others(other, list(in_document(there, "old.md"))) == {"old.md"}
    assert not _found(compared(other, list(in_document(there, "old.md"))))
    same = read(f"{text}\n## Keys\n\n{rule}\n")
    assert [(str(one.defect), one.span) for one in _found(compared(other, list(in_document(same, "old.md"))))] == [
        ("duplicate", rule)
    ]


def test_a_document_of_the_same_product_and_a_short_one_are_compared_whole() -> None:
    whole = read((DOCUMENTS / "gym.md").read_text(encoding="utf-8"))
    duties = [one for one in whole.sentences if one.obliges]
    half = replace(whole, sentences=tuple(duties[::2]))
    rest = [*in_document(replace(whole, sentences=tuple(duties[1::2])), "old.md")]
    assert len(rest) >= TOO_FEW
    assert speak_of_others(half, rest) == frozenset()
    short = read(f"{ROLES}A buyer may order up to 8 bags.")
    assert speak_of_others(short, rest) == frozenset()
