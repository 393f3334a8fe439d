"""Which numbers does each request move by the same step, in rows that were there before?"""

from runner.evidence.behaviour.tallies import Sums, moved


def look(number: int, rooms: int = 2, stock: int = 10) -> Sums:
    rows = {"rooms": rooms, "pieces": 5 + number}
    return Sums(
        rows,
        {"rooms.piece_count": 3.0 + number, "rooms.seats": 40.0, "pieces.weight": 7.0 * number, "rooms.stock": stock},
    )


def test_a_number_that_moves_by_one_step_is_a_count() -> None:
    assert moved([look(0), look(1), look(2), look(3)]) == {"rooms.piece_count": 1.0}


def test_numbers_of_rows_that_come_along_are_none() -> None:
    assert moved([look(0), look(1, rooms=3), look(2, rooms=4)]) == {}


def test_a_number_that_moves_by_other_steps_is_none() -> None:
    assert "rooms.stock" not in moved([look(0, stock=10), look(1, stock=9), look(2, stock=5)])
    assert moved([look(0, stock=10), look(1, stock=9), look(2, stock=8)])["rooms.stock"] == -1.0


def test_tables_of_one_name_in_two_schemas_are_two() -> None:
    seen = [
        Sums({"rooms": 2, "old.rooms": n}, {"rooms.pieces": float(n), "old.rooms.pieces": float(n)}) for n in range(4)
    ]
    assert moved(seen) == {"rooms.pieces": 1.0}
