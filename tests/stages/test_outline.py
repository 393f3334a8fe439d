"""Does the outline of the catalogue say what the catalogue says, and find its code when it is needed?"""

import subprocess
import sys

from stages import outline
from stages.catalogue import BUILT_IN
from tests.conftest import ROOT


def test_it_says_the_same_of_every_stage_check_and_document() -> None:
    read = outline.read(outline.outlined())
    assert len(read.stages) == 7
    for one, other in zip(read.stages, BUILT_IN.stages, strict=True):
        assert (one.slug, one.task, one.title, one.question) == (other.slug, other.task, other.title, other.question)
        assert one.steps == other.steps
        told = [(check.id, check.step, check.claim, check.why, check.fix, check.where) for check in one.checks]
        assert told == [(check.id, check.step, check.claim, check.why, check.fix, "") for check in other.checks]
        documents = [(document.name, document.step, document.title) for document in one.artifacts]
        assert documents == [(document.name, document.step, document.title) for document in other.artifacts]


def test_a_check_and_a_document_of_it_know_what_they_are_made_of() -> None:
    read = outline.read(outline.outlined())
    assert [dict(check.needs) for check in read.checks] == [dict(check.needs) for check in BUILT_IN.checks]
    for one, other in zip(read.stages, BUILT_IN.stages, strict=True):
        assert [dict(document.needs) for document in one.artifacts] == [dict(d.needs) for d in other.artifacts]


def test_who_only_reads_it_loads_no_check() -> None:
    code = "import sys; from stages import outline; read = outline.read(sys.stdin.read()); "
    code += "print(len(read.checks), [m for m in sys.modules if m.startswith(('runner.evidence', 'stages.database'))])"
    words, told = [sys.executable, "-c", code], outline.outlined()
    ran = subprocess.run(words, cwd=ROOT, input=told, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == f"{len(BUILT_IN.checks)} []"


def test_what_a_stage_is_made_of_leaves_the_others_code_where_it_is() -> None:
    code = "import sys; from stages import outline; first, *_ = outline.read(sys.stdin.read()).stages; "
    code += "print(len({kind for check in first.checks for kind in check.needs.values()}), "
    code += "sorted(m for m in sys.modules if m in sys.argv[1:]))"
    packages = [f"stages.{stage.slug}" for stage in BUILT_IN.stages]
    words, told = [sys.executable, "-c", code, *packages], outline.outlined()
    ran = subprocess.run(words, cwd=ROOT, input=told, capture_output=True, text=True, check=True)
    needed = {kind for check in BUILT_IN.stages[0].checks for kind in check.needs.values()}
    assert ran.stdout.strip() == f"{len(needed)} {packages[:1]}"
