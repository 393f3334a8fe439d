"""A service that lies does not pass the check that it lies to.

A hollow is a patch of the bundled service, `<CHECK>.patch` or `<CHECK>-<words>.patch`, with a head of comment lines:
    # what lies, in a sentence
    # never: DB010 DB020      other checks that must not pass either (optional)
"""

import os
import re
from copy import copy
from functools import partial
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf, examine
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from runner.postgres.database import Database
from stages.catalogue import BUILT_IN
from tests.mutants.groups import SCHEMA, Mutant
from tests.mutants.test_mutants import plant

PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
MEASURED = {"PF002-view", "PF003-praise"}
# A check's second lie waits for --long: one of each is told every time.
FIRST = {path.name[:5]: path for path in reversed(PATCHES)}
pytestmark = pytest.mark.mutant


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_check_does_not_pass_on_its_hollow(
    patch: Path, tmp_path: Path, ward: Workshop, healthy: dict[str, Database]
) -> None:
    if not os.environ.get("GONOGO_LONG"):
        if patch.stem in MEASURED:
            pytest.skip("only with --long: it measures a whole load; that of PF001 is measured each time")
        if patch != FIRST[patch.name[:5]]:
            pytest.skip(f"only with --long: {FIRST[patch.name[:5]].stem} lies to the same check each time")
    hollow = read(patch)
    target = find_target(plant([hollow], tmp_path / "sample_service"))
    if not hollow.touches(*SCHEMA):
        for kind, database in healthy.items():
            ward.once.get(f"{kind} {target.root}", partial(copy, database))
    wanted = {hollow.check, *hollow.also}
    stages = [stage.only(wanted) for stage in BUILT_IN.stages if wanted & {one.id for one in stage.checks}]
    events = examine(stages, target, ward, shelf=Shelf(target, ward))
    findings = {event.check: event for event in events if isinstance(event, Finding)}
    assert findings.keys() == wanted
    passed = [f"{one.check}: {one.message}" for one in findings.values() if one.outcome is Outcome.PASSED]
    assert not passed
    broken = [f"{one.check}: {one.message}" for one in findings.values() if one.outcome is Outcome.BROKEN]
    assert not broken


def read(patch: Path) -> Mutant:
    """As a mutant, which says more of what the finding must name."""
    head = [line for line in patch.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
    also = " ".join(word for line in head for word in re.findall(r"^# (?:never|also):(.*)$", line))
    found = re.match(r"[A-Z]{2}\d{3}", patch.name)
    assert found, f"{patch.name} must start with the id of its check"
    assert head, f"{patch.name} must say what lies"
    return Mutant(patch=patch, check=found[0], names=(), also=frozenset(also.split()))
