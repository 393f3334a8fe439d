"""Do the checks of code and repository judge rightly? Evidence by hand."""

from runner.evidence.code.committed_secrets import CommittedSecret, CommittedSecrets
from runner.evidence.code.risky_code import Risk, RiskyCode
from runner.evidence.release.advisories import Advisories, Advisory
from runner.evidence.release.ci_scans import CiScan
from runner.model import Outcome
from stages.security import checks_code as checks

SQL = Risk(rule="S608", path="app/q.py", line=7, what="SQL built from strings", code='text(f"… {name}")')
EVAL = Risk(rule="S307", path="app/e.py", line=3, what="eval", code="eval(x)")


def test_sc051_passes_without_built_sql() -> None:
    verdict = checks.no_sql_from_strings(RiskyCode(files=3, sql=(), others=(EVAL,)))
    assert verdict.message == "no statement is put together from values"


def test_sc051_names_the_line() -> None:
    verdict = checks.no_sql_from_strings(RiskyCode(files=3, sql=(SQL,), others=()))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 place in 3 files: SQL built from strings in app/q.py:7"
    assert str(verdict.places[0]) == "app/q.py:7"


def test_sc052_passes_without_an_unsafe_construct() -> None:
    assert checks.no_unsafe_construct(RiskyCode(files=3, sql=(SQL,), others=())).outcome is Outcome.PASSED


def test_sc052_names_the_construct() -> None:
    verdict = checks.no_unsafe_construct(RiskyCode(files=3, sql=(), others=(EVAL,)))
    assert verdict.message == "1 place in 3 files: eval in app/e.py:3"
    assert verdict.again == ("ruff check --isolated --ignore-noqa --select S307 app/e.py",)


def test_sc053_passes_without_secrets() -> None:
    verdict = checks.no_committed_secret(CommittedSecrets(files=9, there=9, tracked=True, found=()))
    assert verdict.message == "no key, token or password"


def test_sc053_names_the_line_and_never_the_value() -> None:
    secret = CommittedSecret(path=".env", line=2, kind="Secret Keyword", name="STRIPE_KEY")
    verdict = checks.no_committed_secret(CommittedSecrets(files=9, there=9, tracked=False, found=(secret,)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 secret in 9 files in the folder: STRIPE_KEY in .env:2"


ADVISORY = Advisory(package="jinja2", version="3.0.0", id="GHSA-x", mended=("3.1.6",), path="requirements.lock", line=4)


def test_sc054_passes_and_says_whom_it_asked() -> None:
    verdict = checks.no_known_vulnerability(Advisories(asked=3, locked=3, source="https://osv"))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message == "no advisory (https://osv)"


def test_sc054_names_package_advisory_line_and_cure() -> None:
    verdict = checks.no_known_vulnerability(Advisories(asked=3, locked=3, source="https://osv", found=(ADVISORY,)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 of 3 locked packages: jinja2 3.0.0 has GHSA-x"
    assert str(verdict.places[0]) == "requirements.lock:4"
    assert verdict.places[0].note == "jinja2 3.0.0: GHSA-x, mended in 3.1.6"


def test_sc054_left_to_ci_needs_a_step_that_asks() -> None:
    step = CiScan(path=".github/workflows/ci.yml", line=30, command="pip-audit")
    left = checks.no_known_vulnerability(Advisories(asked=0, locked=3, source="", left_to_ci=True, scans=(step,)))
    assert left.outcome is Outcome.NOT_APPLICABLE
    assert ".github/workflows/ci.yml:30" in left.looked
    nobody = checks.no_known_vulnerability(Advisories(asked=0, locked=3, source="", left_to_ci=True))
    assert nobody.outcome is Outcome.FAILED
    assert "no step of a workflow does" in nobody.message


def test_sc054_names_what_is_locked_without_a_version() -> None:
    left = (("theirs", "requirements.lock", 7),)
    verdict = checks.no_known_vulnerability(Advisories(asked=3, locked=4, open=left, source="https://osv"))
    assert "without a version, so not asked about: theirs in requirements.lock:7" in verdict.message
    assert "3 of 4 locked packages" in verdict.message
