"""PostgreSQL's catalogue is asked in one room, so that whoever reads it knows where the assumption sits."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "runner" / "postgres"
# A statement that reads it. What `stages/` print for people to paste is no statement of ours.
ASKS = re.compile(r"\b(?:FROM|JOIN)\s+(?:pg_\w+|information_schema\b)|\bpg_(?:terminate|cancel)_backend\(")


@pytest.mark.parametrize("room", [ROOT / "runner", ROOT / "workflow"])
def test_the_catalogue_is_asked_in_one_room(room: Path) -> None:
    files = [file for file in room.rglob("*.py") if ROOM not in file.parents]
    assert files
    asks = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if ASKS.search(line)
    ]
    assert asks == []


def test_the_room_asks_it() -> None:
    assert {file.stem for file in ROOM.glob("*.py") if ASKS.search(file.read_text(encoding="utf-8"))} >= {
        "catalog",
        "schema_queries",
        "sessions",
        "sizes",
        "tables",
        "versions",
    }
