"""Does each gate fail on the defect it is for, name the place, and leave the others alone?

A mutant is a patch of the bundled service, `<CHECK>.patch` or `<CHECK>-<words>.patch`, with a head of comment lines:
    # what is planted, in a sentence
    # names: text that the finding's message or places must contain (may stand several times)
    # also: DB004 DB007      other checks that this defect rightly fails as well (optional)
    # needs: container engine      skipped, with the reason, where none answers (optional)
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from runner.engine import Shelf, examine
from runner.errors import NotThere
from runner.evidence.earlier_load import EarlierLoad
from runner.evidence.image_build import usable_engine
from runner.evidence.load import Load
from runner.evidence.seeded import seeded_template
from runner.fence import HOST
from runner.live.postgres import Database
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from runner.probe import TargetProbe
from runner.target import find_target
from stages import STAGES
from stages.performance.artifacts_load import load_record

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "sample_service"
PATCHES = sorted(HERE.glob("*.patch"))
CHECKS = {check.id: (stage, check) for stage in STAGES for check in stage.checks}
# What the migrated and the seeded database are made from: where a mutant changes none of it, it gets the healthy ones.
SCHEMA = (
    "migrations/", "alembic.ini", "gonogo.toml", "requirements", "app/models.py", "app/columns.py", "app/seed.py",
    "app/settings.py", "app/database.py", "app/passwords.py", "app/__init__.py",
)  # fmt: skip
ON_REDIS = ("PF010", "PF011")
pytestmark = pytest.mark.mutant


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    patch: Path
    check: str
    names: tuple[str, ...]
    also: frozenset[str]
    needs_engine: bool = False

    def touches(self, *paths: str) -> bool:
        """Does it change one of these files, or something in one of these folders?"""
        changed = re.findall(r"^(?:---|\+\+\+) [ab]/(\S+)", self.patch.read_text(encoding="utf-8"), re.MULTILINE)
        return any(one.startswith(paths) for one in changed)

    @classmethod
    def read(cls, patch: Path) -> "Mutant":
        head = [line for line in patch.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
        names = tuple(line.removeprefix("# names:").strip() for line in head if line.startswith("# names:"))
        also = " ".join(line.removeprefix("# also:") for line in head if line.startswith("# also:"))
        check = re.match(r"[A-Z]{2}\d{3}", patch.name)
        assert check, f"{patch.name} must start with the id of its check"
        assert names, f"{patch.name} must say what the finding names"
        return cls(
            patch=patch,
            check=check[0],
            names=names,
            also=frozenset(also.split()),
            needs_engine="# needs: container engine" in head,
        )


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


@pytest.fixture(scope="session")
def healthy(workshop: Workshop) -> dict[str, Database]:
    """The undamaged service's databases, migrated and seeded once, to copy for every mutant with the same schema."""
    target = find_target(SAMPLE)
    probe = TargetProbe(target, workshop, Shelf(target, workshop).need)
    return {"migrated": probe.migrated_database(), "seeded": seeded_template(probe)}


def marked(patch: Path) -> ParameterSet:
    """A mutant that only a real Redis of today can show is run with every server that may be here."""
    return pytest.param(patch, marks=[pytest.mark.servers] if patch.stem.startswith(ON_REDIS) else [], id=patch.stem)


@pytest.mark.parametrize("patch", [marked(patch) for patch in PATCHES])
def test_the_gate_fails_on_its_mutant(
    patch: Path, tmp_path: Path, workshop: Workshop, healthy: dict[str, Database]
) -> None:
    mutant = Mutant.read(patch)
    if mutant.needs_engine:
        engine_or_skip()
    damaged = plant(mutant, tmp_path / "sample_service")
    target = find_target(damaged)
    stage, check = CHECKS[mutant.check]
    # Everything of this stage that can be judged from the same evidence is judged as well: the others must not fail.
    fellows = [c for c in stage.checks if set(c.needs.values()) <= set(check.needs.values())]
    if not mutant.touches(*SCHEMA):
        for kind, database in healthy.items():
            workshop.once.get(f"{kind} {target.root}", partial(copy, database))
    shelf = Shelf(target, workshop)
    if EarlierLoad in check.needs.values():
        shelf.lay(healthy_load(workshop))
    events = examine([stage.only(fellow.id for fellow in fellows)], target, workshop, shelf=shelf)
    findings = {event.check: event for event in events if isinstance(event, Finding)}
    finding = findings[mutant.check]
    if mutant.needs_engine and finding.outcome is Outcome.UNKNOWN and "registry, did not answer" in finding.message:
        pytest.skip(finding.message)
    assert finding.outcome is Outcome.FAILED, f"{finding.outcome}: {finding.message}"
    said = "\n".join([finding.message, *(f"{place} {place.note}" for place in finding.places)])
    for name in mutant.names:
        assert name in said
    assert finding.again, "no command shows it outside of gonogo"
    failed = {id for id, other in findings.items() if other.outcome is Outcome.FAILED}
    assert failed - {mutant.check} <= mutant.also
    assert not [f"{f.check}: {f.message}" for f in findings.values() if f.outcome is Outcome.BROKEN]


def engine_or_skip() -> None:
    try:
        usable_engine(HOST)
    except NotThere as none:
        pytest.skip(str(none))


def healthy_load(workshop: Workshop) -> EarlierLoad:
    """The undamaged service's load, as a run would have accepted it just before."""
    load = Shelf(find_target(SAMPLE), workshop).need(Load)
    assert isinstance(load, Load)
    return EarlierLoad.read(str(load_record(load)), run=1, commit=None)


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_has_a_mutant(check: str) -> None:
    assert [patch for patch in PATCHES if patch.name.startswith(check)]


def plant(mutant: Mutant, folder: Path) -> Path:
    """A copy of the bundled service with the defect in it."""
    shutil.copytree(
        SAMPLE, folder, ignore=shutil.ignore_patterns(".venv", ".gonogo", "__pycache__", ".*_cache", "*.db")
    )
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    applied = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-p1", str(mutant.patch)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert applied.returncode == 0, f"{mutant.patch.name} no longer applies; renew it:\n{applied.stderr}"
    return folder
