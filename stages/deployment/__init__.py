"""Stage: deployment. Can it be released, restarted and rolled back without anyone noticing?"""

from runner.model import Stage, Step, artifacts_in, checks_in
from stages.deployment import (
    artifacts,
    checks,
    checks_backups,
    checks_ci,
    checks_container,
    checks_image,
    checks_jobs,
    checks_shipped,
    checks_streams,
    checks_supply,
    checks_timed,
)

STAGE = Stage(
    slug="deployment",
    task="deploy",
    title="Deployment",
    question="Can it be released, restarted and rolled back without anyone noticing?",
    steps=(
        Step("7.1", "It builds into an image that is safe to run"),
        Step("7.2", "A release is rehearsed: migrate, start, smoke, restart under load"),
    ),
    checks=checks_in(
        checks_supply,
        checks_image,
        checks_shipped,
        checks_container,
        checks_ci,
        checks,
        checks_backups,
        checks_streams,
        checks_timed,
        checks_jobs,
    ),
    artifacts=artifacts_in(artifacts),
)
