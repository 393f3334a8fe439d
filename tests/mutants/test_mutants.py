"""Does each gate fail on the defect it is for, name the place, and leave the others alone?

A mutant is a patch of the bundled service, `<CHECK>.patch` or `<CHECK>-<words>.patch`, with a head of comment lines:
    # what is planted, in a sentence
    # names: text that the finding's message or places must contain (may stand several times)
    # also: DB004 DB007      other checks that this defect rightly fails as well (optional)
    # needs: container engine      skipped, with the reason, where none answers (optional)
    # alone: why it can't be planted together with others (optional; see groups.py)
`{{lately}}` in a patch is the day nine days ago.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Hashable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from runner.discovery.target import find_target
from runner.engine import Shelf, examine
from runner.errors import NotThere
from runner.evidence.agreed.earlier_load import EarlierLoad
from runner.evidence.load.load import Load
from runner.evidence.release.container_engine import usable_engine
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from runner.postgres.database import Database
from runner.processes.fence import HOST
from stages.catalogue import BUILT_IN
from stages.performance.artifacts_load import load_record
from tests.mutants.groups import CHEAP, SCHEMA, Mutant, again, groups, patches, planted

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "sample_service"
PATCHES = sorted(HERE.glob("*.patch"))
CHECKS = {check.id: (stage, check) for stage in BUILT_IN.stages for check in stage.checks}
LATELY = timedelta(days=9)
ON_REDIS = {"PF010", "PF011"}
# On a busy machine these are UNKNOWN rather than FAILED: see test_busy_machine.py.
MEASURED = {"PF001", "PF013"}
OTHERS = re.compile(r"other programs used|the hypervisor took|the control group held it back")
pytestmark = pytest.mark.mutant


def marked(group: Sequence[Mutant], again: bool) -> ParameterSet:  # noqa: FBT001 - in turn with the groups
    """A mutant that only a real Redis of today can show is run with every server that may be here."""
    marks = [pytest.mark.servers] if any(mutant.check in ON_REDIS for mutant in group) else []
    marks += [pytest.mark.alone] if any(mutant.check in MEASURED for mutant in group) else []
    second = again and not os.environ.get("GONOGO_LONG")
    marks += (
        [pytest.mark.skip(reason="only with --long: another defect of each of its checks is planted")] if second else []
    )
    return pytest.param(group, marks=marks, id=planted(group))


def dear(check: str) -> Hashable:
    """What is collected for a check that costs something, of its stage."""
    stage, judge = CHECKS[check]
    return stage.slug, frozenset(kind for kind in judge.needs.values() if kind.__name__ not in CHEAP)


MUTANTS = [Mutant.read(patch) for patch in PATCHES]
GROUPS = groups((mutant, dear(mutant.check)) for mutant in MUTANTS)


@pytest.mark.parametrize("group", list(map(marked, GROUPS, again(GROUPS))))
def test_the_gate_fails_on_its_mutant(
    group: Sequence[Mutant], tmp_path: Path, ward: Workshop, healthy: dict[str, Database]
) -> None:
    if any(mutant.needs_engine for mutant in group):
        engine_or_skip()
    target = find_target(plant(group, tmp_path / "sample_service"))
    stage, _ = CHECKS[group[0].check]
    # Everything of this stage that can be judged from the same evidence is judged as well: the others must not fail.
    collected = {kind for mutant in group for kind in CHECKS[mutant.check][1].needs.values()}
    fellows = [c for c in stage.checks if set(c.needs.values()) <= collected]
    if not any(mutant.touches(*SCHEMA) for mutant in group):
        for kind, database in healthy.items():
            ward.once.get(f"{kind} {target.root}", partial(copy, database))
    shelf = Shelf(target, ward)
    if EarlierLoad in collected:
        shelf.lay(healthy_load(ward))
    events = examine([stage.only(fellow.id for fellow in fellows)], target, ward, shelf=shelf)
    findings = {event.check: event for event in events if isinstance(event, Finding)}
    for mutant in group:
        assert_seen(mutant, findings[mutant.check])
    failed = {id for id, other in findings.items() if other.outcome is Outcome.FAILED}
    meant = {mutant.check for mutant in group}.union(*(mutant.also for mutant in group))
    assert failed - meant == set()
    assert not [f"{f.check}: {f.message}" for f in findings.values() if f.outcome is Outcome.BROKEN]


def assert_seen(mutant: Mutant, finding: Finding) -> None:
    """The check failed, named what was planted, and gave a command that shows it."""
    if mutant.needs_engine and finding.outcome is Outcome.UNKNOWN and "registry, did not answer" in finding.message:
        pytest.skip(finding.message)
    if mutant.check in MEASURED and finding.outcome is Outcome.UNKNOWN and OTHERS.search(finding.message):
        pytest.skip(f"this machine is too busy to measure on: {finding.message}")
    assert finding.outcome is Outcome.FAILED, f"{mutant.patch.stem}: {finding.outcome}: {finding.message}"
    said = "\n".join([finding.message, *(f"{place} {place.note}" for place in finding.places)])
    for name in mutant.names:
        assert name in said, mutant.patch.stem
    assert finding.again, "no command shows it outside of gonogo"


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


def plant(group: Sequence[Mutant], folder: Path) -> Path:
    """A copy of the bundled service with the defects in it."""
    shutil.copytree(
        SAMPLE, folder, ignore=shutil.ignore_patterns(".venv", ".gonogo", "__pycache__", ".*_cache", "*.db")
    )
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    for mutant, text in patches(group):
        words = ["git", "apply", "--whitespace=nowarn", "-p1", "-"]
        patch = text.replace("{{lately}}", f"{datetime.now(UTC).date() - LATELY}")
        applied = subprocess.run(words, input=patch, cwd=folder, capture_output=True, text=True, check=False)
        assert applied.returncode == 0, f"{mutant.patch.name} no longer applies; renew it:\n{applied.stderr}"
    return folder
