"""Stage: design. Is the contract agreed, and is it what the service serves?"""

from runner.model import Stage, Step, artifacts_in, checks_in
from stages.design import (
    artifact_architecture,
    artifacts,
    checks,
    checks_bounds,
    checks_decided,
    checks_jobs,
    checks_models,
    checks_records,
    checks_routes,
    checks_stack,
)

STAGE = Stage(
    slug="design",
    task="design",
    title="Design",
    question="Is the contract agreed, and is it what the service serves?",
    steps=(
        Step("1.2", "Technology is chosen and recorded"),
        Step("1.3", "A skeleton that runs"),
        Step("2.1", "The API is designed: one accepted contract"),
        Step("2.2", "Requests and responses have models"),
        Step("2.3", "Every route keeps the rules"),
    ),
    checks=checks_in(
        checks, checks_models, checks_bounds, checks_routes, checks_stack, checks_decided, checks_records, checks_jobs
    ),
    artifacts=artifacts_in(artifact_architecture, artifacts),
)
