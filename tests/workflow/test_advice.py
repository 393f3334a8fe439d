"""Does the advice fit the reason for which nobody could look?"""

import pytest

from runner.model import Outcome
from tests.workflow.records import a_finding
from workflow.report.advice import advice_for


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("importing app.main:app failed: ModuleNotFoundError: No module named 'jwt.algorithms'", "has `jwt` into"),
        ("ImportError: cannot import name 'Self' from 'typing' (typing.py)", "`typing` has no `Self` here"),
        ("importing app failed: SyntaxError: invalid syntax (deps.py, line 36)", "python3.X -m venv"),
        ("importing app failed: KeyError: 'SHOP_KEY' (a.py:3)", '[env] SHOP_KEY = "…"'),
        (
            "ValidationError in Settings: Value error, must start with LIC: licence (main.py:11)",
            '[env] LICENCE = "…"',
        ),
        ("ValidationError in Settings: Field required: db.host, port (main.py:11)", '[env] HOST = "…", PORT = "…"'),
        (
            "ValidationError in Settings: Input should be 'TEST', 'LOCAL' or 'PROD': MODE (src/config.py:34)",
            '[env] MODE = "TEST"',
        ),
        ("gaierror: [Errno -3] Temporary failure in name resolution (main.py:3)", '"{redis_url}"'),
        ("the service ended while it started: httpx.ConnectError: All connection attempts failed", '"{redis_url}"'),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/etc/x.yaml' (a.py:1)", "find `/etc/x.yaml`"),
        ("OSError: [Errno 30] Read-only file system: '/var/log/shop'", "a run writes only below its own folders"),
        ("importing main:app failed: TypeError: int is no FastAPI app", '[service] app = "module:attribute"'),
        ("SystemExit: no licence (main.py:4)", "ends itself while it is imported"),
        ('UndefinedTable: relation "users" does not exist', "let a revision make `users`"),
        ("`python -m app.seed` did not end within 60 s.", "on a machine that is free"),
        ("migrate: NameError: name 'Item' is not defined", "an error of the service's own"),
        ('no FastAPI app found: name it in gonogo.toml, [service] app = "module:attribute"', ""),
        ("none of the 3 lists could be tried", ""),
    ],
)
def test_the_advice_is_for_this_reason(reason: str, said: str) -> None:
    told = advice_for(a_finding(outcome=Outcome.UNKNOWN, message=reason))
    assert said in told
    assert bool(said) is bool(told)


def test_of_a_failure_the_advice_is_its_fix() -> None:
    finding = a_finding(message="ModuleNotFoundError: No module named 'x'")
    assert advice_for(finding) == finding.fix
