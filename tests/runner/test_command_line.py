"""Does a service that reads its own command line while it is imported see a server's, and not what we ask with?"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runner.probe import BOOT, GUESTS

READS = (
    "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--env', default='dev')\n"
    "parser.parse_args()\nimport sys\nSEEN = sys.argv\n"
)
ASKED = json.dumps({"passwords": ["abc"], "own": ["shop:hash_password"], "only": None})


@pytest.mark.parametrize(
    ("guest", "words", "part", "said"),
    [
        ("settings_asked", ["shop:app"], "imported", True),
        ("browser_errors", ["shop:app", "[]"], "origins", []),
        (
            "password_hashes",
            [ASKED],
            "stored",
            [{"password": "abc", "forms": {"shop:hash_password": "abc, hashed for ['uvicorn']"}}],
        ),
    ],
)
def test_it_is_imported(tmp_path: Path, guest: str, words: list[str], part: str, said: object) -> None:
    app = "from starlette.applications import Starlette\napp = Starlette()\n"
    hashing = "def hash_password(password):\n    return f'{password}, hashed for {SEEN}'\n"
    (tmp_path / "shop.py").write_text(READS + app + hashing, encoding="utf-8")
    answer = tmp_path / "answer.json"
    ran = subprocess.run(
        [sys.executable, "-c", BOOT, str(GUESTS / f"{guest}.py"), str(answer), *words],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert answer.is_file(), ran.stderr.decode()
    told = json.loads(answer.read_text(encoding="utf-8"))
    if guest == "password_hashes":
        told[part][0]["forms"] = {k: v for k, v in told[part][0]["forms"].items() if k.startswith("shop")}
    assert told[part] == said, told


def test_no_guest_that_imports_the_service_leaves_it_our_words() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in GUESTS.glob("*.py")}
    importing = {name for name, text in texts.items() if re.search(r"\bimport_module\(", text)}
    assert {"fastapi_app.py", "models.py", "engines.py", "settings_asked.py"} <= importing
    assert {name for name in importing if "TOLD, sys.argv = sys.argv" not in texts[name]} == set()
