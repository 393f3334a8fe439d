"""Is a backup whose failure nobody hears told from one that fails as it should?"""

import pytest

from runner.evidence.release.backups import dumps_in


@pytest.mark.parametrize(
    ("path", "text", "lost"),
    [
        ("ops/backup.sh", "set -e\npg_dump $URL | gzip > a.gz\n", "| gzip, without `pipefail`"),
        ("backup", "#!/bin/sh\nset -eu\npg_dumpall > all.sql || true\necho done\n", "|| true"),
        ("b.sh", "pg_dump x > a.sql\naws s3 cp a.sql s3://b\n", "the script goes on without `set -e`"),
        ("b.sh", "set -e\ndocker compose exec -T db pg_dump -U x | gzip > a\n", "| gzip, without `pipefail`"),
        ("b.sh", "set -eo pipefail\ndocker exec db sh -c 'pg_dump x | gzip' > a\n", "| gzip, without `pipefail`"),
        ("b.sh", "set -e\nbackup() {\n  pg_dump x | gzip > a\n}\nbackup\n", "| gzip, without `pipefail`"),
        ("Makefile", "backup:\n\tpg_dump $$URL | gzip > a.gz\n", "| gzip, without `pipefail`"),
        ("Makefile", "backup:\n\t-pg_dump $$URL > a.sql\n", "make goes on: the line begins with `-`"),
        (
            "compose.yaml",
            "services:\n  backup:\n    command: sh -c 'pg_dump x | gzip > /b/a.gz'\n",
            "| gzip, without `pipefail`",
        ),
        (
            "compose.prod.yml",
            "services:\n  b:\n    entrypoint: [sh, -c, 'while true; do pg_dump $$URL > a; sleep 9; done']\n",
            "the script goes on without `set -e`",
        ),
        (
            "ops/b.py",
            "import subprocess\nsubprocess.run(['pg_dump', url])\n",
            "nobody looks at how it ended: no `check=True`",
        ),
        ("ops/b.py", "import os\nos.system(f'pg_dump {url}')\n", "nobody looks at how it ended: no `check=True`"),
    ],
)
def test_a_dump_whose_failure_is_lost_is_found(path: str, text: str, lost: str) -> None:
    assert [(dump.lost, dump.unsure) for dump in dumps_in(path, text)] == [(lost, "")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("b.sh", "set -euo pipefail\npg_dump x | gzip > a\n"),
        ("b.sh", "set -e\npg_dump -Fc x > a\naws s3 cp a s3://b\n"),
        ("b.sh", "set -e\npg_dump x > a || { echo no >&2; exit 1; }\n"),
        ("Makefile", "backup:\n\tpg_dump $$URL > a.sql\n"),
        ("compose.yaml", "services:\n  b:\n    command: [bash, -c, 'set -eo pipefail; pg_dump x | gzip > a']\n"),
        ("b.py", "import subprocess\nsubprocess.run(['pg_dump', url], check=True)\n"),
        ("b.py", "import subprocess\ndone = subprocess.run(['pg_dump', url])\n"),
    ],
)
def test_a_dump_that_fails_as_it_should_is_left_alone(path: str, text: str) -> None:
    assert [(dump.lost, dump.unsure) for dump in dumps_in(path, text)] == [("", "")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("b.sh", "# pg_dump x | gzip\necho 'pg_dump'\n"),
        ("b.sh", "pg_dump --schema-only x | sort > shape.sql\n"),
        ("b.sh", "apk add pg_dump\n"),
        ("b.sh", "if false; then pg_dump x | gzip > a; fi\n"),
        ("README", "pg_dump x | gzip > a\n"),
        ("b.py", "HELP = 'pg_dump x'\nprint(HELP)\n"),
    ],
)
def test_what_is_no_backup_is_none(path: str, text: str) -> None:
    assert list(dumps_in(path, text)) == []


def test_a_script_that_looks_at_the_status_by_itself_is_not_judged() -> None:
    [dump] = dumps_in("b.sh", "pg_dump x > a\nif [ $? -ne 0 ]; then exit 1; fi\necho ok\n")
    assert (dump.lost, dump.unsure) == ("", "the script looks at its status by itself")


GOES_ON = "psql goes on after an error, without `ON_ERROR_STOP`"


@pytest.mark.parametrize(
    ("path", "text", "lost", "tables"),
    [
        ("backup.sh", 'set -e\npsql "$URL" -c "\\copy users TO \'u.csv\' CSV HEADER"\n', "", ("users",)),
        (
            "ops/backup.sh", "set -e\npsql x <<SQL\n\\copy users to 'u'\n\\copy app.posts to 'p'\nSQL\n",
            GOES_ON, ("users", "app.posts"),
        ),
        ("backup.sh", "set -e\npsql -v ON_ERROR_STOP=1 x <<SQL\n\\copy users to 'u'\nSQL\n", "", ("users",)),
        (
            "b.sh", "# a backup\nset -e\npsql -c 'COPY users (id, name) TO STDOUT' | gzip > u.gz\n",
            "| gzip, without `pipefail`", ("users",),
        ),
        (
            "backup.sh", "psql -c '\\copy users to u'\naws s3 cp u s3://b\n",
            "the script goes on without `set -e`", ("users",),
        ),
        ("backup.sh", "set -e\npsql -f ops/out.sql\n", GOES_ON, ("users",)),
        (
            "backup.sh", "set -e\ndocker exec db psql -c '\\copy users to u' -c '\\copy tags to t'\n",
            GOES_ON, ("users", "tags"),
        ),
        ("backup.sh", "set -e\npsql <<< \"\\\\copy users to u\"\n", GOES_ON, ("users",)),
    ],
)  # fmt: skip
def test_tables_that_are_copied_out_are_a_backup(path: str, text: str, lost: str, tables: tuple[str, ...]) -> None:
    files = {"ops/out.sql": "\\copy users to 'u.csv'\n"}
    assert [(dump.lost, dump.copied) for dump in dumps_in(path, text, files.get)] == [(lost, tables)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("report.sh", "psql -c '\\copy users to u.csv'\n"),  # no word of a backup
        ("backup.sh", "psql -c '\\copy (select 1) to u.csv'\n"),
        ("backup.sh", "psql -c '\\copy users from u.csv'\n"),
        ("backup.sh", "echo psql -c '\\copy users to u.csv'\n"),
        ("backup.sh", "psql -f nowhere.sql\n"),
    ],
)
def test_what_copies_no_table_out_for_a_backup_is_none(path: str, text: str) -> None:
    assert list(dumps_in(path, text)) == []


def test_a_table_that_a_variable_names_is_not_known_by_name() -> None:
    [dump] = dumps_in("backup.sh", 'for t in users tags; do psql -c "\\copy $t to $t.csv"; done\n')
    assert (dump.copied, dump.by_name) == (("$t",), False)
