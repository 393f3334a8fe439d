"""Stage: database. Will this schema migrate, forwards and back, on a real server?"""

from runner.model import Stage, Step, artifacts_in, checks_in
from stages.database import (
    artifacts,
    checks,
    checks_changes,
    checks_concurrent,
    checks_contract,
    checks_models,
    checks_rows,
    checks_schema,
)

STAGE = Stage(
    slug="database",
    task="db",
    title="Database",
    question="Will this schema migrate, forwards and back, on a real server?",
    steps=(
        Step("3.1", "Tables, keys, indexes and constraints are designed"),
        Step("3.2", "Models are the schema"),
        Step("3.3", "Every change is one reversible migration"),
    ),
    checks=checks_in(
        checks, checks_schema, checks_models, checks_contract, checks_concurrent, checks_changes, checks_rows
    ),
    artifacts=artifacts_in(artifacts),
)
