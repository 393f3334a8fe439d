"""Deployment: would anybody hear that last night's backup failed?"""

from runner.evidence.release.backups import Backups
from runner.evidence.release.restore_drill import RestoreDrill
from runner.model import Verdict, check, failed, in_file, not_applicable, passed, share, unknown
from runner.said import say
from runner.words import listed, plural


@check("DP054", step="7.2")
def a_backup_that_fails_is_heard(backups: Backups) -> Verdict:
    """A backup that fails makes its command fail.

    In `pg_dump … | gzip > backup.gz` the status is gzip's: where the server refuses, a small file with nothing in it is
    written each night, and whoever watches the job sees it succeed. It is noticed on the day when it is needed.
    Fix: `set -euo pipefail` at the top (with bash), no `|| true`, `check=True` in Python; and try to restore it.
    """
    if not backups.dumps:
        looked = say("{scripts}, Makefiles, compose files and Python files", scripts=plural(backups.files, "script"))
        return not_applicable("no command of the repository dumps the database", looked=looked)
    lost = [dump for dump in backups.dumps if dump.lost]
    if lost:
        first = lost[0]
        places = [
            in_file(dump.path, dump.line, say("{command}: {lost}", command=dump.command, lost=dump.lost))
            for dump in lost
        ]
        others = say(" (and {lost} more)", lost=len(lost) - 1) if len(lost) > 1 else ""
        said = say(
            "a dump that fails is not heard: {command}, {path}:{line}: {lost}{others}",
            command=first.command,
            path=first.path,
            line=first.line,
            lost=first.lost,
            others=others,
        )
        return failed(said, at=places)
    sure = [dump for dump in backups.dumps if not dump.unsure]
    why = (
        say(": {unsure}", unsure=unsure[0].unsure)
        if (unsure := [dump for dump in backups.dumps if dump.unsure])
        else ""
    )
    return passed(
        say("each fails with the dump{why}", why=why), share(len(sure), len(backups.dumps), "command that dumps")
    )


@check("DP061", step="7.2")
def a_backup_restores(drill: RestoreDrill) -> Verdict:
    """What a backup wrote, restored into an empty database, has every row of every table.

    A backup is seldom looked at before it is needed: one that leaves a table out, takes another schema or can't be read
    back is found on the worst day. Each script that dumps is run on a database with rows in it, and what it wrote is
    restored and compared, table by table.
    Fix: dump the whole database (`pg_dump --format=custom`, without `--table`, `--schema` and `--exclude-…`), and
    restore it somewhere each week.
    """
    bad = [one for one in drill.restored if one.error or one.lost]
    if bad:
        places = [in_file(one.path, one.line, one.error or listed(one.lost, 5)) for one in bad]
        first = bad[0]
        what = (
            say("can't be restored: {error}", error=first.error)
            if first.error
            else say("lacks what was there: {lost}", lost=listed(first.lost, 3))
        )
        others = say(" (and {bad} more)", bad=len(bad) - 1) if len(bad) > 1 else ""
        again = [f"sh {first.path}; createdb drill; pg_restore -d drill FILE  # or psql -d drill -f FILE"]
        return failed(
            say(
                "the backup of {path}:{line} {what}{others}", path=first.path, line=first.line, what=what, others=others
            ),
            at=places,
            again=again,
        )
    seen = [one for one in drill.restored if one.looked_at]
    if not seen:
        first_unseen = next((one for one in drill.restored), None)
        why = (
            say("{path}: {problem}", path=first_unseen.path, problem=first_unseen.problem)
            if first_unseen
            else say("no backup was made")
        )
        return unknown(say("no backup could be made and restored here: {why}", why=why))
    return passed(
        say("restored from {seen}, every row is there again", seen=listed((one.path for one in seen), 3)),
        share(len(seen), drill.dumps, "script that dumps"),
        share(drill.filled, drill.tables, "table with rows"),
    )
