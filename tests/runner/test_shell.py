"""Which commands does a shell script run, and which of them can make it fail?"""

import pytest

from runner.reading.shell import script_of, without_remark


def one(text: str, name: str = "pytest") -> tuple[bool | None, str]:
    """Whether the command runs, and how its failure is lost, in the shell that GitHub starts."""
    found = [command for command in script_of(text, errexit=True).commands if command.name == name]
    assert len(found) == 1, found
    return found[0].runs, found[0].lost


@pytest.mark.parametrize(
    "text",
    [
        "pytest",
        "pytest\necho over",
        "pytest; true",
        "pytest || exit 1",
        "pytest || { echo no; exit 1; }",
        "set -o pipefail\npytest | tee log",
        "pytest | tee log\nexit ${PIPESTATUS[0]}",
        "if ! pytest; then exit 1; fi\necho over",
        "if pytest; then echo well; else exit 1; fi\necho over",
        "set +e\npytest\ncode=$?\nexit $code",
        "(pytest)",
        "x=$(pytest)",
        "bash -c 'pytest'",
        "f() { pytest; }\nf",
        "for v in 1 2; do pytest; done",
        "cd app && pytest\necho over",
        "exec_it() { true; }\npytest",
    ],
)
def test_a_failure_counts(text: str) -> None:
    assert one(text) == (True, "")


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("pytest || true", "|| true"),
        ("pytest | tee log", "| tee log, without `pipefail`"),
        ("set +e\npytest\necho over", "the script goes on without `set -e`"),
        ("bash -c 'pytest; true'", "the script goes on without `set -e`"),
        ("pytest && echo well\necho over", "&&, whose left side `set -e` overlooks"),
        ("! pytest", "!"),
        ("if pytest; then echo well; fi", "if"),
        ("pytest &", "&"),
        ("echo $(pytest)", "$(…)"),
        ("trap 'exit 0' EXIT\npytest", "trap 'exit 0'"),
        ("{ pytest; } || true", "|| true"),
    ],
)
def test_a_failure_is_lost(text: str, lost: str) -> None:
    assert one(text) == (True, lost)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("if false; then pytest; fi", False),
        ("exit 0\npytest", False),
        ("false && pytest", False),
        ("[ -d tests ] && pytest", None),
        ("case $X in a) pytest;; esac", None),
        ("while read -r x; do pytest; done", None),
        ("if true; then pytest; fi", True),
    ],
)
def test_a_command_runs_always_never_or_under_a_condition(text: str, runs: bool | None) -> None:  # noqa: FBT001
    assert one(text)[0] is runs


def test_words_are_as_the_shell_sees_them() -> None:
    command = script_of("A=1 pytest -k 'a b' \"c $X\" d\\ e \\\n  --cov > log").commands[0]
    assert [(word.text, word.known) for word in command.words[1:]] == [
        ("-k", True),
        ("a b", True),
        ("c $X", False),
        ("d e", True),
        ("--cov", True),
    ]
    assert (command.given, command.redirected) == ((("A", "1"),), "> log")


def test_what_is_sourced_runs_in_the_same_shell() -> None:
    texts = {"ci/env.sh": "set +e\nalias x=y\n"}
    commands = script_of("source ci/env.sh\npytest\necho over", errexit=True, read=texts.get).commands
    assert next(one for one in commands if one.name == "pytest").lost
    assert "which is not in the repository" in script_of(". lost.sh", read=texts.get).problem


def test_a_script_with_a_fault_says_its_line() -> None:
    assert script_of("echo a\nif then (").problem.startswith("line ")
    assert script_of("pytest ${{ matrix.\n  x }}\necho").problem == ""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("alembic check  # on an empty database", ("alembic check", "  # on an empty database")),
        ("grep -n '# TODO' app.py", ("grep -n '# TODO' app.py", "")),
        ('grep "it\'s" a.py  # and "this" too', ('grep "it\'s" a.py', '  # and "this" too')),
        ("echo a#b", ("echo a#b", "")),
        ("# a remark alone", ("# a remark alone", "")),
        ("cat <<E\n# text\nE", ("cat <<E\n# text\nE", "")),
    ],
)
def test_the_remark_of_a_line_is_told_from_its_words(line: str, told: tuple[str, str]) -> None:
    assert without_remark(line) == told
