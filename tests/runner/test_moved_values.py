"""Values that a revision moves: given back by its downgrade, or lost? Schemas and rows by hand."""

import pytest

from runner.evidence.database.moved_values import Values, not_given_back
from runner.evidence.database.schema import Column, Shape, Table


def shape(*columns: tuple[str, str]) -> Shape:
    return Shape(tables=(Table(name="notes", columns=tuple(Column(name=name, type=kind) for name, kind in columns)),))


def held(**columns: str) -> Values:
    return {f"notes.{name}": frozenset(values.split()) for name, values in columns.items()}


TEXT = "character varying(80)"
BEFORE, AFTER = shape(("body", TEXT)), shape(("body", TEXT), ("words", TEXT))
OLD, MOVED = held(body="one two three"), held(body="-", words="one two three")


def lost(back: Values, old: Values = OLD, applied: Values = MOVED, after: Shape = AFTER) -> list[str]:
    return [str(one) for one in not_given_back(BEFORE, after, (old, applied, back), "0002")]


def test_what_a_downgrade_does_not_give_back_is_lost() -> None:
    said = "0002 down: the 3 values of notes.body, which its upgrade moves to notes.words, do not come back"
    assert lost(held(body="-")) == [said]
    assert lost(held(body="")) == [said]


def test_a_text_that_was_cut_on_its_way_was_moved() -> None:
    old, applied = held(body="one 2xxxxxxxxxxxxxxx"), held(body="-", words="one 2xxxxxxxxx")
    assert len(lost(held(body="-"), old=old, applied=applied)) == 1
    assert lost(held(body="-"), old=old, applied=held(body="-", words="one 2xx")) == []


@pytest.mark.parametrize("back", ["one two three", "one two three four", "three"])
def test_what_comes_back_is_not_lost(back: str) -> None:
    assert lost(held(body=back)) == []


def test_a_copy_beside_what_stays_loses_nothing() -> None:
    assert lost(held(body="-"), applied=held(body="one two three", words="one two three")) == []


def test_a_column_that_is_dropped_for_good_is_no_move() -> None:
    assert lost(held(body="-"), applied=held(words="-"), after=shape(("words", TEXT))) == []


def test_rows_that_were_made_alike_say_nothing() -> None:
    assert lost(held(body="-"), old=held(body="one"), applied=held(body="-", words="one")) == []


def test_small_numbers_in_another_column_are_equal_by_chance() -> None:
    before, after = shape(("place", "bigint")), shape(("rank", "bigint"))
    moved = (held(place="1 2 3"), held(rank="1 2 3"), held(place=""))
    assert list(not_given_back(before, after, moved, "0002")) == []
