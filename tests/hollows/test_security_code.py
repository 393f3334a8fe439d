"""Code and repository: nothing to look at, and scans that look at nothing."""

import pytest

from runner.evidence.code.committed_secrets import CommittedSecrets
from runner.evidence.code.risky_code import RiskyCode
from runner.evidence.release.advisories import Advisories
from runner.evidence.release.ci_scans import CiScan
from runner.model import Outcome
from stages.security import checks_code

STEP = ".github/workflows/ci.yml"


@pytest.mark.parametrize(
    ("scans", "outcome"),
    [
        ((), Outcome.FAILED),
        ((CiScan(path=STEP, line=9, command="pip-audit", problem="its failure is lost"),), Outcome.FAILED),
        ((CiScan(path=STEP, line=9, command="make audit", unsure="what `make audit` runs"),), Outcome.UNKNOWN),
    ],
)
def test_a_scan_left_to_ci_needs_a_step_whose_failure_counts(scans: tuple[CiScan, ...], outcome: Outcome) -> None:
    left = Advisories(asked=0, locked=9, source="", left_to_ci=True, scans=scans)
    assert checks_code.no_known_vulnerability(left).outcome is outcome


def test_a_ci_that_is_not_read_is_not_known_to_ask() -> None:
    left = Advisories(asked=0, locked=9, source="", left_to_ci=True, elsewhere=".gitlab-ci.yml")
    assert checks_code.no_known_vulnerability(left).outcome is Outcome.UNKNOWN


def test_a_lock_of_which_less_than_half_was_asked_about_is_not_known() -> None:
    few = Advisories(asked=1, locked=9, source="https://osv")
    assert checks_code.no_known_vulnerability(few).outcome is Outcome.UNKNOWN


def test_files_that_could_not_be_read_are_not_known_to_hold_no_secret() -> None:
    for files, there in ((0, 0), (1, 9)):
        secrets = CommittedSecrets(files=files, there=there, tracked=True, found=())
        assert checks_code.no_committed_secret(secrets).outcome is Outcome.UNKNOWN


def test_no_code_is_not_known_to_be_safe() -> None:
    nothing = RiskyCode(files=0, sql=(), others=())
    assert checks_code.no_sql_from_strings(nothing).outcome is Outcome.UNKNOWN
    assert checks_code.no_unsafe_construct(nothing).outcome is Outcome.UNKNOWN
