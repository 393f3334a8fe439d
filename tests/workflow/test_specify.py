"""The specification, changed in a form: only what was shown is written, and only where it may."""

from pathlib import Path

import pytest

from runner.discovery.target import Target, find_target
from runner.errors import WorkflowError
from runner.specification import LoadShape
from stages.requirements.parts import Kind, Parts, parts_of
from tests.web.ledgers import make_service
from workflow.service import (
    Actor,
    Role,
    SpecificationText,
    answer_changes,
    need_changes,
    next_criterion,
    propose,
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
