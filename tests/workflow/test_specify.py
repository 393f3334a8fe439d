"""The specification, changed in a form: only what was shown is written, and only where it may."""

from pathlib import Path

import pytest

from runner.discovery.target import Target, find_target
from runner.errors import WorkflowError
from runner.specification import LoadShape, Quality, Question
from stages.requirements.needs import gaps, sentence_of
from stages.requirements.parts import Kind, Parts, parts_of
from tests.web.ledgers import make_service
from workflow.service import (
    Actor,
    Role,
    SpecificationText,
    answer_changes,
    need_changes,
    next_criterion,
    next_id,
    propose,
    question_changes,
    read_specification_text,
    requirement_changes,
    write_specification,
)
from workflow.settings import SAMPLE

DEVELOPER = Actor(name="Bo", email="bo@example.org", role=Role.DEVELOPER, known="a test")
VIEWER = Actor(name="Eve", email="eve@example.org", role=Role.VIEWER, known="a test")
SPEC = """\
gonogo: 1
service: {name: shop, summary: Sells, owner: seller}  # one line
requirements:
  - id: REQ-CART-001
    title: Fill a cart
    text: When a buyer adds a thing, the service shall store it.
    priority: must
    acceptance:
      - {id: AC-CART-001-1, text: "Given a cart, when a thing is added, then it is in the list."}
quality:
  - id: QN-1
    text: While 20 users read, the service shall answer within 250 ms at the 95th percentile.
    metric: latency
    percentile: 95
    limit: 250
    unit: ms
    load: {users: 20, seconds: 12}
questions:
  - {id: Q-001, text: "May it be empty?", status: open, owner: seller}
"""


@pytest.fixture
def target(tmp_path: Path) -> Target:
    target = make_service(tmp_path)
    (target.root / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return target


def changed(spec: SpecificationText, **told: object) -> list[str]:
    """The lines of the patch for one requirement."""
    assert spec.content is not None
    wanted = spec.content.requirements[0].model_copy(update=told)
    patch = propose(spec, requirement_changes(spec.content, wanted)).patch
    return [line for line in patch.splitlines()[2:] if line[:1] in "+-"]


def test_a_requirement_is_changed_where_it_differs(target: Target) -> None:
    spec = read_specification_text(target)
    assert spec.content is not None
    assert changed(spec) == []
    assert changed(spec, title="Fill it") == ["-    title: Fill a cart", "+    title: Fill it"]
    one = next_criterion(spec.content.requirements[0], "Given two, then both.")
    assert one.id == "AC-CART-001-2"
    added = changed(spec, acceptance=(*spec.content.requirements[0].acceptance, one))
    assert added == ["+      - id: AC-CART-001-2", "+        text: Given two, then both."]
    assert "+  - id: REQ-CART-002" in changed(spec, id="REQ-CART-002")


def test_an_answer_and_a_need_are_written_into_their_places(target: Target) -> None:
    spec = read_specification_text(target)
    assert spec.content is not None
    patch = propose(spec, answer_changes(spec.content, "Q-001", "Yes: always.")).patch
    assert (
        '+  - {id: Q-001, text: "May it be empty?", status: answered, answer: "Yes: always.", owner: seller}' in patch
    )
    wanted = spec.content.quality[0].model_copy(update={"limit": 200.0, "load": LoadShape(users=30, seconds=12)})
    patch = propose(spec, need_changes(spec.content, wanted)).patch
    assert "+    limit: 200\n" in patch
    assert "+    load: {users: 30, seconds: 12}\n" in patch


COMMENTED = """\
gonogo: 1
service: {name: shop, summary: Sells, owner: seller}
quality:  # measured each night
  - id: QN-09  # agreed with sales
    text: "While 20 users send requests, the service shall answer requests at 50 req/s or more."
    metric: throughput
    limit: 50
    unit: req/s
    load: {users: 20, seconds: 12}

# --- what nobody knows yet
questions: []
"""
LATENCY = Quality(
    id="QN-10", text="-", metric="latency", endpoint="GET /carts", percentile=99.0, limit=120.0, unit="ms",
    load=LoadShape(users=40, seconds=12),
)  # fmt: skip


def test_a_new_need_stands_behind_the_last_one_and_comments_stay(target: Target) -> None:
    (target.root / "spec.yaml").write_text(COMMENTED, encoding="utf-8")
    spec = read_specification_text(target)
    assert spec.content is not None
    assert next_id((one.id for one in spec.content.quality), "QN-1") == "QN-10"
    wanted = LATENCY.model_copy(update={"text": sentence_of(LATENCY)})
    added = propose(spec, need_changes(spec.content, wanted))
    lines = [line for line in added.patch.splitlines()[2:] if line[:1] in "+-"]
    assert not [line for line in lines if line.startswith("-")]
    assert "+    limit: 120" in lines
    assert "+    unit: ms" in lines
    assert not added.problems
    for comment in ("# measured each night", "# agreed with sales", "\n\n# --- what nobody knows yet\nquestions: []\n"):
        assert comment in added.after
    question = Question(id="Q-001", text="How many carts?", status="open", owner="seller")
    asked = propose(spec, question_changes(spec.content, question))
    assert asked.after.endswith(
        "questions:\n  - id: Q-001\n    text: How many carts?\n    status: open\n    owner: seller\n"
    )


def test_the_first_need_of_a_file_and_what_is_measured_can_be_written(target: Target) -> None:
    bare = COMMENTED.partition("quality:")[0]
    (target.root / "spec.yaml").write_text(bare, encoding="utf-8")
    spec = read_specification_text(target)
    assert spec.content is not None
    first = propose(spec, need_changes(spec.content, LATENCY))
    assert not first.problems
    assert "quality:\n  - id: QN-10\n" in first.after
    (target.root / "spec.yaml").write_text(COMMENTED, encoding="utf-8")
    spec = read_specification_text(target)
    assert spec.content is not None
    wanted = LATENCY.model_copy(update={"id": "QN-09"})
    changed = propose(spec, need_changes(spec.content, wanted))
    assert not changed.problems
    assert "# agreed with sales" in changed.after
    for line in ("+    metric: latency", "+    endpoint: GET /carts", "+    percentile: 99", "+    unit: ms"):
        assert line in changed.patch


@pytest.mark.parametrize(
    "need",
    [
        LATENCY,
        LATENCY.model_copy(update={"endpoint": None}),
        Quality(id="A-1", text="-", metric="throughput", limit=12.5, unit="req/s", load=LoadShape(users=1, seconds=1)),
        Quality(id="A-1", text="-", metric="error_rate", limit=1, unit="%", load=LoadShape(users=9, seconds=1)),
    ],
)
def test_the_sentence_of_a_need_says_what_its_numbers_say(need: Quality) -> None:
    said = need.model_copy(update={"text": sentence_of(need)})
    assert gaps(said) == ""
    assert "the text says" in gaps(said.model_copy(update={"load": LoadShape(users=77, seconds=1)}))


def test_only_what_was_shown_is_written(target: Target) -> None:
    spec = read_specification_text(target)
    assert spec.content is not None
    proposal = propose(spec, answer_changes(spec.content, "Q-001", "No."))
    file = target.root / "spec.yaml"
    with pytest.raises(WorkflowError, match=r"To change spec\.yaml takes a developer, and Eve .* is a viewer"):
        write_specification(target, proposal, VIEWER)
    assert file.read_text(encoding="utf-8") == SPEC
    file.write_text(SPEC + "# somebody else\n", encoding="utf-8")
    with pytest.raises(WorkflowError, match=r"spec\.yaml has changed meanwhile. Nothing was written"):
        write_specification(target, proposal, DEVELOPER)
    assert file.read_text(encoding="utf-8").endswith("# somebody else\n")
    file.write_text(SPEC, encoding="utf-8")
    file.chmod(0o640)
    write_specification(target, proposal, DEVELOPER)
    assert file.read_text(encoding="utf-8") == proposal.after
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in target.root.iterdir() if "spec" in one.name) == ["spec.yaml"]


def test_what_would_not_be_valid_is_not_written(target: Target) -> None:
    spec = read_specification_text(target)
    assert spec.content is not None
    wanted = spec.content.requirements[0].model_copy(update={"title": ""})
    proposal = propose(spec, requirement_changes(spec.content, wanted))
    assert proposal.problems
    with pytest.raises(WorkflowError, match="Nothing was written"):
        write_specification(target, proposal, DEVELOPER)
    assert (target.root / "spec.yaml").read_text(encoding="utf-8") == SPEC


def test_a_link_or_a_path_out_of_the_folder_is_not_followed(target: Target, tmp_path: Path) -> None:
    outside = tmp_path / "theirs.yaml"
    outside.write_text(SPEC, encoding="utf-8")
    spec = read_specification_text(target)
    assert spec.content is not None
    proposal = propose(spec, answer_changes(spec.content, "Q-001", "No."))
    (target.root / "spec.yaml").unlink()
    (target.root / "spec.yaml").symlink_to(outside)
    with pytest.raises(WorkflowError, match="leads out of the service's folder"):
        read_specification_text(find_target(target.root))
    with pytest.raises(WorkflowError, match="leads out of the service's folder"):
        write_specification(target, proposal, DEVELOPER)
    assert outside.read_text(encoding="utf-8") == SPEC


def test_without_a_specification_it_is_said_how_there_comes_one(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match=r"There is no spec.yaml yet. `invoke adopt`"):
        read_specification_text(make_service(tmp_path))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("When a, b, the service shall c.", Kind.EVENT),
        ("If a, then the service shall b.", Kind.UNWANTED),
        ("The service shall start without Redis.", Kind.ALWAYS),
    ],
)
def test_a_sentence_is_taken_apart_and_put_together(text: str, kind: Kind) -> None:
    parts = parts_of(text)
    assert parts is not None
    assert (parts.kind, parts.sentence) == (kind, text)


@pytest.mark.parametrize("text", ["当买家支付时，系统应存储订单。", "If a, the service shall b.", "Users can do it."])
def test_a_sentence_of_other_parts_is_left_whole(text: str) -> None:
    assert parts_of(text) is None


def test_every_sentence_of_the_bundled_service_has_parts() -> None:
    content = read_specification_text(find_target(SAMPLE)).content
    assert content is not None
    assert [one.id for one in content.requirements if parts_of(one.text) is None] == []
    assert Parts(kind=Kind.STATE, condition="a", act="b.").sentence == "While a, the service shall b."
