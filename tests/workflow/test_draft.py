"""`requirements.draft` from a file: Markdown, text and Word; what is written, and what is left alone."""

import json
import zipfile
from pathlib import Path

import pytest

from runner.errors import WorkflowError
from runner.reading.documents import NotReadable
from runner.reading.word import read_word
from runner.specification_text import parse
from workflow.service import draft_from, write_json

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _paragraph(text: str, style: str = "") -> str:
    kind = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{kind}<w:r><w:t>{text}</w:t></w:r></w:p>"


def _word(file: Path, body: str, head: str = "") -> Path:
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("word/document.xml", f"{head}<w:document {SPACE}><w:body>{body}</w:body></w:document>")
    return file


def test_a_word_document_is_read_as_it_stands(tmp_path: Path) -> None:
    rows = "".join(
        f"<w:tr><w:tc>{_paragraph(a)}</w:tc><w:tc>{_paragraph(b)}</w:tc></w:tr>"
        for a, b in (("Term", "Meaning"), ("Buyer", "A person who orders"))
    )
    body = "".join(
        (
            _paragraph("Shop", "Title"),
            _paragraph("Rules", "Heading2"),
            _paragraph("The system must be fast.", "ListBullet"),
            _paragraph("A buyer may cancel an order."),
            f"<w:tbl>{rows}</w:tbl>",
        )
    )
    file = _word(tmp_path / "shop.docx", body)
    assert read_word(file).splitlines() == [
        "",
        "# Shop",
        "",
        "## Rules",
        "",
        "- The system must be fast.",
        "",
        "A buyer may cancel an order.",
        "",
        "| Term | Meaning |",
        "| --- | --- |",
        "| Buyer | A person who orders |",
        "",
    ]
    drafted = draft_from(str(file))
    assert [one.unit.text for one in drafted.document.sentences][:2] == [
        "The system must be fast.",
        "A buyer may cancel an order.",
    ]
    assert drafted.draft.specification.service.summary == "Shop"


def test_what_is_no_word_document_is_said(tmp_path: Path) -> None:
    file = tmp_path / "shop.docx"
    file.write_bytes(b"no zip")
    with pytest.raises(WorkflowError, match="it is no Word document"):
        draft_from(str(file))
    with pytest.raises(NotReadable, match="XML can't be read"):
        read_word(_word(tmp_path / "bomb.docx", "&a;", '<!DOCTYPE x [<!ENTITY a "b">]>'))


def test_the_specification_is_written_once_and_questions_block_it(tmp_path: Path) -> None:
    document, into = tmp_path / "docs" / "shop.md", tmp_path / "spec.yaml"
    document.parent.mkdir()
    document.write_text("# Shop\n\nThe system must be fast. A buyer may order 5 bags.\n", encoding="utf-8")
    draft_from(str(document), str(into))
    problems, parsed = parse("spec.yaml", into.read_text(encoding="utf-8"))
    assert not problems
    assert parsed is not None
    assert parsed.service.document == "docs/shop.md"
    assert [(q.status, q.owner, q.about) for q in parsed.questions if "how many milliseconds" in q.text] == [
        ("open", None, ("REQ-001",))
    ]
    assert parsed.requirements[0].priority == "must"
    before = into.read_text(encoding="utf-8")
    with pytest.raises(WorkflowError, match="is there already; it is left alone"):
        draft_from(str(document), str(into))
    assert into.read_text(encoding="utf-8") == before


def test_the_json_says_each_sentence_as_it_stands(tmp_path: Path) -> None:
    document, written = tmp_path / "shop.txt", tmp_path / "shop.json"
    document.write_text("Shop\n\nA buyer may order 5 bags.\nA buyer may order at most\n6 bags.\n", encoding="utf-8")
    write_json(str(written), draft_from(str(document)).document)
    told = json.loads(written.read_text(encoding="utf-8"))
    texts = ["A buyer may order 5 bags.", "A buyer may order at most\n6 bags."]
    assert [one["text"] for one in told["sentences"]] == texts
    assert told["contradictions"] == [texts]
    assert [(one["obliges"], [d["class"] for d in one["defects"]]) for one in told["sentences"]] == [
        (True, ["contradiction"]),
        (True, ["contradiction"]),
    ]


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shop.pdf"
    file.write_bytes(b"%PDF")
    with pytest.raises(WorkflowError, match="neither Markdown, plain text nor"):
        draft_from(str(file))


def test_a_folder_is_no_document_but_may_hold_one(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match=r"is a folder\. Name a document in it, such as .*requirements\.md"):
        draft_from(str(tmp_path))
    (tmp_path / "notes.csv").write_text("no document", encoding="utf-8")
    (tmp_path / "shop.md").write_text("# Shop\n\nA buyer may cancel an order.\n", encoding="utf-8")
    with pytest.raises(WorkflowError, match=r"such as .*shop\.md"):
        draft_from(str(tmp_path))


def test_a_document_is_compared_with_what_is_agreed(tmp_path: Path) -> None:
    document, agreed = tmp_path / "shop.md", tmp_path / "old.md"
    document.write_text("# Shop\n\nA buyer may order 5 bags at most.\n", encoding="utf-8")
    agreed.write_text("# Shop\n\nA buyer may order 7 bags at most.\n", encoding="utf-8")
    drafted = draft_from(str(document), against=[str(agreed)])
    assert drafted.compared == ((str(agreed), 1),)
    asked = [one.text for one in drafted.draft.specification.questions]
    assert any(f"({agreed} line 3)”. Which one holds?" in text for text in asked)
    (tmp_path / "spec.yaml").write_text("gonogo: 9\n", encoding="utf-8")
    with pytest.raises(WorkflowError, match="is no specification that can be read"):
        draft_from(str(document), against=[str(tmp_path / "spec.yaml")])
