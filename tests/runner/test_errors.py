"""What people may see of an error."""

import psycopg
import pytest

from runner.errors import first_line


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (ValueError("one\ntwo"), "one"),
        (ValueError("\n  one"), "one"),
        (psycopg.OperationalError(), "OperationalError"),
        (ConnectionResetError(), "ConnectionResetError"),
    ],
)
def test_an_error_is_said_in_a_line_even_without_words(problem: Exception, said: str) -> None:
    assert first_line(problem) == said
