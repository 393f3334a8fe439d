"""A ledger on each kind of database that one may lie on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.live.workshop import Workshop
from workflow.ledger import Ledger, open_ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, workshop: Workshop) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return workshop.new_database().dsn


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    opened = open_ledger(url)
    yield opened
    opened.close()
