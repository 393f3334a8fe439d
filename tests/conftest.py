"""Shared by all tests: a workshop with real servers, and a small real service that proves quickly."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.live.workshop import Workshop

ROOT = Path(__file__).parents[1]
LONGEST = (
    "tests/reuse/test_honest.py",
    "tests/project/test_bundled.py",
    "tests/workflow/test_new.py::test_what_is_printed",
)
for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):  # a job's page is not for the runs of its tests
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """PostgreSQL, Redis and processes for one test process; everything ends with it."""
    with Workshop() as shared:
        yield shared


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes a minute or more by itself begins first: at the end the other workers would wait for it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
