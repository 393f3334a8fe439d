"""Is what a run reuses always what a cold run would find? Hundreds of edits of every sort, compared after each.

The evidence that only reads files, usually; with GONOGO_LONG=1 also what asks the service's interpreter and tools.
"""

import ast
import os
import shutil
import stat
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from runner.discovery.target import Target, find_target
from runner.engine import Kept, Shelf
from runner.errors import WorkflowError
from runner.evidence.agreed.decisions import Decisions
from runner.evidence.agreed.mentions import Mentions
from runner.evidence.agreed.specification import Spec
from runner.evidence.code.committed_secrets import CommittedSecrets
from runner.evidence.code.interpreter import Interpreter
from runner.evidence.code.lock_file import LockFile
from runner.evidence.code.risky_code import RiskyCode
from runner.evidence.contract.accepted_contract import AcceptedContract
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Routes
from runner.evidence.database.migrations import Migrations
from runner.evidence.load.alert_rules import AlertRules
from runner.evidence.release.ci_files import TestsAndCi
from runner.evidence.release.compose_file import Compose
from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.workflows import Workflows
from runner.live.workshop import Workshop
from runner.model import Evidence
from runner.reading.syntax import as_written
from runner.reuse.memory import Memory
from runner.reuse.pieces import Piece
from runner.reuse.state import State
from tests.conftest import ROOT

LONG = bool(os.environ.get("GONOGO_LONG"))
CHEAP: list[type[Evidence]] = [
    Spec, Mentions, Decisions, LockFile, AcceptedContract, TestsAndCi, Compose, AlertRules,
]  # fmt: skip
DEARER: list[type[Evidence]] = [
    Interpreter, Contract, Routes, Migrations, RiskyCode, CommittedSecrets, ImageFile, Workflows,
]  # fmt: skip
SAMPLE = ROOT / "sample_service"
WHO = ("-c", "user.name=T", "-c", "user.email=t@example.com")
EXAMPLES, STEPS = (6, 30) if not LONG else (10, 30)  # edits: 180 each time, 300 in the long run
WHAT_MATTERS = (
    "spec.yaml", "gonogo.toml", "requirements.lock", "compose.yaml", "alembic.ini", "openapi.json", "ops/alerts.yaml",
    ".github/workflows/ci.yml", "docs/decisions/0001-python.md", "docs/business.md", "app/models.py",
    "migrations/versions/0004_report_index.py", "tests/conftest.py",
)  # fmt: skip
NEW = ("spec.yml", "new.py", "docker-compose.yml", "poetry.lock", "x.log", ".env")

any_file = st.integers(min_value=0)
words = st.text(alphabet="abcdefgh =:-#\n\"'[]{}éß\u200b", max_size=30)


class InMemory:
    """A `runner.reuse.memory.Store`."""

    def __init__(self) -> None:
        self.kept: defaultdict[str, list[Piece]] = defaultdict(list)
        self.texts: dict[str, str] = {}

    def pieces(self, kind: str) -> Sequence[Piece]:
        return self.kept[kind]

    def keep(self, kind: str, run: int, piece: Piece) -> None:  # noqa: ARG002
        self.kept[kind] = [piece, *self.kept[kind][:5]]

    def keep_text(self, text: str) -> None:
        self.texts[sha256(text.encode(errors="surrogateescape")).hexdigest()] = text

    def text(self, digest: str) -> str | None:
        return self.texts.get(digest)

    def contents(self, digests: Sequence[str]) -> dict[str, bytes]:
        return {one: self.texts[one].encode(errors="surrogateescape") for one in digests if one in self.texts}


@pytest.fixture(scope="module", autouse=True)
def packages_stay() -> Iterator[None]:
    """No edit here touches an environment, and listing two of them three hundred times takes a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runner.reuse.state._packages", lambda prefix: [str(prefix)])
        yield


def kinds() -> list[type[Evidence]]:
    return CHEAP + DEARER if LONG else CHEAP


@contextmanager
def shelves_of(target: Target, store: InMemory, run: int) -> Iterator[tuple[Shelf, Shelf]]:
    """One that reuses what it can, and one that looks at everything."""
    with Workshop("" if LONG else "none", trusted=True) as workshop:
        memory = Memory(State(target, workshop), store, run, clear=str)
        yield Shelf(target, workshop, memory), Shelf(target, workshop)


def said(kept: Kept) -> object:
    """What there is to compare: the evidence, or its problem in words."""
    return kept.evidence if kept.problem is None else f"{type(kept.problem).__name__}: {kept.problem}"


class Edits(RuleBasedStateMachine):
    """A repository with the bundled service in it, edited at random."""

    compared = reused = 0  # pieces of evidence in all examples, and those that were not looked at again

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="gonogo-honest-"))
        self.top, self.root = self.place / "repo", self.place / "repo" / "service"
        self.store, self.run_number = InMemory(), 0

    def teardown(self) -> None:
        for folder, _, _ in os.walk(self.place):
            Path(folder).chmod(0o700)
        shutil.rmtree(self.place)

    @initialize()
    def begin(self) -> None:
        left_out = shutil.ignore_patterns(".venv", ".gonogo", "__pycache__", ".*_cache", "*.db")
        shutil.copytree(SAMPLE, self.root, ignore=left_out)
        (self.root / ".venv").symlink_to(SAMPLE / ".venv")
        (self.top / ".gitignore").write_text(".venv\n*.log\n", encoding="utf-8")
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "first")

    def git(self, *asked: str) -> None:
        subprocess.run(["git", *WHO, *asked], cwd=self.top, capture_output=True, check=False)

    def files(self) -> list[Path]:
        below = [path for path in sorted(self.root.rglob("*")) if ".venv" not in path.parts]
        return [path for path in below if path.is_file() and not path.is_symlink()]

    def chosen(self, number: int) -> Path:
        found = self.files()
        return found[number % len(found)]

    @rule(number=any_file, text=words)
    def somebody_adds_a_line(self, number: int, text: str) -> None:
        file = self.chosen(number)
        file.write_bytes(file.read_bytes() + text.encode())

    @rule(name=st.sampled_from(WHAT_MATTERS), where=st.floats(0, 1), text=words)
    def somebody_edits_what_matters(self, name: str, where: float, text: str) -> None:
        file = self.root / name
        if file.is_file() and not file.is_symlink():
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
            at = int(where * len(lines))
            file.write_text("".join([*lines[:at], text, *lines[at:]]), encoding="utf-8")

    @rule(number=any_file)
    def somebody_swaps_letters_and_hides_when(self, number: int) -> None:
        """The same size at the same time: only the content tells."""
        file = self.chosen(number)
        before, content = file.stat(), bytearray(file.read_bytes())
        if len(content) > 2:
            content[0], content[-1] = content[-1], content[0]
            file.write_bytes(content)
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    @rule(number=any_file, which=any_file)
    def somebody_breaks_a_body(self, number: int, which: int) -> None:
        """Of one function: who imported its file and did not run it has seen nothing of that."""
        sources = [path for path in self.files() if path.suffix == ".py"]
        file = sources[number % len(sources)] if sources else None
        tree = as_written(file.read_bytes()) if file else None
        bodies = [one.body[0].lineno for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)] if tree else []
        if file and bodies:
            lines, at = file.read_bytes().splitlines(keepends=True), bodies[which % len(bodies)] - 1
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            file.write_bytes(b"".join([*lines[:at], indent, b"raise KeyError\n", *lines[at:]]))

    @rule(number=any_file)
    def somebody_touches_a_file(self, number: int) -> None:
        os.utime(self.chosen(number))

    @rule(number=any_file)
    def somebody_deletes_a_file(self, number: int) -> None:
        self.chosen(number).unlink()

    @rule(
        number=any_file,
        name=st.sampled_from(["spec.yml", "new.py", "docker-compose.yml", "poetry.lock", "x.log", ".env"]),
    )
    def somebody_makes_a_file(self, number: int, name: str) -> None:
        place = self.chosen(number).parent / name
        if not place.exists():
            place.write_text("services: {}\n", encoding="utf-8")

    @rule(number=any_file, other=any_file)
    def somebody_renames_a_file(self, number: int, other: int) -> None:
        one, place = self.chosen(number), self.chosen(other).parent
        one.rename(place / f"{one.stem}_moved{one.suffix}")

    @rule(number=any_file, mode=st.sampled_from([0o644, 0o755, 0o600, 0o444]))
    def somebody_changes_rights(self, number: int, mode: int) -> None:
        self.chosen(number).chmod(mode | stat.S_IRUSR)

    @rule(number=any_file, other=any_file)
    def somebody_makes_a_link(self, number: int, other: int) -> None:
        link, leads_to = self.chosen(number), self.chosen(other)
        if link != leads_to:
            link.unlink()
            link.symlink_to(os.path.relpath(leads_to, link.parent))

    @rule(what=st.sampled_from(["add", "commit", "stash", "pop", "branch", "back", "checkout", "reset", "ignore"]))
    def somebody_uses_git(self, what: str) -> None:
        if what == "ignore":
            place = self.root / ".gitignore" if self.run_number % 2 else self.top / ".git" / "info" / "exclude"
            if not place.is_symlink():
                with place.open("a", encoding="utf-8") as file:
                    file.write("business.md\nopenapi.json\n")
            return
        for line in {
            "add": ["add --all"],
            "commit": ["add --all", "commit --quiet -m more"],
            "stash": ["stash --quiet"],
            "pop": ["stash pop --quiet"],
            "branch": ["checkout --quiet -B other"],
            "back": ["checkout --quiet master", "checkout --quiet main"],
            "checkout": ["checkout --quiet HEAD~1"],
            "reset": ["reset --quiet --hard"],
        }[what]:
            self.git(*line.split())

    @invariant()
    def reused_is_what_a_cold_run_finds(self) -> None:
        if not self.root.is_dir():
            return
        try:
            target = find_target(self.root)
        except WorkflowError:  # gonogo.toml is broken, or the app is gone: no run begins
            return
        self.run_number += 1
        with shelves_of(target, self.store, self.run_number) as (warm, cold):
            for kind in kinds():
                mine = warm.get(kind)
                Edits.compared += 1
                Edits.reused += mine.run is not None
                assert said(mine) == said(cold.get(kind)), f"{kind.__name__}, reused of run {mine.run}"


Edits.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not LONG,
    database=None,
    phases=(Phase.generate,),  # thirty edits are read quicker than they are shrunk
)


# After each of the edits: the same, whether it is reused or not.
TestEdits: Any = pytest.mark.slow(Edits.TestCase)


@pytest.mark.slow
def test_the_edits_left_enough_to_reuse() -> None:
    """The comparison above says something only where something was reused."""
    assert Edits.compared > EXAMPLES * STEPS * len(kinds()) // 3
    assert Edits.reused > Edits.compared // 5
