"""Whatever permits an origin, under whatever name: does the guest see it, and whether a failure says so, too?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from runner.probe import GUESTS

APP = """
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware

class Pages(CORSMiddleware):
    pass

class Hidden:
    def __init__(self, app):
        self.app = CORSMiddleware(app, allow_origins=["https://shop.example.com"])
    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)

app = Starlette()
{}
"""
OWN = "https://own.example.org"


@pytest.mark.parametrize(
    ("line", "origins", "broken"),
    [
        (f"app.add_middleware(Pages, allow_origins=['{OWN}'])", [OWN], ""),
        ("app.add_middleware(Hidden)", ["https://shop.example.com"], ""),
        ("app = Hidden(app)", ["https://shop.example.com"], "https://shop.example.com"),
        ("", [], None),
    ],
)
def test_whoever_permits_an_origin_is_found(tmp_path: Path, line: str, origins: list[str], broken: str | None) -> None:
    (tmp_path / "main.py").write_text(APP.format(line), encoding="utf-8")
    answer = tmp_path / "answer.json"
    ran = subprocess.run(
        [sys.executable, str(GUESTS / "browser_errors.py"), str(answer), "main:app", "[]"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(answer.read_text(encoding="utf-8"))
    assert told["origins"] == origins
    assert (told["broken"]["allowed"] if told["broken"] else None) == broken
