"""What of a job's effect is there again when it is delivered a second time?"""

import pytest

from runner.evidence.behaviour.job_effects import State
from runner.evidence.behaviour.job_trials import Effect, second_of

ROW, SUM, VERSION, TEXT = "rows in invoices", "accounts.balance", "orders.version", "orders.log"


@pytest.mark.parametrize(
    ("first", "beside", "more", "moved", "twice", "left"),
    [
        ({}, {VERSION: 1}, {}, {VERSION: 1}, {VERSION: 1}, ()),  # the job is `version + 1`
        ({}, {VERSION: 1}, {}, {}, {}, ()),
        ({ROW: 1}, {VERSION: 1}, {}, {VERSION: 1}, {}, (VERSION,)),  # the invoice is there once
        ({ROW: 1}, {VERSION: 1}, {ROW: 1}, {VERSION: 1}, {ROW: 1}, (VERSION,)),
        ({}, {TEXT: 9, VERSION: 1}, {}, {TEXT: 9, VERSION: 1}, {TEXT: 9, VERSION: 1}, ()),  # a line more in its log
        ({SUM: 5}, {TEXT: 9}, {}, {TEXT: 9}, {TEXT: 9}, ()),
        ({}, {TEXT: 4}, {}, {}, {}, ()),  # `open` became `finished`, and stays so
        ({}, {}, {}, {TEXT: 9}, {}, ()),  # somebody else's
    ],
)
def test_a_second_delivery_is_held_against_the_first(
    first: dict[str, float],
    beside: dict[str, float],
    more: dict[str, float],
    moved: dict[str, float],
    twice: dict[str, float],
    left: tuple[str, ...],
) -> None:
    said = second_of("POST /orders", Effect(first=first, beside=beside), more, moved)
    assert (said.more, said.beside) == (twice, left)


def state(rows: int, **beside: float) -> State:
    return State(
        tables={}, rows={"orders": rows}, sums={}, mails=0, beside={f"orders.{k}": v for k, v in beside.items()}
    )


def test_what_grew_in_a_table_with_as_many_rows_is_told() -> None:
    assert state(2, version=3, log=40).moved(state(2, version=4, log=31)) == {"orders.version": 1}
    assert state(2, version=3).moved(state(3, version=4)) == {}, "a new row has a version of its own"
