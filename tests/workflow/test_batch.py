"""Does a run keep what it told first where there is little room, however much of it comes at once?"""

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from workflow.ledger import Note
from workflow.ledger.batch import Batch, Part

NOTES = [Note(at=datetime(2026, 3, 1, tzinfo=UTC), text=str(number), kind="look", seconds=0.0) for number in range(20)]


class Disk:
    """Takes parts in transactions, all or none, while there is room."""

    def __init__(self, room: int) -> None:
        self.room, self.kept, self.sizes = room, list[Part](), list[int]()

    def write(self, parts: Sequence[Part]) -> None:
        self.sizes.append(len(parts))
        if len(self.kept) + len(parts) > self.room:
            raise OSError("database or disk is full")
        self.kept += parts


@pytest.mark.parametrize(
    ("room", "kept", "sizes"), [(20, 20, [20]), (19, 2, [20, 2]), (1, 1, [20, 2, 1]), (0, 0, [20, 2, 1])]
)
def test_of_what_is_too_much_at_first_a_few_are_kept(room: int, kept: int, sizes: list[int]) -> None:
    """All parts are there before the first is written, as on a busy machine."""
    disk = Disk(room)
    batch = Batch(disk.write)
    for note in NOTES:
        batch.add(note)
    with pytest.raises(OSError, match="full") if room < len(NOTES) else nullcontext(), batch:
        pass
    assert (disk.kept, disk.sizes) == (NOTES[:kept], sizes)


def test_later_the_room_that_is_left_is_for_the_end_of_the_run() -> None:
    disk = Disk(room=5)
    first = threading.Event()

    def write(parts: Sequence[Part]) -> None:
        first.wait(10)
        disk.write(parts)

    def tell() -> None:
        with Batch(write) as batch:
            batch.add(NOTES[0])
            while batch._waiting:  # until the thread has taken it
                threading.Event().wait(0.001)
            for note in NOTES[1:]:
                batch.add(note)
            first.set()

    with pytest.raises(OSError, match="full"):
        tell()
    assert (disk.kept, disk.sizes) == (NOTES[:1], [1, 19])
