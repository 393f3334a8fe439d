"""What becomes of files that people have edited, when they are generated anew? Nothing that was edited is ever lost."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.service.update.data import applied, merge_data
from workflow.service.update.merge import lines_merged, merged
from workflow.service.update.plan import Kind, Move, plan

LINES = st.lists(st.sampled_from([f"line {n}" for n in range(6)]), max_size=6)
EDITS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["cut", "put"])), max_size=3)


def edited(lines: list[str], edits: list[tuple[int, str]], who: str) -> bytes:
    """The lines with some taken out and some of somebody's own put in."""
    found = list(lines)
    for number, (place, what) in enumerate(edits):
        if what == "cut":
            del found[place : place + 1]
        else:
            found.insert(place, f"{who} {number}")
    return "".join(f"{line}\n" for line in found).encode()


@settings(max_examples=60, deadline=None)
@given(
    base=LINES, ours=EDITS, new=EDITS, held=st.sampled_from(["base", "no base"]), left=st.booleans(), goes=st.booleans()
)
def test_no_edit_is_ever_lost(
    base: list[str],
    ours: list[tuple[int, str]],
    new: list[tuple[int, str]],
    held: str,
    left: bool,  # noqa: FBT001 - drawn
    goes: bool,  # noqa: FBT001
) -> None:
    was, is_there, now = (edited(base, edits, who) for edits, who in (([], ""), (ours, "ours"), (new, "new")))
    before = {"a.py": was} if held == "base" else {}
    team = {} if left else {"a.py": is_there}
    moves = plan(before, team, {} if goes else {"a.py": now}, lambda _path, *texts: lines_merged(*texts))
    after = next((one.content for one in moves), team.get("a.py"))
    if left:
        assert after is None or not before, "what was taken away does not come back"
        return
    if is_there == was and before:
        return
    assert after is not None
    own = Counter(line for line in is_there.splitlines() if line.startswith(b"ours"))
    assert not own - Counter(after.splitlines())
    if not before or goes:
        assert after == is_there
    clash = next((one.beside for one in moves), None)
    if clash is None and not goes and before:  # what was cut out stays out, unless the other side put the same line in
        kept = Counter(after.splitlines())
        cut = Counter(was.splitlines()) - Counter(is_there.splitlines())
        put = Counter(now.splitlines()) - Counter(was.splitlines())
        assert all(kept[line] <= Counter(is_there.splitlines())[line] + put[line] for line in cut)


def of(path: str, base: bytes | None, ours: bytes | None, new: bytes | None) -> Move | None:
    held = [{} if one is None else {path: one} for one in (base, ours, new)]
    return next(iter(plan(held[0], held[1], held[2], merged)), None)


def test_each_file_moves_as_its_three_versions_say() -> None:
    assert of("a.py", b"x\n", b"mine\n", b"x\n") is None
    kinds = {
        Kind.ADDED: of("a.py", None, None, b"x\n"),
        Kind.CHANGED: of("a.py", b"x\n", b"x\n", b"y\n"),
        Kind.REMOVED: of("a.py", b"x\n", b"x\n", None),
        Kind.KEPT: of("a.py", b"x\n", b"mine\n", None),
        Kind.MERGED: of("a.py", b"a\nb\nc\nd\ne\n", b"mine\na\nb\nc\nd\ne\n", b"a\nb\nc\nd\ne\nnew\n"),
        Kind.CONFLICT: of("a.py", b"x\n", b"mine\n", b"new\n"),
    }
    assert {kind: one.kind for kind, one in kinds.items() if one} == {kind: kind for kind in Kind}
    both = kinds[Kind.MERGED]
    assert both is not None
    assert both.content == b"mine\na\nb\nc\nd\ne\nnew\n"


def test_a_conflict_leaves_the_file_as_the_team_has_it_and_stands_beside() -> None:
    found = of("a.py", b"a\nb\nc\nd\ne\n", b"mine\nb\nc\nd\ne\n", b"new\nb\nc\nd\nE\n")
    assert found is not None
    assert (found.kind, found.content) == (Kind.CONFLICT, b"mine\nb\nc\nd\nE\n")
    assert found.beside is not None
    assert b"<<<<<<< here\nmine\n||||||| generated before\na\n=======\nnew\n>>>>>>> generated now\n" in found.beside
    assert found.why == "a place is changed here and in what is generated"


def test_what_was_taken_away_stays_away_and_what_it_would_be_stands_beside() -> None:
    found = of("a.py", b"x\n", None, b"y\n")
    assert found is not None
    assert (found.kind, found.content, found.beside) == (Kind.CONFLICT, None, b"y\n")


def test_a_released_revision_is_never_touched() -> None:
    assert of("migrations/versions/0002_resources.py", b"x\n", b"x\n", b"y\n") is None


def test_line_ends_of_windows_stay_and_what_is_no_text_is_not_mixed() -> None:
    found = of("a.md", b"a\nb\nc\nd\n", b"mine\r\na\r\nb\r\nc\r\nd\r\n", b"a\nb\nc\nd\nnew\n")
    assert found is not None
    assert found.content == b"mine\r\na\r\nb\r\nc\r\nd\r\nnew\r\n"
    found = of("a.png", b"\0a", b"\0mine", b"\0new")
    assert found is not None
    assert (found.content, found.beside, found.why) == (b"\0mine", b"\0new", "it is no text")


def test_two_who_append_to_one_list_are_in_nobodys_way() -> None:
    base = b"requirements:\n  - id: REQ-1\n    text: one\n"
    ours = b"# ours\nrequirements:\n  - id: REQ-1\n    text: one\n  - id: REQ-9\n    text: by hand\n"
    new = b"requirements:\n  - id: REQ-1\n    text: one, longer\n  - id: REQ-2\n    text: two\n"
    found = merged("spec.yaml", base, ours, new)
    assert found.clash is None
    assert found.text.decode() == (
        "# ours\nrequirements:\n  - id: REQ-1\n    text: one, longer\n  - id: REQ-9\n    text: by hand\n"
        "  - id: REQ-2\n    text: two\n"
    )


def test_one_value_that_both_changed_stays_the_teams() -> None:
    base, ours, new = (f'{{\n  "a": {n},\n  "b": {m}\n}}\n'.encode() for n, m in ((1, 1), (2, 1), (3, 4)))
    found = merged("openapi.json", base, ours, new)
    assert found.text == b'{\n  "a": 2,\n  "b": 4\n}\n'
    assert found.why == "a: changed here and in what is generated"
    assert found.clash is not None


@pytest.mark.parametrize(
    ("base", "ours", "new", "after", "conflicts"),
    [
        ({"a": 1}, {"a": 1, "mine": 2}, {}, {"mine": 2}, 0),
        ({"a": 1}, {"a": 5}, {}, {"a": 5}, 1),
        ({"a": 1}, {}, {"a": 2}, {}, 1),
        ([1, 2], [1, 2], [2, 1], [2, 1], 0),
        ([1, 2], [1, 2, 9], [1, 3], [1, 9, 3], 0),
        ([{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}, {"id": 9}], [{"id": 2}], [{"id": 2}, {"id": 9}], 0),
        ([{"x": 1}], [{"x": 1}, {"x": 2}], [{"x": 3}], [{"x": 1}, {"x": 2}], 1),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 1}}, {"a": {"b": 2}}, {"a": {"b": 2, "c": 1}}, 0),
    ],
)  # fmt: skip
def test_values_are_merged_where_they_stand(
    base: object, ours: object, new: object, after: object, conflicts: int
) -> None:
    found = merge_data(base, ours, new)
    assert (applied(ours, found.edits), len(found.conflicts)) == (after, conflicts)
