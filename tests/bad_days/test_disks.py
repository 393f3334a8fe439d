"""Full disks and read-only folders: is it said which one, is no bug suspected, and does the ledger survive?"""

import re

from runner.model import Outcome
from tests.bad_days.days import MIGRATED, REVISION, Place, assert_a_good_end
from tests.bad_days.rooms import needs_mounts, room
from workflow.ledger import RunState

pytestmark = needs_mounts
READ_ONLY = 'mount --bind "{0}" "{0}"; mount -o remount,ro,bind "{0}"; "$@"'


def test_no_room_for_a_server_is_unknown_and_says_to_free_space(place: Place) -> None:
    place.write(MIGRATED)
    small = room('mount -t tmpfs -o mode=1777,size=300k tmpfs "$TMPDIR"; "$@"')
    assert_a_good_end(place, place.gonogo("stage.db", "--only", "DB003,DB010", before=small))
    assert place.finding("DB003").outcome is Outcome.PASSED
    assert place.finding("DB010").outcome is Outcome.UNKNOWN
    assert "initdb failed: " in place.finding("DB010").message
    assert "No space left on device. Free some space there, or set TMPDIR" in place.finding("DB010").message


def test_a_disk_that_fills_under_a_server_is_unknown_and_blames_no_migration(place: Place) -> None:
    """The migration writes more than the disk of our server can hold."""
    big = REVISION.replace(
        "def downgrade", '    op.execute("INSERT INTO things SELECT generate_series(1, 4000000)")\n\n\ndef downgrade'
    )
    place.write({**MIGRATED, "migrations/versions/a1_things.py": big})
    small = room('mount -t tmpfs -o mode=1777,size=90m tmpfs "$TMPDIR"; "$@"')
    assert_a_good_end(place, place.gonogo("stage.db", "--only", "DB003,DB004,DB010", before=small))
    assert place.finding("DB003").outcome is Outcome.PASSED
    for check in ("DB004", "DB010"):
        assert place.finding(check).outcome is Outcome.UNKNOWN, place.finding(check).message
        said = place.finding(check).message  # the server's own log may fill before the table does
        assert "DiskFull" in said or "No space left on device" in said
        assert "Free some space there, or set TMPDIR" in place.finding(check).message


def test_a_ledger_whose_disk_fills_keeps_what_it_was_told(place: Place) -> None:
    """The second run finds 72 kB left on the ledger's disk, which is not enough for its findings."""
    place.write(MIGRATED)
    script = f"""
      own={place.root}/.gonogo; mkdir "$own"; mount -t tmpfs -o size=3m tmpfs "$own"
      "$@" >/dev/null
      head -c 3m /dev/zero >"$own/fill" 2>/dev/null; truncate -s -72k "$own/fill"
      "$@"; code=$?
      rm "$own/fill"; mkdir {place.temp}/kept; cp "$own"/ledger.db* {place.temp}/kept; exit $code"""
    day = place.gonogo("stage.requirements", before=room(script))
    for file in (place.temp / "kept").iterdir():
        file.rename(place.root / ".gonogo" / file.name)
    assert_a_good_end(place, day, code=2)
    assert "ledger.db can't be used any more: d" in day.err
    assert "What it was told before is kept. See to that place, or name another one" in day.err
    run = place.run()
    assert (run.id, run.state) == (2, RunState.INTERRUPTED)
    assert run.notes


def test_a_ledger_without_any_room_is_refused_before_anything_starts(place: Place) -> None:
    place.write(MIGRATED)
    script = f'mkdir {place.root}/.gonogo; mount -t tmpfs -o size=16k tmpfs {place.root}/.gonogo; "$@"'
    day = place.gonogo("stage.requirements", before=room(script))
    assert day.code == 2
    assert "Traceback" not in day.said
    assert re.search(r"ledger.db can't be opened: (database or disk is full|disk I/O error)\. Name one that", day.err)
    assert place.is_clean()


def test_a_read_only_service_can_be_judged_with_a_ledger_elsewhere(place: Place) -> None:
    place.write(MIGRATED)
    before = room(READ_ONLY.format(place.root))
    day = place.gonogo("stage.requirements", before=before)
    assert day.code == 2
    assert f"{place.root}/.gonogo can't be written: Read-only file system. Or name another place" in day.err
    elsewhere = {"GONOGO_LEDGER": f"sqlite:///{place.temp}/ledger/ledger.db"}
    day = place.gonogo("stage.requirements", before=before, env=elsewhere)
    assert day.code == 1
    assert "Traceback" not in day.said
    assert "NO-GO: " in day.out
    assert not (place.root / ".gonogo").exists()
    assert place.is_clean()


def test_documents_stay_in_the_ledger_when_they_cannot_be_copied(place: Place) -> None:
    place.write(MIGRATED)
    elsewhere = {"GONOGO_LEDGER": f"sqlite:///{place.temp}/ledger/ledger.db"}
    day = place.gonogo("stage.design", before=room(READ_ONLY.format(place.root)), env=elsewhere)
    assert day.code == 1
    assert "documents, kept in the ledger alone: " in day.out
    assert "can't be written: Read-only file system. All findings" in day.out


def test_a_ledger_that_cannot_be_written_says_so(place: Place) -> None:
    place.write(MIGRATED)
    place.gonogo("stage.requirements")
    day = place.gonogo("stage.requirements", before=room(READ_ONLY.format(place.root / ".gonogo")))
    assert day.code == 2
    assert "Traceback" not in day.said
    assert "ledger.db can't be opened: " in day.err
    assert place.ledger_is_whole()
