"""Does the check on restored backups pass what is whole, and name what is lost?"""

from dataclasses import replace

import pytest

from runner.evidence.release.restore_drill import Restored, RestoreDrill, arguments_of
from runner.model import Outcome, share
from stages.deployment.checks_backups import a_backup_restores

BACKUP = Restored(path="ops/backup.sh", line=7, command="pg_dump shop")
DRILL = RestoreDrill(dumps=1, restored=(BACKUP,), tables=8, filled=8)


def test_dp061_passes_a_backup_that_restores_whole() -> None:
    verdict = a_backup_restores(DRILL)
    assert (verdict.outcome, verdict.message) == (
        Outcome.PASSED, "restored from ops/backup.sh, every row is there again",
    )  # fmt: skip
    assert verdict.shares == (share(1, 1, "script that dumps"), share(8, 8, "table with rows"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lost": ("tags has 0 of 2 rows",)}, "lacks what was there: tags has 0 of 2 rows"),
        ({"error": 'ERROR:  schema "app" does not exist'}, 'can\'t be restored: ERROR:  schema "app" does not exist'),
    ],
)
def test_dp061_names_a_backup_that_does_not_restore(changed: dict[str, object], said: str) -> None:
    verdict = a_backup_restores(replace(DRILL, restored=(replace(BACKUP, **changed),)))  # type: ignore[arg-type]
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, f"the backup of ops/backup.sh:7 {said}")
    assert [(place.path, place.line) for place in verdict.places] == [("ops/backup.sh", 7)]


@pytest.mark.parametrize(
    ("script", "given"),
    [
        ('pg_dump x --file "${1:?where to}"', ("/out/backup",)),
        ("FOLDER=$1\npg_dump x > $FOLDER/dump", ("/out",)),
        ('pg_dump x > "$1/dump.sql"', ("/out",)),
        ('DB="$1"; OUT="${2:-x}"', ("press", "/out")),
        ("pg_dump $DATABASE_URL > ${10}", ()),
    ],
)
def test_a_script_gets_arguments_by_what_it_does_with_them(script: str, given: tuple[str, ...]) -> None:
    assert arguments_of(script, {"url": "u", "port": "1", "out": "/out", "name": "press"}) == given
