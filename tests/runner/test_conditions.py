"""Does a condition of GitHub Actions hold on an event?"""

import pytest

from runner.reading.conditions import holds


@pytest.mark.parametrize(
    ("condition", "push", "pull_request"),
    [
        (None, True, True),
        ("false", False, False),
        ("${{ false }}", False, False),
        (False, False, False),
        ("always() && false", False, False),
        ("!failure()", True, True),
        ("github.event_name == 'push'", True, False),
        ("github.event_name != 'push' || github.event_name == 'schedule'", False, True),
        ("(github.ref == 'refs/heads/main') && false", False, False),
        ("github.ref == 'refs/heads/main'", None, None),
        ("contains(github.event.head_commit.message, '[ci]')", None, None),
        ("matrix['x'] == 1", None, None),
        ("${{ github.event_name == 'push' }} && false", None, None),
        ("a b c", None, None),
        ("'it''s' == 'IT''S'", True, True),
    ],
)
def test_a_condition_holds_or_not_or_nobody_knows(
    condition: object,
    push: bool | None,  # noqa: FBT001
    pull_request: bool | None,  # noqa: FBT001
) -> None:
    assert (holds(condition, "push"), holds(condition, "pull_request")) == (push, pull_request)
