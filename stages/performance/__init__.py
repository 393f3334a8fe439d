"""Stage: performance. Is it fast enough at the stated load, measured?"""

from runner.model import Stage, Step, artifacts_in, checks_in
from stages.performance import (
    artifacts,
    artifacts_load,
    checks,
    checks_busy,
    checks_queries,
    checks_regression,
    checks_running,
    checks_traces,
)

STAGE = Stage(
    slug="performance",
    task="perf",
    title="Performance",
    question="Is it fast enough at the stated load, measured?",
    steps=(
        Step("6.1", "It can be watched"),
        Step("6.2", "Queries are fit for the declared data"),
        Step("6.3", "Caching helps and never lies"),
        Step("6.4", "Every quality need is met under load"),
    ),
    checks=checks_in(checks, checks_queries, checks_running, checks_regression, checks_busy, checks_traces),
    artifacts=artifacts_in(artifacts, artifacts_load, checks_regression),
)
