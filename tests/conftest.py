"""Shared by all tests: a workshop with real servers, and a small real service that proves quickly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.live.workshop import Workshop

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """PostgreSQL, Redis and processes for one test process; everything ends with it."""
    with Workshop() as shared:
        yield shared
