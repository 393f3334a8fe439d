"""The smallest service that a run can say NO-GO about, in a second: an app without a specification."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import ROOT
from tests.warm import warm

BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflow.cli import main; main()"
APP = (
    'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/")\ndef root() -> dict[str, str]:\n    return {}\n'
)
LEDGER = ".gonogo/ledger.db"


def tiny_service(folder: Path) -> Path:
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (folder / "app.py").write_text(APP, encoding="utf-8")
    (folder / "requirements.txt").touch()
    return folder


def environment(**other: str) -> dict[str, str]:
    """Ours, as a developer's shell has it: no ledger is named, and nobody has said how gonogo was called."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GONOGO_")} | other


def gonogo(*words: str, cwd: Path, before: Sequence[str] = (), **env: str) -> tuple[int, str, str]:
    """Exit code, standard output and error. `before`: a command that starts ours."""
    if not before and "PYTHONPATH" not in env:  # which an interpreter reads when it starts
        return warm().run(*words, cwd=cwd, env=environment(**env))
    argv = [*before, sys.executable, "-c", BOOT, str(ROOT), *words]
    ran = subprocess.run(
        argv, cwd=cwd, env=environment(**env), capture_output=True, text=True, check=False, timeout=120
    )
    return ran.returncode, ran.stdout, ran.stderr
