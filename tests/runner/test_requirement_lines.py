"""Is a requirements file read as pip reads it?"""

import pytest

from runner.evidence.code.lock_file import included, requirement_pins
from runner.reading.requirement_lines import Entry, entries_in


def test_entries_are_joined_and_told_with_their_lines() -> None:
    hashes = "    --hash=sha256:aa \\\n    --hash=sha256:bb  # both\n"
    text = f'a[x]==1 ; python_version < "3" \\\n{hashes}\n-r b.txt\nc \\\n>=2'
    assert list(entries_in(text)) == [
        Entry('a[x]==1 ; python_version < "3"', ("--hash=sha256:aa", "--hash=sha256:bb"), 1),
        Entry("", ("-r", "b.txt"), 5),
        Entry("c >=2", (), 6),
    ]


@pytest.mark.parametrize(
    ("line", "name", "version", "hashed"),
    [
        ("a==1", "a", "1", False),
        ("A_b.c [x,y] == 1.0 ; python_version < '3'", "A_b.c", "1.0", False),
        ("a===1 --hash sha256:aa", "a", "1", True),
        ("a>=1,==1.2", "a", "1.2", False),  # of several conditions one leaves one version
        ("a (==1)", "a", "1", False),  # as older tools wrote it
        ("a==1 # why", "a", "1", False),
        ("a==1.*", "a", None, False),
        ("a~=1.0", "a", None, False),
        ("a", "a", None, False),
        ("a==${VERSION}", "a==${VERSION}", None, False),
        ("a @ https://example.org/a-1.whl --hash=sha256:aa", "a", None, True),
        ("https://example.org/a-1.whl", "https://example.org/a-1.whl", None, False),
        ("-e git+https://example.org/a@v1#egg=a", "git+https://example.org/a@v1#egg=a", None, False),
        ("a==1 \\\n# a comment ends it\n--hash=sha256:aa", "a", "1", False),
    ],
)
def test_an_entry_of_a_lock_is_read(line: str, name: str, version: str | None, hashed: bool) -> None:  # noqa: FBT001
    assert [(one.name, one.version, one.hashed) for one in requirement_pins("x.txt", line)] == [(name, version, hashed)]


@pytest.mark.parametrize("line", ["-e .", "--editable=./lib", "./lib", "-c limits.txt", "--pre", "# a==1", ""])
def test_paths_and_options_pin_nothing(line: str) -> None:
    assert requirement_pins("x.txt", line) == []


@pytest.mark.parametrize(
    "line", ["-r base.txt", "-rbase.txt", "--requirement=base.txt", "  --requirement base.txt # why"]
)
def test_included_files_are_found(line: str) -> None:
    assert included("deploy/x.txt", f"a==1\n{line}\n") == ["deploy/base.txt"]
