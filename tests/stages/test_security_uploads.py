"""The checks of files that somebody sends: evidence by hand."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from runner.evidence.behaviour.hostile_input import HostileInput
from runner.evidence.behaviour.uploads import About, Upload, UploadFault
from runner.model import Outcome, Verdict
from stages.security import checks_uploads as checks
from tests.stages.test_security_input import hostile

GOOD = Upload(endpoint="POST /files", field="file", taken="png", well=frozenset(About))
Judge = Callable[[HostileInput], Verdict]
ALL: tuple[Judge, ...] = (
    checks.files_are_limited,
    checks.names_of_files_lead_nowhere,
    checks.files_are_not_served_as_pages,
)


@pytest.mark.parametrize("judge", ALL)
def test_files_that_do_no_harm_pass_with_their_number(judge: Judge) -> None:
    verdict = judge(hostile(uploads=(GOOD, replace(GOOD, endpoint="POST /pictures"))))
    assert verdict.outcome is Outcome.PASSED
    assert [str(one) for one in verdict.shares] == ["2 of 2 operations for files"]


@pytest.mark.parametrize(
    ("judge", "about"),
    [
        (checks.files_are_limited, About.SIZE),
        (checks.files_are_limited, About.UNPACKED),
        (checks.names_of_files_lead_nowhere, About.NAME),
        (checks.files_are_not_served_as_pages, About.TYPE),
        (checks.files_are_not_served_as_pages, About.SERVED),
    ],
)
def test_each_fault_is_named_by_its_own_check(judge: Judge, about: About) -> None:
    bad = replace(GOOD, faults=(UploadFault(about=about, what="does harm", curl="curl x"),))
    verdicts = [one(hostile(uploads=(GOOD, bad))) for one in ALL]
    assert [verdict.outcome is Outcome.FAILED for verdict in verdicts] == [one is judge for one in ALL]
    found = verdicts[ALL.index(judge)]
    assert (found.message, found.again) == ("POST /files does harm", ("curl x",))


def test_what_was_not_seen_is_told_beside_what_was() -> None:
    refused = replace(GOOD, endpoint="POST /scans", taken="", well=frozenset(), problem="no kind of file was taken")
    verdict = checks.files_are_limited(hostile(uploads=(GOOD, refused)))
    assert verdict.outcome is Outcome.PASSED
    assert "not judged: POST /scans (no kind of file was taken)" in verdict.message


@pytest.mark.parametrize("judge", ALL)
def test_a_service_that_takes_no_file_is_seen_as_one(judge: Judge) -> None:
    verdict = judge(hostile())
    assert (verdict.outcome, verdict.looked) == (Outcome.NOT_APPLICABLE, "the 2 operations of the contract")
