"""Stage: security. Does every caller get exactly what their role allows?"""

from runner.model import Stage, Step, artifacts_in, checks_in
from stages.security import (
    artifacts,
    checks_access,
    checks_below,
    checks_browser,
    checks_code,
    checks_hardening,
    checks_hooks,
    checks_input,
    checks_passwords,
    checks_persons,
    checks_sign_in,
    checks_streams,
    checks_tenant_rows,
    checks_tenants,
    checks_tokens,
    checks_uploads,
)

STAGE = Stage(
    slug="security",
    task="security",
    title="Security",
    question="Does every caller get exactly what their role allows?",
    steps=(
        Step("4.1", "Callers are known, and may do only what they should"),
        Step("4.2", "Input is validated and refused clearly"),
    ),
    checks=checks_in(
        checks_access,
        checks_below,
        checks_tokens,
        checks_sign_in,
        checks_passwords,
        checks_input,
        checks_uploads,
        checks_hardening,
        checks_browser,
        checks_code,
        checks_hooks,
        checks_tenants,
        checks_tenant_rows,
        checks_persons,
        checks_streams,
    ),
    artifacts=artifacts_in(artifacts),
)
