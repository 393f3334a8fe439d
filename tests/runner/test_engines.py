"""Is the engine of a service found that makes it at the first request, and is nothing else of the service called?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runner.probe import GUESTS

LAZY = """
from functools import lru_cache
from sqlalchemy import create_engine

def dispose_engine():
    raise SystemExit("called")

def search_engine():
    raise SystemExit("called")

@lru_cache
def get_read_engine():
    return create_engine("sqlite://")

async def make_engine(url):
    return create_engine(url)
"""
EAGER = f"{LAZY}\nengine = create_engine('sqlite:///')\n"


@pytest.mark.parametrize(("code", "found"), [(LAZY, "sqlite://"), (EAGER, "sqlite:///")])
def test_an_engine_that_is_made_at_the_first_request_is_found(tmp_path: Path, code: str, found: str) -> None:
    (tmp_path / "db.py").write_text(code, encoding="utf-8")
    (tmp_path / "main.py").write_text("import db\n\napp = object()\n", encoding="utf-8")
    answer = tmp_path / "answer.json"
    ran = subprocess.run(
        [sys.executable, str(GUESTS / "engines.py"), str(answer), "main:app"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert [one["url"] for one in json.loads(answer.read_text(encoding="utf-8"))["engines"]] == [found]
