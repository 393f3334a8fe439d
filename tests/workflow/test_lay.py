"""Does a line go on below its own text on a terminal, stay whole in a log, and a command stay one that runs?"""

import io
import shlex
import subprocess

import pytest
from rich.text import Text

from workflow.cli.lay import Page, say

CURL = (
    """curl -i -X POST "$BASE/posts" -H 'Content-Type: application/json' -d '{"title": "a b", "body": "c d e f g"}'"""
)
WHY = "      why    " + "PostgreSQL makes no index for a foreign key, so that every delete reads the whole table. " * 2


def laid(line: Text, *, width: int = 80, terminal: bool = True) -> list[str]:
    file = io.StringIO()
    console = Page(
        file=file, width=width, force_terminal=terminal, color_system=None, soft_wrap=not terminal, highlight=False
    )
    say(console, line)
    return file.getvalue().splitlines()


def command(text: str) -> Text:
    return Text("      again  " + text, no_wrap=True)


def test_a_log_never_breaks_a_line() -> None:
    assert laid(Text(WHY), terminal=False) == [WHY]
    assert laid(command(CURL), terminal=False) == ["      again  " + CURL]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    ("start", "column"),
    [
        ("      why    ", 13),
        ("      DB011  ", 13),
        ("  1.  DB011  ", 13),
        (" 10.  ", 6),
        ("      now    ", 13),
        ("             ", 13),
        ("why    ", 7),
        (" 3  Database       NO-GO    ", 28),
        ("      ", 6),
    ],
)
def test_a_terminals_line_goes_on_below_its_text(start: str, column: int, width: int) -> None:
    words = [f"word{n}" for n in range(40)]
    lines = laid(Text(start + " ".join(words)), width=width)
    assert len(lines) > 1
    assert all(len(line) <= width for line in lines)
    assert lines[0].startswith(start + "word0")
    for line in lines[1:]:
        assert len(line) - len(line.lstrip()) == column
    assert " ".join(lines).split()[-len(words) :] == words


def test_styles_stay_where_they_were() -> None:
    file = io.StringIO()
    console = Page(file=file, width=80, force_terminal=True, color_system="standard", soft_wrap=False)
    say(console, Text.assemble("             ", ("a place", "red"), " " + "note " * 30))
    assert "\x1b[31ma place\x1b[0m" in file.getvalue()


@pytest.mark.parametrize("width", [50, 80, 120])
def test_a_broken_command_is_still_the_same_command(width: int) -> None:
    lines = laid(command(CURL), width=width)
    assert len(lines) > 1
    script = "\n".join(lines).replace("again", "", 1).replace("curl", "printf '%s\\n'", 1)
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env={"BASE": "http://x"})
    assert ran.stdout.splitlines() == shlex.split(CURL.replace("$BASE", "http://x"))[1:]


def test_comments_sql_and_odd_quotes_are_not_spoilt() -> None:
    comment = "curl -i $BASE/health  # " + "with the database stopped " * 4
    assert [line.strip() for line in laid(command(comment))] == [
        "again  curl -i $BASE/health \\",
        comment.partition("  ")[2].strip(),
    ]
    sql = "select a from b where " + " and ".join(f"c{n} = 'x y'" for n in range(9))
    assert "\\" not in "".join(laid(command(sql)))
    odd = 'python -c "print(1) ' + "word " * 30
    assert len(laid(command(odd))) == 1


@pytest.mark.parametrize("ours", ["./inv show 10", "gonogo explain --service ../shop DB011", "./inv stage.db --only A"])
def test_a_command_in_a_sentence_is_not_broken(ours: str) -> None:
    for before in range(20, 80):
        told = Text.assemble(f"{'x' * before} the record: ", (ours, "bold"), ". And more.")
        lines = laid(told)
        assert any(ours in line for line in lines)
        assert " ".join(lines) == told.plain


def test_what_to_type_next_begins_its_own_line_where_it_does_not_fit() -> None:
    told = "NO-GO: 2 of 22 checks block (2 failed), in 20 s.   Next: ./inv explain DB011 --service ../shop"
    assert laid(Text(told)) == told.split("   ")
    assert laid(Text(told), width=120) == [told]
