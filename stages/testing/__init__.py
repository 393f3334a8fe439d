"""Stage: tests. Would the tests notice if it broke?"""

from runner.model import Stage, Step, artifacts_in, checks_in
from stages.testing import artifacts, checks, checks_behaviour, checks_trace

STAGE = Stage(
    slug="testing",
    task="tests",
    title="Tests",
    question="Would the tests notice if it broke?",
    steps=(
        Step("5.1", "Unit tests pass, and cover what matters"),
        Step("5.2", "Every acceptance criterion has a passing test"),
    ),
    checks=checks_in(checks, checks_behaviour, checks_trace),
    artifacts=artifacts_in(artifacts),
)
