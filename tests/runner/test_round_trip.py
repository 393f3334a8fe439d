"""A YAML document that is changed in some places stays as it is in all others."""

import difflib

import pytest

from runner.reading.documents import NotReadable
from runner.reading.round_trip import Change, edited
from workflow.settings import SAMPLE

TEXT = """\
# The head.
service: {name: shop}   # in one line

requirements:
  # the first
  - id: R-1
    text: 'When a, the service shall b.'   # beside it
    acceptance:
      - {id: AC-1, text: "Given: a"}

  - id: R-2
    text: >-
      Folded over
      two lines.

# Who may do what.
permissions: []
questions:
  - id: Q-1
    text: Why?
    status: open  # until May
"""


def lines(text: str, *changes: Change) -> list[str]:
    """The lines that differ, with their sign."""
    found = difflib.ndiff(text.splitlines(), edited(text, changes).splitlines())
    return [one for one in found if one[:1] in "+-"]


@pytest.mark.parametrize("text", [TEXT, (SAMPLE / "spec.yaml").read_text(encoding="utf-8"), TEXT.replace("\n", "\r\n")])
def test_without_a_change_every_sign_stays(text: str) -> None:
    assert edited(text, [Change(where=("requirements", 0, "id"), value=_first(text))]) == text


def _first(text: str) -> str:
    return "R-1" if "R-1" in text else "REQ-AUTH-001"


def test_a_value_keeps_its_quotes_and_the_comment_beside_it() -> None:
    change = Change(where=("requirements", 0, "text"), value="When c: d, the service shall e.")
    assert lines(TEXT, change) == [
        "-     text: 'When a, the service shall b.'   # beside it",
        "+     text: 'When c: d, the service shall e.' # beside it",
    ]
    assert lines(TEXT, Change(where=("requirements", 0, "acceptance", 0, "text"), value="Given b")) == [
        '-       - {id: AC-1, text: "Given: a"}',
        '+       - {id: AC-1, text: "Given b"}',
    ]


def test_what_is_appended_stands_before_the_comment_of_the_next_chapter() -> None:
    new = Change(where=("requirements", 2), value={"id": "R-3", "text": "Always: c"})
    assert lines(TEXT, new)[:2] == ["+   - id: R-3", '+     text: "Always: c"']
    plain = TEXT.replace(">-\n      Folded over\n      two lines.", "Plain.")
    added = edited(plain, [new])
    after = added[added.index("  - id: R-3") :]
    assert after.startswith('  - id: R-3\n    text: "Always: c"\n\n# Who may do what.\npermissions: []')
    assert "two lines.\n\n  - id: R-3" in edited(TEXT, [new]), "what is folded keeps its end"
    assert lines(TEXT, Change(where=("questions", 1), value={"id": "Q-2"})) == ["+   - id: Q-2"]


def test_a_new_key_stands_before_the_last_one_and_leaves_its_comment() -> None:
    assert lines(TEXT, Change(where=("questions", 0, "answer"), value="因为")) == ["+     answer: 因为"]


def test_a_list_that_is_not_indented_stays_so() -> None:
    text = "a:\n- id: 1\n- id: 2\n"
    assert edited(text, [Change(where=("a", 2), value={"id": 3})]) == f"{text}- id: 3\n"


@pytest.mark.parametrize("where", [("nothing", 0, "id"), ("requirements", 9, "id"), ("service", "name", "x")])
def test_a_place_that_is_not_there_is_said(where: tuple[int | str, ...]) -> None:
    with pytest.raises(NotReadable, match="can't be changed there"):
        edited(TEXT, [Change(where=where, value="x")])


def test_what_is_no_yaml_is_said() -> None:
    with pytest.raises(NotReadable):
        edited("a: [", [Change(where=("a",), value=1)])
