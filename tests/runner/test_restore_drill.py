"""Is a backup script run against the run's own database alone, and is what it wrote known for what it is?"""

import gzip
import json
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from runner.evidence.release.backups import Dump
from runner.evidence.release.restore_drill import (
    GUEST,
    OF_OTHERS,
    asked_for,
    compared,
    dump_in,
    rewritten,
    shell_of,
    table_by_table,
)
from tests.conftest import ROOT

OURS = "postgresql://ours"
TOLD = '#!/bin/sh\nexec {python} -c "import json, sys; print(json.dumps(sys.argv[1:]))" "$@"\n'


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs that say what they were given."""
    folder = tmp_path_factory.mktemp("programs")
    for name in ("pg_dump", "psql", "pg_restore"):
        (folder / name).write_text(TOLD.format(python=sys.executable), encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("command", "given"),
    [
        ("pg_dump -h db.prod -p 5432 -U app shop", []),
        ("pg_dump postgresql://app:x@db.prod/shop", []),
        ("pg_dump --host=db.prod --dbname shop -Fc -f out.dump -Z 9", ["-Fc", "-f", "out.dump", "-Z", "9"]),
        ("pg_dump -d shop -t posts -w -c -v", ["-t", "posts", "-c", "-v"]),
        ("pg_dump --exclude-table-data audit shop", ["--exclude-table-data", "audit"]),
        ("psql -h db.prod shop -c VACUUM -v A=1", ["-c", "VACUUM", "-v", "A=1"]),
        ("pg_restore -h db.prod -d shop out.dump", ["out.dump"]),
    ],
)  # fmt: skip
def test_a_program_goes_to_the_runs_database_whatever_it_names(programs: Path, command: str, given: list[str]) -> None:
    name, *words = command.split()
    argv = [sys.executable, "-S", str(GUEST), str(programs / name), OURS, *words]
    ran = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == ["-d", OURS, *given]


@pytest.mark.parametrize(
    "command",
    [
        "docker exec -i -e PGPASSWORD=x db pg_dump -Fc",
        "docker compose -f prod.yaml exec -T db pg_dump -Fc",
        "docker-compose exec -T -u postgres db pg_dump -Fc",
        "docker run --rm postgres:17 pg_dump -Fc",
        "podman --log-level warn exec db pg_dump -Fc",
    ],
)
def test_what_a_container_would_run_is_run_here(programs: Path, command: str) -> None:
    name, *words = command.split()
    argv = [sys.executable, "-S", str(GUEST), name, OURS, *words]
    ran = subprocess.run(argv, capture_output=True, text=True, check=True, env={"PATH": f"{programs}:/usr/bin:/bin"})
    assert json.loads(ran.stdout) == ["-Fc"]


def test_what_a_script_writes_is_led_into_the_runs_folder() -> None:
    text = (
        '#!/bin/sh\nDIR="${OUT:-/backups}"\n. /etc/os-release\npg_dump > "$DIR/a.sql" 2>/dev/null\n'
        'cp x /mnt/nas/x ./y/z\ncd "$(dirname "${BASH_SOURCE[0]}")"\n'
    )
    told = rewritten(text, Path("/desk/out"))
    assert told.splitlines() == [
        "#!/bin/sh", 'DIR="${OUT:-/desk/out/backups}"', ". /etc/os-release", 'pg_dump > "$DIR/a.sql" 2>/dev/null',
        "cp x /desk/out/mnt/nas/x ./y/z", 'cd "$(dirname "$0")"',
    ]  # fmt: skip
    assert (shell_of("backup", text), shell_of("backup", "print(1)"), shell_of("a.sh", "x")) == ("sh", "", "bash")
    assert shell_of("backup", "#!/usr/bin/env bash\n") == "bash"


def test_what_a_script_takes_from_outside_is_known() -> None:
    text = 'A="${A:-/x}"\nB=$(date)\nexport C="${C:?not set}"\necho $B $D "${E}"\n: "${F:=1}"\n'
    assert asked_for(text) == {"A", "C", "D", "E", "F"}


def test_a_dump_is_known_by_what_it_holds() -> None:
    plain = b"--\n-- PostgreSQL database dump\n--\n"
    assert dump_in(plain) == dump_in(gzip.compress(plain)) == plain
    assert dump_in(b"PGDMP\x01") == b"PGDMP\x01"
    assert dump_in(gzip.compress(b"")) == dump_in(gzip.compress(plain)[:-4]) == dump_in(b"age-encryption.org/v1") == b""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as made:
        made.addfile(tarfile.TarInfo("toc.dat"))
    assert dump_in(packed.getvalue()) == packed.getvalue()
    assert (
        OF_OTHERS.sub("", "SET a;\nCREATE DATABASE shop;\n\\connect shop\nCREATE TABLE a ();")
        == "SET a;\n\n\nCREATE TABLE a ();"
    )


def test_rows_are_compared_table_by_table() -> None:
    before = {"posts": (3, "a"), "tags": (2, "b"), "users": (1, "c"), "app.logs": (9, "d")}
    after = {"posts": (3, "a"), "tags": (0, ""), "users": (1, "x")}
    assert compared(before, after) == ("tags has 0 of 2 rows", "users has other rows", "app.logs is not there")
    assert (ROOT / "runner/guest/pg_tool.py") == GUEST


def test_tables_that_a_script_never_copies_are_lost() -> None:
    before = {"posts": (3, "a"), "tags": (2, "b"), "users": (0, "")}
    copies = [
        Dump(path="backup.sh", line=n, command="psql", copied=(name,)) for n, name in ((3, "public.posts"), (4, "tags"))
    ]
    few, whole = table_by_table(copies[:1], before), table_by_table(copies, before)
    assert few is not None
    assert (few.lost, few.problem) == (("tags is never copied",), "")
    assert whole is not None
    assert (whole.lost, "one by one" in whole.problem) == ((), True)
    unnamed = table_by_table([Dump(path="b", line=1, command="psql", copied=("$t",), by_name=False)], before)
    assert unnamed is not None
    assert (unnamed.lost, "one by one" in unnamed.problem) == ((), True)
    assert table_by_table([*copies, Dump(path="backup.sh", line=5, command="pg_dump x")], before) is None
