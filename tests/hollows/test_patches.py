"""Does a check pass on the bundled service once it lies? Each `<CHECK>[-words].patch` here plants one lie.

The head of a patch, lines that begin with `# `, says what lies. Its check must not be PASSED on the patched service.
"""

import re
from pathlib import Path

import pytest

from runner.engine import examine
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from runner.target import find_target
from stages import STAGES
from tests.mutants.test_mutants import Mutant, plant

PATCHES = sorted(Path(__file__).parent.glob("*.patch"))


@pytest.mark.mutant
@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_lie_does_not_pass(patch: Path, tmp_path: Path, workshop: Workshop) -> None:
    text = patch.read_text(encoding="utf-8")
    assert text.startswith("# "), f"{patch.name} must say what lies"
    id = patch.name[:5]
    stages = [only for stage in STAGES if (only := stage.only({id})).checks]
    lying = Mutant(patch=patch, check=id, names=(), also=frozenset())
    target = find_target(plant(lying, tmp_path / "sample_service"))
    found = [event for event in examine(stages, target, workshop) if isinstance(event, Finding)]
    assert re.fullmatch(r"[A-Z]{2}\d{3}", id)
    assert [finding.check for finding in found] == [id]
    assert found[0].outcome is not Outcome.PASSED, found[0].message
