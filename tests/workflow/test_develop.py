"""Two runs of pytest end in one exit code."""

import pytest

from workflow.cli.develop import exit_of


@pytest.mark.parametrize(
    ("codes", "wanted"),
    [
        ((0, 0), 0),
        ((1, 0), 1),
        ((0, 1), 1),
        ((0, 5), 0),  # nothing of it had to be alone
        ((5, 0), 0),
        ((5, 5), 5),  # the words chose nothing at all
        ((5, 2), 2),
        ((-9, 0), -9),  # killed
    ],
)
def test_no_failure_is_lost_in_the_other_run(codes: tuple[int, int], wanted: int) -> None:
    assert exit_of(codes) == wanted
