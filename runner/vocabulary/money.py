"""Which names are of money, or of a quantity that is counted as exactly?"""

from runner.vocabulary.names import set_of, words_of

AMOUNTS = set_of(
    "price prices amount amounts cost costs total totals subtotal balance fee fees salary wage tax taxes money cash",
    "payment payments payout revenue budget discount charge refund deposit deposits credit debit premium surcharge",
    "tariff commission invoice invoices bid quantity qty",
)
PAID_FOR = set_of("hourly daily weekly monthly yearly night nightly pay billing rental")


def is_amount(name: str) -> bool:
    """By a word of it: `unit_price`, `taxTotal`. A rate alone may be of anything; one for a time is paid."""
    words = words_of(name)
    return bool(AMOUNTS & set(words)) or (words[-1:] == ("rate",) and bool(PAID_FOR & set(words)))
