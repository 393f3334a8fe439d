"""Does a document read as it was written, and do nothing else? Without a browser."""

import pytest

from workflow.report.diagram import is_diagram
from workflow.report.document import Diagram, Html, clean, rendered
from workflow.report.markup import esc, name


def html(text: str) -> str:
    return "".join(part.text for part in rendered(text, diagrams=True).parts if isinstance(part, Html))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("costs $5 and $function$", "costs $5 and $function$"),
        (":red[no] :smile: :material/home:", ":red[no] :smile: :material/home:"),
        ("| a |\n|---|\n| x<br>y |", "x<br>"),
        ("a <b onclick=x>b</b>", "&lt;b onclick=x&gt;"),
        ("`<br>`", "<code>&lt;br&gt;</code>"),
        ("[x](data:text/html,1)", "[x](data:text/html,1)"),
        ("[x](JavaScript:alert(1))", "[x](JavaScript:alert(1))"),
        ("[x](//example.invalid/a)", "[x](//example.invalid/a)"),
        ("![x](http://a.invalid/b.png)", "!<a href"),
        ("[x](#a)\n\n## A", '<a href="#doc-a"'),
        ("a\u202eb\u200fc\u0007", "a�b�c�"),
        ("a" * 9_000, "a" * 2_000 + "…"),
    ],
)
def test_what_a_text_of_a_service_becomes(written: str, read: str) -> None:
    assert read in html(written)
    assert "<img" not in html(written)


def test_headings_lead_into_the_document_also_where_they_stand_twice() -> None:
    found = rendered("# A\n\n## The `same`\n\n## The same\n", diagrams=True)
    assert [(one.level, one.id) for one in found.headings] == [(1, "doc-a"), (2, "doc-the-same"), (2, "doc-the-same-1")]
    assert rendered("# A\n", diagrams=True, within="b c").headings[0].id == "doc-b c-a"


OURS = """flowchart LR
  user(["anna, otto"])
  subgraph service
    g0["auth<br>5 operations"]
  end
  user -->|token| g0
"""


def test_our_own_diagrams_are_drawn_where_ours_are_written() -> None:
    text = f"# A\n\n```mermaid\n{OURS}```\n\nb\n"
    parts = rendered(text, diagrams=True).parts
    assert [type(part) for part in parts] == [Html, Diagram, Html]
    assert all(isinstance(part, Html) for part in rendered(text, diagrams=False).parts)


@pytest.mark.parametrize(
    "line",
    [
        'A@{ img: "http://example.invalid/x.png" }', 'click g0 "http://example.invalid"', "style g0 fill:url(http://a)",
        "%%{init: {'securityLevel': 'loose'}}%%", 'a["<img src=x>"]', 'a["`**x**`"]', 'a["#lt;img#gt;"]', "a:::x",
        "classDef x fill:#fff", "a --> b; click a call()", 'a["x"]\u2028click a',
    ],
)  # fmt: skip
def test_what_mermaid_could_do_beyond_drawing_is_code(line: str) -> None:
    assert is_diagram(OURS)
    assert not is_diagram(f"{OURS}  {line}\n")
    assert isinstance(rendered(f"```mermaid\n{OURS}  {line}\n```\n", diagrams=True).parts[0], Html)


def test_what_the_renderer_let_through_is_taken_out() -> None:
    assert clean('<p onclick="x">a<script>alert(1)</script><iframe src="x"></iframe></p>') == "<p>a</p>"
    assert "data:" not in clean('<a href="data:text/html,x">y</a>')


def test_a_name_is_one_line_and_no_longer_than_a_name_is() -> None:
    assert name("a\n  b\u202e") == "a b�"
    assert name("x" * 500) == "x" * 120 + "… (380 more characters)"
    assert esc('<"') == "&lt;&quot;"
