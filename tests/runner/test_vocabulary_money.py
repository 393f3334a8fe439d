"""Which names are of money, whatever their spelling?"""

import pytest

from runner.vocabulary.money import is_amount


@pytest.mark.parametrize(
    "name", ["price", "unitPrice", "UNIT_PRICE", "tax_total", "invoices.amount", "hourly_rate", "night-rate", "qty"]
)
def test_money_and_what_is_counted_as_exactly(name: str) -> None:
    assert is_amount(name)


@pytest.mark.parametrize("name", ["rate", "frame_rate", "hourly", "accosted", "taxonomy", "totally", "costume", ""])
def test_what_is_only_called_alike(name: str) -> None:
    assert not is_amount(name)
