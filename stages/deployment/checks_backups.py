"""Deployment: would anybody hear that last night's backup failed?"""

from runner.evidence.release.backups import Backups
from runner.model import Verdict, check, failed, in_file, not_applicable, passed, share
from runner.words import plural


@check("DP054", step="7.2")
def a_backup_that_fails_is_heard(backups: Backups) -> Verdict:
    """A backup that fails makes its command fail.

    In `pg_dump … | gzip > backup.gz` the status is gzip's: where the server refuses, a small file with nothing in it is
    written each night, and whoever watches the job sees it succeed. It is noticed on the day when it is needed.
    Fix: `set -euo pipefail` at the top (with bash), no `|| true`, `check=True` in Python; and try to restore it.
    """
    if not backups.dumps:
        looked = f"{plural(backups.files, 'script')}, Makefiles, compose files and Python files"
        return not_applicable("no command of the repository dumps the database", looked=looked)
    lost = [dump for dump in backups.dumps if dump.lost]
    if lost:
        first = lost[0]
        places = [in_file(dump.path, dump.line, f"{dump.command}: {dump.lost}") for dump in lost]
        others = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        said = f"a dump that fails is not heard: {first.command}, {first.path}:{first.line}: {first.lost}{others}"
        return failed(said, at=places)
    sure = [dump for dump in backups.dumps if not dump.unsure]
    why = f": {unsure[0].unsure}" if (unsure := [dump for dump in backups.dumps if dump.unsure]) else ""
    return passed(f"each fails with the dump{why}", share(len(sure), len(backups.dumps), "command that dumps"))
