"""Does the check of backups say which dump fails unheard, and where none was seen?"""

from runner.evidence.release.backups import Backups, Dump
from runner.model import Outcome
from stages.deployment.checks_backups import a_backup_that_fails_is_heard

GOOD = Dump(path="ops/backup.sh", line=3, command="pg_dump x > a")
LOST = Dump(path="ops/backup.sh", line=4, command="pg_dump y", lost="|| true")
UNSURE = Dump(path="ops/other.sh", line=1, command="pg_dump z", unsure="the script looks at its status by itself")


def test_dp054_passes_where_each_is_heard() -> None:
    assert a_backup_that_fails_is_heard(Backups(files=4, dumps=(GOOD,))).outcome is Outcome.PASSED


def test_dp054_names_the_one_that_is_not() -> None:
    verdict = a_backup_that_fails_is_heard(Backups(files=4, dumps=(GOOD, LOST)))
    said = "a dump that fails is not heard: pg_dump y, ops/backup.sh:4: || true"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, said)
    assert [str(place) for place in verdict.places] == ["ops/backup.sh:4"]


def test_dp054_does_not_know_of_what_it_could_not_follow() -> None:
    verdict = a_backup_that_fails_is_heard(Backups(files=4, dumps=(UNSURE,)))
    assert (verdict.outcome, "by itself" in verdict.message) == (Outcome.UNKNOWN, True)


def test_dp054_sees_where_there_is_none() -> None:
    verdict = a_backup_that_fails_is_heard(Backups(files=4))
    assert (verdict.outcome, verdict.looked) == (
        Outcome.NOT_APPLICABLE,
        "4 scripts, Makefiles, compose files and Python files",
    )
