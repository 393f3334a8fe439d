"""Stage: requirements. Does everyone mean the same thing, in words that a test can prove?"""

from runner.model import Stage, Step, artifacts_in, checks_in
from stages.requirements import artifacts, checks

STAGE = Stage(
    slug="requirements",
    task="requirements",
    title="Requirements",
    question="Does everyone mean the same thing, in words that a test can prove?",
    steps=(Step("1.1", "Requirements are written, testable and complete"),),
    checks=checks_in(checks),
    artifacts=artifacts_in(artifacts),
)
