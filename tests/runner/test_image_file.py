"""Is a Dockerfile read as BuildKit reads it?"""

import pytest

from runner.reading.dockerfile import parse


@pytest.mark.parametrize(
    ("between", "word", "text"),
    [
        ("RUN a \\\n  # why\n\n  b", "RUN", "a    b"),
        ("RUN <<EOF\nUSER root\nEOF", "RUN", "<<EOF \nUSER root\nEOF"),
        ("RUN <<-'EOF' bash\nUSER root\n\tEOF", "RUN", "<<-'EOF' bash \nUSER root\n\tEOF"),
        ("RUN <<EOF\n  EOF\nEOF", "RUN", "<<EOF \n  EOF\nEOF"),  # only the whole line ends it
        ("COPY <<a <<b /d/\n1\na\nUSER root\nb", "COPY", "<<a <<b /d/ \n1\na\nUSER root\nb"),
        ("RUN echo $((1<<n))", "RUN", "echo $((1<<n))"),
        ('RUN echo "a <<b"', "RUN", 'echo "a <<b"'),
        ("RUN it's", "RUN", "it's"),
        ("ENV OLD with spaces", "ENV", "OLD with spaces"),
        ("HEALTHCHECK\tNONE", "HEALTHCHECK", "NONE"),
    ],
)
def test_an_instruction_is_read_to_its_end(between: str, word: str, text: str) -> None:
    instructions, problem = parse(f"FROM a\n{between}\nUSER app\n")
    assert [(one.word, one.text) for one in instructions] == [("FROM", "a"), (word, text), ("USER", "app")]
    assert problem == ""


def test_the_escape_may_be_another() -> None:
    instructions, problem = parse("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN c:\\ `\n b\nUSER app\n")
    assert [(one.word, one.text, one.line) for one in instructions][1:] == [("RUN", "c:\\   b", 4), ("USER", "app", 6)]
    assert problem == ""
    late, _ = parse("FROM a\n# escape=`\nRUN b `\nUSER app\n")
    assert [one.word for one in late] == ["FROM", "RUN", "USER"]


def test_a_document_without_end_is_said() -> None:
    assert parse("FROM a\nRUN <<EOF\nUSER app\n")[1] == "line 2: the instruction has no end"
