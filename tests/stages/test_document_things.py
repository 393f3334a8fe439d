"""Which roles and things does a document propose that it never defines? The four examples know what they meant."""

import re
from pathlib import Path

import pytest

from runner.said import speaking
from runner.specification import FieldKind
from runner.specification_text import parse
from stages.requirements.document.draft import Draft, as_yaml, draft
from stages.requirements.document.judged import read
from stages.requirements.document.lists import listed
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "examples"
DOCUMENTS = Path(__file__).parent / "documents"
TEXTS = sorted([*DOCUMENTS.glob("*.md"), *EXAMPLES.glob("*/docs/*.md")])
SHED = """# Tool shed

Members borrow tools from a shared shed. Today the list is on paper.

1. A member can register with an e-mail address and a display name.
2. The keeper can add a tool with a unique mark of five digits, a name of at most 80 characters
   and a daily price in cents.
3. As a member, I want to list the tools, so that I find one.
4. A member can request a loan of a tool for at most 14 days.
5. The keeper shall approve or reject each loan.
6. Only the keeper and the borrower may see a loan.
7. The server must answer within 2 seconds.
"""
SHED_IN_CHINESE = """# 工具屋

1. 会员可以申请借用工具。
2. 保管员可以新增工具，工具有名称（最多80字）、说明和日租金。
3. 会员可以查询工具。
4. 系统应当记录每次操作。
"""


def drafted(text: str) -> Draft:
    return draft(read(text), name="shed", path="docs/shed.md", title="Shed")


def called(key: str) -> list[str]:
    """Chinese words that are this name in code."""
    return [one.split()[1] for one in listed("chinese")["part_names"] if one.split()[0] == key]


def ids(text: str) -> tuple[set[str], set[str]]:
    found = drafted(text).specification
    return {role.id for role in found.roles}, {resource.id for resource in found.resources}


@pytest.mark.parametrize(
    ("example", "roles", "resources"),
    [
        ("library", {"reader", "librarian"}, {"subject", "book", "copy", "loan"}),
        ("clinic", {"receptionist", "doctor"}, {"patient", "finding"}),
        ("shop", {"customer", "clerk"}, {"product", "order"}),
        ("equipment", {"member", "steward"}, {"room", "piece", "booking"}),
    ],
)
def test_the_examples_propose_what_their_specifications_have(
    example: str, roles: set[str], resources: set[str]
) -> None:
    found = ids((EXAMPLES / example / "docs" / "business.md").read_text(encoding="utf-8"))
    assert found[0] == roles
    assert found[1] >= resources
    assert len(found[1]) <= len(resources) + 1


def test_what_one_holds_is_read_with_its_bounds() -> None:
    text = (EXAMPLES / "library" / "docs" / "business.md").read_text(encoding="utf-8")
    book = next(one for one in drafted(text).specification.resources if one.id == "book")
    assert dict(book.fields) == {
        "title": FieldKind(type="text", max=200),
        "author": FieldKind(type="text", max=200),
        "subject": FieldKind(type="text", max=200),  # of which nobody says what one holds
        "catalogue_number": FieldKind(type="text", min=8, max=8, pattern="[0-9]{8}", unique=True),
        "language": FieldKind(type="text", max=200),
        "year": FieldKind(type="integer"),
    }
    asked = [one.text for one in drafted(text).specification.questions]
    assert any(
        text.startswith("book: how many characters may each of these have at most: author, subject, language?")
        for text in asked
    )


def test_a_part_that_is_a_thing_itself_is_a_reference() -> None:
    text = "# Shed\n\nEach tool has a name, a price in cents and a shelf. Each shelf has a number and a floor.\n"
    tool = drafted(
        f"{text}The keeper adds tools and moves shelves. The shelf must not be full.\n"
    ).specification.resources[0]
    assert (tool.id, tool.fields["shelf"]) == ("tool", FieldKind(type="reference", to="shelf"))


def test_who_acts_and_what_is_kept_is_proposed_and_asked() -> None:
    found = drafted(SHED)
    assert [role.id for role in found.specification.roles] == ["member", "keeper", "borrower"]
    assert {one.id: sorted(one.fields) for one in found.specification.resources} == {
        "tool": ["daily_price", "mark", "name"],
        "loan": [],
    }
    assert found.proposed == {"member", "keeper", "borrower", "tool", "loan"}
    assert "“loan”, proposed: the document defines it nowhere" in found.specification.resources[1].description
    asked = [one.text for one in found.specification.questions if one.status == "open"]
    assert any(text.startswith("Proposed from who acts and what is kept") for text in asked)


def test_a_requirement_names_the_proposed_role_and_thing() -> None:
    found = drafted(SHED).specification
    adds = next(one for one in found.requirements if "add a tool" in one.text)
    assert (adds.roles, adds.resource) == (("keeper",), "tool")


def test_in_chinese_too() -> None:
    assert ids(SHED_IN_CHINESE) == ({"会员", "保管员"}, {"工具"})
    assert dict(drafted(SHED_IN_CHINESE).specification.resources[0].fields) == {
        "name": FieldKind(type="text", max=80),
        "description": FieldKind(type="text", max=200),
        "rent": FieldKind(type="money"),
    }


def test_what_the_draft_says_itself_is_in_the_readers_language() -> None:
    with speaking("zh_CN"):
        text = as_yaml(drafted(SHED_IN_CHINESE))
    assert "Nobody has agreed" not in text
    assert "文档没有定义它们，以下是根据谁在做事、保存什么而提议的" in text
    assert "“会员”，提议：文档没有定义它" in text


def test_what_the_document_defines_stands_and_is_not_called_proposed() -> None:
    roles = "# Shed\n\n## Roles\n\n- **Member**: borrows tools.\n- **Keeper**: keeps the shed.\n"
    found = drafted(f"{roles}\n{SHED.partition(chr(10))[2]}")
    assert [role.id for role in found.specification.roles][:2] == ["member", "keeper"]
    assert not {"member", "keeper"} & found.proposed


@pytest.mark.parametrize("path", TEXTS, ids=[f"{path.parent.parent.name}-{path.stem}" for path in TEXTS])
def test_nothing_is_proposed_that_the_document_does_not_say_and_the_draft_can_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = drafted(text)
    problems, _ = parse("spec.yaml", as_yaml(found))
    assert not problems
    low = re.sub(r"[^\w]+", " ", text.lower())
    assert [one for one in found.proposed if one.replace("-", " ").removesuffix("y") not in low] == []
    for resource in found.specification.resources:
        names = [(key, [key.split("_")[0], *called(key)]) for key in resource.fields]
        missing = [key for key, said in names if not any(one in low for one in said)]
        assert missing == []


def test_no_sentence_about_today_or_everybody_defines_anything() -> None:
    text = "# Shop\n\nToday the catalogue is a list on paper. Every new account is one that waits.\n"
    assert set(read(f"{text}Attempt means one try.\n").terms.terms) == {"Attempt"}


def test_a_word_without_an_end_is_read_by_its_beginning() -> None:
    text = f"# Shed\n\nThe keeper can add a tool{'l' * 100_000} of 3 kg.\n"
    sentence = next(one for one in read(text).sentences if "keeper" in one.unit.said)
    assert len(sentence.unit.said) < 200
    assert sentence.unit.text in text
    assert len(sentence.unit.text) > 100_000
