"""A place for a throw-away service, with a temp folder of its own that PostgreSQL's user can reach too."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.live.scratch import OWNER, drop_scratch, make_scratch
from tests.bad_days.days import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    root = tmp_path / "bad"
    root.mkdir()
    temp = make_scratch("test-")
    temp.chmod(0o777)
    (temp / OWNER).chmod(0o600)
    yield Place(root, temp)
    shutil.rmtree(temp / "mount", ignore_errors=True)
    drop_scratch(temp)
