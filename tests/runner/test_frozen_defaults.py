"""A default that is made at import is found wherever it stands, and what is made anew each time is not."""

import ast

import pytest

from runner.evidence.code.code_names import Module
from runner.evidence.code.frozen_defaults import frozen_in

HEAD = """
import datetime as dt
import uuid
from datetime import UTC, date, datetime
from time import time
from uuid import uuid4
"""


def found(text: str) -> list[tuple[str, str, str]]:
    module = Module(name="app", path="app.py", tree=ast.parse(HEAD + text))
    return [(one.owner, one.name, one.made_by) for one in frozen_in(module)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("def due(until=datetime.now(UTC)): ...", ("due", "until", "datetime.datetime.now")),
        ("async def due(*, day: date = date.today()): ...", ("due", "day", "datetime.date.today")),
        ("def a(x, at=Query(default=dt.datetime.utcnow()), z=1): ...", ("a", "at", "datetime.datetime.utcnow")),
        ("key = lambda n=uuid.uuid4(): n", ("lambda", "n", "uuid.uuid4")),
        ("class New(BaseModel):\n    at: datetime = Field(datetime.now(UTC))", ("New", "at", "datetime.datetime.now")),
        ("class New(BaseModel):\n    id: str = str(uuid4())", ("New", "id", "uuid.uuid4")),
        ("class New(Base):\n    day: date = datetime.now().date()", ("New", "day", "datetime.datetime.now")),
        ("@dataclass\nclass Job:\n    at: float = time()", ("Job", "at", "time.time")),
    ],
)
def test_what_is_made_once_is_found(text: str, wanted: tuple[str, str, str]) -> None:
    assert found(text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "class New(BaseModel):\n    at: datetime = Field(default_factory=lambda: datetime.now(UTC))",
        "class New(BaseModel):\n    at: datetime = Field(default_factory=datetime.now)",
        "class New(BaseModel):\n    at: datetime = datetime(2020, 1, 1)",
        "class Settings(BaseSettings):\n    started: datetime = datetime.now(UTC)",
        "class App:\n    started: datetime = datetime.now(UTC)",
        "class Row(SQLModel, table=True):\n    at: datetime = Field(default=datetime.now(UTC))",
        "class Row(Base):\n    at: Mapped[datetime] = mapped_column(default=datetime.now(UTC))",
        "STARTED = datetime.now(UTC)",
        "def due(until=None):\n    until = until or datetime.now(UTC)",
        "def due(now=datetime.now): ...",
        "def wait(until=clock.now()): ...",
    ],
)
def test_what_is_made_each_time_or_once_on_purpose_is_not(text: str) -> None:
    assert found(text) == []
