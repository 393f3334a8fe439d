"""What do texts of a service become in a document? Each reads as it is written, and none breaks the table."""

import pytest

from runner.markdown import LONGEST, Marked, below, bold, cell, code, plain, table

CELLS = (
    ("a|b", r"a\|b"),
    (r"a\|b", r"a\\\|b"),
    (r"a\\", r"a\\\\"),
    ("`a|b`", r"`a\|b`"),
    (r"`a\|b`", r"`a\|b`"),
    ("a ` b", r"a \` b"),
    ("`unended", r"\`unended"),
    ("two\nlines\r\n and\ta tab", "two lines and a tab"),
    ("<script>x</script>", r"\<script\>x\</script\>"),
    ("&lt;b&gt; & c", r"\&lt;b\&gt; & c"),
    ("$HOME and $PATH", r"\$HOME and \$PATH"),
    ("# no heading", r"\# no heading"),
    ("**bold** _and_ [link](http://x)", r"\*\*bold\*\* \_and\_ \[link\](http://x)"),
    ("snake_case_name", "snake_case_name"),
    ("~~gone~~", r"\~\~gone\~\~"),
    ("bell\x07 and \u202eturned", "bell� and �turned"),
    ("x" * (LONGEST + 1), "x" * (LONGEST - 1) + "…"),
    ("", ""),
    (None, "None"),
    (3.5, "3.5"),
    (Marked("**ours** <br> a|b"), r"**ours** <br> a\|b"),
    (bold("no | <b>"), r"**no \| \<b\>**"),
    (below(["GET /a|b", "<i>", code("x")]), r"GET /a\|b<br>\<i\><br>`x`"),
    (code("a|b"), r"`a\|b`"),
)


@pytest.mark.parametrize(("text", "reads"), CELLS, ids=str)
def test_what_a_text_becomes_in_a_cell(text: object, reads: str) -> None:
    assert cell(text) == reads


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        ("two\nlines", "`two lines`"),
        ("<b> $x |", "`<b> $x |`"),
        ("", ""),
    ],
)
def test_what_a_text_becomes_as_code(text: str, reads: str) -> None:
    assert code(text) == reads


def test_a_table_has_as_many_cells_in_each_row_as_heads() -> None:
    made = table(("name", "a|b", "number"), [("x|y", code("c|d"), 3), ("\n", None, 1)], right=(2,))
    assert made.splitlines() == [
        r"| name | a\|b | number |",
        "|---|---|--:|",
        r"| x\|y | `c\|d` | 3 |",
        "|  | None | 1 |",
    ]


def test_plain_text_keeps_its_lines_and_its_code() -> None:
    assert plain("a *b*\n`c*d`") == "a \\*b\\*\n`c*d`"
