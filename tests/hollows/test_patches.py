"""Is a lie seen through? Patches of the bundled service in which a claim is not true, but looks as if it were.

`<CHECK>[-words].patch`, with a head of comment lines:
    # what lies, in a sentence
    # never: PF010 PF011      the checks that must not pass on it
"""

import re
from functools import partial
from pathlib import Path

import pytest

from runner.engine import Shelf, examine
from runner.evidence.seeded import seeded_template
from runner.live.postgres import Database
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from runner.probe import TargetProbe
from runner.target import find_target
from stages import STAGES
from tests.mutants.test_mutants import SAMPLE, SCHEMA, Mutant, plant

HERE = Path(__file__).parent
PATCHES = sorted(HERE.glob("*.patch"))
CHECKS = {check.id: (stage, check) for stage in STAGES for check in stage.checks}


def never_passed(patch: Path) -> frozenset[str]:
    """The checks that its head names. The patch's own name begins with one of them."""
    head = re.findall(r"^# never: (.*)$", patch.read_text(encoding="utf-8"), re.MULTILINE)
    found = frozenset(" ".join(head).split())
    assert patch.name[:5] in found, f"{patch.name} must say `# never: {patch.name[:5]}`"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_nothing_passes_on_a_lie(patch: Path, tmp_path: Path, workshop: Workshop) -> None:
    wanted = never_passed(patch)
    lie = Mutant(patch=patch, check=patch.name[:5], names=(), also=frozenset())
    target = find_target(plant(lie, tmp_path / "sample_service"))
    if not lie.touches(*SCHEMA):
        _lend_databases(workshop, target.root)
    stages = [stage.only(wanted) for stage in STAGES]
    findings = [event for event in examine(stages, target, workshop) if isinstance(event, Finding)]
    assert {finding.check for finding in findings} == wanted
    assert [f"{f.check}: {f.message}" for f in findings if f.outcome in {Outcome.PASSED, Outcome.BROKEN}] == []


def _lend_databases(workshop: Workshop, root: Path) -> None:
    """The healthy service's migrated and seeded databases, to copy: the lie changes neither."""
    target = find_target(SAMPLE)
    probe = TargetProbe(target, workshop, Shelf(target, workshop).need)
    for kind, database in (("migrated", probe.migrated_database()), ("seeded", seeded_template(probe))):
        workshop.once.get(f"{kind} {root}", partial(_itself, database))


def _itself(thing: Database) -> Database:
    return thing


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_lie_names_checks_that_there_are(patch: Path) -> None:
    assert never_passed(patch) <= set(CHECKS)
