"""Requirements that say nothing, or are said elsewhere than in words: none of their checks passes on them."""

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from runner.discovery.source import is_ignored
from runner.evidence.agreed.mentions import Mentions, mentioned
from runner.model import Check, Outcome
from runner.specification import Question
from stages.requirements import STAGE
from tests.stages.test_requirements import SPEC, spec_of

CHECKS: Mapping[str, Check[...]] = {check.id: check for check in STAGE.checks}
ORDER = "When a buyer submits an order, the service shall store it and answer 201."
GIVEN = "Given a buyer, when she orders, then the answer is 201."
WITHOUT_RESOURCES = [
    ("  - {id: order, description: An order., owner: buyer}\n", ""),
    ("resources:", "resources: []"),
    ("    resource: order\n", ""),
]
QUESTIONS = SPEC[SPEC.index("questions:") :]


def outcome(id: str, *changes: tuple[str, str], words: int | None = 200) -> tuple[Outcome, str]:
    spec = spec_of(*changes, words=words)
    given = {"spec": spec, "file": spec.file, "mentions": Mentions(tests="tests", places={})}
    verdict = CHECKS[id](**{name: given[name] for name in CHECKS[id].needs})
    return verdict.outcome, verdict.message


# (check, what lies or is empty: words of the specification and what stands there instead)
LIES = [
    ("RQ001", "no requirement at all", [(SPEC[SPEC.index("requirements:") :], "")]),
    ("RQ002", "one id for two kinds of thing", [("id: C-1", "id: Q-1")]),
    ("RQ002", "the id in quotes, on a line of its own", [("id: R-10", "'id':\n      \"R-1\"")]),
    ("RQ003", "a sign that looks like a comment", [("Sells things.", "'Sells things # TBD'")]),
    (
        "RQ003",
        "a placeholder in a text of several lines",
        [(ORDER, ">\n      When a buyer orders,\n      the answer is TBD.")],
    ),
    ("RQ003", "an answered question without an answer", [("open, owner: Ann", "answered, answer: TBD, owner: Ann")]),
    ("RQ004", "an owner who is nobody", [("owner: Ann}", "owner: nobody yet}")]),
    ("RQ004", "an owner who is a sign", [("owner: Ann}", "owner: '?'}")]),
    ("RQ004", "an answer that is a full stop", [("open, owner: Ann", "answered, answer: ., owner: Ann")]),
    ("RQ005", "a side of the scope that is a dot", [("excluded: [payment]", "excluded: ['.']")]),
    ("RQ005", "the specification as its own witness", [("docs/wishes.md", "spec.yaml")]),
    ("RQ006", "nothing after `shall`", [(ORDER, "When a buyer orders, the service shall never.")]),
    (
        "RQ007",
        "a second duty after the first",
        [(ORDER, "When a buyer orders, the service shall ship and notify her.")],
    ),
    ("RQ009", "the same criterion twice", [("Given an empty order, when it is sent, then the answer is 422.", GIVEN)]),
    ("RQ010", "a change that only the permissions name", [("permissions:", "permissions:\n  - {endpoint: DELETE /o}")]),
    ("RQ011", "a percentile below the middle", [("percentile: 95", "percentile: 1"), ("95th", "1st")]),
    ("RQ011", "a text that promises another number", [("within 300 ms", "within 0.1 seconds")]),
    ("RQ011", "a load of one", [("users: 10", "users: 1")]),
    ("RQ011", "another operation is measured", [("shall answer within", "shall answer GET /all within")]),
    ("RQ012", "no resource, though operations are named", WITHOUT_RESOURCES),
    ("RQ013", "what is nobody's own", [("{buyer: any}", "{anonymous: own}")]),
    (
        "RQ013",
        "two rules for one operation",
        [("permissions:", "permissions:\n  - {endpoint: POST /orders, allow: {}}")],
    ),
    (
        "RQ014",
        "an operation that is only measured",
        [("endpoint: POST /orders\n    perc", "endpoint: GET /o\n    perc")],
    ),
]


@pytest.mark.parametrize(("id", "lie", "changes"), LIES, ids=[f"{id}: {lie}" for id, lie, _ in LIES])
def test_a_lie_does_not_pass(id: str, lie: str, changes: list[tuple[str, str]]) -> None:
    found, message = outcome(id, *changes)
    assert found is not Outcome.PASSED, f"{lie}: {message}"


def test_a_text_in_quotes_is_not_read_and_counted_so() -> None:
    quoted = (f"text: {ORDER}", "text: '\"When a buyer orders, the service shall be fast\"'")
    assert outcome("RQ008", quoted) == (Outcome.PASSED, "none is on the list (5 of 6 texts judged)")


def test_quotes_around_everything_leave_nothing_to_judge() -> None:
    quoted = [(f"text: {text}", f"text: '`{text}`'") for text in (ORDER, "The service shall run on Python 3.12.")]
    more = [
        (
            "If the order is empty, then the service shall answer 422 and store nothing.",
            "'`If it is empty, it is bad.`'",
        ),
        ("While 10 users order, the service shall answer within 300 ms at the 95th percentile.", "'`Fast.`'"),
    ]
    found, message = outcome("RQ008", *quoted, *more)
    assert (found, message) == (
        Outcome.UNKNOWN,
        "too little was judged: 2 of 6 texts. Of these: none is on the list",
    )


@pytest.mark.parametrize("words", [0, 1, 19])
def test_an_empty_business_document_is_no_witness(words: int) -> None:
    found, message = outcome("RQ005", words=words)
    assert found is Outcome.FAILED
    assert message.startswith(f"docs/wishes.md holds {words} word")


def test_many_open_questions_leave_nothing_decided() -> None:
    asked = "".join(f"  - {{id: W-{n}, text: Who {n}?, status: open, owner: Ann, answer: TBD}}\n" for n in range(60))
    found, message = outcome("RQ003", (QUESTIONS, f"questions:\n{asked}"))
    assert found is Outcome.UNKNOWN
    assert message.startswith("too little was judged")


@pytest.mark.parametrize(
    "source",
    [
        "# AC-1 is proved here\n",
        "PROVED = 'AC-1'\n",
        "def helper():\n    return 'AC-1'\n",
        "def test_x():\n    '''AC-1'''\n",
        "def test_ac_1():\n    pass\n",
        "@pytest.mark.skip\ndef test_x():\n    assert order('AC-1')\n",
        "@pytest.mark.skip(reason='AC-1')\ndef test_x():\n    assert order()\n",
        "'''AC-1'''\ndef helper():\n    assert order()\n",
        "class TestOrders:\n    '''AC-1'''\n",
    ],
)
def test_a_word_that_is_no_test_proves_no_requirement(source: str) -> None:
    assert "AC-1" not in {id for id, _ in mentioned("tests/test_x.py", source)}


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def test_ac_1_holds():\n    assert order()\n", 1),
        ("@pytest.mark.requirement('AC-1')\ndef test_x():\n    assert order()\n", 1),
        ("import x\n\n# AC-1\ndef test_x():\n    assert order()\n", 3),
        ("async def test_x():\n    '''AC-1'''\n    assert order()\n", 2),
        ("'''AC-1'''\ndef test_x():\n    assert order()\n", 1),
        ("@mark('AC-1')\nclass TestX:\n    def test_x(self):\n        assert order()\n", 1),
        ("pytestmark = mark('AC-1')\ndef test_x():\n    assert order()\n", 1),
        ("@pytest.mark.skipif(no_database, reason='x')\ndef test_x():\n    assert order('AC-1')\n", 3),
    ],
)
def test_a_test_that_asks_something_proves_one(source: str, line: int) -> None:
    assert ("AC-1", line) in set(mentioned("tests/test_x.py", source))


@pytest.mark.parametrize("id", ["AC-5.2", "AC_5.2", "US_12", "R7", "REQ-POST-001", "NFR-3.1.4"])
def test_ids_as_teams_number_them_are_taken_and_found(id: str) -> None:
    assert Question(id=id, text="Who?", status="open").id == id
    test = f"def test_x():\n    '''Proves {id}.'''\n    assert order()\n"
    assert (id, 2) in set(mentioned("tests/test_x.py", test))
    assert id not in {word for word, _ in mentioned("tests/test_x.py", test.replace(id, f"{id}.9"))}


@pytest.mark.parametrize("id", ["login", "GET", "AC-", "AC 5", "5.2", "AC-5/2"])
def test_what_could_be_any_word_is_no_id(id: str) -> None:
    with pytest.raises(ValidationError):
        Question(id=id, text="Who?", status="open")


def test_a_specification_that_git_ignores_is_nobody_s(tmp_path: Path) -> None:
    verdict = CHECKS["RQ001"](file=replace(spec_of().file, ignored=True))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith("spec.yaml is ignored by git")
    assert not is_ignored(tmp_path, "spec.yaml")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("spec.yaml\n", encoding="utf-8")
    assert is_ignored(tmp_path, "spec.yaml")
    assert not is_ignored(tmp_path, "openapi.json")


def test_every_check_of_the_stage_has_a_hollow() -> None:
    assert {id for id, _, _ in LIES} | {"RQ008"} == set(CHECKS)


GERMAN = [
    ("When a buyer submits an order, the service shall store it and answer 201.", "Der Dienst kann und soll das tun."),
    ("If the order is empty, then the service shall answer 422 and store nothing.", "Das wird, wenn es geht, schnell."),
    ("Given a buyer, when she orders, then the answer is 201.", "Das ist eine Antwort und sie wird dann gut."),
    ("Given an empty order, when it is sent, then the answer is 422.", "Das ist nicht gut und wird mit etwas gelöst."),
]


@pytest.mark.parametrize("id", ["RQ006", "RQ007", "RQ009"])
def test_what_is_in_a_language_that_no_rule_reads_is_not_passed(id: str) -> None:
    verdict = CHECKS[id](spec=spec_of(*GERMAN))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "neither English nor Chinese" in verdict.message
