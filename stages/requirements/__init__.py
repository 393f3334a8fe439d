"""Stage: requirements. Does everyone mean the same thing, in words that a test can prove?"""

from runner.model import Stage, Step, artifacts_in, checks_in
from stages.requirements import artifacts, checks, checks_coverage, checks_wording

STAGE = Stage(
    slug="requirements",
    task="requirements",
    title="Requirements",
    question="Does everyone mean the same thing, in words that a test can prove?",
    steps=(
        Step("1.1a", "One specification, with nothing left open"),
        Step("1.1b", "Every requirement is worded so that a test can prove it"),
        Step("1.1c", "Failures and quality needs are stated, with numbers"),
        Step("1.1d", "Everything has a role that may do it, and leads somewhere"),
    ),
    checks=checks_in(checks, checks_wording, checks_coverage),
    artifacts=artifacts_in(artifacts),
)
