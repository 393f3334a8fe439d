"""Throw-away services, runs of gonogo on them as people start them, and what such a run leaves behind."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.live.scratch import PREFIX
from runner.model import Finding
from runner.processes.process import clean_environment
from tests.conftest import ROOT
from tests.runner.test_leash import asked, processes_with, soon
from tests.warm import warm
from workflow.ledger import Run, open_ledger

PYTHON = ROOT / "sample_service" / ".venv" / "bin" / "python"  # an interpreter with FastAPI, Alembic and psycopg
BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflow.cli import main; main()"
APP = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/things")
def things() -> list[str]:
    return []
"""
SETTINGS = f'[service]\nname = "bad"\napp = "main:app"\npython = "{PYTHON}"\n'
ENV_PY = """\
import os

from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """\
from alembic import op

revision = "a1"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE things (id int PRIMARY KEY)")


def downgrade() -> None:
    op.execute("DROP TABLE things")
"""
MIGRATED = {
    "gonogo.toml": SETTINGS + '[env]\nDATABASE_URL = "{database_url}"\n',
    "main.py": APP,
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": ENV_PY,
    "migrations/versions/a1_things.py": REVISION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How one call of gonogo ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


class Place:
    """One service's folder, and a temp folder that belongs to its runs alone."""

    def __init__(self, root: Path, temp: Path) -> None:
        self.root, self.temp = root, temp

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        return clean_environment({"TMPDIR": str(self.temp), "COLUMNS": "200"}) | asked() | more

    def start(
        self, *words: str, before: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """gonogo on this service; `before` are words in front of the command (`unshare`, `sh -c`)."""
        return self._popen((*words, "--service", str(self.root)), before, env)

    def gonogo(self, *words: str, before: tuple[str, ...] = (), env: Mapping[str, str] | None = None) -> Day:
        return self.call(*words, "--service", str(self.root), before=before, env=env)

    def call(self, *words: str, before: tuple[str, ...] = (), env: Mapping[str, str] | None = None) -> Day:
        """gonogo with these words alone."""
        if not before:
            code, out, err = warm().run(*words, cwd=self.root.parent, env=self.environment(**(env or {})))
            return Day(code=code, out=out, err=err)
        with self._popen(words, before, env) as process:
            try:
                out, err = process.communicate(timeout=120)
            finally:
                process.kill()
        return Day(code=process.returncode, out=out, err=err)

    def _popen(
        self, words: tuple[str, ...], before: tuple[str, ...], env: Mapping[str, str] | None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*before, sys.executable, "-c", BOOT, str(ROOT), *words],
            cwd=self.root.parent,
            env=self.environment(**(env or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self) -> Run:
        """The newest run that the ledger in the service's folder tells of."""
        ledger = open_ledger(f"sqlite:///{self.root / '.gonogo' / 'ledger.db'}")
        try:
            newest = ledger.newest(str(self.root))
        finally:
            ledger.close()
        assert newest is not None
        return newest

    def finding(self, check: str) -> Finding:
        return next(finding for finding in self.run().findings if finding.check == check)

    def is_clean(self, *, swept: bool = True) -> bool:
        """No process of a run is left, and no folder of it (after `kill -9` the next run sweeps it)."""
        return soon(lambda: not self.left(swept=swept), 30)

    def left(self, *, swept: bool = True) -> list[str]:
        folders = [str(path) for path in self.temp.glob(f"{PREFIX}*")] if swept else []
        return [*processes_with(str(self.temp)), *folders]

    def ledger_is_whole(self) -> bool:
        with sqlite3.connect(self.root / ".gonogo" / "ledger.db") as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()
        connection.close()
        return bool(found == ("ok",))


def assert_a_good_end(place: Place, day: Day, code: int = 1) -> None:
    """What every bad day has in common: an exit code that says NO-GO, no traceback, nothing left, a whole ledger."""
    assert "Traceback" not in day.said, day.said
    assert day.code == code, day.said
    assert place.is_clean(), place.left()
    assert place.ledger_is_whole()


def every_byte(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    """Each file below these folders, links not followed."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path, path.read_bytes()


def dies_after(requests: int) -> str:
    """Lines for an app that ends its process, by itself, when it was asked so many times."""
    return f"""
import os

asked = 0


@app.middleware("http")
async def count(request, answer):
    global asked
    asked += 1
    if asked > {requests}:
        print("out of luck", flush=True)
        os._exit(3)
    return await answer(request)
"""
