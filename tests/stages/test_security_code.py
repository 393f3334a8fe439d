"""Do the checks of code and repository judge rightly? Evidence by hand."""

from runner.evidence.committed_secrets import CommittedSecret, CommittedSecrets
from runner.evidence.risky_code import Risk, RiskyCode
from runner.model import Outcome
from stages.security import checks_code as checks

SQL = Risk(rule="S608", path="app/q.py", line=7, what="SQL built from strings", code='text(f"… {name}")')
EVAL = Risk(rule="S307", path="app/e.py", line=3, what="eval", code="eval(x)")


def test_sc051_passes_without_built_sql() -> None:
    verdict = checks.no_sql_from_strings(RiskyCode(files=3, sql=(), others=(EVAL,)))
    assert verdict.message == "3 files: no statement is put together from values"


def test_sc051_names_the_line() -> None:
    verdict = checks.no_sql_from_strings(RiskyCode(files=3, sql=(SQL,), others=()))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 places in 3 files: SQL built from strings in app/q.py:7"
    assert str(verdict.places[0]) == "app/q.py:7"


def test_sc052_passes_without_an_unsafe_construct() -> None:
    assert checks.no_unsafe_construct(RiskyCode(files=3, sql=(SQL,), others=())).outcome is Outcome.PASSED


def test_sc052_names_the_construct() -> None:
    verdict = checks.no_unsafe_construct(RiskyCode(files=3, sql=(), others=(EVAL,)))
    assert verdict.message == "1 places in 3 files: eval in app/e.py:3"
    assert verdict.again == ("ruff check --isolated --select S307 app/e.py",)


def test_sc053_passes_without_secrets() -> None:
    verdict = checks.no_committed_secret(CommittedSecrets(files=9, tracked=True, found=()))
    assert verdict.message == "9 files that git tracks hold no key, token or password"


def test_sc053_names_the_line_and_never_the_value() -> None:
    secret = CommittedSecret(path=".env", line=2, kind="Secret Keyword", name="STRIPE_KEY")
    verdict = checks.no_committed_secret(CommittedSecrets(files=9, tracked=False, found=(secret,)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 secrets in 9 files in the folder: STRIPE_KEY in .env:2"
